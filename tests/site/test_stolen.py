"""Stolen things: a bundle used from a second place, a phone's certificates after revoke, an enrolment played again, ports used again."""
import concurrent.futures
import re
import signal
import time

from scene import LAN, TUNNEL, require, search
from test_traps_openvpn import Client
from tools import stop, wait_until

VICTIM, STOLEN, NEIGHBOUR, BARE = '000413A50101', '000413A50102', '000413A50103', '000413A50104'
CROWD = [f'000413A502{n:02d}' for n in range(1, 11)]
TRIES = 100
REFUSED = re.compile(r'AUTH_FAILED|auth-failure|AUTH: Received control message')


def prepare(scene):
    scene.bundles = {}
    phones = [scene.phone(mac, start=False) for mac in (VICTIM, STOLEN, NEIGHBOUR)]
    scene.fleet(phones)
    scene.victim, scene.stolen, scene.neighbour = phones
    for phone in phones:
        scene.wait_state(phone.mac, 'current')
        scene.bundles[phone.mac] = phone.bundle


def refusals(client):
    return sum(bool(REFUSED.search(line)) for line in client.lines)


def up(client):
    return client.count_of('Initialization Sequence Completed')


# --- a bundle in a second place --------------------------------------------------------------------------------------

def test_a_bundle_used_in_a_second_place_is_refused_while_the_phone_is_there(scene):
    phone, peer = scene.victim, scene.tunnels()[VICTIM]['peer']
    since = len(phone.vpn.lines)
    thief = Client(scene, VICTIM)
    try:
        wait_until(lambda: refusals(thief) or up(thief), 30, lambda: f'the thief hears nothing: {thief.lines[-5:]}')
        require(not up(thief), 'the thief is in')
        require(phone.vpn.up and phone.vpn.turn == 1, lambda: f'the phone lost its tunnel: {phone.vpn.lines[since:]}')
        require(phone.fetch(f'https://{TUNNEL}/{VICTIM}.xml').status == 200, 'the phone is not served any more')
        require(scene.tunnels()[VICTIM]['peer'] == peer, lambda: f'{scene.tunnels()[VICTIM]}')
        row = scene.wait_alarm('second-place', VICTIM)
        require('10.20.0.' in row['detail'], lambda: f'it does not say from where: {row}')
        told = [row for row in scene.timeline(VICTIM) if row['word'] == 'tunnel-refused' and 'second-place' in row['detail']]
        require(told and r'\x' not in told[0]['detail'], lambda: f'the timeline: {scene.timeline(VICTIM)[-4:]}')
    finally:
        thief.close()
    return row['detail']


def test_the_phone_itself_may_begin_anew_at_once(scene):
    """Power off and on: same place, another port. It must not wait for its own old tunnel."""
    phone = scene.neighbour
    phone.vpn.process.kill()            # the server is not told
    began = time.monotonic()
    phone.wait(lambda me: me.vpn.turn >= 2 and me.is_current, 30, 'its next tunnel')
    took = time.monotonic() - began
    require(not scene.alarms('second-place', NEIGHBOUR), lambda: f'{scene.alarms()}')
    return f'back after {took:.1f} s'


def test_one_phone_coming_again_and_again_is_told_of(scene):
    """Two devices behind one address with the same bundle throw each other out."""
    scene.neighbour.stop()
    client = Client(scene, NEIGHBOUR, netns=scene.neighbour.netns)
    try:
        client.wait_up(30)
        for _ in range(5):
            client.vanish()
            client.start()
            client.wait_up(30)
        scene.wait_alarm('tunnel-flapping', NEIGHBOUR)
        require(NEIGHBOUR in scene.tunnels(), 'it lost its tunnel for good')
    finally:
        client.close()
    scene.neighbour.start()
    scene.neighbour.wait_current(40)


# --- a stolen phone --------------------------------------------------------------------------------------------------

