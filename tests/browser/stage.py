"""stage: what stands around one browser test: the appliance, phones, the machine of the admin with its browser.

In:   tests/site (appliance, phones), the root `browser` (node, chromium), the npm set `browser`, a file test_*.mjs.
Out:  runs the file in the admin's network namespace; answers what it asks for: the do_ methods, one JSON line each way.
Not:  no test, and nothing about the page: that is the .mjs files' business.
"""
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import select
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback

from scene import REPOSITORY, Scene
from tools import Tools, Trouble, wait_until

HERE = pathlib.Path(__file__).resolve().parent
OUT = pathlib.Path(os.environ.get('O') or REPOSITORY / 'build').absolute()
ROOTS = pathlib.Path(os.environ.get('ROOTS') or OUT / 'root').absolute()
LOGS = OUT / 'check/browser'
GUIDE = REPOSITORY / 'docs/guide'
INTERFACES = REPOSITORY / 'appliance'
ADMIN_HOST = 'admin'
# Of the site that tests configure, and of a network where nobody gives addresses.
ADMIN_ADDRESSES = ('10.20.0.20/24', '169.254.77.77/16')
FILE_S = 600


def guide_names():
    """The pictures that docs/admin-guide.md shows."""
    return re.findall(r'\(guide/([a-z0-9-]+)\.png\)', (REPOSITORY / 'docs/admin-guide.md').read_text())


def sweep():
    """What a run that was killed has left behind."""
    path = str(HERE.parent / 'site/run')
    loader = importlib.machinery.SourceFileLoader('site_run', path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('site_run', loader))
    loader.exec_module(module)
    module.sweep()


