"""The traps of OpenVPN that were found by measuring it, each walked into on purpose (docs: vpn/session/session_config.c).

1 a phone on another living session's address and port   4 a handshake while session is away   7 a planned restart
2 the end of a session is not at once (client-kill)      5 limits that refuse a whole site      8 rights of the process
3 certificate-only clients                               6 phones that reach each other          9 CBC switches DCO off
(2 is measured in packets by test_revoke.no_packet_is_accepted_after_the_reply_to_revoke.)

The clients here are bare OpenVPN processes with the bundle of an enrolled phone: the stand-in would hide what they meet.
"""
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from scene import LAN, TUNNEL, require
from tools import REPOSITORY, Tools, Trouble, stop, wait_until

MACS = [f'000413E0010{n}' for n in range(1, 5)]
A, B, C, D = MACS
CONFIG = '/run/provost/openvpn/server.conf'
# `auth-retry nointeract` makes a client wait 10 s before it begins anew, whatever connect-retry says.
AGAIN_S = 10


class Client:
    """One OpenVPN process with the bundle of a phone."""

    numbers = itertools.count(1)

    def __init__(self, scene, mac, netns=None, port=None, root=None, options=()):
        number = next(Client.numbers)
        self.scene, self.tools = scene, root or scene.tools
        self.netns = netns or scene.host(f'trap{number}', address=f'10.20.0.{20 + number}/24')
        self.work = self.tools.work / f'trap{number}'
        self.work.mkdir(mode=0o700)
        text = scene.bundles[mac].decode()
        if port:
            text = text.replace('nobind\n', f'bind\nlport {port}\n')
        path = self.work / 'vpn.cnf'
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        path.write_text(text)
        self.lines, self.process, self.options = [], None, tuple(options)
        self.start()

    def start(self):
        self.began, self.lines = time.monotonic(), []
        self.process = self.tools.start(['openvpn', '--config', 'vpn.cnf', '--suppress-timestamps', *self.options], self.netns, cwd=self.work,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
        threading.Thread(target=self._read, args=(self.process, self.lines), daemon=True).start()

    @staticmethod
    def _read(process, lines):
        for line in process.stdout:
            lines.append(line.strip())

    def count_of(self, words):
        return sum(words in line for line in self.lines)

    def wait(self, words, timeout_s, times=1):
        """Seconds from its start until it has said so."""
        wait_until(lambda: self.count_of(words) >= times, timeout_s,
                   lambda: f'the client does not say {words!r}: {self.lines[-6:]}', every_s=0.02)
        return time.monotonic() - self.began

    def wait_up(self, timeout_s=15, times=1):
        return self.wait('Initialization Sequence Completed', timeout_s, times)

    def vanish(self):
        """As when the plug is pulled: the server is not told."""
        self.process.kill()
        self.process.wait(5)

    def close(self):
        stop(self.process)


def prepare(scene):
    scene.bundles, scene.homes = {}, {}
    phones = [scene.phone(mac) for mac in MACS]
    for phone in phones:
        phone.wait_current(40)
        scene.bundles[phone.mac], scene.homes[phone.mac] = phone.bundle, phone.netns
        phone.stop()
    # Nothing of their tunnels lives: within 25 s a bundle at another address would be taken for a copy.
    systemctl(scene, 'restart', 'provost-openvpn.service')


def at_home(scene, mac, **options):
    """A client where its phone is."""
    return Client(scene, mac, netns=scene.homes[mac], **options)


def config(scene):
    return config_path(scene).read_text().splitlines()


def config_path(scene):
    """The appliance has no programs to look at files with."""
    return pathlib.Path(f'/proc/{scene.box.leader()}/root{CONFIG}')


def systemctl(scene, *words):
    result = scene.box.exec(['systemctl', *words])
    require(result.returncode == 0, lambda: f'systemctl {" ".join(words)}: {result.stderr}')


def ask_session(scene, method, **parameters):
    result = scene.box.exec(['varlinkctl', 'call', '-j', '/run/provost/session', f'io.provost.Session.{method}',
                             json.dumps(parameters)])
    require(result.returncode == 0, lambda: f'{method}: {result.stderr}')
    return json.loads(result.stdout)


def test_a_phone_on_a_living_sessions_port_comes_back_by_itself(scene):
    """Trap 1: its handshake is taken for a renewal of the other's session and refused; without a second try it would be lost."""
    first = at_home(scene, A, port=5555)
    first.wait_up()
    first.vanish()
    second = Client(scene, B, netns=first.netns, port=5555)
    try:
        took = second.wait_up(60)
        require(second.process.poll() is None, 'the process has ended')
        require(second.count_of('AUTH_FAILED') >= 1, 'it was never refused: the trap was not met')
        require(took < 2 * AGAIN_S, lambda: f'it took {took:.0f} s')
        scene.wait_words(B, 'tunnel-refused')
        rows = {row['mac']: row for row in ask_session(scene, 'Status')['tunnels']}
        # The dangerous side of it: nothing of B may pass as A.
        own = scene.listed()[B]['tunnel_address']
        require(rows[B.lower()]['address'] == own and A.lower() not in rows, lambda: f'{B} has {own}, but session says {rows}')
    finally:
        second.close()
    return f'refused {second.count_of("AUTH_FAILED")} times, up after {took:.1f} s'


def test_certificate_only_clients_are_admitted(scene):
    """Trap 3."""
    require('auth-user-pass' not in scene.bundles[C].decode(), 'the bundle asks for a password')
    require('auth-user-pass-optional' in config(scene), 'auth-user-pass-optional is missing')
    client = at_home(scene, C)
    try:
        return f'up after {client.wait_up():.2f} s'
    finally:
        client.close()


def test_a_handshake_while_session_is_away_is_not_lost_for_a_minute(scene):
    """Trap 4: OpenVPN tells of a CONNECT once; who was not there must ask for those that wait."""
    systemctl(scene, 'stop', 'provost-session.service')
    client = at_home(scene, C)
    try:
        client.wait('PUSH_REQUEST', 15)
        require(not client.count_of('Initialization Sequence Completed'), 'it came up without session')
        systemctl(scene, 'start', 'provost-session.service')
        began = time.monotonic()
        client.wait_up(40)
        took = time.monotonic() - began
        require(took < 2 * AGAIN_S, lambda: f'it took {took:.0f} s after session was back')
        require(client.count_of('server-pushed-connection-reset'), 'it was not asked to begin anew')
    finally:
        systemctl(scene, 'start', 'provost-session.service')
        client.close()
    return f'up {took:.1f} s after session was back (about {AGAIN_S} s are the client\'s own pause)'


def test_tunnels_outlive_session_and_are_known_again(scene):
    """Session starts anew: the tunnel stays, and is in its table with its address."""
    client = at_home(scene, D)
    try:
        client.wait_up()
        # What the store does not know of yet has to begin anew.
        wait_until(lambda: scene.state(D) in ('connected', 'current'), 10, 'the store does not know of its tunnel')
        old = scene.kill_unit('provost-session.service')
        wait_until(lambda: scene.box.pid('provost-session.service') not in (None, old), 20, 'session does not start again')
        row = wait_until(lambda: [row for row in ask_session(scene, 'Status')['tunnels']
                                  if row['mac'] == D.lower() and row['state'] == 'up'], 10, 'the tunnel is not in its table')[0]
        require(client.count_of('Initialization Sequence Completed') == 1, 'the tunnel was renewed')
        require(row['address'].startswith('10.64.') and row['cipher'] == 'AES-256-GCM', lambda: f'{row}')
    finally:
        client.close()


def test_a_phone_revoked_while_session_is_away_is_closed_when_it_is_back(scene):
    client = at_home(scene, D)
    try:
        client.wait_up()
        systemctl(scene, 'stop', 'provost-session.service', 'provost-session.socket')
        scene.try_ctl('phone', 'revoke', D)
        require(scene.state(D) == 'revoked', lambda: f'it is {scene.state(D)}')
        began = time.monotonic()
        systemctl(scene, 'start', 'provost-session.socket', 'provost-session.service')
        said = ask_session(scene, 'ConfirmClosed', mac=D)
        require(said['closed'], lambda: f'{said}')
        took = time.monotonic() - began
        rows = ask_session(scene, 'Status')['tunnels']
        require(D.lower() not in [row['mac'] for row in rows], lambda: f'{rows}')
        blocked = scene.box.exec(['nft', 'list', 'set', 'inet', 'provost', 'blocked4']).stdout
        address = [line for line in client.lines if 'ifconfig' in line][0]
        address = re.search(r'ifconfig (\d+\.\d+\.\d+\.\d+)', address)[1]
        require(address in blocked, lambda: f'{address} is not blocked: {blocked}')
    finally:
        systemctl(scene, 'start', 'provost-session.socket', 'provost-session.service')
        client.close()
    return f'closed {took:.1f} s after session was started'


def test_known_phones_are_admitted_while_the_store_is_away(scene):
    systemctl(scene, 'stop', 'provost-store.service', 'provost-store.socket')
    client = at_home(scene, C)
    try:
        took = client.wait_up()
    finally:
        systemctl(scene, 'start', 'provost-store.socket', 'provost-store.service')
        client.close()
    return f'up after {took:.2f} s'


def test_limits_leave_room_for_a_whole_site(scene):
    """Trap 5, and what else only the configuration shows: 4 (hand-window), 9 (no CBC)."""
    lines = config(scene)
    for line in ('max-clients 4096', 'connect-freq-initial 4000 10', 'hand-window 30', 'explicit-exit-notify 1',
                 'keepalive 10 30', 'data-ciphers AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305', 'management-hold'):
        require(line in lines, f'"{line}" is missing')
    require(not [line for line in lines if line.startswith(('management-client ', 'client-to-client', 'duplicate-cn', 'server '))],
            'a line that must not be is there')


def test_phones_do_not_reach_each_other(scene):
    """Trap 6: without client-to-client they still would, through the kernel."""
    one, other = at_home(scene, A), at_home(scene, B)
    try:
        one.wait_up(40)
        other.wait_up(40)       # it was on the other's port a moment ago
        rows = {row['mac']: row['address'] for row in ask_session(scene, 'Status')['tunnels']}
        scene.tools.run(['ip', 'route', 'replace', f'{TUNNEL}/16', 'dev', 'tun0'], one.netns, check=False)
        status, _, _ = scene.tools.run(['ping', '-c', '3', '-i', '0.2', '-W', '1', rows[B.lower()]], one.netns, check=False)
        require(status != 0, 'the other phone answers')
        status, _, error = scene.tools.run(['ping', '-c', '1', '-W', '2', TUNNEL], one.netns, check=False)
        require(status == 0, lambda: f'the appliance itself does not answer: {error}')
    finally:
        one.close()
        other.close()


def test_after_a_planned_restart_phones_are_told_and_come_back(scene):
    """Trap 7: after SIGTERM they are told at once; after SIGKILL they would notice by silence only."""
    client = at_home(scene, C)
    try:
        client.wait_up()
        began = time.monotonic()
        old = scene.box.kill_unit('provost-openvpn.service', signal.SIGTERM)
        client.wait('server-pushed-connection-reset', 10)
        told = time.monotonic() - began
        client.wait_up(40, times=2)
        took = time.monotonic() - began
        require(told < 5, lambda: f'told only after {told:.1f} s')
        require(scene.box.pid('provost-openvpn.service') not in (None, old), 'OpenVPN does not run')
    finally:
        client.close()
    return f'told after {told:.1f} s, back after {took:.1f} s (about {AGAIN_S} s are the client\'s own pause)'


def test_openvpn_runs_without_any_right(scene):
    """Trap 8: it starts as its own user and never changes it."""
    status = pathlib.Path(f'/proc/{scene.box.pid("provost-openvpn.service")}/status').read_text()
    for field in ('CapEff', 'CapPrm', 'CapBnd', 'CapAmb'):
        require(re.search(rf'^{field}:\s*0+$', status, re.M), lambda: f'{re.search(field + ".*", status)[0]}')
    require(re.search(r'^Uid:\s+909\s+909', status, re.M), lambda: re.search('Uid.*', status)[0])
    require(re.search(r'^NoNewPrivs:\s*1', status, re.M), 'NoNewPrivs is off')
    conf = config_path(scene).stat()
    mode = (oct(conf.st_mode & 0o7777), conf.st_uid, conf.st_gid)
    require(mode == ('0o640', 905, 909), lambda: f'server.conf is {mode}')


def test_a_changed_site_reaches_openvpn(scene):
    """Session writes a new configuration and has OpenVPN restarted with it."""
    def other_pid(than):
        pid = scene.box.pid('provost-openvpn.service')
        return pid if pid != than else None
    old = scene.box.pid('provost-openvpn.service')
    scene.ctl('site', 'set', 'vpn_port=1195')
    try:
        wait_until(lambda: 'port 1195' in config(scene), 10, 'server.conf is as it was')
        new = wait_until(lambda: other_pid(old), 20, 'OpenVPN was not restarted')
    finally:
        scene.ctl('site', 'set', 'vpn_port=1194')
    wait_until(lambda: 'port 1194' in config(scene) and other_pid(new) and ask_session(scene, 'Status')['server_up'], 30,
               'it is not back')
    client = at_home(scene, C)
    try:
        client.wait_up(30)
    finally:
        client.close()


def test_a_client_of_the_servers_own_version_connects(scene):
    root = pathlib.Path(os.environ.get('PROVOST_SITE27_ROOT') or REPOSITORY / 'build/root/site27')
    if not (root / 'usr/sbin/openvpn').exists():
        raise Trouble(f'no root with OpenVPN 2.7 in {root}: run `make root-site27`')
    with Tools(root=root) as tools:
        client = at_home(scene, C, root=tools)
        try:
            client.wait_up()
            return re.search(r'OpenVPN 2\.\S+', ' '.join(client.lines))[0]
        finally:
            client.close()
