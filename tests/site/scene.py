"""scene: one configured appliance with phones around it, and what a test wants to ask of it.

In:   rootfs/run/appliance.py, provostctl, the site root.
Out:  Scene (the appliance, its phones), Capture (packets), search() (is a secret in these bytes, in any clothing).
Not:  no test; nothing here knows how the product works inside, except where its files are (docs/architecture.md).
"""
import base64
import contextlib
import json
import os
import pathlib
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

from tools import REPOSITORY, Tools, Trouble, stop, wait_until

sys.path.insert(0, str(REPOSITORY / 'rootfs/run'))
import dhcp_wire
from appliance import OUT, TREE, Appliance, SiteLan
from phone import Phone
from pki import Pki, capitals

LAN = '10.20.0.1'
UPLINK = '198.51.100.2'
TUNNEL = '10.64.0.1'
SITE = {'name': 'Test site', 'lan_address': f'{LAN}/24', 'pool_first': '10.20.0.100', 'pool_last': '10.20.0.199',
        'uplink_address': f'{UPLINK}/24', 'domain': 'site.example', 'sip_host': 'pbx.example'}
STATIONS = ('store', 'pki', 'responder', 'bootstrap', 'session', 'settings', 'import', 'box')
# Import runs only while somebody asks it something.
UNITS = tuple(f'provost-{name}.service' for name in (*STATIONS, 'openvpn', 'edge', 'clock') if name != 'import')
READY_S = 60


def require(condition, what):
    """A claim of a test; what: what was found instead, as a sentence."""
    if not condition:
        raise AssertionError(what() if callable(what) else what)


def new_secret(word):
    """A secret that can be recognised wherever it turns up."""
    return f'canary{word}{secrets.token_hex(8)}'


