"""dhcp_wire: DHCP as it is on the wire, read and written independently of the product.

In:   Ethernet frames, pcap files.
Out:  Message with its options in the order they came; frames to send by hand.
Not:  no sockets; strictness: what RFC 2131/2132/3396 forbid is reported in Message.faults, not repaired.
"""
import dataclasses
import ipaddress
import os
import struct

MAGIC = b'\x63\x82\x53\x63'
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
NAMES = {1: 'DISCOVER', 2: 'OFFER', 3: 'REQUEST', 4: 'DECLINE', 5: 'ACK', 6: 'NAK', 7: 'RELEASE', 8: 'INFORM'}
SOURCES = (66, 67, 43)
BROADCAST = b'\xff' * 6


def ip(value):
    return ipaddress.IPv4Address(value).packed


def text_ip(data):
    return str(ipaddress.IPv4Address(data))


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(':', '').replace('-', ''))


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


@dataclasses.dataclass
class Message:
    """One DHCP message with where it was seen."""
    op: int = 1
    hops: int = 0
    xid: int = 0
    secs: int = 0
    flags: int = 0
    ciaddr: str = '0.0.0.0'
    yiaddr: str = '0.0.0.0'
    siaddr: str = '0.0.0.0'
    giaddr: str = '0.0.0.0'
    chaddr: bytes = bytes(6)
    sname: bytes = b''
    file: bytes = b''
    options: dict = dataclasses.field(default_factory=dict)
    order: list = dataclasses.field(default_factory=list)
    faults: list = dataclasses.field(default_factory=list)
    at: float = 0.0
    eth_source: bytes = b''
    eth_target: bytes = b''
    ip_source: str = ''
    ip_target: str = ''
    ports: tuple = ()

    @property
    def type(self):
        return (self.options.get(53) or b'\0')[0]

    @property
    def name(self):
        return NAMES.get(self.type, '?')

    def address(self, code):
        value = self.options.get(code, b'')
        return text_ip(value) if len(value) == 4 else None

    def number(self, code):
        return int.from_bytes(self.options[code], 'big') if code in self.options else None

    def text(self, code):
        return self.options[code].decode('ascii') if code in self.options else None

    def __repr__(self):
        return (f'{self.name} xid={self.xid:08x} mac={self.chaddr.hex()} ci={self.ciaddr} yi={self.yiaddr} '
                f'gi={self.giaddr} {self.ip_source}>{self.ip_target} options={self.order}')


def _options(data, message):
    """Walks one field; a second piece of an option is appended (RFC 3396)."""
    at, ended = 0, False
    while at < len(data):
        code = data[at]
        at += 1
        if code == 0:
            continue
        if code == 255:
            ended = True
            break
        if at >= len(data) or at + 1 + data[at] > len(data):
            message.faults.append(f'option {code} runs past the end')
            return
        value = data[at + 1:at + 1 + data[at]]
        at += 1 + len(value)
        if code not in message.options:
            message.order.append(code)
        message.options[code] = message.options.get(code, b'') + value
    if not ended:
        message.faults.append('options without an end')
    elif data[at:].strip(b'\0'):
        message.faults.append('something behind the end option')


def parse(data):
    """A UDP payload to a Message; None when it is no DHCP."""
    if len(data) < 240 or data[236:240] != MAGIC:
        return None
    op, htype, hlen, hops, xid, secs, flags = struct.unpack_from('!BBBBIHH', data)
    message = Message(op=op, hops=hops, xid=xid, secs=secs, flags=flags, chaddr=data[28:28 + min(hlen, 16)],
                      sname=data[44:108], file=data[108:236])
    message.ciaddr, message.yiaddr, message.siaddr, message.giaddr = \
        (text_ip(data[12 + 4 * i:16 + 4 * i]) for i in range(4))
    if htype != 1 or hlen != 6:
        message.faults.append(f'htype {htype}, hlen {hlen}')
    _options(data[240:], message)
    overload = (message.options.get(52) or b'\0')[0]
    if overload & 1:
        _options(message.file, message)
    if overload & 2:
        _options(message.sname, message)
    if len(data) < 300:
        message.faults.append(f'{len(data)} bytes are fewer than BOOTP asks for')
    return message


