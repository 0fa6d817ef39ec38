"""Phones of a delivery note: let in by themselves when they come with their certificate, or one at a time while a window is open."""
import time

from scene import LAN, new_secret, require, search
from tools import wait_until

NOTE = [f'000413A10{n:03d}' for n in range(1, 13)]
FIRST, SECOND, THIRD = NOTE[:3]                         # come with their own certificate
BARE, OTHER_BARE, WRONG, EXPIRED = NOTE[3:7]            # show none, none, another phone's, one that has ended
LATER, CLOSED, SHORT, PAPER, NEVER = NOTE[7:12]
UNLISTED = '000413A10901'
LETTER = '''Lieferschein 2026-4711;;;
Pos.;Artikel;Seriennummer;MAC-Adresse
1;snom D785 black;SN 77120001;00:04:13:A1:09:11
2;snom D785 black;SN 77120002;00-04-13-a1-09-12
3;snom 720;SN 77120003;000413A10913
'''
SCANNER = '10.20.0.66'


def prepare(scene):
    rows = ['mac,model,sip_user,sip_secret']
    for mac in NOTE:
        scene.secrets[f'sip secret of {mac}'] = new_secret('Sip')
        rows.append(f'{mac},snomD785,u{mac[-4:]},{scene.secrets[f"sip secret of {mac}"]}')
    scene.ctl('phone', 'expect', '-', stdin='\n'.join(rows) + '\n')


def reason(scene, mac):
    return scene.row(mac)['waiting_for']


def wait_reason(scene, mac, *words):
    """Until the phone waits, and says for what."""
    def says():
        row = scene.row(mac)
        return row['state'] == 'waiting' and all(word in row['waiting_for'] for word in words)
    wait_until(says, 30, lambda: f'{mac} is {scene.state(mac)}: {reason(scene, mac)!r}, not {words}')
    text = reason(scene, mac)
    require(' ' in text, lambda: f'no sentence: {text!r}')
    return text


def window(scene):
    return scene.ctl('enrol', 'show', '--json')['enrolment']


def got_nothing(scene, phone):
    """No bundle, no document, and no secret of any phone in what it was sent."""
    require(not phone.bundle and not phone.stage1, lambda: f'{phone.mac} was given something at "{phone.step}"')
    found = search(b'\n'.join(phone.received), scene.secrets)
    require(not found, lambda: f'{phone.mac} received {found}')


def test_phones_of_the_note_are_expected(scene):
    rows = scene.listed()
    require({rows[mac]['state'] for mac in NOTE} == {'expected'}, lambda: f'{ {mac: rows[mac]["state"] for mac in NOTE} }')
    evidence = scene.store('GetEvidence', mac=NEVER.lower())
    require(not evidence['evidence'] and evidence['missing'], lambda: f'{evidence}')
    require('expected' in scene.ctl('phone', 'show', NEVER), 'provostctl does not say it')


def test_a_letter_with_macs_is_a_delivery_note(scene):
    """As the dealer sends it: with a heading line, serial numbers, MACs in three spellings."""
    shown = scene.ctl('phone', 'expect', '-', '--dry-run', stdin=LETTER)
    require('3' in shown and '000413A10911' not in scene.listed(), lambda: shown)
    scene.ctl('phone', 'expect', '-', stdin=LETTER)
    rows = scene.listed()
    require([rows.get(f'000413A1091{n}', {}).get('state') for n in (1, 2, 3)] == ['expected'] * 3, lambda: f'{sorted(rows)}')
    require((rows['000413A10911']['model'], rows['000413A10913']['model']) == ('snomD785', 'snom720'), lambda: f'{rows["000413A10911"]}')


def test_a_listed_phone_with_its_certificate_needs_nobody(scene):
    scene.fleet([scene.phone(mac, known=False, start=False) for mac in (FIRST, SECOND, THIRD)])
    took = []
    for phone in scene.phones[:3]:
        scene.wait_state(phone.mac, 'current')
        took.append(phone.times['current'] - phone.times['start'])
        require(scene.secrets[f'sip secret of {phone.mac}'] in [row[2] for row in phone.stage2.settings], 'its SIP secret did not come')
    evidence = scene.store('GetEvidence', mac=FIRST.lower())
    require(evidence['verdict'] == 'genuine', lambda: f'{evidence}')
    actors = [(row['actor'], row['action'], row['detail']) for row in scene.store('ListAudit', limit=100)['entries']
              if row['subject'].replace(':', '').lower() == FIRST.lower()]
    require(any('rule' in ' '.join(row).lower() or 'listed' in ' '.join(row) for row in actors), lambda: f'who let it in? {actors}')
    return f'3 of 3 current {min(took):.1f} to {max(took):.1f} s after they were switched on'


def test_listed_phones_that_do_not_prove_it_wait_and_say_why(scene):
    scene.waiting = {mac: scene.phone(mac, kind, known=False) for mac, kind in
                     ((BARE, 'none'), (OTHER_BARE, 'none'), (WRONG, 'other-mac'), (EXPIRED, 'expired'))}
    said = [wait_reason(scene, BARE, 'certificate', 'window'), wait_reason(scene, WRONG, 'another phone'),
            wait_reason(scene, EXPIRED, 'ended')]
    require(len(set(said)) == 3, lambda: f'{said}')
    for phone in scene.waiting.values():
        require('source' in phone.times or 'pnp' in phone.times, f'{phone.mac} was not told where to ask')
        got_nothing(scene, phone)


