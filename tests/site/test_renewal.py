"""Nothing lapses: certificates are renewed through the tunnel, and the CA itself in steps, while phones are connected."""
import re
import sqlite3
import time

from scene import LAN, TUNNEL, require, search
from test_traps_openvpn import Client, systemctl
from tools import wait_until

SITE = {'rollout_mode': 'at-once'}
DAY = 86400
FIRST, SECOND, CLUMSY, THIRD = '000413AB0101', '000413AB0102', '000413AB0103', '000413AB0104'
AWAY, GONE = '000413AB0105', '000413AB0106'
STORE = 'provost-store'


def prepare(scene):
    scene.bundles = {}
    scene.by_mac = {mac: scene.phone(mac, start=False) for mac in (FIRST, SECOND, CLUMSY, THIRD, AWAY, GONE)}
    scene.fleet(list(scene.by_mac.values()))
    for phone in scene.by_mac.values():
        scene.wait_state(phone.mac, 'current')
        scene.bundles[phone.mac] = phone.bundle


def days_left(scene, days):
    """The store believes that these phones' certificates end so soon: {MAC: days}. As if two years had passed."""
    systemctl(scene, 'stop', f'{STORE}.service', f'{STORE}.socket')
    try:
        path = scene.box.data_dir / 'var/lib/provost/store/provost.db'
        with sqlite3.connect(path) as database:
            for mac, left in days.items():
                count = database.execute('UPDATE phone SET certificate_not_after = ? WHERE mac = ?',
                                         (int(time.time()) + left * DAY, mac.lower())).rowcount
                require(count == 1, f'{mac} is not in the database')
        database.close()
    finally:
        systemctl(scene, 'start', f'{STORE}.socket', f'{STORE}.service')


def serials(scene, mac):
    row = scene.row(mac)
    return row['certificate_serial'], row['next_serial']


def asked(phone, since):
    """The URLs it fetched with success after that row of its transcript."""
    return [row['url'] for row in phone.transcript[since:] if row['what'] == 'request' and row['answer'] == 200]


def wait_renewed(scene, mac, before, timeout_s=60):
    """Until the phone is in its tunnel with another certificate than that one."""
    def done():
        row = scene.row(mac)
        return row['certificate_serial'] not in (None, before) and not row['next_serial'] and row['state'] == 'current'
    wait_until(done, timeout_s, lambda: f'{mac} has {serials(scene, mac)}, was {before}; it is {scene.state(mac)}, '
               f'{scene.by_mac[mac].step} {scene.by_mac[mac].trouble}')
    scene.by_mac[mac].wait_current(20)


# --- certificates of phones ------------------------------------------------------------------------------------------

def test_certificates_near_their_end_are_renewed_through_the_tunnel(scene):
    before = {mac: serials(scene, mac)[0] for mac in (FIRST, SECOND, THIRD)}
    marks = {mac: len(scene.by_mac[mac].transcript) for mac in before}
    scene.by_mac[CLUMSY].stop()
    days_left(scene, {FIRST: 100, SECOND: 2})
    began = time.monotonic()
    gaps = []
    for mac in (FIRST, SECOND):
        wait_renewed(scene, mac, before[mac])
        phone = scene.by_mac[mac]
        urls = [url for url in asked(phone, marks[mac]) if url.endswith('.tar')]
        serial = serials(scene, mac)[0]
        require(urls and all(url.startswith(f'https://{TUNNEL}/vpn/') and before[mac] not in url for url in urls), lambda: f'{urls}')
        require(phone.bundle != scene.bundles[mac] and not phone.faults, lambda: f'{phone.faults}')
        require(scene.row(mac)['delivered'] == 'tunnel' and scene.row(mac)['certificate_not_after'] > time.time() + 700 * DAY, lambda: f'{scene.row(mac)}')
        rows = phone.transcript[marks[mac]:]
        down = next(row['at'] for row in rows if row['what'] == 'request' and row['url'] == urls[-1])
        gaps.append(next(row['at'] for row in rows if row['what'] == 'tunnel' and row['at'] > down) - down)
        require(serial in urls[-1].lower(), lambda: f'{urls[-1]} is not of {serial}')
    require(serials(scene, THIRD) == (before[THIRD], None), 'a phone with two years left was renewed')
    took = time.monotonic() - began
    return f'renewed after {took:.1f} s, tunnels away for at most {max(gaps):.1f} s'


def test_after_a_renewal_nothing_changes_any_more(scene):
    """The bundle's URL stays in the settings, so the phone does not fetch it again and again."""
    phone = scene.by_mac[FIRST]
    mark, turn = len(phone.transcript), phone.vpn.turn
    for _ in range(3):
        phone.refresh()
        phone.wait_current(20)
    require(not [url for url in asked(phone, mark) if '.tar' in url], 'it fetched a bundle again')
    require(phone.vpn.turn == turn and phone.vpn.up, 'its tunnel was renewed')
    phone.power_cycle()
    phone.wait_current(40)
    require(not [url for url in asked(phone, mark) if '.tar' in url], 'it fetched a bundle after a restart')


