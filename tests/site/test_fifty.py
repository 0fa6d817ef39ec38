"""Fifty phones in their tunnels: none reaches another, none speaks as another, each reaches the PBX it should and no more (issue 4, must show 4)."""
import concurrent.futures
import http.client
import json
import select
import socket
import ssl
import struct
import threading
import time

import dhcp_wire as wire
from scene import LAN, TUNNEL, UPLINK, require, search
from tools import inside, wait_until

N = 50
MACS = [f'000413A80{n:03d}' for n in range(1, N + 1)]
SALES = MACS[::5]
PBX, OTHER = '198.51.100.20', '198.51.100.21'
# What is listened on at the PBX and at its neighbour: far more than phones may reach.
UDP, TCP = (5060, 5062, 10000, 10005, 10010, 10011, 9999), (22, 443, 5060, 5061, 8089)
# What the rules below allow at the PBX.
SITE_OPEN = {('udp', port) for port in (5060, 10000, 10005, 10010)} | {('tcp', 5061)}
SALES_OPEN = {('tcp', 8089)}
CROSS = 7777


class Listener:
    """A host that takes everything on many ports, answers it and remembers who came."""

    def __init__(self, scene, name, address):
        self.netns = scene.host(name, address=f'{address}/24', where='up')
        self.heard, self.sockets, self.over = [], [], threading.Event()
        with inside(self.netns):
            for port in UDP:
                one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
                one.bind((address, port))
                self.sockets.append(one)
            for port in TCP:
                one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                one.bind((address, port))
                one.listen(256)
                self.sockets.append(one)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        scene.closers.append(self.close)

    def serve(self):
        while not self.over.is_set():
            for one in select.select(self.sockets, [], [], 0.2)[0]:
                port = one.getsockname()[1]
                if one.type == socket.SOCK_DGRAM:
                    data, sender = one.recvfrom(2048)
                    self.heard.append(('udp', port, sender[0], data))
                    one.sendto(b'heard ' + data, sender)
                else:
                    link, sender = one.accept()
                    self.heard.append(('tcp', port, sender[0], b''))
                    link.close()

    def close(self):
        self.over.set()
        self.thread.join()
        for one in self.sockets:
            one.close()


def rule(scene, scope, owner, to, protocol, ports):
    return scene.store('AddReach', scope=scope, owner=owner, to=to, protocol=protocol, ports=ports)['reach']


def prepare(scene):
    scene.pbx, scene.other = Listener(scene, 'pbx', PBX), Listener(scene, 'neighbour', OTHER)
    scene.ctl('settings', 'set', 'profile', 'sales', 'language:R=Deutsch')
    scene.rules = [rule(scene, 'site', '', f'{PBX}/32', 'udp', '5060 10000-10010'), rule(scene, 'site', '', f'{PBX}/32', 'tcp', '5061'),
                   rule(scene, 'profile', 'sales', f'{PBX}/32', 'tcp', '8089')]
    for mac in MACS:
        scene.add_phone(mac, *(['--profile', 'sales'] if mac in SALES else []))
    scene.some = [scene.phone(mac, known=False, start=False) for mac in MACS]
    scene.took = scene.fleet(scene.some)
    wait_until(lambda: len(scene.tunnels()) == N, 20, lambda: f'{len(scene.tunnels())} tunnels')
    scene.where = {phone.mac: phone.tunnel_address for phone in scene.some}
    require(len(set(scene.where.values())) == N, 'two phones have the same address')
    for phone in scene.some:
        # A phone that is taken over sends what it likes into its tunnel.
        scene.tools.run(['ip', 'route', 'add', '198.51.100.0/24', 'dev', device(scene, phone)], phone.netns)
    scene.ear = scene.capture_tunnel(f'udp port {CROSS} or udp port 5060 or udp port 123')


def device(scene, phone):
    _, out, _ = scene.tools.run(['ip', '-json', 'addr'], phone.netns)
    return next(link['ifname'] for link in json.loads(out)
                if any(row.get('local') == phone.tunnel_address for row in link['addr_info']))


def all_at_once(scene, act, phones=None, at_once=10):
    """[act(phone)] of every phone, several at a time."""
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(act, phones or scene.some))


