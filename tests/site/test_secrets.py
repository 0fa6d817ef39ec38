"""Secrets of the phones: one's own each, rotated without a gap, revealed only on the record (issue 3, "Merge")."""
import json
import re

from scene import ArgumentWatch, new_secret, require, search
from tools import wait_until

A, B, C = '000413B00501', '000413B00502', '000413B00503'
PASSWORDS = ('http_pass', 'admin_mode_password', 'service_mode_pass')
PINS = ('keyboard_lock_pw', 'uboot_lock')
ALPHABET = re.compile(r'[0-9A-Za-z.+@:,?!\-_/();&$*#<>\[\]=]{16}')      # Snom's for admin_mode_password


def prepare(scene):
    scene.arguments = ArgumentWatch()
    # Nobody wakes these, and none polls within the test: the moment of their fetch is ours.
    scene.a = scene.phone(A, start=False, heeds_filter=True)
    scene.b = scene.phone(B, start=False, heeds_filter=True)
    scene.c = scene.phone(C, start=False, heeds_filter=True)
    scene.fleet([scene.a, scene.b, scene.c])
    for phone in scene.phones:
        scene.wait_state(phone.mac, 'current')
        remember(scene, phone)


def held(phone):
    return {name: phone.settings.get(name) for name in PASSWORDS + PINS if phone.settings.get(name)}


def remember(scene, phone, when='first'):
    """What is looked for everywhere at the end. A PIN is short: it is looked for where no numbers are by chance."""
    for name, value in held(phone).items():
        if name in PASSWORDS:
            scene.secrets[f'{when} {name} of {phone.mac}'] = value


def states(scene, mac):
    return {row['name']: row for row in scene.ctl('phone', 'secrets', mac, '--json')['secrets']}


def reveal(scene, mac, name, *words):
    return scene.ctl('phone', 'reveal', mac, name, '--yes', '--json', *words)


def test_each_phone_has_strong_ones_of_its_own(scene):
    seen = {}
    for phone in scene.phones:
        mine = held(phone)
        require(set(mine) == set(PASSWORDS + PINS), lambda: f'{phone.mac} has {sorted(mine)}')
        for name in PASSWORDS:
            value = mine[name]
            kinds = [re.search(kind, value) for kind in ('[a-z]', '[A-Z]', '[0-9]', '[^0-9A-Za-z]')]
            require(ALPHABET.fullmatch(value) and all(kinds), lambda: f'{name} of {phone.mac} is {len(value)} long, kinds {list(map(bool, kinds))}')
        for name in PINS:
            require(mine[name].isdigit() and len(set(mine[name])) > 1 and mine[name] not in ('0000', '1234'), lambda: f'{name} is weak')
        require(phone.settings.get('admin_mode_password_confirm') == mine['admin_mode_password'], 'the confirmation differs')
        for name in PASSWORDS + PINS:
            require(phone.settings.read_only(name), lambda: f'{name} is not read-only')
            seen.setdefault(mine[name], []).append((phone.mac, name))
    twice = [names for names in seen.values() if len(names) > 1]
    require(not twice, lambda: f'one value serves twice: {twice}')


def test_a_rotated_secret_is_kept_until_the_phone_has_fetched_the_new_one(scene):
    before = held(scene.a)
    scene.ctl('phone', 'rotate', A, '--reason', 'a colleague left')
    require(all(states(scene, A)[name]['former'] for name in before), lambda: f'{states(scene, A)}')
    new = {}
    for name in before:
        answer = reveal(scene, A, name)
        require(answer['former'] == before[name] and answer['value'] != before[name], lambda: f'{name}: the former value is not kept')
        new[name] = answer['value']
    require(held(scene.a) == before, 'the phone has fetched already: the test shows nothing')
    require(scene.state(A) == 'connected', lambda: f'with new secrets waiting it is {scene.state(A)}')
    # Twice before a fetch: what the phone uses stays the one that is kept.
    scene.ctl('phone', 'rotate', A, 'http_pass')
    twice = reveal(scene, A, 'http_pass')
    require(twice['former'] == before['http_pass'] and twice['value'] != new['http_pass'], 'rotated twice: the value in use is lost')
    new['http_pass'] = twice['value']
    scene.a.refresh()
    scene.a.wait_current(20)
    require(held(scene.a) == new, 'the phone did not get the new ones')
    wait_until(lambda: not any(row['former'] for row in states(scene, A).values()), 10, lambda: f'{states(scene, A)}')
    require(reveal(scene, A, 'http_pass')['former'] in (None, ''), 'the former value is still there')
    scene.wait_state(A, 'current')
    require(not any(row['former'] for row in states(scene, B).values()), "another phone's secrets changed")
    remember(scene, scene.a, 'second')


