"""demo: what `make run` shows: an appliance, a site, phones on it, one live line each.

In:  VIA, PHONES, ONCE, NETNS, KEEP of the environment; the phone stand-in of tests/site.
Out: live lines, times, the address plan; exit status 0 when all went well.
Not: no namespace or process outlives it.
"""
import contextlib
import json
import os
import pathlib
import secrets
import signal
import sys
import time

import appliance
from appliance import Appliance, ApplianceError, SiteLan, process_identity
from page_relay import PageRelay

sys.path.insert(0, str(appliance.REPOSITORY / 'tests/site'))
from fleet import Fleet
from pki import Pki
from tools import Tools, Trouble

LAN, PREFIX = '172.29.0.1', 24
UPLINK = '198.51.100.2/24'
SITE = {'name': 'Demo site', 'lan_address': f'{LAN}/{PREFIX}', 'pool_first': '172.29.0.100',
        'pool_last': '172.29.0.199', 'uplink_address': UPLINK, 'sip_host': 'pbx.example'}
MOST_PHONES = 90
PAGE_PORT = 9443
RESTART = 133           # systemd-nspawn's exit status when what was in it restarts
PATIENCE_S = {'container': 120, 'vm': 600}


class Ended(Exception):
    """Somebody asked us to end."""


def number_of_phones():
    text = os.environ.get('PHONES') or '3'
    if not text.isdigit() or int(text) > MOST_PHONES:
        raise ApplianceError(f'PHONES={text}: give a number from 0 to {MOST_PHONES}')
    return int(text)


def mac_of(i):
    return f'000413D0{i:04X}'


def ctl(box, *words, stdin=None):
    status, out, err = box.ctl(list(words), stdin=stdin)
    if status:
        raise ApplianceError(f'provostctl {" ".join(words[:3])} failed ({status}): {(err or out).strip()}')
    return out


def configure(box, pki, n_phones):
    """The demo site and its phones, as an admin would enter them."""
    ctl(box, 'site', 'set', *(f'{name}={value}' for name, value in SITE.items()))
    ctl(box, 'site', 'set', 'phone_ca=@-', stdin=pki.authorities_pem())
    for i in range(1, n_phones + 1):
        ctl(box, 'phone', 'add', mac_of(i), '--name', f'Demo {i}', '--model', 'snomD785', '--sip-user', str(100 + i),
            '--sip-secret-file', '-', '--approve', stdin=secrets.token_urlsafe(12))


def is_configured(box):
    """Whether kept data has the site already."""
    with contextlib.suppress(ValueError):
        return bool(json.loads(ctl(box, 'site', 'show', '--json')).get('revision'))
    return False


def print_plan(lan):
    name = lan.name
    print(f'''
  phone LAN   namespace {name}, bridge lan0: appliance {LAN}/{PREFIX}, leases 172.29.0.100 to 199
  tunnel      10.64.0.0/16, appliance 10.64.0.1
  uplink      namespace {lan.up}, bridge up0, 198.51.100.1: appliance {UPLINK}
  capture     ip netns exec {name} tcpdump -ni lan0
  a client    ip netns add mine && ip -n mine link add eth0 type veth peer name mine netns {name} &&
              ip -n {name} link set mine master lan0 up && ip -n mine link set eth0 up
  provostctl  make ctl ARGS='phone list'{"" if name.startswith("provost-site-") else f" NETNS={name}"}
''', flush=True)


@contextlib.contextmanager
def page_for_this_host(box, lan):
    """The page's address is printed and, where a port is free, brought to this host's own browser."""
    page = json.loads(ctl(box, 'page', 'show', '--json'))
    relay = PageRelay(lan.up, UPLINK.split('/')[0], PAGE_PORT).start()
    for url in ([relay.url] if relay.url else []) + page['urls']:
        print(f'  page        {url}', flush=True)
    print(f'  certificate SHA-256 {page["sha256"]}', flush=True)
    if page['needed']:
        print(f'  setup code  {page["code"]}: the page asks for it and makes you its owner\n', flush=True)
    try:
        yield
    finally:
        relay.stop()


@contextlib.contextmanager
def told_to_end():
    """SIGTERM and Ctrl-C become Ended, once."""
    def on_signal(_number, _frame):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        raise Ended

    old = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def stay(box):
    """Until somebody ends us. A container that somebody restarts (page, provostctl) comes back as a machine does."""
    while True:
        while box.is_running():
            time.sleep(0.2)
        if box.via != 'container' or not box.process or box.process.wait() != RESTART:
            break
        print('  appliance   restarts', flush=True)
        box.start()
        box.wait_ready(PATIENCE_S[box.via])
        print(f'  site        ready again after {time.monotonic() - box.started:.1f} s', flush=True)
    raise ApplianceError(f'the appliance has ended by itself: see {box.console_path}')


def show_phones(box, lan, tools, devices, once):
    if not devices:
        if not once:
            print('Ctrl-C ends it.', flush=True)
            stay(box)
        return
    fleet = Fleet(tools, lan, devices, began=box.started)
    try:
        fleet.start()
        first_s, all_s = fleet.wait_current(PATIENCE_S[box.via])
        print(f'first phone current after {first_s:.1f} s, all {len(devices)} after {all_s:.1f} s', flush=True)
        if not once:
            print('Ctrl-C ends it.', flush=True)
            stay(box)
    finally:
        fleet.remove()


def show(box, lan, tools, pki, n_phones, once):
    """Start everything; returns when it is to end."""
    devices = [(mac_of(i), pki.device(mac_of(i))) for i in range(1, n_phones + 1)]
    box.start()
    (box.state_dir / 'runner').write_text(f'{process_identity(os.getpid())}\n')
    box.wait_ctl(PATIENCE_S[box.via])
    print(f'  appliance   answers after {time.monotonic() - box.started:.1f} s', flush=True)
    if not (os.environ.get('KEEP') == '1' and is_configured(box)):
        configure(box, pki, n_phones)
    box.wait_ready(PATIENCE_S[box.via])
    print(f'  site        ready after {time.monotonic() - box.started:.1f} s', flush=True)
    print_plan(lan)
    with page_for_this_host(box, lan):
        show_phones(box, lan, tools, devices, once)


def run(name):
    n_phones, once = number_of_phones(), os.environ.get('ONCE') == '1'
    via, why = appliance.choose_via(os.environ.get('VIA') or None)
    lan = SiteLan(os.environ.get('NETNS') or name)
    box = Appliance(lan, via, keep=os.environ.get('KEEP') == '1')
    if box.is_running():
        raise ApplianceError(f'an appliance named {box.name} is running already: `make stop` ends it')
    print(f'  appliance   {"in a container" if via == "container" else "in a virtual machine"} ({why})', flush=True)
    certificates = appliance.RUN / 'phones'
    certificates.mkdir(parents=True, exist_ok=True)
    status = 0
    with told_to_end():
        lan.create()
        try:
            with Tools(work=certificates) as tools:
                show(box, lan, tools, Pki(tools, certificates / 'pki'), n_phones, once)
        except Ended:
            print('\nending', flush=True)
        except (ApplianceError, Trouble) as error:
            print(f'make run: {error}', file=sys.stderr)
            status = 1
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            box.stop()
            lan.remove()
            pathlib.Path(box.state_dir / 'runner').unlink(missing_ok=True)
    return status
