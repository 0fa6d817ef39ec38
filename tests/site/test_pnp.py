"""SIP PnP on the wire: beside a DHCP server of somebody else, trusted phones are told the URL and nobody else hears a word."""
import os
import socket
import struct
import threading
import time

import dhcp_wire as wire
from phone import sip_answer
from scene import LAN, UPLINK, require
from tools import inside, wait_until

SITE = {'dhcp_mode': 'off', 'rogue_watch': 'off'}      # the watch asks by PnP too; it has a file of its own
GROUP, PORT = '224.0.1.75', 5060
URL = f'https://{LAN}/{{mac}}.xml'
TRUSTED, WAITING, UNKNOWN, FORGED = '000413F00101', '000413F00102', '000413F00103', '000413F00104'
TALKER, TRAVELLER = '000413F00105', '000413F00106'
ROUTER = '10.20.0.254'


class OtherServer:
    """The site's own DHCP server: plain leases, one address for each MAC, without any source."""

    def __init__(self, scene):
        netns = scene.host('dhcpd', '02:00:00:00:02:54', f'{ROUTER}/24')
        with inside(netns):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'eth0')
        self.socket.bind(('', 67))
        self.socket.settimeout(0.2)
        self.over, self.addresses = threading.Event(), {}
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        scene.closers.append(self.close)

    def serve(self):
        while not self.over.is_set():
            try:
                message = wire.parse(self.socket.recv(2048))
            except TimeoutError:
                continue
            if message and message.op == 1 and message.type in (wire.DISCOVER, wire.REQUEST):
                self.socket.sendto(self.answer(message), ('255.255.255.255', 68))

    def answer(self, message):
        address = self.addresses.setdefault(message.chaddr, f'10.20.0.{200 + len(self.addresses)}')
        kind = wire.OFFER if message.type == wire.DISCOVER else wire.ACK
        return wire.build(kind, message.chaddr.hex(), op=2, xid=message.xid, flags=message.flags, yiaddr=address,
                          options={54: wire.ip(ROUTER), 51: struct.pack('!I', 600), 1: wire.ip('255.255.255.0')})

    def close(self):
        self.over.set()
        self.thread.join()
        self.socket.close()


class Station:
    """A host that speaks SIP by hand."""

    def __init__(self, scene, name, mac, address, where='lan'):
        self.mac, self.address = mac, address
        colons = ':'.join(mac[i:i + 2] for i in range(0, 12, 2)).lower()
        self.netns = scene.host(name, colons, f'{address}/24', where)
        with inside(self.netns):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        self.socket.bind((address, PORT))
        scene.closers.append(self.socket.close)

    def subscribe(self, mac=None, contact=None, event='ua-profile;profile-type="device"', target=GROUP):
        mac = mac or self.mac
        self.socket.sendto((
            f'SUBSCRIBE sip:MAC%3a{mac}@{self.address} SIP/2.0\r\n'
            f'Via: SIP/2.0/UDP {self.address}:{PORT};branch=z9hG4bK-{os.urandom(6).hex()};rport\r\n'
            f'From: <sip:MAC%3a{mac}@{self.address}>;tag={os.urandom(4).hex()}\r\nTo: <sip:MAC%3a{mac}@{self.address}>\r\n'
            f'Call-ID: {os.urandom(8).hex()}\r\nCSeq: 1 SUBSCRIBE\r\nMax-Forwards: 1\r\n'
            f'Contact: <sip:{contact or self.address}:{PORT}>\r\nEvent: {event};vendor="snom";model="snomD785";version="10.1.169.16"'
            '\r\nAccept: application/url\r\nExpires: 0\r\nContent-Length: 0\r\n\r\n').encode(), (target, PORT))

    def hear(self, timeout_s):
        """[(time, sender, head, body)] of everything that comes in."""
        heard, end = [], time.monotonic() + timeout_s
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                data, sender = self.socket.recvfrom(4096)
            except TimeoutError:
                break
            head, _, body = data.decode().partition('\r\n\r\n')
            heard.append((time.monotonic(), sender, head, body))
        return heard


def prepare(scene):
    scene.capture = scene.capture_lan(f'udp port {PORT} or igmp')
    scene.dhcp = scene.capture_lan('udp port 67 or udp port 68')
    scene.other = OtherServer(scene)
    scene.add_phone(TALKER)
    scene.talker = Station(scene, 'talker', TALKER, '10.20.0.31')
    scene.stranger = Station(scene, 'stranger', '3c22fb000401', '10.20.0.32')