def test_the_former_certificate_is_refused_once_the_next_is_in_use(scene):
    phone = scene.by_mac[SECOND]
    require(phone.bundle != scene.bundles[SECOND], 'it was not renewed')
    thief = Client(scene, SECOND, netns=phone.netns)        # with the former one, from the phone's own place: no second place
    try:
        wait_until(lambda: thief.count_of('AUTH_FAILED') or thief.count_of('Initialization Sequence'), 30, lambda: f'{thief.lines[-4:]}')
        require(not thief.count_of('Initialization Sequence Completed'), 'the former certificate is in')
    finally:
        thief.close()
    told = wait_until(lambda: [row['detail'] for row in scene.timeline(SECOND) if row['word'] == 'tunnel-refused'], 10, 'the timeline does not tell')
    require('second-place' not in told[-1], lambda: f'{told}')
    require(phone.vpn.up and phone.vpn.turn >= 1, 'the phone was disturbed')
    return told[-1]


def test_the_next_bundle_is_for_its_phone_alone(scene):
    """While it waits to be fetched: the others in their tunnels, anybody on the LAN, any spelling."""
    phone = scene.by_mac[CLUMSY]
    before = serials(scene, CLUMSY)[0]
    days_left(scene, {CLUMSY: 50})
    new = wait_until(lambda: serials(scene, CLUMSY)[1], 30, 'no next certificate is made')
    host = scene.host('nosy', '02:00:00:00:00:61', '10.20.0.61/24')
    count = 0
    for mac in (CLUMSY, CLUMSY.lower(), FIRST, SECOND):
        for serial in (new, before, new.upper()):
            path = f'/vpn/{mac}-{serial}.tar'
            status = scene.by_mac[SECOND].fetch(f'https://{TUNNEL}{path}').status
            own = mac == SECOND
            require(status in (403, 404) or own, lambda: f'{path} in the tunnel of {SECOND}: {status}')
            for certificate in (None, scene.pki.device(SECOND)):
                status, body = scene.curl(host, f'https://{LAN}{path}', certificate=certificate)
                require(own and certificate or (status in (403, 404) and b'PRIVATE' not in body), lambda: f'{path} on the LAN: {status}')
            count += 3
    scene.new_of_clumsy = new
    require(phone.vpn is None, 'it is switched on')
    return f'{count} requests'


def test_a_phone_that_cannot_use_the_new_bundle_keeps_the_old_one(scene):
    """Both certificates are good until a tunnel with the next one is up."""
    phone = scene.by_mac[CLUMSY]
    before = serials(scene, CLUMSY)
    phone.bundle_patience_s, phone.spoils_bundles = 4.0, 1
    phone.start()
    phone.wait(lambda me: any(row['what'] == 'bundle refused' for row in me.transcript), 60, 'its failure with the new bundle')
    phone.wait_current(60)
    require(phone.bundle == scene.bundles[CLUMSY] and serials(scene, CLUMSY) == before, lambda: f'{serials(scene, CLUMSY)}')
    scene.wait_state(CLUMSY, 'current')
    phone.power_cycle()                         # it tries again at its next start
    wait_renewed(scene, CLUMSY, before[0])
    require(serials(scene, CLUMSY)[0] == before[1], lambda: f'{serials(scene, CLUMSY)}')


def test_a_phone_that_was_away_comes_back_by_the_lan(scene):
    """Its certificate is of no use any more; it shows its factory certificate and asks with the URL it remembers."""
    phone = scene.by_mac[AWAY]
    before = serials(scene, AWAY)[0]
    phone.stop()
    days_left(scene, {AWAY: -10})
    wait_until(lambda: serials(scene, AWAY) not in ((before, None),), 30, 'nothing is made for it')
    phone.flash.bundle = None                   # what a person does: VPN off and on, or a reset of it
    phone.start()
    phone.wait_current(60)
    wait_renewed(scene, AWAY, before)
    require(phone.bundle != scene.bundles[AWAY], 'it got its old bundle')


def test_what_will_end_is_listed(scene):
    ends = scene.store('ListEnds', limit=100)
    subjects = {row['subject'].upper() for row in ends['ends'] if row['kind'] == 'phone'}
    own = {row['subject'] for row in ends['ends'] if row['kind'] == 'own'}
    require(set(scene.by_mac) <= subjects and {'vpn-server', 'edge', 'issuing', 'root'} <= own, lambda: f'{subjects} {own}')
    moments = [row['not_after'] for row in ends['ends']]
    require(moments == sorted(moments), 'they are not in order')


# --- the CA itself ---------------------------------------------------------------------------------------------------

def roots_of(phone):
    """How many authorities its bundle names."""
    return re.search(r'<ca>(.*)</ca>', phone.bundle.decode(), re.S)[1].count('BEGIN CERTIFICATE')


def meter(scene, generation):
    return scene.store('CountGenerations', generation=generation)