def udp(phone, source=None):
    with inside(phone.netns):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((source or phone.tunnel_address, 0))
    return one


def alive(phone):
    """An answer of the appliance through the tunnel: all that was sent before has been there, too. NTP is open to phones."""
    with udp(phone) as one:
        one.settimeout(1)
        for _ in range(10):
            one.sendto(b'\x23' + bytes(47), (TUNNEL, 123))
            try:
                one.recv(100)
                return True
            except TimeoutError:
                pass
    return False


def whole(scene):
    """The tunnels are as they were: whatever was tried threw nobody out."""
    lost = [phone.mac for phone in scene.some if not (phone.vpn.up and phone.vpn.turn == 1)]
    require(not lost, lambda: f'{len(lost)} phones lost their tunnel: {lost[:3]}')


# --- documents -------------------------------------------------------------------------------------------------------

def fetch_all(phone, macs):
    """{MAC: (status, body)} over one connection in the phone's tunnel."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    got = {}
    with inside(phone.netns):
        raw = socket.create_connection((TUNNEL, 443), 10, (phone.tunnel_address, 0))
    link = http.client.HTTPSConnection(TUNNEL, context=context)
    link.sock = context.wrap_socket(raw)
    for mac in macs:
        while True:
            link.request('GET', f'/{mac}.xml', headers={'User-Agent': phone.user_agent})
            answer = link.getresponse()
            body = answer.read()
            if answer.status != 429:
                break
            time.sleep(0.5)
        got[mac] = answer.status, body
        if answer.will_close and mac != macs[-1]:
            with inside(phone.netns):
                raw = socket.create_connection((TUNNEL, 443), 10, (phone.tunnel_address, 0))
            link.sock = context.wrap_socket(raw)
    link.close()
    return got


def test_no_phone_gets_the_settings_of_another(scene):
    """Each asks for those of all, its own last: what must work does, after all the others."""
    def ask(phone):
        got = fetch_all(phone, [mac for mac in MACS if mac != phone.mac] + [phone.mac])
        status, body = got.pop(phone.mac)
        own = {name: value for name, value in scene.secrets.items() if phone.mac in name}
        require(status == 200 and search(body, own), lambda: f'{phone.mac} does not get its own: {status}')
        wrong = {mac: status for mac, (status, _) in got.items() if status not in (403, 404)}
        require(not wrong, lambda: f'{phone.mac} asked for others: {wrong}')
        return len(got), b'\n'.join(body for _, body in got.values())
    results = all_at_once(scene, ask)
    count = sum(number for number, _ in results)
    found = search(b'\n'.join(body for _, body in results), scene.secrets)
    require(count == N * (N - 1) and not found, lambda: f'{count} asked, found {found}')
    return f'{count} of {count} refused, {N} of {N} own ones served; all {N} were current {scene.took:.0f} s after the first was switched on'


# --- packets from phone to phone -------------------------------------------------------------------------------------

class Ears:
    """All phones listen on their tunnel addresses: UDP and TCP on one port, and pings are answered by their kernels."""

    def __init__(self, scene):
        self.scene, self.udp, self.tcp = scene, {}, {}
        for phone in scene.some:
            with inside(phone.netns):
                one, other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            for ear in (one, other):
                ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
                ear.bind((phone.tunnel_address, CROSS))
                ear.setblocking(False)
            other.listen(256)
            self.udp[phone.mac], self.tcp[phone.mac] = one, other

    def heard(self):
        """{(from, to)} of the UDP packets that arrived, and how many TCP links were taken."""
        pairs, links = set(), 0
        for mac, one in self.udp.items():
            while True:
                try:
                    pairs.add((one.recv(100).decode(), mac))
                except BlockingIOError:
                    break
            while True:
                try:
                    self.tcp[mac].accept()[0].close()
                    links += 1
                except BlockingIOError:
                    break
        return pairs, links

    def close(self):
        for one in (*self.udp.values(), *self.tcp.values()):
            one.close()


def echo(number, data):
    head = struct.pack('!BBHHH', 8, 0, 0, 1, number)
    return struct.pack('!BBHHH', 8, 0, wire.checksum(head + data), 1, number) + data


def shout(scene, phone, pings_back):
    """One UDP packet, one ping and one TCP link to every other phone."""
    links = []
    with inside(phone.netns):
        pinger = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        for _ in MACS:
            links.append(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    pinger.bind((phone.tunnel_address, 0))
    pinger.setblocking(False)
    with udp(phone) as one, pinger:
        for number, (mac, link) in enumerate(zip(MACS, links)):
            if mac != phone.mac:
                one.sendto(phone.mac.encode(), (scene.where[mac], CROSS))
                pinger.sendto(echo(number, b'cross'), (scene.where[mac], 0))
                link.setblocking(False)
                link.bind((phone.tunnel_address, 0))
                link.connect_ex((scene.where[mac], CROSS))
        require(alive(phone), f'{phone.mac} is not answered by the appliance any more')
        end, back = time.monotonic() + (3 if pings_back else 0), set()
        while True:
            try:
                data, sender = pinger.recvfrom(200)
                if data[20] == 0 and data.endswith(b'cross'):
                    back.add(sender[0])
            except BlockingIOError:
                if time.monotonic() > end or len(back) == N - 1:
                    break
                time.sleep(0.02)
    for link in links:
        link.close()
    return len(back)


def test_no_packet_passes_from_phone_to_phone(scene):
    ears, address = Ears(scene), scene.where
    wanted = {(address[one], address[other]) for one in MACS for other in MACS if one != other}
    back = 0

    def missing():
        return wanted - {(wire.text_ip(frame[12:16]), wire.text_ip(frame[16:20])) for _, frame in scene.ear.frames()
                         if frame[9] == 17 and struct.unpack_from('!H', frame, 22)[0] == CROSS}
    try:
        def all_there():                # what a queue on the way lost is sent again; the capture is read a moment later
            nonlocal back
            late = {source for source, _ in missing()}
            back += sum(all_at_once(scene, lambda phone: shout(scene, phone, False), [p for p in scene.some if address[p.mac] in late]))
            return not missing()
        wait_until(all_there, 30, lambda: f'{len(missing())} packets did not even reach the appliance', every_s=0.5)
        pairs, links = ears.heard()
        require(not pairs and not links and not back, lambda: f'{len(pairs)} UDP packets, {links} TCP links and {back} pings passed')
    finally:
        ears.close()
    whole(scene)
    return f'0 of {3 * N * (N - 1)} (UDP, TCP, ping)'


# --- spoofed sources -------------------------------------------------------------------------------------------------

def raw_udp(source, target, port, data):
    body = struct.pack('!HHHH', 4000, port, 8 + len(data), 0) + data
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(body), 0, 0, 64, 17, 0, wire.ip(source), wire.ip(target))
    return head[:10] + struct.pack('!H', wire.checksum(head)) + head[12:] + body


def test_nobody_speaks_with_the_address_of_another(scene):
    """Seen behind OpenVPN, on the appliance's own tunnel interface, and at the PBX."""
    def lie(phone):
        neighbour = scene.where[MACS[(MACS.index(phone.mac) + 1) % N]]
        sources = (neighbour, '10.64.200.200', TUNNEL, '10.20.0.99', LAN, UPLINK, PBX, '8.8.8.8', '127.0.0.1')
        with inside(phone.netns):
            one = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        with one:
            for source in sources:
                for target, port in ((TUNNEL, 123), (PBX, 5060)):
                    one.sendto(raw_udp(source, target, port, b'lie of ' + phone.mac.encode()), (phone.device, 0x0800))
            one.sendto(raw_udp(phone.tunnel_address, PBX, 5060, b'truth of ' + phone.mac.encode()), (phone.device, 0x0800))
        require(alive(phone), f'{phone.mac} is not answered any more')
        return 2 * len(sources)
    for phone in scene.some:
        phone.device = device(scene, phone)
    count = sum(all_at_once(scene, lie))
    wait_until(lambda: len({data for *_, data in scene.pbx.heard if data.startswith(b'truth')}) == N, 10, 'the control: what is true arrives')
    seen = [frame for _, frame in scene.ear.frames() if b'lie of' in frame]
    require(not seen and not [row for row in scene.pbx.heard if row[3].startswith(b'lie')],
            lambda: f'{len(seen)} lies behind OpenVPN, the first {seen[0][:40].hex()}')
    require(any(b'truth of' in frame for _, frame in scene.ear.frames()), 'the control: the capture sees nothing')
    whole(scene)
    return f'0 of {count} packets with a foreign source'