def parse_frame(frame, at=0.0):
    """An Ethernet frame to a Message; None when it is something else. Checksums of servers are checked."""
    if len(frame) < 42:
        return None
    kind, start = struct.unpack_from('!H', frame, 12)[0], 14
    if kind == 0x8100:
        kind, start = struct.unpack_from('!H', frame, 16)[0], 18
    if kind != 0x0800 or frame[start + 9] != 17:
        return None
    header = (frame[start] & 15) * 4
    total = struct.unpack_from('!H', frame, start + 2)[0]
    packet = frame[start:start + total]
    source, target, length, given = struct.unpack_from('!HHHH', packet, header)
    if not {source, target} & {67, 68}:
        return None
    message = parse(packet[header + 8:header + length])
    if message is None:
        return None
    message.at, message.eth_target, message.eth_source = at, frame[:6], frame[6:12]
    message.ip_source, message.ip_target = text_ip(packet[12:16]), text_ip(packet[16:20])
    message.ports = (source, target)
    if message.op == 2:
        pseudo = packet[12:20] + struct.pack('!BBH', 0, 17, length)
        if checksum(packet[:header]):
            message.faults.append('IP checksum is wrong')
        if given and checksum(pseudo + packet[header:header + length]):
            message.faults.append('UDP checksum is wrong')
    return message


def build(kind, mac, **fields):
    """A client's (or relay's) message as UDP payload. options: {code: bytes}."""
    options = {53: bytes([kind]), **fields.pop('options', {})}
    m = Message(chaddr=mac_bytes(mac), xid=fields.pop('xid', int.from_bytes(os.urandom(4), 'big')), **fields)
    data = struct.pack('!BBBBIHH', m.op, 1, 6, m.hops, m.xid, m.secs, m.flags)
    data += ip(m.ciaddr) + ip(m.yiaddr) + ip(m.siaddr) + ip(m.giaddr)
    data += m.chaddr.ljust(16, b'\0') + m.sname.ljust(64, b'\0') + m.file.ljust(128, b'\0') + MAGIC
    for code, value in options.items():
        for piece in [value[i:i + 255] for i in range(0, len(value), 255)] or [b'']:
            data += bytes([code, len(piece)]) + piece
    return (data + b'\xff').ljust(300, b'\0')


def frame(payload, eth_source, eth_target=BROADCAST, source='0.0.0.0', target='255.255.255.255', ports=(68, 67)):
    """The payload as an Ethernet frame with right checksums."""
    udp = struct.pack('!HHHH', *ports, len(payload) + 8, 0) + payload
    pseudo = ip(source) + ip(target) + struct.pack('!BBH', 0, 17, len(udp))
    udp = udp[:6] + struct.pack('!H', checksum(pseudo + udp) or 0xffff) + udp[8:]
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + ip(source) + ip(target)
    head = head[:10] + struct.pack('!H', checksum(head)) + head[12:]
    return eth_target + eth_source + b'\x08\x00' + head + udp


def read_pcap(path):
    """(time, frame) pairs of a pcap file, as far as it is written."""
    with open(path, 'rb') as file:
        data = file.read()
    if len(data) < 24:
        return
    order, nano = {b'\xd4\xc3\xb2\xa1': ('<', 1e6), b'\xa1\xb2\xc3\xd4': ('>', 1e6),
                   b'\x4d\x3c\xb2\xa1': ('<', 1e9), b'\xa1\xb2\x3c\x4d': ('>', 1e9)}[data[:4]]
    at = 24
    while at + 16 <= len(data):
        seconds, part, kept, _ = struct.unpack_from(order + 'IIII', data, at)
        if at + 16 + kept > len(data):
            return
        yield seconds + part / nano, data[at + 16:at + 16 + kept]
        at += 16 + kept


def messages(path):
    return [m for m in (parse_frame(f, at) for at, f in read_pcap(path)) if m]
