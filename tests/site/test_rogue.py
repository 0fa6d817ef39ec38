"""Other hosts that answer phones: told of within seconds, and a phone that was locked by stage 1 does not hear them."""
import re
import socket
import struct
import threading
import time

import dhcp_wire as wire
from scene import LAN, require
from test_clients import ASK, Hand
from test_pnp import GROUP, PORT
from tools import inside, wait_until

LIMIT_S = 5
PHONE, LURED = '000413F10101', '000413F10102'
EVIL = 'http://10.20.0.66/{mac}.xml'


def mac_of(n):
    return f'3c22fb0010{n:02x}'


def alarms(scene):
    """{(kind, MAC): row} of all that are known."""
    return {(row['kind'], row['mac']): row for row in scene.ctl('rogue', 'list', '--json')['rogues']}


def wait_alarm(scene, kind, mac, since):
    row = wait_until(lambda: alarms(scene).get((kind, mac)), LIMIT_S, lambda: f'no alarm about {kind} {mac}: {alarms(scene)}')
    return row, time.monotonic() - since


class PnpHost:
    """A PnP server of somebody else: each SUBSCRIBE is answered with a NOTIFY from each of its MACs."""

    def __init__(self, scene, macs):
        self.macs, self.heard, self.over = macs, [], threading.Event()
        self.hand = Hand(scene, 'pnphost', macs[0], '10.20.0.66/24')
        with inside(self.hand.netns):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('', PORT))
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                               socket.inet_aton(GROUP) + socket.inet_aton('10.20.0.66'))
        self.socket.settimeout(0.2)
        self.appliance = None
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        scene.closers.append(self.close)

    def serve(self):
        while not self.over.is_set():
            try:
                data, sender = self.socket.recvfrom(4096)
            except TimeoutError:
                continue
            if data.startswith(b'SUBSCRIBE') and sender[0] == LAN:
                self.heard.append(data)
                self.answer(data.decode(), sender)

    def answer(self, text, sender):
        call = re.search(r'^Call-ID: (.*)\r$', text, re.M)[1]
        for n, mac in enumerate(self.macs):
            url = EVIL.replace('66', str(100 + n))
            body = (f'NOTIFY sip:{LAN}:{PORT} SIP/2.0\r\nVia: SIP/2.0/UDP 10.20.0.66:{PORT};branch=z9hG4bKr{n}\r\n'
                    f'From: <sip:pnp@10.20.0.66>;tag=a\r\nTo: <sip:MAC@{GROUP}>;tag=b\r\nCall-ID: {call}\r\nCSeq: 1 NOTIFY\r\n'
                    'Max-Forwards: 20\r\nEvent: ua-profile\r\nSubscription-State: terminated;reason=timeout\r\n'
                    f'Contact: <sip:10.20.0.66:{PORT}>\r\nContent-Type: application/url\r\nContent-Length: {len(url)}\r\n\r\n{url}')
            self.hand.socket.send(wire.frame(body.encode(), wire.mac_bytes(mac), eth_target=self.appliance, source='10.20.0.66',
                                             target=LAN, ports=(PORT, PORT)))

    def close(self):
        self.over.set()
        self.thread.join()
        self.socket.close()


class DhcpHost:
    """A DHCP server of somebody else that answers every DISCOVER and REQUEST at once."""

    def __init__(self, scene, name, mac, options):
        self.hand = Hand(scene, name, mac, '10.20.0.67/24')
        self.options, self.asked, self.over = options, [], threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        scene.closers.append(self.close)

    def serve(self):
        self.hand.socket.settimeout(0.2)
        while not self.over.is_set():
            try:
                message = wire.parse_frame(self.hand.socket.recv(4096))
            except TimeoutError:
                continue
            except OSError:             # the scene is over
                return
            if message and message.op == 1 and message.type in (wire.DISCOVER, wire.REQUEST):
                self.asked.append(message)
                kind = wire.OFFER if message.type == wire.DISCOVER else wire.ACK
                self.hand.send(wire.build(kind, message.chaddr.hex(), op=2, xid=message.xid, flags=message.flags, yiaddr='10.20.0.240',
                                          options={54: wire.ip('10.20.0.67'), 51: struct.pack('!I', 600),
                                                   1: wire.ip('255.255.255.0'), **self.options}),
                               source='10.20.0.67', ports=(67, 68))

    def close(self):
        self.over.set()
        self.thread.join()