# --- the appliance's own ports ---------------------------------------------------------------------------------------

def knock(phone, address, ports, timeout_s=1.5):
    """The TCP ports that answer with a connection."""
    links, opened = {}, set()
    with inside(phone.netns):
        for port in ports:
            links[socket.socket(socket.AF_INET, socket.SOCK_STREAM)] = port
    for link, port in links.items():
        link.setblocking(False)
        link.bind((phone.tunnel_address, 0))
        link.connect_ex((address, port))
    end = time.monotonic() + timeout_s
    watch, by_number = select.poll(), {link.fileno(): link for link in links}
    for link in links:
        watch.register(link, select.POLLOUT)
    while links and time.monotonic() < end:
        for number, _ in watch.poll(100):
            link = by_number[number]
            watch.unregister(number)
            if link.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                opened.add(links[link])
            del links[link]
            link.close()
    for link in links:
        link.close()
    return opened


def test_no_other_port_of_the_appliance_is_open_to_them(scene):
    ports = (1, 21, 22, 23, 25, 53, 67, 69, 80, 123, 389, 443, 1194, 1195, 3306, 4443, 5060, 5061, 5432, 7505, 8000, 8080, 8443, 8888, 9090, 9443)

    def try_all(phone):
        # The LAN's address is reached beside the tunnel, over the phone's own cable; test_promises has it.
        for address, wanted in ((TUNNEL, {443}), (UPLINK, set())):
            opened = knock(phone, address, ports)
            require(opened == wanted, lambda: f'{phone.mac} at {address}: {opened}')
        return 2 * len(ports)
    count = sum(all_at_once(scene, try_all, at_once=N))
    whole(scene)
    return f'443 alone; {count} tried'


