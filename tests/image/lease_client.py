#!/usr/bin/env python3
"""lease_client: many DHCP clients on one interface, written apart from the product.

Runs inside a network namespace. Each client is a made-up MAC that does DISCOVER, OFFER, REQUEST, ACK over a packet
socket. One JSON line on standard output for each ACK, printed only after the packet was read:
{"mac": "02....", "address": "172.29.0.100", "lease_s": 3600, "sent_at": ..., "acked_at": ...}.
Ends after --count ACKs, after --seconds, or on SIGTERM.
"""
import argparse
import json
import os
import select
import socket
import struct
import sys
import time

MAGIC = b"\x63\x82\x53\x63"
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK = 1, 2, 3, 4, 5, 6


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(mac, payload):
    """An Ethernet broadcast from a client that has no address."""
    udp_length = 8 + len(payload)
    pseudo = socket.inet_aton("0.0.0.0") + socket.inet_aton("255.255.255.255") + struct.pack("!BBH", 0, 17, udp_length)
    udp = struct.pack("!HHHH", 68, 67, udp_length, 0)
    total = checksum(pseudo + udp + payload) or 0xFFFF
    udp = struct.pack("!HHHH", 68, 67, udp_length, total)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + udp_length, 0, 0, 64, 17, 0,
                       socket.inet_aton("0.0.0.0"), socket.inet_aton("255.255.255.255"))
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return b"\xff" * 6 + mac + b"\x08\x00" + head + udp + payload


def message(mac, xid, options):
    head = struct.pack("!BBBBIHH4s4s4s4s", 1, 1, 6, 0, xid, 0, 0x8000, b"\0" * 4, b"\0" * 4, b"\0" * 4, b"\0" * 4)
    body = head + mac + b"\0" * 10 + b"\0" * 192 + MAGIC
    for code, value in options:
        body += bytes([code, len(value)]) + value
    return body + b"\xff"


def parse(packet):
    """(xid, chaddr, yiaddr, {code: value}) of a DHCP answer in an Ethernet frame, or None."""
    if len(packet) < 14 + 20 + 8 + 240 or packet[12:14] != b"\x08\x00" or packet[23] != 17:
        return None
    ip_head = (packet[14] & 15) * 4
    udp = packet[14 + ip_head:]
    if struct.unpack("!H", udp[2:4])[0] != 68:
        return None
    data = udp[8:]
    if len(data) < 240 or data[0] != 2 or data[236:240] != MAGIC:
        return None
    options, at = {}, 240
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        if at + 1 >= len(data):
            return None
        length = data[at + 1]
        options[data[at]] = options.get(data[at], b"") + data[at + 2:at + 2 + length]
        at += 2 + length
    return struct.unpack("!I", data[4:8])[0], data[28:34], socket.inet_ntoa(data[16:20]), options


class Client:
    def __init__(self, sock, number, prefix):
        self.mac = prefix + struct.pack("!H", number)
        self.xid = int.from_bytes(os.urandom(4), "big")
        self.sock = sock
        self.started = self.sent = 0.0
        self.offer = None

    def discover(self):
        self.started = self.started or time.time()
        self.sent = time.monotonic()
        self.sock.send(frame(self.mac, message(self.mac, self.xid, [
            (53, bytes([DISCOVER])), (55, bytes([1, 3, 6, 51, 54, 66]))])))

    def request(self):
        self.sent = time.monotonic()
        address, server = self.offer
        self.sock.send(frame(self.mac, message(self.mac, self.xid, [
            (53, bytes([REQUEST])), (50, socket.inet_aton(address)), (54, server), (55, bytes([1, 3, 6, 51, 54, 66]))])))

    def again(self):
        if time.monotonic() - self.sent > 1.0:
            (self.request if self.offer else self.discover)()


def run(interface, count, seconds, parallel, prefix):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    sock.bind((interface, 0))
    deadline = time.monotonic() + seconds
    waiting, number, acked = {}, 0, 0
    while acked < count and time.monotonic() < deadline:
        while len(waiting) < parallel and number < count:
            client = Client(sock, number, prefix)
            waiting[client.xid] = client
            number += 1
            client.discover()
        if select.select([sock], [], [], 0.2)[0]:
            answer = parse(sock.recv(4096))
            client = answer and waiting.get(answer[0])
            if client and answer[1] == client.mac:
                kind = answer[3].get(53, b"\0")[0]
                if kind == OFFER and not client.offer:
                    client.offer = (answer[2], answer[3].get(54, b""))
                    client.request()
                elif kind == ACK:
                    acked += 1
                    del waiting[client.xid]
                    print(json.dumps({"mac": client.mac.hex(), "address": answer[2],
                                      "lease_s": int.from_bytes(answer[3].get(51, b""), "big"),
                                      "option_66": answer[3].get(66, b"").decode("latin-1"),
                                      "started_at": client.started, "acked_at": time.time()}), flush=True)
                elif kind == NAK:
                    client.offer = None
                    client.discover()
        for client in list(waiting.values()):
            client.again()
    return 0 if acked == count else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interface", default="eth0")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--prefix", default="02505600", help="first four bytes of the made-up MACs, in hex")
    given = parser.parse_args()
    return run(given.interface, given.count, given.seconds, given.parallel, bytes.fromhex(given.prefix))


if __name__ == "__main__":
    sys.exit(main())
