"""Phones that left the building: staged here, shipped home, and over TCP where UDP does not pass."""
import time

from scene import LAN, TUNNEL, UPLINK, require
from tools import wait_until

SITE = {'vpn_public_host': UPLINK, 'vpn_tcp_port': '4443', 'vpn_public_tcp_port': '443'}
HOME, HOTEL = '000413A70101', '000413A70102'
ROUTER = '198.51.100.254'               # at home: it knows nothing of the site's addresses


def prepare(scene):
    # A host that forwards nothing and answers nothing: packets to the site's own address vanish, as they do at home.
    netns = scene.host('router', '02:00:00:00:00:fe', f'{ROUTER}/24', where='up')
    scene.tools.run(['nft', 'add table ip silent; add chain ip silent out { type filter hook output priority 0; }; '
                     'add rule ip silent out icmp type != echo-reply drop; '
                     'add chain ip silent pass { type filter hook forward priority 0; policy drop; }'], netns)
    scene.phones_of = {mac: scene.phone(mac, start=False) for mac in (HOME, HOTEL)}
    scene.fleet(list(scene.phones_of.values()))


def remotes(phone):
    return [line.split()[1:] for line in phone.bundle.decode().splitlines() if line.startswith('remote ')]


def peer(scene, mac):
    return wait_until(lambda: scene.tunnels().get(mac), 20, f'no tunnel of {mac}')


def test_the_bundle_names_the_site_first_then_the_outside_then_tcp(scene):
    rows = remotes(scene.phones_of[HOME])
    require(len(rows) == 3 and rows[0][:2] == [LAN, '1194'] and rows[1][:2] == [UPLINK, '1194'] and rows[2][:2] == [UPLINK, '443'],
            lambda: f'{rows}')
    require(rows[2][2].startswith('tcp') and all(row[2].startswith('udp') for row in rows[:2] if len(row) > 2), lambda: f'{rows}')
    require(peer(scene, HOME)['peer'].startswith('10.20.0.'), lambda: f'it does not use the site address: {peer(scene, HOME)}')
    return '; '.join(' '.join(row) for row in rows)


def test_a_phone_that_was_shipped_home_finds_back(scene):
    phone = scene.phones_of[HOME]
    bundle, address = phone.bundle, scene.listed()[HOME]['tunnel_address']
    began = time.monotonic()
    phone.move('198.51.100.51/24', ROUTER)
    phone.wait_current(90)
    took = time.monotonic() - began
    row = peer(scene, HOME)
    require(row['peer'].startswith('198.51.100.51') and row['protocol'].startswith('udp'), lambda: f'{row}')
    require(phone.bundle == bundle and phone.tunnel_address == address, 'it is another phone now')
    require(phone.fetch(f'https://{TUNNEL}/{HOME}.xml').status == 200, 'no settings')
    require(phone.fetch(f'https://{LAN}/{HOME}.xml', verify=False, timeout_s=3).status == 0, 'the LAN is reached from outside')
    require(not scene.alarms('second-place', HOME), lambda: f'{scene.alarms()}')
    require(took < 60, lambda: f'the dead remote costs {took:.0f} s')
    return f'current {took:.1f} s after it was plugged in at home'


def test_where_udp_does_not_pass_it_comes_over_tcp_443(scene):
    phone = scene.phones_of[HOTEL]
    phone.stop()
    phone.lan.remove_host(phone.name)
    phone.netns, phone.away = phone.lan.add_host(phone.name, phone.mac_colons, 'up'), ('198.51.100.52/24', ROUTER)
    # What a hotel's firewall does: no UDP comes back.
    scene.tools.run(['nft', 'add table ip hotel; add chain ip hotel in { type filter hook input priority 0; }; '
                     'add rule ip hotel in udp sport 1194 drop'], phone.netns)
    began = time.monotonic()
    phone.start()
    phone.wait_current(120)
    took = time.monotonic() - began
    row = peer(scene, HOTEL)
    require(row['peer'].startswith('198.51.100.52') and row['protocol'].startswith('tcp'), lambda: f'{row}')
    require(phone.tunnel_address == scene.listed()[HOTEL]['tunnel_address'], lambda: f'{phone.tunnel_address}')
    return f'current {took:.1f} s after it was plugged in'


def test_nothing_else_answers_on_the_uplink(scene):
    host = scene.host('scan', '02:00:00:00:00:79', '198.51.100.79/24', where='up')
    for url in (f'https://{UPLINK}/{HOME}.xml', f'https://{UPLINK}:443/', f'https://{UPLINK}:4443/', f'https://{UPLINK}:8443/',
                f'http://{UPLINK}/', f'https://{LAN}/{HOME}.xml'):
        status, _ = scene.curl(host, url, certificate=scene.pki.device(HOME), timeout_s=3)
        require(status == 0, lambda: f'{url} answers {status}')


def test_a_phone_revoked_while_it_is_at_home_is_out(scene):
    phone = scene.phones_of[HOTEL]
    said = scene.ctl('phone', 'revoke', HOTEL)
    require('closed' in said.lower(), lambda: said)
    require(HOTEL not in scene.tunnels(), 'its tunnel over TCP is still there')
    answer = phone.fetch(f'https://{TUNNEL}/{HOTEL}.xml', timeout_s=3)
    require(answer.status != 200, lambda: f'{answer}')


def test_back_in_the_building_it_uses_the_site_again(scene):
    phone = scene.phones_of[HOME]
    phone.move()
    phone.wait_current(60)
    require(peer(scene, HOME)['peer'].startswith('10.20.0.'), lambda: f'{peer(scene, HOME)}')