# --- the PBX ---------------------------------------------------------------------------------------------------------

def may(mac):
    return SITE_OPEN | (SALES_OPEN if mac in SALES else set())


def reach(phone, address):
    """{(protocol, port)} that answer this phone."""
    opened = {('tcp', port) for port in knock(phone, address, TCP)}
    with udp(phone) as one:
        one.settimeout(1)
        for port in UDP:
            one.sendto(phone.mac.encode(), (address, port))
        wanted = sum(('udp', port) in may(phone.mac) for port in UDP) if address == PBX else 0
        try:
            while wanted:
                _, sender = one.recvfrom(100)
                if sender[0] == address:
                    opened.add(('udp', sender[1]))
                    wanted -= 1
        except TimeoutError:
            pass
    return opened


def check_reach(scene, source_of):
    """Every phone to every port of two hosts, judged at both ends."""
    scene.pbx.heard.clear()
    scene.other.heard.clear()
    results = all_at_once(scene, lambda phone: (phone.mac, reach(phone, PBX), reach(phone, OTHER)), at_once=N)
    for mac, pbx, other in results:
        require(pbx == may(mac), lambda mac=mac, pbx=pbx: f'{mac} reaches {sorted(pbx)}, not {sorted(may(mac))}')
        require(not other, lambda mac=mac, other=other: f'{mac} reaches {other} at a host that no rule names')
    require(not scene.other.heard, lambda: f'it heard {scene.other.heard[:3]}')
    for mac in MACS:
        heard = {(kind, port) for kind, port, sender, data in scene.pbx.heard if data.decode() == mac}
        require(heard == {one for one in may(mac) if one[0] == 'udp'}, lambda mac=mac, heard=heard: f'the PBX heard {heard} of {mac}')
    senders = {(sender, data.decode()) for kind, _, sender, data in scene.pbx.heard if kind == 'udp'}
    require(senders == {(source_of(mac), mac) for mac in MACS}, lambda: f'{sorted(senders)[:4]}')
    allowed = sum(len(may(mac)) for mac in MACS)
    return f'{allowed} of {allowed} allowed ones open, 0 of {2 * N * (len(UDP) + len(TCP)) - allowed} others'