def spellings(secret):
    """The secret as bytes in the ways it could be written down."""
    raw = secret.encode()
    forms = {'plain': raw, 'hex': raw.hex().encode(), 'HEX': raw.hex().upper().encode(),
             'colon hex': raw.hex(':').encode(), 'percent': ''.join(f'%{b:02x}' for b in raw).encode(),
             'PERCENT': ''.join(f'%{b:02X}' for b in raw).encode(),
             'url': urllib.parse.quote(secret, safe='').encode(), 'utf-16': secret.encode('utf-16-le'),
             'reversed': raw[::-1]}
    for shift in range(3):
        coded = base64.b64encode(b'\0' * shift + raw)
        # Only what does not depend on the bytes around it.
        forms[f'base64 +{shift}'] = coded[(0, 2, 3)[shift]:len(raw) * 4 // 3 - 1]
    return forms


def search(data, wanted):
    """[(name, spelling)] of the secrets found in the bytes. wanted: {name: secret}."""
    lower = data.lower()
    return [(name, form) for name, secret in wanted.items() for form, text in spellings(secret).items()
            if text in data or text.lower() in lower]


class Capture:
    """tcpdump on one interface from now on."""

    def __init__(self, tools, netns, interface, what='', name=None):
        self.tools = tools
        self.path = tools.work / f'{name or interface}-{secrets.token_hex(3)}.pcap'
        argv = ['tcpdump', '-i', interface, '-n', '-U', '--immediate-mode', '-s', '0', '-B', '16384', '-Z', 'root',
                '-w', self.path] + ([what] if what else [])
        self.process = tools.start(argv, netns, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        said = ''
        while 'listening on' not in said:
            line = self.process.stderr.readline()
            said += line
            if not line:
                raise Trouble(f'tcpdump on {interface} in {netns} does not start: {said.strip()}')
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def dhcp(self, mac=None):
        """The DHCP messages so far, those of one client if mac is given."""
        rows = dhcp_wire.messages(self.path)
        return [m for m in rows if mac is None or m.chaddr == dhcp_wire.mac_bytes(mac)]

    def frames(self):
        return list(dhcp_wire.read_pcap(self.path))

    def data(self):
        return self.path.read_bytes()

    def stop(self):
        """Ends it when all that was sent before has reached the file."""
        stop(self.process)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class ArgumentWatch:
    """Looks at the command lines and environments of all processes, again and again."""

    def __init__(self):
        self.seen, self._over = set(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        me = os.getpid()
        while not self._over.wait(0.01):
            for entry in os.listdir('/proc'):
                if entry.isdigit() and int(entry) != me:
                    for file in ('cmdline', 'environ'):
                        with contextlib.suppress(OSError):
                            data = pathlib.Path(f'/proc/{entry}/{file}').read_bytes()
                            if data:
                                self.seen.add(data)

    def stop(self):
        self._over.set()
        self._thread.join()
        return b'\n'.join(self.seen)


class Scene:
    """An appliance on its LAN. Everything it made is gone after close()."""

    count = 0

    def __init__(self, name, log_folder, site=None):
        Scene.count += 1
        self.name = f'ps{os.getpid()}-{Scene.count}'       # tests/site/run sweeps by this
        self.title, self.logs = name, pathlib.Path(log_folder)
        self.site = {**SITE, **(site or {})}
        self.lan = SiteLan(self.name)
        self.box = None
        self.tools, self.pki, self._tools27 = None, None, None
        self.phones, self.hosts, self.closers = [], [], []
        self.secrets = {}

    def start(self, configure=True, data_dir=None):
        """data_dir: the directory that is its /data, say on a disk of its own."""
        if not self.lan.hosts:          # somebody waits on the LAN already
            self.lan.create()
        self.box = Appliance(self.lan, via='container', data_dir=data_dir)
        self.box.start()
        cache = OUT / 'check/site-pki'
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.tools = Tools(bind=[cache])
        self.pki = Pki(self.tools, cache)
        self.box.wait_ctl(READY_S)
        if configure:
            self.configure()
        return self

    def configure(self):
        self.ctl('site', 'set', *(f'{name}={value}' for name, value in self.site.items()))
        self.ctl('site', 'set', 'phone_ca=@-', stdin=self.pki.authorities_pem())
        self.box.wait_ready(READY_S)

    def close(self):
        for phone in self.phones:
            with contextlib.suppress(Exception):
                phone.remove()
        for close in self.closers:
            with contextlib.suppress(Exception):
                close()
        if self.tools:
            self.tools.close()
        if self.box:
            with contextlib.suppress(Exception):
                self.box.remove()
        self.lan.remove()

    def sanitizer_reports(self):
        """What the stations' sanitizers found (make SAN=1), also while each of them ended once by itself."""
        if not self.box or not (TREE / 'usr/lib/systemd/system/service.d/10-sanitizers.conf').exists():
            return []
        for name in STATIONS:
            self.box.exec(['systemctl', 'restart', f'provost-{name}.service'])
        return [line for line in self.box.journal().splitlines()
                if re.search(r'ERROR: \w+Sanitizer|runtime error: |SUMMARY: \w+Sanitizer', line)]

    # --- provostctl ----------------------------------------------------------------------------------------------

    def try_ctl(self, *words, stdin=None, timeout_s=60):
        """(exit status, output, error output) of provostctl."""
        return self.box.ctl(list(words), stdin=stdin, timeout_s=timeout_s)

    def ctl(self, *words, stdin=None, timeout_s=60):
        status, out, err = self.try_ctl(*words, stdin=stdin, timeout_s=timeout_s)
        if status:
            raise Trouble(f'provostctl {" ".join(words[:3])} … failed ({status}): {(err or out).strip()}')
        if '--json' in words:
            try:
                return json.loads(out)
            except ValueError:
                raise Trouble(f'provostctl {" ".join(words)} printed no JSON: {out[:200]!r}') from None
        return out

    def try_call(self, station, method, **parameters):
        """(answer, '') of a method of a station, called by root; (None, what it said) when it refuses."""
        result = self.box.exec(['varlinkctl', 'call', '-j', f'/run/provost/{station}',
                                f'io.provost.{station.capitalize()}.{method}', json.dumps(parameters)])
        if result.returncode:
            return None, (result.stderr or result.stdout).strip()
        return json.loads(result.stdout or '{}'), ''

    def call(self, station, method, **parameters):
        answer, refusal = self.try_call(station, method, **parameters)
        if answer is None:
            raise Trouble(f'{station} refuses {method} {parameters}: {refusal}')
        return answer

    def store(self, method, **parameters):
        return self.call('store', method, **parameters)

    def row(self, mac):
        """What the store knows of a phone."""
        return self.store('GetPhone', mac=mac.lower())['phone']

    def alarms(self, kind=None, subject=None, only_open=True):
        """The alarms of a kind about a subject (a MAC in any case, an address, a name), newest first."""
        same = lambda one, other: one.replace(':', '').lower() == other.replace(':', '').lower()
        return [row for row in self.store('ListAlarms', open=only_open)['alarms']
                if (kind is None or row['kind'] == kind) and (subject is None or same(row['subject'], subject))]

    def wait_alarm(self, kind, subject=None, timeout_s=10):
        """The newest alarm of that kind; it must say what happened in a sentence."""
        row = wait_until(lambda: self.alarms(kind, subject), timeout_s,
                         lambda: f'no alarm {kind} about {subject}: {self.alarms()}')[0]
        require(re.fullmatch(r'\S.*[.)]', row['detail']) and ' ' in row['detail'], lambda: f'the alarm is no sentence: {row}')
        return row

    def expect(self, mac, *, secret=None, **more):
        """A phone of a delivery note: known beforehand, let in by the site's rules when it comes."""
        secret = self.secrets[f'sip secret of {capitals(mac)}'] = secret or new_secret('Sip')
        self.store('AddPhone', mac=mac.lower(), **{'model': 'snomD785', **more}, sip_user=f'u{mac[-4:]}', sip_secret=secret, approve=False,
                   expected=True)
        return secret

    def listed(self):
        """{MAC in capitals: row} of `phone list`."""
        rows = self.ctl('phone', 'list', '--json')
        rows = rows['phones'] if isinstance(rows, dict) else rows
        return {capitals(row['mac']): row for row in rows}

    def state(self, mac):
        return self.listed().get(capitals(mac), {}).get('state')

    def wait_state(self, mac, state, timeout_s=30):
        wait_until(lambda: self.state(mac) == state, timeout_s,
                   lambda: f'{mac} is {self.state(mac)}, not {state}')

    def timeline(self, mac):
        rows = self.ctl('timeline', capitals(mac), '--json')
        return rows['events'] if isinstance(rows, dict) else rows

    def wait_words(self, mac, *words, timeout_s=10):
        """Until the timeline tells of all of these: stations hand their events over in batches, a moment later."""
        def missing():
            told = [row['word'] for row in self.timeline(mac)]
            return [word for word in words if word not in told]
        wait_until(lambda: not missing(), timeout_s, lambda: f'the timeline of {mac} does not tell of {missing()}')

    def tunnels(self):
        """{MAC in capitals: row} of the tunnels that are up."""
        rows = self.ctl('session', 'list', '--json')
        rows = rows.get('tunnels', rows.get('sessions', [])) if isinstance(rows, dict) else rows
        return {capitals(row['mac']): row for row in rows if row.get('up', True)}

    def put(self, name, data):
        """A file inside the appliance; its path there."""
        path = self.box.data_dir / name
        path.write_bytes(data)
        return f'/data/{name}'

    def tools27(self):
        """The root with the OpenVPN that the appliance has; it sees the phones' folders."""
        if self._tools27 is None:
            root = pathlib.Path(os.environ.get('PROVOST_SITE27_ROOT') or REPOSITORY / 'build/root/site27')
            if not (root / 'usr/sbin/openvpn').exists():
                raise Trouble(f'no root with OpenVPN 2.7 in {root}: run `make root-site27`')
            self._tools27 = Tools(root=root, bind=[self.tools.work])
            self.closers.append(self._tools27.close)
        return self._tools27

    # --- phones and other hosts ------------------------------------------------------------------------------------

    def add_phone(self, mac, *options, approve=True, secret=None):
        """Makes the phone known to the appliance, with a SIP secret that is looked for later."""
        mac = capitals(mac)
        secret = secret or new_secret('Sip')
        self.secrets[f'sip secret of {mac}'] = secret
        self.ctl('phone', 'add', mac, '--model', 'snomD785', '--sip-user', f'u{mac[-4:]}', '--sip-secret-file', '-',
                 *(['--approve'] if approve else []), *options, stdin=secret)
        return secret

    def phone(self, mac, kind='good', known=True, approve=True, start=True, **options):
        """A stand-in on the LAN; with known, the appliance knows it before it is switched on."""
        if known:
            self.add_phone(mac, approve=approve)
        certificate = None if kind == 'none' else self.pki.device(mac, kind)
        phone = Phone(self.tools, self.lan, mac, certificate, **options)
        self.phones.append(phone)
        return phone.start() if start else phone

    def fleet(self, phones, at_once=10, timeout_s=60):
        """Switches phones on, some at a time, until all have their settings. Seconds that took."""
        began = time.monotonic()
        for some in (phones[i:i + at_once] for i in range(0, len(phones), at_once)):
            starters = [threading.Thread(target=phone.start) for phone in some]
            for starter in starters:
                starter.start()
            for starter in starters:
                starter.join()
            for phone in some:
                phone.wait_current(timeout_s)
        return time.monotonic() - began

    def host(self, name, mac=None, address=None, where='lan'):
        """A plain host; its network namespace."""
        netns = self.lan.add_host(name, mac, where)
        self.hosts.append(name)
        if address:
            self.tools.run(['ip', 'addr', 'add', address, 'dev', 'eth0'], netns)
        return netns

    def curl(self, netns, url, *more, certificate=None, timeout_s=5, patient=True):
        """(status, body) of a plain request from a host; (0, b'') when nobody answers. patient: it does not take 429 for an answer."""
        argv = ['curl', '--silent', '--insecure', '--globoff', '--path-as-is', '--noproxy', '*', '--max-time',
                str(timeout_s), '--connect-timeout', '2', '--write-out', '%{stderr}%{http_code}']
        if certificate:
            argv += ['--cert', certificate.chain, '--key', certificate.key]
        while True:
            _, out, err = self.tools.run([*argv, *more, url], netns, check=False, timeout_s=timeout_s + 10)
            status = re.search(rb'(\d{3})\s*$', err)
            status = int(status[1]) if status else 0
            if status != 429 or not patient:            # "too many requests": says nothing about this one
                return status, out
            time.sleep(0.5)

    def capture_lan(self, what=''):
        return Capture(self.tools, self.lan.name, 'lan0', what)

    def capture_uplink(self, what=''):
        return Capture(self.tools, self.lan.up, 'up0', what)

    def capture_tunnel(self, what=''):
        """What OpenVPN accepted from phones, on the appliance's own tun-phones."""
        return Capture(self.tools, self.lan.box, 'tun-phones', what)

    # --- the appliance's inside ------------------------------------------------------------------------------------

    def kill_unit(self, unit):
        """kill -9 of a unit's main process, by its number; gives the number."""
        return self.box.kill_unit(unit, signal.SIGKILL)

    def database_bytes(self):
        """{file name: bytes} of the database and its log, as they are on the disk now."""
        folder = self.box.data_dir / 'var/lib/provost/store'
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}

    def leases(self):
        """{MAC: address} as the phones hold them."""
        return {phone.mac: phone.address for phone in self.phones}

    # --- after a failure ---------------------------------------------------------------------------------------------

    def explain(self, title):
        """Console, journal and transcripts into files; the last lines as text."""
        folder = self.logs / title
        folder.mkdir(parents=True, exist_ok=True)
        text = []
        with contextlib.suppress(Exception):
            (folder / 'console').write_text(self.box.console_text())
        with contextlib.suppress(Exception):
            journal = self.box.journal()
            (folder / 'journal').write_text(journal)
            text += ['--- journal, last lines'] + [
                line for line in journal.splitlines() if 'provost' in line or 'nginx' in line][-25:]
        for phone in self.phones:
            rows = list(phone.transcript)
            lines = [f'{row["at"] - rows[0]["at"]:8.3f} ' + ' '.join(
                f'{k}={v}' for k, v in row.items() if k != 'at') for row in rows]
            (folder / phone.name).write_text('\n'.join(lines + (phone.vpn.lines if phone.vpn else [])) + '\n')
            text += [f'--- {phone.mac} at "{phone.step}" {phone.trouble}'] + lines[-6:]
        with contextlib.suppress(Exception):
            text += ['--- phones'] + [f'{mac} {row["state"]}' for mac, row in self.listed().items()]
        return '\n'.join(text + [f'--- all of it is in {folder}'])
