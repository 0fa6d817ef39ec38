"""Who has no key knocks at the VPN port."""
import random
import socket
import time

from scene import LAN, TUNNEL, UPLINK, require
from tools import socket_in, wait_until

A, PORT = '000413F20101', 1194
RANDOM, CHANGED = 20000, 10000


def prepare(scene):
    scene.capture = scene.capture_lan(f'udp port {PORT}')
    scene.a = scene.phone(A)
    scene.a.wait_current(30)


def handshake(scene):
    """What the phone sent to the VPN port before its tunnel was up: payloads of UDP."""
    frames = [frame for _, frame in scene.capture.frames()]
    return [frame[42:] for frame in frames if frame[36:38] == PORT.to_bytes(2, 'big') and len(frame) > 60]


def knock(netns, target, payloads):
    """Sends all of them; the bytes that came back."""
    heard = 0
    with socket_in(netns, socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.connect((target, PORT))
        stranger.setblocking(False)
        for n, payload in enumerate(payloads):
            try:
                stranger.send(payload)
            except OSError:
                time.sleep(0.001)
            if n % 200 == 0:
                time.sleep(0.005)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            try:
                heard += len(stranger.recv(2000))
            except OSError:
                time.sleep(0.02)
    return heard


def changed(original, chance):
    """A packet of a real handshake with one to four of its bytes different: all of it is under the key's HMAC."""
    packet = bytearray(original)
    for place in chance.sample(range(len(packet)), chance.randint(1, 4)):
        packet[place] ^= chance.randint(1, 255)
    return bytes(packet)


def test_without_the_key_the_vpn_port_says_nothing(scene):
    chance = random.Random(2)
    real = handshake(scene)[:10]
    require(real, 'the capture holds no handshake')
    hosts = ((scene.host('stranger', '02:00:00:00:00:55', '10.20.0.55/24'), LAN),
             (scene.host('far', '02:00:00:00:00:56', '198.51.100.56/24', 'up'), UPLINK))
    # The control: who has seen a phone's first packet and repeats it unchanged is answered, with a cookie and no more.
    control = knock(hosts[0][0], LAN, real[:1] * 3)
    require(control > 0, 'not even a real first packet is answered')
    heard, slowest = 0, 0
    for netns, target in hosts:
        heard += knock(netns, target, (chance.randbytes(chance.randint(1, 400)) for _ in range(RANDOM // 2)))
        heard += knock(netns, target, (changed(chance.choice(real), chance) for _ in range(CHANGED // 2)))
        began = time.monotonic()
        answer = scene.a.fetch(f'https://{TUNNEL}/{A}.xml')
        slowest = max(slowest, time.monotonic() - began)
        require(answer.status == 200, lambda: f'the phone in its tunnel: {answer}')
    require(heard == 0, lambda: f'{heard} bytes came back')
    scene.a.factory_reset()
    scene.a.wait_current(30)
    wait_until(lambda: scene.state(A) == 'current', 10, 'the phone does not come up after it')
    return (f'{RANDOM} random and {CHANGED} changed packets, 0 bytes back ({control} for three repeated first packets); '
            f'the phone was answered after {slowest:.2f} s')
