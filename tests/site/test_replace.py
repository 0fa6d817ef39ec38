"""Replacing a phone: the new one takes everything over, the old one is out; undone as a whole when the new one does not come."""
import time

from scene import LAN, TUNNEL, require, search
from tools import wait_until

SITE = {'replace_wait_s': '60', 'rollout_mode': 'at-once'}
OLD, NEW = '000413A30101', '000413A30102'               # done
BACK, LOST = '000413A30103', '000413A30104'             # undone by hand: LOST never comes
SLOW, GONE = '000413A30105', '000413A30106'             # undone by the time
TAKEN = '000413A30107'


def prepare(scene):
    scene.ctl('settings', 'set', 'profile', 'lobby', 'language:R=Deutsch')
    for n, mac in enumerate((OLD, BACK, SLOW, TAKEN), 1):
        scene.add_phone(mac, '--name', f'Desk {n}', '--profile', 'lobby')
        scene.ctl('settings', 'set', 'phone', mac, f'user_realname[1]:R=Person {n}')
    scene.fleet([scene.phone(mac, known=False, start=False) for mac in (OLD, BACK, SLOW, TAKEN)])
    scene.by_mac = {phone.mac: phone for phone in scene.phones}
    for mac in scene.by_mac:
        scene.wait_state(mac, 'current')
    # The one that nobody ends: its time runs while the others are tried.
    replace(scene, SLOW, GONE)
    scene.began = time.monotonic()


def replace(scene, old, new, **more):
    return scene.store('ReplacePhone', old=old.lower(), new=new.lower(), **more)


def replacement(scene, old, new):
    return next(row for row in scene.store('ListReplacements')['replacements']
                if (row['old'].upper(), row['new'].upper()) == (old, new))


def own(row):
    """What a replacement hands over."""
    return {name: row[name] for name in ('name', 'profiles', 'sip_user', 'has_sip_secret', 'tunnel_address')}


def test_the_new_phone_comes_up_as_the_old_one(scene):
    before, old = scene.row(OLD), scene.by_mac[OLD]
    secret = scene.secrets[f'sip secret of {OLD}']
    new = scene.phone(NEW, known=False)
    scene.by_mac[NEW] = new
    wait_until(lambda: NEW in scene.listed(), 20, 'the new phone is not seen')
    began = time.monotonic()
    answer = replace(scene, OLD, NEW)
    require(answer['replacement']['state'] == 'pending', lambda: f'{answer}')
    new.wait_current(60)
    scene.wait_state(NEW, 'current')
    took = time.monotonic() - began
    require(own(scene.row(NEW)) == own(before), lambda: f'{own(scene.row(NEW))} is not {own(before)}')
    require(new.tunnel_address == before['tunnel_address'], lambda: f'{new.tunnel_address}')
    held = [row[2] for row in new.stage2.settings]
    require(secret in held and 'Person 1' in held and new.settings.get('language') == 'Deutsch', 'it does not hold what the old one had')
    wait_until(lambda: replacement(scene, OLD, NEW)['state'] == 'done', 10, lambda: f'{replacement(scene, OLD, NEW)}')
    require(scene.state(OLD) == 'revoked', lambda: f'the old one is {scene.state(OLD)}')
    for name in ('http_pass', 'admin_mode_password', 'keyboard_lock_pw'):
        was, now = old.settings.get(name), new.settings.get(name)
        require(now and now != was, lambda: f'{name} of the new phone is the one that the old one knows')
    scene.taken = own(before)
    return f'current {took:.1f} s after the command'


def test_the_old_phone_gets_nothing_any_more(scene):
    """Found in a drawer and plugged in: certificate, bundle and settings of its own are no good, and it is told of."""
    old, new = scene.by_mac[OLD], scene.by_mac[NEW]
    since = len(old.received)
    old.power_cycle()
    old.wait(lambda me: me.vpn and me.vpn.refusals, 60, 'a refused handshake')
    require(old.vpn.turn == 0, 'its tunnel came up')
    for url in (f'https://{LAN}/{OLD}.xml', old.expand(old.flash.bundle_url), f'https://{LAN}/{NEW}.xml', f'https://{TUNNEL}/{OLD}.xml'):
        answer = old.fetch(url, verify=False)
        require(answer.status in (0, 403, 404), lambda: f'{answer}')
    require(not search(b'\n'.join(old.received[since:]), scene.secrets), 'it received a secret')
    scene.wait_alarm('revoked-certificate', OLD)
    require(new.vpn.turn == 1 and new.fetch(f'https://{TUNNEL}/{NEW}.xml').status == 200, 'the new phone was disturbed')
    status, _, err = scene.try_ctl('phone', 'approve', OLD)
    if status == 0:                     # an admin may take it in again, as another phone
        require(scene.row(OLD)['tunnel_address'] != new.tunnel_address and not scene.row(OLD)['has_sip_secret'], 'it took its things back')
    old.stop()