def test_the_allowed_ports_of_the_pbx_are_open_and_all_others_not(scene):
    return check_reach(scene, lambda mac: UPLINK)


def test_without_nat_the_pbx_sees_who_calls(scene):
    scene.tools.run(['ip', 'route', 'add', '10.64.0.0/16', 'via', UPLINK], scene.pbx.netns)
    scene.ctl('site', 'set', 'reach_nat=off')
    phone = scene.some[0]

    def seen():
        scene.pbx.heard.clear()
        reach(phone, PBX)
        return any(sender == phone.tunnel_address for _, _, sender, _ in scene.pbx.heard)
    wait_until(seen, 20, lambda: f'it still hides them: {scene.pbx.heard[:2]}')
    try:
        return check_reach(scene, lambda mac: scene.where[mac])
    finally:
        scene.ctl('site', 'set', 'reach_nat=')


def test_the_rules_are_said_in_sentences(scene):
    sentences = [row['sentence'] for row in scene.store('ListReach')['reach']]
    require(all(PBX in text and ' ' in text for text in sentences) and len(set(sentences)) == len(scene.rules), lambda: f'{sentences}')
    row = next(row for row in scene.call('session', 'Status')['tunnels'] if row['mac'].upper() == SALES[0])
    require(PBX in row['reach'] and '8089' in row['reach'], lambda: f'{row}')
    plain = next(row for row in scene.call('session', 'Status')['tunnels'] if row['mac'].upper() == MACS[1])
    require('8089' not in plain['reach'], lambda: f'{plain}')
    return sentences[0]


def test_a_rule_that_is_taken_away_closes_at_once(scene):
    """Also what was open already: a flow that began under the rule does not go on."""
    phone = scene.some[1]
    number = scene.rules[0]['number']
    with udp(phone) as one:
        one.settimeout(2)
        one.sendto(b'before', (PBX, 5060))
        require(one.recv(100) == b'heard before', 'the control')
        scene.store('RemoveReach', number=number)
        one.settimeout(0.3)

        def closed():
            one.sendto(b'after', (PBX, 5060))
            try:
                return not one.recv(100)
            except TimeoutError:
                return True
        wait_until(closed, 10, 'it is still open')
        require(alive(phone), 'its tunnel does not work any more')
        scene.pbx.heard.clear()
        one.sendto(b'late', (PBX, 5060))
        require(alive(phone) and not scene.pbx.heard, lambda: f'the PBX heard {scene.pbx.heard}')
    scene.rules[0] = rule(scene, 'site', '', f'{PBX}/32', 'udp', '5060 10000-10010')


# --- phone to phone, when it is chosen -------------------------------------------------------------------------------

def test_chosen_phones_reach_each_other(scene):
    """The control of all that was refused, too."""
    rules = [rule(scene, 'site', '', 'phones', 'udp', str(CROSS)), rule(scene, 'site', '', 'phones', 'icmp', '')]
    for phone in scene.some:
        phone.wait_current(60)
    ears = Ears(scene)
    try:
        wanted = {(one, other) for one in MACS for other in MACS if one != other}
        got, pings = set(), 0

        def through():
            nonlocal pings
            pings = max(pings, sum(all_at_once(scene, lambda phone: shout(scene, phone, True))))
            pairs, links = ears.heard()
            got.update(pairs)
            require(not links, lambda: f'{links} TCP links passed that no rule names')
            return got == wanted and pings == len(wanted)
        wait_until(through, 60, lambda: f'{len(got)} of {len(wanted)} packets and {pings} pings passed')
    finally:
        ears.close()
        for one in rules:
            scene.store('RemoveReach', number=one['number'])
    return f'{len(got)} packets and {pings} pings of {len(wanted)} pass, 0 TCP links'


def test_no_longer_chosen_it_is_over(scene):
    ears = Ears(scene)
    try:
        wait_until(lambda: (shout(scene, scene.some[0], False), not ears.heard()[0])[1], 10, 'packets still pass')
        all_at_once(scene, lambda phone: shout(scene, phone, False))
        pairs, links = ears.heard()
        require(not pairs and not links, lambda: f'{len(pairs)} packets pass')
    finally:
        ears.close()