def test_an_account_that_changes_is_kept_until_the_phone_has_the_new_one(scene):
    """B polls alone: until then it registers with the former SIP secret, which is still known."""
    phone = scene.b
    before = phone.settings.get('user_pass', 1)
    new = scene.secrets[f'second sip secret of {B}'] = new_secret('Sip')
    scene.ctl('phone', 'change', B, '--sip-secret-file', '-', stdin=new)
    answer = reveal(scene, B, 'sip_secret')
    require(phone.settings.get('user_pass', 1) == before and answer['value'] == new and answer['former'] == before,
            'the former SIP secret is not kept')
    phone.refresh()
    phone.wait(lambda me: me.settings.get('user_pass', 1) == new and me.is_current, 20, 'the new account')
    scene.wait_state(B, 'current')
    require(not reveal(scene, B, 'sip_secret').get('former'), 'the former account is kept for ever')


def test_all_phones_rotate_at_once(scene):
    before = {phone.mac: held(phone) for phone in scene.phones}
    said = scene.ctl('phone', 'rotate', '--all')
    require('3' in said, said)
    for phone in scene.phones:
        phone.refresh()
        phone.wait(lambda me: all(value != before[me.mac][name] for name, value in held(me).items()), 20, 'new secrets')
        scene.wait_state(phone.mac, 'current')
        remember(scene, phone, 'third')
        mine = scene.secrets.get(f'second sip secret of {phone.mac}') or scene.secrets[f'sip secret of {phone.mac}']
        require(phone.settings.get('user_pass', 1) == mine, 'a SIP secret changed: those are the PBX\'s to change')


def test_a_secret_is_shown_only_on_the_record(scene):
    status, out, err = scene.try_ctl('phone', 'reveal', A, 'admin_mode_password')
    require(status and scene.a.settings.get('admin_mode_password') not in out + err, 'it is shown to a program without --yes')
    shown = reveal(scene, A, 'admin_mode_password', '--reason', 'phone hangs, admin on site')
    require(shown['value'] == scene.a.settings.get('admin_mode_password'), 'another value is shown')
    last = scene.ctl('audit', '--json')
    last = (last['entries'] if isinstance(last, dict) else last)[-1]
    require('reveal' in last['action'] and A.lower() in json.dumps(last).lower() and 'admin_mode_password' in json.dumps(last)
            and 'admin on site' in last['detail'], lambda: f'{last}')
    status, _, err = scene.try_ctl('phone', 'reveal', A, 'no_such_secret', '--yes')
    require(status == 1 and 'no such secret' in err, err)


def test_they_are_nowhere_else(scene):
    texts = {'preview': scene.ctl('phone', 'preview', A), 'preview --json': json.dumps(scene.ctl('phone', 'preview', A, '--json')),
             'diff': json.dumps(scene.ctl('phone', 'diff', A, '--json')), 'show': json.dumps(scene.ctl('phone', 'show', A, '--json')),
             'settings list': json.dumps(scene.ctl('settings', 'list', 'phone', A, '--json')),
             'revisions': json.dumps(scene.ctl('revision', 'list', '--json')), 'audit': json.dumps(scene.ctl('audit', '--json')),
             'timeline': json.dumps(scene.timeline(A)), 'journal': scene.box.journal(), 'console': scene.box.console_text()}
    pins = {f'{name} of {phone.mac}': value for phone in scene.phones for name, value in held(phone).items() if name in PINS}
    for where, text in texts.items():
        found = search(text.encode(), scene.secrets)
        require(not found, lambda: f'in {where}: {found}')
        if where not in ('journal', 'console', 'timeline', 'audit', 'revisions'):       # these are full of numbers
            found = [name for name, pin in pins.items() if f'"{pin}"' in text or f' {pin}\n' in text]
            require(not found, lambda: f'in {where}: {found}')
    for name, data in scene.database_bytes().items():
        found = search(data, scene.secrets)
        require(not found, lambda: f'in {name}: {found}')
    seen = scene.arguments.stop()
    require(b'provost-store' in seen and not search(seen, scene.secrets), lambda: f'in a command line: {search(seen, scene.secrets)}')
    return f'{len(scene.secrets)} secrets'
