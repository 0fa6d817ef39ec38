"""Revoke of a connected phone, and delete (issue 2, must show 4)."""
import contextlib
import re
import signal
import socket
import sqlite3
import threading
import time

from scene import LAN, TUNNEL, require, search
from tools import inside, wait_until

A, OTHER = '000413C00101', '000413C00102'


def prepare(scene):
    scene.a, scene.other = scene.phone(A), scene.phone(OTHER)
    for phone in (scene.a, scene.other):
        phone.wait_current(30)


@contextlib.contextmanager
def session_hears_later(scene):
    """Whatever happens meanwhile, session hears all of it at once, afterwards."""
    scene.box.kill_unit('provost-session.service', signal.SIGSTOP)
    try:
        yield
    finally:
        scene.box.kill_unit('provost-session.service', signal.SIGCONT)


def wait_question(phone):
    """Until OpenVPN has asked session about the phone: the handshake is over."""
    phone.wait(lambda me: me.vpn and any('Peer Connection Initiated' in line for line in me.vpn.lines), 40, 'a handshake')


class Chatter:
    """Sends packets through the phone's tunnel all the time, whatever the phone's OpenVPN is told."""

    def __init__(self, phone, every_s=0.002):
        with inside(phone.netns):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((phone.tunnel_address, 0))
        self.sent, self._over = 0, threading.Event()
        self._thread = threading.Thread(target=self._talk, args=(every_s,), daemon=True)
        self._thread.start()

    def _talk(self, every_s):
        while not self._over.wait(every_s):
            try:
                self.socket.sendto(b'x' * 64, (TUNNEL, 123))
                self.sent += 1
            except OSError:
                pass

    def stop(self):
        self._over.set()
        self._thread.join()
        self.socket.close()


def from_phone(capture, address):
    return [at for at, frame in capture.frames() if frame[12:16] == socket.inet_aton(address)]


def test_no_packet_is_accepted_after_the_reply_to_revoke(scene):
    phone, address = scene.a, scene.a.tunnel_address
    # The phone's side of a thief: replies of the server (RESTART, AUTH_FAILED) do not reach its OpenVPN.
    with scene.capture_tunnel('udp port 123') as capture:
        chatter = Chatter(phone)
        try:
            wait_until(lambda: len(from_phone(capture, address)) > 200, 10, 'the chatter does not arrive')
            scene.tools.run(['nft', 'add table ip deaf; add chain ip deaf in { type filter hook input priority 0; }; '
                             'add rule ip deaf in udp sport 1194 drop'], phone.netns)
            began = time.time()
            said = scene.ctl('phone', 'revoke', phone.mac)
            replied = time.time()
            sent = chatter.sent
            wait_until(lambda: chatter.sent > sent + 1500, 20, 'the chatter has stopped')
            sent = chatter.sent - sent
        finally:
            chatter.stop()
            scene.tools.run(['nft', 'delete table ip deaf'], phone.netns)
        # Something later on the same interface shows that the capture has seen all.
        scene.other.fetch(f'https://{TUNNEL}/{OTHER}.xml')
    times = from_phone(capture, address)
    late = [at for at in times if at > replied]
    require(not late, lambda: f'{len(late)} packets accepted up to {1000 * (late[-1] - replied):.0f} ms after the reply')
    require(sent > 1000, 'too few packets were sent after the reply')
    scene.receipt = said
    return (f'{len(times)} packets before, 0 of {sent} after; the reply took {1000 * (replied - began):.0f} ms, '
            f'the last packet came {1000 * (times[-1] - began):.0f} ms after the command')


def test_the_revoke_gives_a_receipt(scene):
    require(re.search('closed', scene.receipt, re.IGNORECASE), lambda: f'it said: {scene.receipt!r}')
    require(scene.state(A) == 'revoked', lambda: f'it is {scene.state(A)}')


def test_the_next_handshakes_are_refused(scene):
    """The phone tries again and again with its old bundle, each time from the start: it was told to wait a minute."""
    phone = scene.a
    for _ in range(5):
        phone.power_cycle()
        phone.wait(lambda me: me.vpn and me.vpn.refusals, 60, 'a refused handshake')
        require(phone.vpn.turn == 0 and not phone.vpn.up, 'the tunnel came up again')
    return '5 of 5 refused'


def test_bundle_and_stage_1_are_refused(scene):
    phone = scene.a
    wait_until(lambda: phone.address, 20, 'the revoked phone gets no plain lease')
    url = phone.expand(phone.settings.get('vpn_tarball_url'))
    for what in (url, f'https://{LAN}/{A}.xml', f'https://{LAN}/{A.lower()}.xml'):
        answer = phone.fetch(what, verify=False)
        require(answer.status in (403, 404), lambda: f'{answer}')
        require(b'vpn' not in answer.body.lower(), f'{what} tells something')


def test_the_right_to_a_source_is_withdrawn(scene):
    with scene.capture_lan('udp port 67 or udp port 68') as capture:
        scene.a.power_cycle()
        wait_until(lambda: [m for m in capture.dhcp(A) if m.op == 2 and m.name == 'ACK'], 20, 'no ACK for the revoked phone')
    for message in capture.dhcp(A):
        if message.op == 2:
            named = [code for code in (66, 67, 43) if code in message.options]
            require(not named, lambda: f'{message} names a source in {named}')


def test_settings_are_refused_even_from_its_address(scene):
    """Nobody else sits on the revoked phone's tunnel address; the other phone is not disturbed."""
    answer = scene.other.fetch(f'https://{TUNNEL}/{A}.xml')
    require(answer.status in (403, 404), lambda: f'{answer}')
    answer = scene.other.fetch(f'https://{TUNNEL}/{OTHER}.xml')
    require(answer.status == 200 and scene.other.vpn.turn == 1, lambda: f'the other phone: {answer}')
    require(scene.state(OTHER) == 'current', lambda: f'the other phone is {scene.state(OTHER)}')


