"""Beside the site's own DHCP server: the lines that provostctl gives, in the servers they are for, judged on the wire."""
import json
import os
import pathlib
import time

import dhcp_wire as wire
from scene import LAN, require
from test_clients import ASK, Hand
from tools import REPOSITORY, Tools, Trouble, stop, wait_until

SITE = {'dhcp_mode': 'off', 'pnp_mode': 'off'}
SERVER = '10.20.0.250'
URL = f'https://{LAN}/{{mac}}.xml'
PHONES = {'isc': '000413F20101', 'kea': '000413F20102', 'dnsmasq': '000413F20103'}
STRANGERS = 10000


def peers_root():
    root = pathlib.Path(os.environ.get('PROVOST_PEERS_ROOT') or REPOSITORY / 'build/root/peers')
    if not (root / 'usr/sbin/dnsmasq').exists():
        raise Trouble(f'no root with other DHCP servers in {root}: run `make root-peers`')
    return root


def isc(work, lines):
    (work / 'dhcpd.conf').write_text(f'''authoritative;
default-lease-time 600;
{lines}
subnet 10.20.0.0 netmask 255.255.255.0 {{ range 10.20.0.200 10.20.0.219; option routers {SERVER}; }}
''')
    (work / 'dhcpd.leases').touch()
    return ['dhcpd', '-4', '-f', '-d', '-cf', work / 'dhcpd.conf', '-lf', work / 'dhcpd.leases', '--no-pid', 'eth0']


def kea(work, lines):
    classes = '\n'.join(line for line in lines.splitlines() if not line.startswith('#'))
    (work / 'kea.conf').write_text(f'''{{ "Dhcp4": {{
    "interfaces-config": {{ "interfaces": [ "eth0" ], "dhcp-socket-type": "raw" }},
    "lease-database": {{ "type": "memfile", "persist": false }},
    "valid-lifetime": 600,
    {classes},
    "subnet4": [ {{ "id": 1, "subnet": "10.20.0.0/24", "pools": [ {{ "pool": "10.20.0.220 - 10.20.0.229" }} ] }} ]
}} }}''')
    return ['env', f'KEA_PIDFILE_DIR={work}', f'KEA_LOCKFILE_DIR={work}', f'KEA_DHCP_DATA_DIR={work}', 'kea-dhcp4', '-c', work / 'kea.conf']


def dnsmasq(work, lines):
    (work / 'dnsmasq.conf').write_text(f'port=0\ninterface=eth0\ndhcp-range=10.20.0.230,10.20.0.239,255.255.255.0,600\n{lines}')
    return ['dnsmasq', '--keep-in-foreground', '--user=root', '--log-facility=-', f'--conf-file={work / "dnsmasq.conf"}',
            f'--dhcp-leasefile={work / "dnsmasq.leases"}', f'--pid-file={work / "dnsmasq.pid"}']


def prepare(scene):
    scene.capture = scene.capture_lan('udp port 67 or udp port 68')
    scene.netns = scene.host('siteserver', '02:00:00:00:02:50', f'{SERVER}/24')
    scene.hand = Hand(scene, 'handset', '000413F20109', '10.20.0.31/24')
    scene.laptop = Hand(scene, 'notebook', '3C22FB20109A', '10.20.0.32/24')
    scene.peers = Tools(root=peers_root())
    scene.closers.append(scene.peers.close)


def check_server(scene, name, make):
    """The server with our lines: phones get 66, others do not, the check on the wire finds it, a phone comes up."""
    lines = scene.ctl('dhcp', 'advise', name)
    require(URL in lines, lambda: f'the lines do not name {URL}: {lines}')
    (scene.peers.work / f'{name}.log').touch()
    with open(scene.peers.work / f'{name}.log', 'wb') as log:
        process = scene.peers.start(make(scene.peers.work, lines), scene.netns, stdout=log, stderr=log)
    try:
        def offered():
            require(process.poll() is None, lambda: (scene.peers.work / f'{name}.log').read_text()[-1500:])
            return scene.hand.ask(wire.DISCOVER, '000413F20109', timeout_s=1, flags=0x8000, options=ASK)
        offer = wait_until(offered, 30, lambda: f'{name} does not answer: {(scene.peers.work / f"{name}.log").read_text()[-1500:]}')
        require(offer.ip_source == SERVER and offer.text(66).rstrip('\0') == URL, lambda: f'{offer} says 66={offer.options.get(66)}')
        require(67 not in offer.options and 43 not in offer.options, lambda: f'{offer.options}')
        other = scene.laptop.ask(wire.DISCOVER, '3C22FB20109A', timeout_s=5, flags=0x8000, options={**ASK, 60: b'MSFT 5.0'})
        require(other and 66 not in other.options, lambda: f'a laptop is told {other and other.options}')
        said = scene.ctl('dhcp', 'check')
        require(SERVER in said and 'names our source' in said, lambda: said)
        phone = scene.phone(PHONES[name])
        phone.wait_current(40)
        require(phone.dhcp_source() and phone.dhcp_source().rstrip('\0') == URL, lambda: f'it came by {phone.dhcp_source()}')
        require(not [m for m in scene.capture.dhcp() if m.op == 2 and m.ip_source == LAN], 'the appliance answers DHCP as well')
        return process
    finally:
        stop(process)