def turns(scene):
    return {mac: phone.vpn.turn for mac, phone in scene.by_mac.items() if phone.vpn}


def test_a_rollover_begins_and_spreads_by_itself(scene):
    scene.by_mac[GONE].stop()
    scene.sip = {mac: phone.settings.get('user_pass', 1) for mac, phone in scene.by_mac.items()}
    rollover = scene.ctl('ca', 'rollover', 'start', '--json')['rollover']
    require((rollover['state'], rollover['generation']) == ('spreading', 2), lambda: f'{rollover}')
    here = [mac for mac in scene.by_mac if mac != GONE]
    began = time.monotonic()
    wait_until(lambda: meter(scene, 2)['holding'] == len(here), 90, lambda: f'{meter(scene, 2)}')
    took = time.monotonic() - began
    counted = meter(scene, 2)
    require(counted['total'] == len(here) + 1 and [mac.upper() for mac in counted['lost']] == [GONE], lambda: f'{counted}')
    for mac in here:
        phone = scene.by_mac[mac]
        phone.wait_current(30)
        require(roots_of(phone) == 2 and len(phone.authorities) >= 2, lambda: f'{mac}: {roots_of(phone)} in the bundle, {len(phone.authorities)} in flash')
        require(phone.settings.get('user_pass', 1) == scene.sip[mac], 'it lost its account')
    shown = scene.ctl('ca', 'show')
    require(f'{len(here)} of {len(here) + 1}' in shown, lambda: shown)
    return f'{len(here)} of {len(here) + 1} hold the new authority after {took:.1f} s'


def test_the_switch_is_refused_while_a_phone_would_be_lost(scene):
    status, out, err = scene.try_ctl('ca', 'rollover', 'switch')
    require(status == 1 and GONE in (out + err).replace(':', '').upper(), lambda: f'{status} {out} {err}')
    require(scene.call('pki', 'GetRollover')['rollover']['state'] == 'spreading', 'it went on')
    status, out, err = scene.try_ctl('ca', 'rollover', 'finish', '--lose', '1')
    require(status == 1, lambda: f'finish before switch: {out} {err}')


def test_a_phone_that_comes_late_is_taken_along(scene):
    phone = scene.by_mac[GONE]
    before = serials(scene, GONE)[0]
    phone.start()
    wait_renewed(scene, GONE, before)
    require(meter(scene, 2)['holding'] == meter(scene, 2)['total'] == len(scene.by_mac), lambda: f'{meter(scene, 2)}')


def test_after_the_switch_the_servers_show_the_new_authority_and_all_phones_come_back(scene):
    phone = scene.by_mac[FIRST]
    old = issuer(scene, phone)
    scene.ctl('ca', 'rollover', 'switch')
    wait_until(lambda: issuer(scene, phone) != old, 30, 'the edge shows the former authority')
    for one in scene.by_mac.values():
        one.wait_current(60)
        require(one.fetch(f'https://{TUNNEL}/{one.mac}.xml').status == 200, f'{one.mac} does not trust the edge')
    for mac in (FIRST, GONE):
        scene.by_mac[mac].power_cycle()
    for mac in (FIRST, GONE):
        scene.by_mac[mac].wait_current(60)


def issuer(scene, phone):
    """Who issued what the edge shows in the tunnel."""
    _, out, _ = scene.tools.run(['openssl', 's_client', '-connect', f'{TUNNEL}:443', '-showcerts'], phone.netns, check=False, stdin=b'')
    found = re.findall(rb'-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----', out)
    require(found, lambda: f'no certificate: {out[:200]}')
    _, text, _ = scene.tools.run(['openssl', 'x509', '-noout', '-ext', 'authorityKeyIdentifier'], stdin=found[0])
    return text


def test_finished_the_former_root_is_gone_and_nobody_is_lost(scene):
    scene.ctl('ca', 'rollover', 'finish')
    require(scene.call('pki', 'GetRollover')['rollover']['state'] == 'none', 'it is not over')
    wait_until(lambda: scene.call('pki', 'GetAuthorities')['roots'].count('BEGIN') == 1, 10, 'two roots are still given out')
    for phone in scene.by_mac.values():
        phone.power_cycle()
    for phone in scene.by_mac.values():
        phone.wait_current(60)
    fresh = scene.phone('000413AB0107')
    fresh.wait_current(60)
    require(roots_of(fresh) == 1, lambda: f'{roots_of(fresh)} roots in a new bundle')
    former = Client(scene, THIRD)               # its bundle of the beginning: of the former authority
    try:
        wait_until(lambda: former.count_of('TLS Error') or former.count_of('AUTH_FAILED') or former.count_of('VERIFY ERROR')
                   or former.count_of('Initialization Sequence'), 70, lambda: f'{former.lines[-4:]}')
        require(not former.count_of('Initialization Sequence Completed'), 'a certificate of the former authority is in')
    finally:
        former.close()
    return f'0 of {len(scene.by_mac)} lost'