def test_an_open_window_lets_in_as_many_as_were_said(scene):
    """Two listed phones without a certificate ask all the time, and one that is not listed; the window is for one of them."""
    unlisted = scene.phone(UNLISTED, 'none', known=False)
    url = f'https://{LAN}/{UNLISTED}.xml'
    bare = [scene.waiting[mac] for mac in (BARE, OTHER_BARE)]
    for mac in (WRONG, EXPIRED):
        scene.waiting[mac].stop()
    require(window(scene)['phones_left'] == 0, lambda: f'{window(scene)}')
    scene.ctl('enrol', 'open', '10')
    wait_until(lambda: any(phone.is_current for phone in bare), 40, lambda: f'nobody came in: {window(scene)}, {reason(scene, BARE)}')
    require(unlisted.fetch(url, verify=False).status in (403, 404), 'a phone that is not listed is let in')
    lucky = next(phone for phone in bare if phone.is_current)
    other = bare[1 - bare.index(lucky)]
    asked = len(other.transcript)
    wait_until(lambda: sum(row['what'] == 'request' for row in other.transcript[asked:]) >= 3, 30, 'the other one asks no more')
    now = window(scene)
    require(now['phones_left'] == 0 and [mac.upper() for mac in now['let_in']] == [lucky.mac], lambda: f'{now}')
    wait_reason(scene, other.mac, 'certificate', 'window')
    got_nothing(scene, other)
    got_nothing(scene, unlisted)
    scene.wait_state(lucky.mac, 'current')
    unlisted.stop()
    scene.lucky, scene.other = lucky, other


def test_the_bundle_of_the_window_is_given_once(scene):
    """Who comes a second time without a certificate gets nothing, and it is seen."""
    url = scene.lucky.expand(scene.lucky.flash.bundle_url)
    answer = scene.lucky.fetch(url, verify=False)
    require(answer.status in (403, 404), lambda: f'{answer}')
    scene.wait_alarm('replayed-enrolment', scene.lucky.mac)


def test_a_closed_window_lets_nobody_in(scene):
    scene.other.stop()
    scene.ctl('enrol', 'open', '--phones', '5')
    scene.ctl('enrol', 'close')
    phone = scene.phone(CLOSED, 'none', known=False)
    wait_reason(scene, CLOSED, 'window')
    got_nothing(scene, phone)
    phone.stop()


def test_a_window_ends_by_itself(scene):
    opened = scene.store('OpenEnrolment', seconds=2, phones=5)['enrolment']
    require(opened['open_until'] and opened['phones_left'] == 5, lambda: f'{opened}')
    wait_until(lambda: not window(scene)['phones_left'] or (window(scene)['open_until'] or 0) <= time.time(), 10, 'it stays open')
    phone = scene.phone(SHORT, 'none', known=False)
    wait_reason(scene, SHORT, 'window')
    got_nothing(scene, phone)
    phone.stop()


def test_with_the_rule_off_a_listed_phone_waits_for_a_person(scene):
    scene.ctl('site', 'set', 'listed_phones=ask')
    phone = scene.phone(LATER, known=False)
    wait_reason(scene, LATER)
    got_nothing(scene, phone)
    require(scene.store('GetEvidence', mac=LATER.lower())['verdict'] == 'genuine', 'its certificate was not looked at')
    scene.ctl('phone', 'approve', LATER)
    phone.wait_current(30)
    scene.ctl('site', 'set', 'listed_phones=')


def test_who_asks_for_one_phone_after_another_is_noticed_and_slowed(scene):
    host = scene.host('scanner', '02:00:00:00:00:66', f'{SCANNER}/24')
    statuses, began = [], time.monotonic()
    for n in range(60):
        status, body = scene.curl(host, f'https://{LAN}/000413A2{n:04X}.xml', patient=False)
        statuses.append(status)
        require(not search(body, scene.secrets) and status in (403, 404, 429), lambda: f'{status}: {body[:100]}')
    first, looked_up = statuses.index(429) if 429 in statuses else 60, 60 - statuses.count(429)
    # One a second is looked up all the same: a phone that was approved just now may be behind that address.
    require(10 <= first <= 15 and looked_up <= first + time.monotonic() - began + 1, lambda: f'{statuses}')
    row = scene.wait_alarm('mac-scan', SCANNER)
    require(SCANNER in row['detail'], lambda: f'{row}')
    # Phones that are known come through from the very same address.
    for mac in (FIRST, PAPER):
        status, body = scene.curl(host, f'https://{LAN}/{mac}.xml', certificate=scene.pki.device(mac), patient=False)
        require(status == 200 and b'vpn_tarball_url' in body, lambda: f'{mac} from there: {status} {body[:200]}')
    made_up = [mac for mac in scene.listed() if mac.startswith('000413A2')]
    require(len(made_up) <= looked_up, lambda: f'{len(made_up)} phones that do not exist are listed')
    return f'{first} answers before the first 429, {len(made_up)} of 60 made-up phones listed'