def prepare(scene):
    scene.capture = scene.capture_lan('udp port 67 or udp port 68 or udp port 5060')
    scene.locked = scene.phone(PHONE)
    scene.locked.wait_current(30)
    scene.hand = Hand(scene, 'rogue', mac_of(0), '10.20.0.65/24')


def test_the_appliance_alone_raises_no_alarm(scene):
    """It has asked as a made-up phone, nobody answered, and its own answers are not foreign."""
    def asked():
        return [m for m in scene.capture.dhcp() if m.op == 1 and m.text(60) == 'snomD785' and m.ip_source == '0.0.0.0'
                and m.chaddr != wire.mac_bytes(PHONE)]
    made_up = wait_until(asked, 15, 'it does not ask as a phone')[0]
    require(made_up.chaddr[:3] == b'\x00\x04\x13' and made_up.flags & 0x8000, lambda: f'it asks with {made_up}')
    require(not alarms(scene), lambda: f'{alarms(scene)}')
    require(made_up.chaddr.hex().upper() not in scene.listed(), 'its made-up phone is taken for a real one')


def test_ten_dhcp_servers_are_told_of_within_five_seconds(scene):
    """Ten ways to lead a phone astray, each heard once, on its way to somebody else's phone."""
    ways = [{66: b'http://10.20.0.66/'}, {66: b'https://10.20.0.66/{mac}.xml'}, {66: b'10.20.0.66'}, {67: b'x.htm'},
            {66: b'http://10.20.0.66', 67: b'/x.htm\0'}, {43: b'\x42\x11http://10.20.0.66'}, {43: b'\x43\x05x.htm\xff'},
            {66: f'https://{LAN}/{{mac}}.xml'.encode(), 67: b'/x'}, {66: b'https://' + LAN.encode() + b'.evil.example/'}, {}]
    slowest = 0
    for n, options in enumerate(ways, 1):
        began = time.monotonic()
        payload = wire.build(wire.OFFER, LURED, op=2, flags=0x8000, yiaddr='10.20.0.240',
                             options={54: wire.ip('10.20.0.65'), 51: struct.pack('!I', 600), **options})
        scene.hand.socket.send(wire.frame(payload, wire.mac_bytes(mac_of(n)), source='10.20.0.65', ports=(67, 68)))
        row, took = wait_alarm(scene, 'dhcp-source' if options else 'dhcp-server', mac_of(n), began)
        require(row['address'] == '10.20.0.65' and not row['known'], lambda: f'{row}')
        for code in options:
            require(str(code) in row['offered'], lambda: f'{row["offered"]} does not name option {code}')
        slowest = max(slowest, took)
    return f'10 of 10, the slowest after {slowest:.1f} s'


def test_ten_pnp_hosts_are_told_of_within_five_seconds(scene):
    macs = [mac_of(n) for n in range(32, 42)]
    host = PnpHost(scene, macs)
    host.appliance = next(m.eth_source for m in scene.capture.dhcp() if m.op == 2 and m.ip_source == LAN)
    scene.ctl('rogue', 'ask')
    wait_until(lambda: host.heard, 15, 'it does not ask by PnP')
    began = time.monotonic()
    slowest = max(wait_alarm(scene, 'pnp', mac, began)[1] for mac in macs)
    rows = alarms(scene)
    require(all('10.20.0.1' in rows['pnp', mac]['offered'] for mac in macs), lambda: f'{rows}')
    return f'10 of 10, the slowest after {slowest:.1f} s'