class Stage:
    def __init__(self, path, words, verbose):
        self.path, self.words, self.verbose = path, words, verbose
        self.title = path.stem.removeprefix('test_')
        self.logs = LOGS / self.title
        self.logs.mkdir(parents=True, exist_ok=True)
        self.scene = Scene(self.title, LOGS)
        self.tools = None
        self.phones = {}

    # --- the play ------------------------------------------------------------------------------------------------

    def play(self):
        """Runs the file; its lines go to our standard output. The exit status."""
        packages = ROOTS / 'npm-browser'
        if not (packages / 'node_modules').is_dir():
            raise Trouble(f'no npm packages in {packages}: run `make npm-browser`')
        GUIDE.mkdir(exist_ok=True)
        self.scene.lan.create()
        self.tools = Tools(root=ROOTS / 'browser', bind=[HERE, packages, self.logs, GUIDE, OUT / 'web', INTERFACES])
        netns = self.scene.host(ADMIN_HOST)
        for address in ADMIN_ADDRESSES:
            subprocess.run(['ip', '-n', netns, 'address', 'add', address, 'dev', 'eth0'], check=True)
        ours, theirs = socket.socketpair()
        environment = {'PATH': '/usr/bin:/bin', 'HOME': '/tmp', 'LC_ALL': 'C.UTF-8', 'PROVOST_STAGE_FD': str(theirs.fileno()),
                       'PROVOST_PACKAGES': str(packages), 'PROVOST_LOGS': str(self.logs), 'PROVOST_WEB': str(OUT / 'web'), 'PROVOST_INTERFACES': str(INTERFACES),
                       'PROVOST_GUIDE': str(GUIDE), 'PROVOST_GUIDE_WRITE': os.environ.get('PROVOST_GUIDE_WRITE', ''), 'PROVOST_GUIDE_NAMES': json.dumps(guide_names()),
                       'PROVOST_WORDS': json.dumps(self.words), 'PROVOST_VERBOSE': '1' if self.verbose else '', 'PHONES': os.environ.get('PHONES', '')}
        with theirs:
            node = self.tools.start(['node', str(HERE / 'lib/main.mjs'), str(self.path)], netns, env=environment,
                                    stdout=None, stderr=None, pass_fds=(theirs.fileno(),))
        return self.answer(ours, node)

    def answer(self, channel, node):
        """Does what is asked until the file has ended, each in a thread of its own."""
        end, text = time.monotonic() + FILE_S, b''
        while True:
            if time.monotonic() > end:
                node.kill()
                print(f'not ok {self.title} it took more than {FILE_S} s', flush=True)
                return 1
            if select.select([channel], [], [], 0.5)[0]:
                block = channel.recv(1 << 20)
                if not block:
                    return node.wait(20)
                text += block
                *lines, text = text.split(b'\n')
                for line in lines:
                    threading.Thread(target=self.do, args=(channel, json.loads(line)), daemon=True).start()

    def do(self, channel, asked):
        try:
            answer = {'id': asked['id'], 'value': getattr(self, 'do_' + asked['verb'])(**asked['values'])}
        except Exception as error:
            if self.verbose:
                traceback.print_exc()
            answer = {'id': asked['id'], 'error': str(error) or type(error).__name__}
        try:
            channel.sendall((json.dumps(answer) + '\n').encode())
        except OSError as error:
            print(f'{self.title}: the file ended before its answer came: {error}', file=sys.stderr)

    def close(self):
        if self.tools:
            self.tools.close()
        self.scene.close()

    # --- verbs ---------------------------------------------------------------------------------------------------

    def do_appliance(self, configured=True, site=None):
        """Switches an appliance on. configured: by provostctl, with this site; otherwise as it comes out of the box."""
        self.scene.site.update(site or {})
        self.scene.start(configure=configured)
        return {'address': '10.20.0.1' if configured else None}

    def do_console(self):
        """What the screen shows."""
        return self.scene.box.console_text()

    def do_wait_console(self, pattern, timeout_s=60):
        """The groups of the last place on the screen that fits."""
        def last():
            found = list(re.finditer(pattern, self.scene.box.console_text()))
            return found and (list(found[-1].groups()) or [found[-1][0]])
        return wait_until(last, timeout_s, lambda: f'the screen does not show {pattern}: {self.scene.box.console_text()[-1500:]}')

    def do_setup(self, timeout_s=60):
        """What the screen says of an appliance that nobody owns yet: code, urls, sha256."""
        def shown():
            text = self.scene.box.console_text()
            code, where, sha256 = (re.findall(pattern, text) for pattern in (
                # A line that is being written is not read yet.
                r'setup code ([0-9A-Z]{5}-[0-9A-Z]{5}),', r'set this appliance up at (https://.*?)[\r\n]', r'certificate SHA-256 ([0-9A-F:]{95})[ \t]*[\r\n]'))
            return code and where and sha256 and {'code': code[-1], 'urls': re.findall(r'https://[^\s,)]+', where[-1]), 'sha256': sha256[-1]}
        return wait_until(shown, timeout_s, lambda: f'the screen shows no address and code: {self.scene.box.console_text()[-1500:]}', 0.2)

    def do_certificate(self, address):
        """SHA-256 of the certificate that the page shows there, as the screen writes it."""
        _, out, _ = self.tools.run(['openssl', 's_client', '-connect', address], f'{self.scene.lan.name}-{ADMIN_HOST}', stdin=b'', check=False)
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(re.search(rb'-----BEGIN.*?-----END CERTIFICATE-----', out, re.DOTALL)[0].decode())).hexdigest()
        return ':'.join(re.findall('..', digest.upper()))

    def do_network(self):
        """What the appliance has of addresses, ways, neighbours and listeners just now: for whoever cannot reach it."""
        words = [['ip', '-br', 'address'], ['ip', 'route'], ['ip', 'neighbour'], ['ss', '-Hlnt']]
        return '\n'.join(subprocess.run(['ip', 'netns', 'exec', self.scene.lan.box, *argv], stdout=subprocess.PIPE, text=True, check=False).stdout.strip() for argv in words)

    def do_listens(self, port):
        """Whether somebody waits at this port of the appliance, TCP or UDP."""
        said = subprocess.run(['ip', 'netns', 'exec', self.scene.lan.box, 'ss', '-Hnlut', f'sport = :{port}'], stdout=subprocess.PIPE, text=True, check=True).stdout
        return bool(said.strip())

    def do_ctl(self, words, stdin=None):
        status, out, err = self.scene.try_ctl(*words, stdin=stdin)
        return {'status': status, 'out': out, 'err': err}

    def do_call(self, station, method, values=None):
        """An answer of a station's Varlink method, called by root."""
        return self.scene.call(station, method, **(values or {}))

    def do_restart_station(self, station):
        """What a restart of the appliance is for whoever looks at the page: sessions end."""
        self.scene.box.exec(['systemctl', 'restart', f'provost-{station}.service'])

    def do_bundle(self, version, notes, key='update'):
        """A bundle that the appliance believes, of parts that nobody could start; its place. key: of the keys that this image was made with."""
        parts, target = self.logs / 'bundle', self.logs / f'{version}.update'
        shutil.rmtree(parts, ignore_errors=True)
        parts.mkdir()
        for name in ('slot', 'provost.efi', 'systemd-boot.efi'):
            (parts / name).write_bytes(name.encode() * 5000)
        (parts / 'slot.json').write_text(json.dumps({'root_hash': '5a' * 32}))
        subprocess.run([sys.executable, str(REPOSITORY / 'rootfs/image/bundle.py'), str(parts), str(target), '--parts', '--key', key,
                        '--set', f'version={json.dumps(version)}', '--set', f'notes={json.dumps(notes)}'], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       env={**os.environ, 'O': str(parts / 'o'), 'KEYS': os.environ.get('KEYS') or str(OUT / 'keys'), 'PROVOST_BUILD_ROOT': str(ROOTS / 'build'), 'PROVOST_BIND': str(parts)})
        return str(target)

    def do_phone_ca(self):
        """The authorities of the phones' maker, PEM."""
        return self.scene.pki.authorities_pem()

    def do_plug_in(self, mac, kind='good', known=False, approve=False, **options):
        """A phone is plugged in."""
        self.phones[mac] = self.scene.phone(mac, kind, known, approve, **options)

    def do_unplug(self, mac):
        self.phones.pop(mac).remove()

    def do_wait_current(self, mac, timeout_s=40):
        self.phones[mac].wait_current(timeout_s)

    def do_wait_state(self, mac, state, timeout_s=30):
        self.scene.wait_state(mac, state, timeout_s)

    def do_plant(self):
        """Payloads through all ways in (tests/site/payloads.py): how many each way took, the phones that carry them, the texts, an owner's invitation."""
        import payloads
        from admin_api import page_of
        counts = payloads.plant_payloads(self.scene)
        code = page_of(self.scene).owner().want(201, 'POST', '/users', {'name': 'anna', 'role': 'owner'})['code']
        return {'counts': counts, 'macs': payloads.MACS, 'payloads': payloads.PAYLOADS, 'code': code}

    def do_crowd(self, phones):
        """So many phones in the store, and an owner's invitation."""
        from admin_api import page_of
        from crowd import gather
        owner = page_of(self.scene).owner()
        gather(owner, phones)
        return owner.want(201, 'POST', '/users', {'name': 'anna', 'role': 'owner'})['code']

    def do_explain(self, title):
        """After a failure: where console, journal and transcripts are, and their last lines."""
        return self.scene.explain(title)