def test_stolen_is_said_and_leaves_a_receipt(scene):
    scene.stolen_url = scene.stolen.expand(scene.stolen.flash.bundle_url)
    scene.said = scene.ctl('phone', 'revoke', STOLEN, '--stolen', '--reason', 'taken from the lobby')
    scene.stolen.stop()
    require(scene.state(STOLEN) == 'revoked', lambda: f'it is {scene.state(STOLEN)}')
    receipt = scene.store('ListReceipts', mac=STOLEN.lower(), limit=10)['receipts'][0]
    require(receipt['cause'] == 'stolen', lambda: f'{receipt}')
    words = [row['word'] for row in receipt['lines']]
    require(len(set(words)) >= 5 and all(row['ok'] for row in receipt['lines']), lambda: f'{receipt["lines"]}')
    for row in receipt['lines']:
        require(abs(row['at_ms'] / 1000 - time.time()) < 60 and ' ' in row['text'], lambda: f'{row}')
        require(row['text'][:20] in scene.said, lambda: f'the admin is not told: {row["text"]} is not in {scene.said}')
    for matter in ('tunnel', 'address', 'certificate', 'bundle', 'settings'):
        require(any(matter in row['word'] + row['text'].lower() for row in receipt['lines']), lambda: f'nothing about {matter}: {words}')
    require(receipt['todo'] and any('telephone system' in row for row in receipt['todo']), lambda: f'nothing to do at the PBX: {receipt["todo"]}')
    require(not search(scene.said.encode(), scene.secrets), 'the receipt holds a secret')
    return f'{len(words)} lines: {" ".join(words)}'


def try_tunnel(scene, root, number):
    """Handshakes with the stolen bundle from one place, each from the start; how many were refused of how many."""
    client = Client(scene, STOLEN, root=root)
    refused = []
    try:
        for turn in range(number):
            wait_until(lambda: refusals(client) or up(client), 60, lambda: f'no answer: {client.lines[-4:]}', every_s=0.02)
            refused.append(bool(refusals(client)) and not up(client))
            stop(client.process)
            if turn + 1 < number:
                client.start()
    finally:
        client.close()
    return refused


