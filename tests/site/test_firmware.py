"""Firmware: inside the tunnel, to the right phone; on the LAN nothing but the image that gives a phone its VPN client (issue 3)."""
import time

from document import Document, firmware_image
from scene import LAN, TUNNEL, require
from tools import wait_until

A, B, OLD, DOOR = '000413E20101', '000413E20102', '000413E20103', '000413E20104'
MODEL, NOW, NEXT = 'snomD785', '10.1.169.16', '10.1.184.15'
FILE = 'snomD785-10.1.184.15-SIP-r.bin'


def prepare(scene):
    scene.a = scene.phone(A, start=False, firmware=NOW)
    scene.b = scene.phone(B, start=False, firmware=NOW, heeds_filter=True)
    scene.fleet([scene.a, scene.b])
    for phone in scene.phones:
        scene.wait_state(phone.mac, 'current')


def add(scene, file, model, version, *words, image=None):
    """firmware add, through standard input."""
    return scene.ctl('firmware', 'add', '-', '--name', file, '--model', model, '--version', version, *words,
                     stdin=(image or firmware_image(model, version, 300_000)).decode())


def get(scene, phone, path, host=TUNNEL):
    return phone.fetch(f'https://{host}{path}')


def test_a_phone_runs_the_version_its_settings_name(scene):
    add(scene, FILE, MODEL, NEXT)
    listed = scene.ctl('firmware', 'list', '--json')['firmware']
    require([(row['file'], row['model'], row['version'], row['size']) for row in listed] == [(FILE, MODEL, NEXT, 300_000)], lambda: f'{listed}')
    require(not scene.a.firmware_updates, 'it is flashed before a setting names it')
    scene.ctl('settings', 'set', 'phone', A, f'firmware:R={NEXT}')
    scene.a.refresh()
    scene.a.wait(lambda me: me.firmware_updates == [(NOW, NEXT)] and me.is_current and me.firmware == NEXT, 60, 'the new firmware')
    require(scene.a.reboots == ['firmware'], lambda: f'{scene.a.reboots}')
    require(scene.a.settings.get('update_policy') == 'auto_update', 'the policy')
    wait_until(lambda: scene.listed()[A]['firmware'] == NEXT, 10, lambda: f'the list says {scene.listed()[A]["firmware"]}')
    require(scene.a.stage2.value('firmware') is None, 'the setting stands in the document')
    require(not scene.b.firmware_updates and scene.b.settings.get('update_policy') == 'settings_only', 'another phone was updated too')
    time.sleep(1)
    require(len(scene.a.firmware_updates) == 1, 'it is flashed again and again')
    wait_until(lambda: any('firmware' in row['word'] for row in scene.timeline(A)), 5, 'the timeline does not tell')


def test_no_other_phone_and_nobody_on_the_lan_gets_the_file(scene):
    """B should run it and hears nobody, so it has not fetched it yet; A in its own tunnel wants it."""
    scene.ctl('settings', 'set', 'phone', B, f'firmware:R={NEXT}')
    own = get(scene, scene.b, f'/firmware/{B}/{FILE}')
    require(own.status == 200 and own.body == firmware_image(MODEL, NEXT, 300_000), lambda: f'the control: {own}')
    n = 0
    for path in (f'/firmware/{A}/{FILE}', f'/firmware/{B}/{FILE}', f'/firmware/{B}.xml', f'/firmware/{FILE}',
                 f'/firmware/{A}/../{B}/{FILE}', f'/firmware/{A}/%2e%2e/{B}/{FILE}', f'/firmware/{A}//{FILE}', '/firmware/', f'/firmware/{A}/',
                 f'/firmware/{A}/../../../../etc/passwd', f'/firmware/{A}/..%2f..%2fprovost.db', f'/firmware-files/{FILE}', f'/{FILE}'):
        answer = get(scene, scene.a, path)
        require(answer.status in (400, 403, 404), lambda: f'{path} in the tunnel of another phone: {answer}')
        answer = get(scene, scene.b, path, LAN)
        require(answer.status in (400, 403, 404), lambda: f'{path} on the LAN: {answer}')
        n += 2
    require(not scene.b.firmware_updates, 'it has fetched it: the test shows nothing')
    return f'{n} requests'


def test_a_version_without_a_file_changes_nothing_but_is_said(scene):
    scene.ctl('settings', 'set', 'phone', B, 'firmware:R=10.1.999.1')
    scene.b.refresh()
    scene.b.wait_current(20)
    require(not scene.b.firmware_updates and scene.b.settings.get('update_policy') == 'settings_only', 'it was told to update')
    findings = scene.ctl('phone', 'preview', B, '--json')['findings']
    require([row for row in findings if row['severity'] == 'warning' and '10.1.999.1' in row['reason']], lambda: f'{findings}')
    scene.ctl('settings', 'remove', 'phone', B, 'firmware')