def test_undone_by_hand_everything_is_as_it_was(scene):
    before, phone = scene.row(BACK), scene.by_mac[BACK]
    bundle = phone.bundle
    replace(scene, BACK, LOST)
    wait_until(lambda: BACK not in scene.tunnels(), 20, 'its tunnel is still open')
    phone.power_cycle()
    require(scene.state(BACK) == 'revoked' and scene.state(LOST) == 'approved', lambda: f'{scene.state(BACK)}, {scene.state(LOST)}')
    require(own(scene.row(LOST)) == own(before), lambda: f'{own(scene.row(LOST))}')
    phone.wait(lambda me: me.vpn and me.vpn.refusals, 30, 'a refused handshake')
    answer = scene.store('UndoReplace', mac=LOST.lower(), reason='it was delivered broken')
    require(answer['replacement']['state'] == 'undone', lambda: f'{answer}')
    after = scene.row(BACK)
    require(own(after) == own(before) and after['certificate_sha256'] == before['certificate_sha256'], lambda: f'{after}')
    phone.power_cycle()                 # it was told to wait a while
    phone.wait_current(60)
    scene.wait_state(BACK, 'current')
    require(phone.bundle == bundle, 'it had to fetch another bundle')
    require(scene.state(LOST) in (None, 'seen', 'expected', 'waiting', 'revoked'), lambda: f'{LOST} is {scene.state(LOST)}')
    lost = scene.phone(LOST, known=False)
    wait_until(lambda: lost.address, 20, 'no lease')
    answer = lost.fetch(f'https://{LAN}/{LOST}.xml', verify=False)
    require(answer.status in (403, 404) and not search(b'\n'.join(lost.received), scene.secrets), lambda: f'{answer}')
    lost.stop()


def test_what_cannot_be_replaced_is_refused(scene):
    for old, new in ((TAKEN, TAKEN), (TAKEN, NEW), ('000413A30999', '000413A30998'), (GONE, '000413A30997'), (SLOW, '000413A30997')):
        answer, refusal = scene.try_call('store', 'ReplacePhone', old=old.lower(), new=new.lower())
        require(answer is None and refusal, lambda: f'{old} by {new}: {answer}')
    require(scene.state(TAKEN) == 'current' and scene.by_mac[TAKEN].vpn.turn == 1, 'a refusal changed something')
    require('000413A30997' not in scene.listed(), 'a refusal made a phone')


def test_a_new_phone_without_a_certificate_has_a_window_of_its_own(scene):
    new = scene.phone('000413A30108', 'none', known=False)
    before = scene.row(TAKEN)
    replace(scene, TAKEN, new.mac, without_certificate=True)
    new.wait_current(60)
    wait_until(lambda: replacement(scene, TAKEN, new.mac)['state'] == 'done', 10, lambda: f'{replacement(scene, TAKEN, new.mac)}')
    require(own(scene.row(new.mac)) == own(before), lambda: f'{own(scene.row(new.mac))}')


def test_when_the_new_phone_does_not_come_in_time_the_old_one_is_back(scene):
    phone = scene.by_mac[SLOW]
    wait_until(lambda: replacement(scene, SLOW, GONE)['state'] == 'undone', 90, lambda: f'{replacement(scene, SLOW, GONE)}', every_s=0.5)
    took = time.monotonic() - scene.began
    require(replacement(scene, SLOW, GONE)['reason'], 'it does not say why')
    phone.power_cycle()
    phone.wait_current(60)
    scene.wait_state(SLOW, 'current')
    held = [row[2] for row in phone.stage2.settings]
    require(scene.secrets[f'sip secret of {SLOW}'] in held and 'Person 3' in held, 'it is not as it was')
    return f'undone {took:.0f} s after it began'