def sip(scene, source=None):
    """[(time, source address, target address, target port, payload)] of all SIP so far, or of one sender."""
    rows = []
    for at, frame in scene.capture.frames():
        if frame[12:14] == b'\x08\x00' and frame[23] == 17:
            start = 14 + 4 * (frame[14] & 15)
            rows.append((at, wire.text_ip(frame[26:30]), wire.text_ip(frame[30:34]),
                         struct.unpack_from('!H', frame, start + 2)[0], frame[start + 8:]))
    return [row for row in rows if source in (None, row[1])]


def ask_for_members(scene):
    """What a switch asks from time to time, to know which of its ports wants which group (RFC 2236, general query)."""
    with inside(scene.talker.netns):
        asker = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
    with asker:
        asker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(scene.talker.address))
        asker.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b'\x94\x04\0\0')       # router alert
        asker.sendto(struct.pack('!BBHI', 0x11, 10, 0xffff - 0x110a, 0), ('224.0.0.1', 0))


def test_the_appliance_tells_the_switch_that_it_listens(scene):
    def reports():
        return [frame for _, frame in scene.capture.frames()
                if frame[23] == 2 and frame[30:34] == socket.inet_aton(GROUP) and frame[26:30] == socket.inet_aton(LAN)]
    before = len(reports())
    ask_for_members(scene)
    frame = wait_until(lambda: reports()[before:], 15, 'no IGMP report for the PnP group')[0]
    start = 14 + 4 * (frame[14] & 15)
    require(frame[start] == 0x16 and frame[start + 4:start + 8] == socket.inet_aton(GROUP), lambda: f'not a report: {frame.hex()}')


def test_a_trusted_phone_comes_up_by_pnp_alone(scene):
    phone = scene.phone(TRUSTED)
    phone.wait_current(40)
    require(phone.address.startswith('10.20.0.2'), lambda: f'{phone.address} is not of the other DHCP server')
    require(not phone.dhcp_source(), lambda: f'DHCP named {phone.dhcp_source()}')
    require('pnp' in phone.times, 'it did not come by PnP')
    require(not [m for m in scene.dhcp.dhcp() if m.ip_source == LAN], 'the appliance speaks DHCP')
    scene.wait_words(TRUSTED, 'pnp-notify', 'pnp-taken')
    return f'{1000 * (phone.times["pnp"] - phone.times["lease"]):.0f} ms from lease to URL'


def test_the_answer_is_as_the_phone_expects_it(scene):
    scene.talker.subscribe()
    heard = scene.talker.hear(0.4)
    require(len(heard) == 2 and {row[1] for row in heard} == {(LAN, PORT)}, lambda: f'heard {heard}')
    (_, _, ok, empty), (_, sender, notify, body) = heard
    scene.talker.socket.sendto(sip_answer(notify), sender)
    lines = notify.split('\r\n')
    require(ok.startswith('SIP/2.0 200 OK\r\n') and 'Expires: 0' in ok and ';tag=' in ok.split('To: ')[1].split('\r\n')[0]
            and f'rport={PORT}' in ok and not empty, lambda: ok)
    require(lines[0] == f'NOTIFY sip:10.20.0.31:{PORT} SIP/2.0' and body == URL, lambda: f'{notify}\n\n{body}')
    for line in ('Content-Type: application/url', 'Subscription-State: terminated;reason=timeout', f'Content-Length: {len(URL)}'):
        require(line in lines, lambda line=line: f'{line} is not in {notify}')
    require(any(line.startswith('Event: ua-profile;') for line in lines), lambda: notify)
    require(not scene.talker.hear(1.5), 'it is repeated after the 200')


def test_a_notify_without_an_answer_is_repeated_four_times(scene):
    scene.talker.subscribe()
    heard = [row for row in scene.talker.hear(14) if row[2].startswith('NOTIFY')]
    times = [row[0] - heard[0][0] for row in heard]
    require(len(heard) == 5 and len({row[2] for row in heard}) == 1, lambda: f'{len(heard)} NOTIFYs at {times}')
    for at, wanted in zip(times, (0, 0.5, 1.5, 3.5, 7.5)):
        require(abs(at - wanted) < 0.3, lambda: f'at {times}')