def test_a_downgrade_is_refused(scene):
    add(scene, 'snomD785-10.1.100.1.bin', MODEL, '10.1.100.1')
    status, out, err = scene.try_ctl('settings', 'set', 'phone', A, 'firmware:R=10.1.100.1')
    require(status == 1 and 'firmware_downgrade' in out + err, lambda: f'{status}: {out} {err}')
    scene.a.refresh()
    scene.a.wait_current(20)
    require(scene.a.firmware == NEXT and len(scene.a.firmware_updates) == 1, lambda: f'{scene.a.firmware_updates}')
    scene.ctl('settings', 'set', 'phone', A, 'firmware:R=10.1.100.1', 'firmware_downgrade:R=on')
    scene.a.refresh()
    scene.a.wait(lambda me: me.firmware == '10.1.100.1' and me.is_current, 60, 'the downgrade that was asked for')
    require(scene.a.stage2.value('firmware_downgrade') is None, 'firmware_downgrade stands in the document')


def test_a_file_in_use_is_not_removed_and_a_wrong_name_is_refused(scene):
    status, _, err = scene.try_ctl('firmware', 'remove', 'snomD785-10.1.100.1.bin')
    require(status == 1 and 'firmware' in err, err)
    scene.ctl('firmware', 'remove', FILE)
    require(FILE not in str(scene.ctl('firmware', 'list', '--json')), 'it is still listed')
    for name in ('../x.bin', '.bin', 'a/b.bin', 'x.xml', ''):
        status, _, err = scene.try_ctl('firmware', 'add', '-', '--name', name, '--model', MODEL, '--version', '1.2.3', stdin='x')
        require(status in (1, 2) and err, f'a file named {name!r} is taken')
    folder = scene.box.data_dir / 'var/lib/provost/firmware'
    left = [path.name for path in folder.rglob('*') if path.is_file() and path.name not in ('snomD785-10.1.100.1.bin',)]
    require(not left, lambda: f'left on the disk: {left}')


def test_an_old_phone_without_a_vpn_client_gets_the_image_with_one_and_nothing_else(scene):
    add(scene, 'snom720-vpnfeature-r.bin', 'snom720', '8.7.5.35', '--kind', 'vpn-feature', image=firmware_image('snom720', 'vpn-feature', 100_000))
    scene.add_phone(OLD, '--model', 'snom720')
    old = scene.phone(OLD, known=False, phone_type='snom720', can_vpn=False, vpn_header=None)
    old.wait_current(60)
    require(old.reboots == ['firmware'] and old.can_vpn, lambda: f'{old.reboots}')
    asked = [row['url'] for row in old.transcript if row['what'] == 'request' and row['answer'] == 200]
    at = next(i for i, url in enumerate(asked) if 'vpnfeature' in url)
    require(all(url.startswith(f'https://{LAN}/') for url in asked[:at + 1]), lambda: f'{asked}')
    require(old.settings.get('vpn_on') == 'on' and scene.state(OLD) == 'current', 'it did not go the whole way')
    return f'{len(asked)} requests, current after {old.times["current"] - old.times["start"]:.1f} s'


def test_that_exception_gives_nothing_else(scene):
    """What the phone is handed on the LAN without its client: the image, no account, no bundle; to nobody but approved phones."""
    scene.add_phone(DOOR, '--model', 'snom720')
    door = scene.phone(DOOR, known=False, start=False, phone_type='snom720', can_vpn=False, vpn_header='no')
    door.start()
    door.wait(lambda me: me.firmware_updates, 60, 'the image')
    door.wait_current(60)
    door.vpn_header = 'no'                  # as it was, for what follows
    answer = door.fetch(f'https://{LAN}/{DOOR}.xml')
    names = {row[0] for row in Document(answer.body).settings}
    require(answer.status == 200 and names == {'update_policy', 'firmware_status'}, lambda: f'{answer.status} {names}')
    image = f'https://{LAN}/firmware/{DOOR}/snom720-vpnfeature-r.bin'
    require(door.fetch(image).status == 200, 'the control')
    for certificate in (None, scene.pki.device(A), scene.pki.device(DOOR, 'wrong-issuer')):
        for url in (image, f'https://{LAN}/firmware/{DOOR}.xml', f'https://{LAN}/{DOOR}.xml'):
            answer = door.fetch(url, certificate=certificate)
            require(answer.status in (400, 403, 404), lambda: f'{url} with {certificate and certificate.chain.name}: {answer}')
    for file in ('snomD785-10.1.100.1.bin', 'x.bin', '../snomD785-10.1.100.1.bin'):
        answer = door.fetch(f'https://{LAN}/firmware/{DOOR}/{file}')
        require(answer.status in (400, 403, 404), lambda: f'{file} on the LAN: {answer}')
    scene.a.vpn_header = 'no'               # a phone that lies gets the image of its model, and there is none
    require(scene.a.fetch(f'https://{LAN}/firmware/{A}/snomD785-10.1.100.1.bin').status in (403, 404), 'firmware on the LAN')
    scene.a.vpn_header = 'available'
    scene.ctl('phone', 'revoke', DOOR)
    for url in (image, f'https://{LAN}/firmware/{DOOR}.xml'):
        answer = door.fetch(url)
        require(answer.status in (403, 404), lambda: f'a revoked phone: {answer}')