def hundred(scene, root, name):
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        results = [one for part in pool.map(lambda _: try_tunnel(scene, root, TRIES // 5), range(5)) for one in part]
    require(len(results) == TRIES and all(results), lambda: f'{sum(results)} of {len(results)} refused')
    require(STOLEN not in scene.tunnels(), 'it has a tunnel')
    return f'{sum(results)} of {TRIES} handshakes of OpenVPN {name} refused in {time.monotonic() - began:.0f} s'


def test_the_stolen_certificate_is_refused_a_hundred_times_by_openvpn_2_6(scene):
    return hundred(scene, None, '2.6')


def test_the_stolen_certificate_is_refused_a_hundred_times_by_openvpn_2_7(scene):
    return hundred(scene, scene.tools27(), '2.7')


def test_all_of_it_is_one_alarm_with_a_count(scene):
    rows = scene.alarms('stolen-certificate', STOLEN) or scene.alarms('revoked-certificate', STOLEN)
    require(len(rows) == 1 and rows[0]['kind'] == 'stolen-certificate' and rows[0]['count'] > 1, lambda: f'{scene.alarms()}')
    events = [row for row in scene.timeline(STOLEN) if row['word'] in ('revoked-certificate', 'stolen-certificate', 'tunnel-refused')]
    require(len(events) <= 2 * TRIES // 4, lambda: f'{len(events)} events for {2 * TRIES} tries')
    return f'{rows[0]["count"]} times, {len(events)} events: {rows[0]["detail"]}'


def test_its_factory_certificate_is_refused_a_hundred_times_by_the_edge(scene):
    host = scene.host('fence', '02:00:00:00:00:88', '10.20.0.88/24')
    own = scene.pki.device(STOLEN)
    urls = [scene.stolen_url, f'https://{LAN}/{STOLEN}.xml', f'https://{LAN}/{STOLEN.lower()}.xml', f'https://{LAN}/snomD785-{STOLEN}.htm']
    got = [scene.curl(host, urls[n % len(urls)], certificate=own) for n in range(TRIES)]
    wrong = [(status, body[:80]) for status, body in got if status not in (403, 404)]
    require(not wrong, lambda: f'{len(wrong)} of {TRIES} answered otherwise: {wrong[:3]}')
    require(not search(b'\n'.join(body for _, body in got), scene.secrets), 'a secret')
    control, _ = scene.curl(host, f'https://{LAN}/{VICTIM}.xml', certificate=scene.pki.device(VICTIM))
    require(control == 200, lambda: f'the control: {control}')
    return f'{TRIES} of {TRIES}'


# --- an enrolment played again ---------------------------------------------------------------------------------------

def test_a_replayed_enrolment_gets_nothing_and_is_seen(scene):
    """A phone that came by its window; everything it asked is asked again, from its own place and from another."""
    scene.add_phone(BARE)
    scene.ctl('phone', 'window', BARE, '600')
    phone = scene.phone(BARE, 'none', known=False)
    phone.wait_current(40)
    asked = {row['url'] for row in phone.transcript if row['what'] == 'request' and row['answer'] == 200 and f'//{LAN}/' in row['url']}
    require(any('.tar' in url for url in asked), lambda: f'{asked}')
    elsewhere = scene.host('replay', '02:00:00:00:00:99', '10.20.0.99/24')
    for url in sorted(asked):
        for _ in range(3):
            for status, body in ((lambda a: (a.status, a.body))(phone.fetch(url, verify=False)), scene.curl(elsewhere, url)):
                require('.tar' not in url or status in (403, 404), lambda: f'{url}: {status}')
                require(not search(body, scene.secrets) and b'PRIVATE KEY' not in body, f'{url} gives a secret')
    row = scene.wait_alarm('replayed-enrolment', BARE)
    require(phone.vpn.up and phone.vpn.turn == 1, 'the phone was disturbed')
    return row['detail']


# --- ports used again ------------------------------------------------------------------------------------------------

def test_ports_used_again_by_other_phones_lose_nobody(scene):
    """Ten phones vanish and ten others come from their addresses and ports at once, as behind a NAT that is short of ports."""
    scene.fleet([scene.phone(mac, start=False) for mac in CROWD])
    for phone in scene.phones[-len(CROWD):]:
        scene.wait_state(phone.mac, 'current')
        scene.bundles[phone.mac] = phone.bundle
        phone.stop()
    # No tunnel of theirs lives on in another place.
    old = scene.box.kill_unit('provost-openvpn.service', signal.SIGTERM)
    wait_until(lambda: scene.box.pid('provost-openvpn.service') not in (None, old), 20, 'OpenVPN does not come back')
    nat = scene.host('nat', '02:00:00:00:00:55', '10.20.0.55/24')
    first = [Client(scene, mac, netns=nat, port=5000 + n) for n, mac in enumerate(CROWD)]
    for client in first:
        client.wait_up(30)
    for client in first:
        client.vanish()
    # Each comes from the port of its neighbour.
    second = [Client(scene, mac, netns=nat, port=5000 + (n - 1) % len(CROWD)) for n, mac in enumerate(CROWD)]
    try:
        took = [client.wait_up(90) for client in second]
        require(all(client.process.poll() is None for client in second), 'a process has ended')
        rows, listed = scene.tunnels(), scene.listed()
        for mac in CROWD:
            require(rows[mac]['address'] == listed[mac]['tunnel_address'], lambda mac=mac: f'{mac} has {rows.get(mac)}')
        met = sum(bool(refusals(client)) for client in second)
        require(met, 'nobody was refused at first: the trap was not met')
    finally:
        for client in second:
            client.close()
    return f'{len(took)} of {len(CROWD)} up, {met} after a refusal, the last {max(took):.1f} s after it began'