def test_an_unapproved_phone_is_seen_and_hears_nothing(scene):
    scene.add_phone(WAITING, approve=False)
    phone = scene.phone(WAITING, known=False)
    unknown = scene.phone(UNKNOWN, known=False)
    for one in (phone, unknown):
        one.wait(lambda me: me.lease, 30, 'a lease')
    wait_until(lambda: len(sip(scene, phone.address)) > 2 and len(sip(scene, unknown.address)) > 2, 20, 'they do not ask')
    row = wait_until(lambda: scene.listed().get(UNKNOWN), 10, 'the unknown phone is not shown')
    require(row.get('model') == 'snomD785', lambda: f'it is shown as {row}')
    for one in (phone, unknown):
        to = [r for r in sip(scene, LAN) if r[2] == one.address]
        require(not to and not one.stage1, lambda: f'{one.mac} was answered: {to}')
        one.stop()
    scene.wait_words(WAITING, 'pnp-silent')


def test_1000_requests_of_strangers_get_no_answer(scene):
    began = time.time()
    for n in range(1000):
        mac = (TRUSTED, TALKER, FORGED, f'3c22fb{n:06x}')[n % 4]       # two of them are trusted, but not from here
        scene.stranger.subscribe(mac, contact=(None, '10.20.0.31', '198.51.100.9')[n % 3],
                                 target=(GROUP, GROUP, LAN)[n % 3 if n % 5 == 0 else 0])
        time.sleep(0.002)
    wait_until(lambda: len(sip(scene, '10.20.0.32')) >= 1000, 20, 'they were not sent')
    scene.talker.subscribe()            # silence is only shown by what is answered after it
    heard = scene.talker.hear(0.4)
    require(len(heard) == 2, lambda: f'the trusted phone heard {heard}')
    scene.talker.socket.sendto(sip_answer(heard[1][2]), heard[1][1])
    answers = [row for row in sip(scene, LAN) if row[0] >= began]
    require({row[2] for row in answers} == {'10.20.0.31'} and len(answers) == 2, lambda: f'sent: {answers[:5]}')
    require(not scene.stranger.hear(0.1), 'the stranger heard something')


def test_a_phone_cannot_make_somebody_else_a_target(scene):
    began = time.time()
    scene.talker.subscribe(contact='10.20.0.32')
    scene.talker.subscribe(contact='198.51.100.9')
    scene.talker.subscribe(target=LAN)                  # not to the group
    scene.talker.subscribe(event='presence')
    require(not scene.talker.hear(1), 'it was answered')
    require(not [row for row in sip(scene, LAN) if row[0] >= began], 'something was sent')


def test_nothing_leaves_on_the_other_network_card(scene):
    scene.add_phone(TRAVELLER)
    with scene.capture_uplink(f'udp port {PORT} or igmp or icmp') as capture:
        traveller = Station(scene, 'traveller', TRAVELLER, '198.51.100.77', 'up')
        for n in range(300):
            traveller.subscribe(target=(GROUP, UPLINK)[n % 2])
            time.sleep(0.002)
        require(not traveller.hear(1), 'an approved phone on the uplink was answered')
    ours = [frame for _, frame in capture.frames() if frame[26:30] in (socket.inet_aton(UPLINK), socket.inet_aton(LAN))]
    asked = [frame for _, frame in capture.frames() if frame[26:30] == socket.inet_aton('198.51.100.77') and frame[23] == 17]
    require(len(asked) == 300 and not ours, lambda: f'{len(asked)} questions, {len(ours)} frames of ours: {ours[:1]}')


def test_revoked_means_silence_and_off_means_off(scene):
    scene.ctl('site', 'set', 'pnp_mode=off')

    def answered():
        scene.talker.subscribe()
        heard = scene.talker.hear(0.4)
        for _, sender, head, _ in heard:
            if head.startswith('NOTIFY'):
                scene.talker.socket.sendto(sip_answer(head), sender)
        return bool(heard)

    wait_until(lambda: not answered(), 10, 'it still answers')
    scene.ctl('site', 'set', 'pnp_mode=')
    wait_until(answered, 10, 'it does not answer again')
    scene.ctl('phone', 'revoke', TALKER)
    require(not answered(), 'a revoked phone is told the URL')