def test_the_lines_for_isc_dhcpd_bring_a_phone_up(scene):
    check_server(scene, 'isc', isc)


def test_the_lines_for_kea_bring_a_phone_up(scene):
    check_server(scene, 'kea', kea)


def test_the_lines_for_dnsmasq_bring_a_phone_up(scene):
    check_server(scene, 'dnsmasq', dnsmasq)


def test_our_lines_in_the_sites_server_are_no_alarm(scene):
    rows = scene.ctl('rogue', 'list', '--json')['rogues']
    require(rows and {row['kind'] for row in rows} <= {'dhcp-ours', 'dhcp-plain'}, lambda: json.dumps(rows))


def test_without_such_a_server_the_check_says_so(scene):
    status, out, err = scene.try_ctl('dhcp', 'check')
    require(status == 1 and 'No other DHCP server' in out, lambda: f'{status} {out} {err}')


def messages_of(scene, first, count):
    macs = {wire.mac_bytes(f'3c22fb{first + n:06x}') for n in range(count)}
    return [m for m in scene.capture.dhcp() if m.chaddr in macs]


def questions_of_the_watch(scene):
    return len([m for m in scene.capture.dhcp() if m.op == 1 and m.ip_source == '0.0.0.0' and m.text(60) == 'snomD785'
                and m.chaddr not in {wire.mac_bytes(mac) for mac in (*PHONES.values(), '000413F20109')}])


def send_until_heard(scene, first, count):
    """DISCOVERs of so many others. What the capture missed in the rush is sent again: each of them is on the wire at least once."""
    wanted = {wire.mac_bytes(f'3c22fb{first + n:06x}'): f'3c22fb{first + n:06x}' for n in range(count)}

    def missing():
        heard = {m.chaddr for m in scene.capture.dhcp() if m.op == 1}
        return [mac for chaddr, mac in wanted.items() if chaddr not in heard]

    rest = list(wanted.values())
    for _ in range(20):
        for mac in rest:
            scene.laptop.send(wire.build(wire.DISCOVER, mac, flags=0x8000, options={55: bytes([1, 3, 6, 66, 67, 43])}))
        time.sleep(0.5)
        rest = missing()
        if not rest:
            return
    raise AssertionError(f'{len(rest)} of {count} were not seen on the wire')


def answers_to_strangers(scene, first, count=STRANGERS):
    """DISCOVERs of others; when the appliance has done something of its own after the last of them, its answers are counted."""
    send_until_heard(scene, first, count)
    before = questions_of_the_watch(scene)
    scene.ctl('rogue', 'ask')
    wait_until(lambda: questions_of_the_watch(scene) > before, 20, 'the appliance does nothing any more')
    return [m for m in messages_of(scene, first, count) if m.op == 2 and m.ip_source == LAN]


def test_with_pnp_only_ten_thousand_requests_of_others_get_no_answer(scene):
    scene.ctl('site', 'set', 'pnp_mode=on')
    require(not answers_to_strangers(scene, 0x300000), 'the appliance answered in the mode "off"')


def test_with_only_our_phones_ten_thousand_requests_of_others_get_no_answer(scene):
    scene.ctl('site', 'set', 'dhcp_mode=server', 'unknown_clients=silent')
    scene.add_phone('000413F20109')
    wait_until(lambda: scene.hand.ask(wire.DISCOVER, '000413F20109', timeout_s=1, flags=0x8000, options=ASK), 20,
               'our own phone is not answered')
    scene.ctl('site', 'set', 'unknown_clients=plain')           # what is counted can be counted
    wait_until(lambda: answers_to_strangers(scene, 0x500000, 20), 20, 'with plain leases strangers are not answered either')
    scene.ctl('site', 'set', 'unknown_clients=silent')
    wait_until(lambda: not answers_to_strangers(scene, 0x600000 + int(time.monotonic() * 10) % 0xfffff, 1), 20, 'it is not silent again')
    answers = answers_to_strangers(scene, 0x400000)
    require(not answers, lambda: f'{len(answers)} answers to others: {answers[:3]}')
    offer = wait_until(lambda: scene.hand.ask(wire.DISCOVER, '000413F20109', timeout_s=1, flags=0x8000, options=ASK), 20,
                       'our own phone is not answered after them')
    require(offer.text(66) == URL, lambda: f'{offer.options}')
    return f'0 of {STRANGERS}'