def test_approving_again_needs_a_new_bundle(scene):
    """The old certificate stays dead; a factory-reset phone enrols anew."""
    scene.ctl('phone', 'approve', A)
    old = scene.a.bundle
    scene.a.power_cycle()
    scene.a.wait(lambda me: me.vpn and (me.vpn.refusals or me.vpn.up), 60, 'another handshake')
    require(not scene.a.vpn.up, 'the revoked certificate is accepted again')
    scene.a.factory_reset()
    scene.a.wait_current(40)
    require(scene.a.bundle != old, 'it got its old bundle')
    scene.wait_state(A, 'current')


def test_a_new_certificate_is_admitted_while_openvpn_has_the_old_session(scene):
    """The end of the old session and the admission of the new one are one moment; the second must not end with the first."""
    phone, old = scene.other, scene.other.bundle
    require(OTHER in scene.tunnels(), 'the control: it has no tunnel')
    with session_hears_later(scene):
        scene.try_ctl('phone', 'revoke', OTHER)
        scene.ctl('phone', 'approve', OTHER)
        scene.ctl('phone', 'change', OTHER, '--sip-secret-file', '-', stdin=scene.secrets[f'sip secret of {OTHER}'])
        phone.factory_reset()
        wait_question(phone)
    require(phone.bundle != old, 'the control: it got its old bundle')
    phone.wait_current(30)
    require(phone.vpn.refusals == 0 and phone.vpn.turn == 1, lambda: f'it needed more than one try: {phone.vpn.lines[-5:]}')
    scene.wait_state(OTHER, 'current')


def dump(files, folder):
    """All rows of all tables, from a copy of the database: {table: [row as text]}."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    with sqlite3.connect(folder / 'provost.db') as database:
        tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
        return {table: [' '.join(str(value.hex() if isinstance(value, bytes) else value) for value in row)
                        for row in database.execute(f'select * from "{table}"')] for table in tables}


def test_delete_leaves_no_trace_but_the_audit(scene):
    phone, secret = scene.a, scene.secrets[f'sip secret of {A}']
    address = phone.tunnel_address
    row = scene.listed()[A]
    serial, digest = row.get('certificate_serial'), row.get('certificate_sha256')
    folder = scene.tools.work / 'copy'
    folder.mkdir()
    wanted = [A.lower(), A, ':'.join(A[i:i + 2] for i in range(0, 12, 2)).lower(), A.lower().encode().hex(), serial, digest,
              f'u{A[-4:]}', address]
    wanted = [word.lower() for word in wanted if word]
    before = dump(scene.database_bytes(), folder)
    there = [table for table, rows in before.items() if any(word in row.lower() for row in rows for word in wanted)]
    require(len(there) > 1, f'the control: the phone is only in {there}')
    phone.stop()
    scene.ctl('phone', 'delete', A)
    for path in folder.iterdir():
        path.unlink()
    files = scene.database_bytes()
    after = dump(files, folder)
    left = {table: [row[:120] for row in rows if any(word in row.lower() for word in wanted)]
            for table, rows in after.items()}
    # What stays on purpose: the audit, and the receipt of what was tried.
    left = {table: rows for table, rows in left.items() if rows and 'audit' not in table.lower() and table != 'receipt'}
    require(not left, lambda: f'left in the database: {left}')
    audited = [row for table, rows in after.items() if 'audit' in table.lower() for row in rows if A.lower() in row.lower()]
    require(any('delete' in row.lower() for row in audited), lambda: f'the audit says nothing of the delete: {audited}')
    found = search(b''.join(files.values()), {'its SIP secret': secret})
    require(not found, lambda: f'{found}')
    require(A not in scene.listed(), 'it is still listed')
    require(scene.try_ctl('phone', 'show', A)[0], 'phone show still knows it')


def test_a_deleted_phone_is_a_stranger(scene):
    with scene.capture_lan('udp port 67 or udp port 68') as capture:
        scene.a.start()
        wait_until(lambda: [m for m in capture.dhcp(A) if m.op == 2 and m.name == 'ACK'], 20, 'no plain lease for the stranger')
        scene.a.wait(lambda me: me.vpn and me.vpn.refusals >= 1, 60, 'a refused handshake')
    require(not any(code in m.options for m in capture.dhcp(A) if m.op == 2 for code in (66, 67, 43)),
            'the deleted phone got a source')
    answer = scene.a.fetch(f'https://{LAN}/{A}.xml', verify=False)
    require(answer.status in (403, 404), lambda: f'{answer}')
    require(not scene.a.vpn.up, 'its tunnel is up')


def test_a_phone_deleted_while_it_begins_anew_is_answered(scene):
    """Its old session is still there, its new one was heard of before the delete was; it must not be left to ask for ever."""
    phone = scene.other
    require(OTHER in scene.tunnels(), 'the control: it has no tunnel')
    with session_hears_later(scene):
        phone.power_cycle()
        wait_question(phone)
        scene.try_ctl('phone', 'delete', OTHER)
    began = time.monotonic()
    phone.wait(lambda me: me.vpn and me.vpn.refusals, 30, 'a refused handshake')
    wait_until(lambda: OTHER not in scene.tunnels(), 10, 'its tunnel is still there')
    require(not phone.vpn.up, 'its tunnel is up')
    return f'refused after {time.monotonic() - began:.1f} s'