def test_a_server_that_hides_from_others_is_found_by_asking(scene):
    server = DhcpHost(scene, 'hidden', mac_of(20), {66: EVIL.encode()})
    scene.ctl('rogue', 'ask')
    wait_until(lambda: server.asked, 15, 'it does not ask')
    row, _ = wait_alarm(scene, 'dhcp-source', mac_of(20), 0)
    require(EVIL in row['offered'], lambda: f'{row}')
    scene.rogue_server = server


def test_the_site_timeline_says_it_in_a_sentence(scene):
    def sentences():
        rows = scene.ctl('timeline', '--json')
        rows = rows['events'] if isinstance(rows, dict) else rows
        return [row['detail'] for row in rows if row['word'] == 'rogue']
    wait_until(lambda: any(mac_of(20) in text and EVIL in text and 'not trusted' in text for text in sentences()), LIMIT_S,
               lambda: f'{sentences()}')
    require(any('PnP' in text for text in sentences()) and 'rogue known' in sentences()[0], lambda: f'{sentences()}')


def answers_of_the_appliance(scene):
    """What it says to a DISCOVER of the phone within a second; the rogue server answers as well."""
    payload = wire.build(wire.DISCOVER, PHONE, flags=0x8000, options=ASK)
    xid, end = struct.unpack_from('!I', payload, 4)[0], time.monotonic() + 1
    scene.hand.send(payload)
    heard = []
    while (left := end - time.monotonic()) > 0:
        heard.append(scene.hand.answer(xid, left))
    require(any(heard), 'the control: nobody answers at all')
    return [message for message in heard if message and message.ip_source == LAN]


def test_a_phone_that_stage_1_locked_hears_none_of_them(scene):
    """The rogue DHCP server is the only one at its next start; it still takes its settings from its tunnel alone."""
    require(answers_of_the_appliance(scene), 'the control: the appliance does not answer')
    scene.ctl('site', 'set', 'dhcp_mode=off')
    wait_until(lambda: not answers_of_the_appliance(scene), 15, 'the appliance still answers')
    try:
        before, asked = len(scene.locked.transcript), len(scene.rogue_server.asked)
        scene.locked.power_cycle()
        scene.locked.wait_current(40)
    finally:
        scene.ctl('site', 'set', 'dhcp_mode=')
    require(len(scene.rogue_server.asked) > asked, 'the rogue server was not asked at all')
    rows = scene.locked.transcript[before:]
    require(any(row.get('source') == EVIL for row in rows), lambda: f'the rogue answer did not reach it: {rows}')
    asked_of = [row['url'] for row in rows if row['what'] == 'request']
    require(asked_of and not [url for url in asked_of if '10.20.0.66' in url], lambda: f'it asked {asked_of}')
    require(scene.locked.stage2.settings, 'it has no settings')


def test_a_known_server_raises_no_alarm(scene):
    scene.ctl('rogue', 'known', mac_of(20))
    scene.ctl('rogue', 'ask')
    wait_until(lambda: alarms(scene).get(('dhcp-source', mac_of(20)), {}).get('known'), 15, lambda: f'{alarms(scene)}')


def test_switched_off_it_asks_nothing(scene):
    scene.rogue_server.close()          # the new phone below shall have the appliance's lease
    scene.ctl('site', 'set', 'rogue_watch=off')
    wait_until(lambda: 'rogue_watch=on' in scene.try_ctl('rogue', 'ask')[2], 10, 'it asks all the same')
    began = time.time()
    scene.phone('000413F10109').wait_current(30)
    rows = [m for m in scene.capture.dhcp() if m.at > began + 1 and m.op == 1 and m.flags & 0x8000 and m.text(60) == 'snomD785'
            and m.chaddr != wire.mac_bytes('000413F10109')]
    require(not rows, lambda: f'it asks: {rows}')
