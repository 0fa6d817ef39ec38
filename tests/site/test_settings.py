"""What phones are told: wrong values never get to them, previews hold no secret (issue 3, must show 4)."""
import json
import time

from scene import TUNNEL, require, search
from tools import wait_until

A, B, C = '000413B00301', '000413B00302', '000413B00303'
REFUSED = {                                     # what an admin might type: what the sentence must name
    'use_hidden_tags:R=yes': 'on or off',
    'user_name:R=100': 'user_name[1]',
    'user_name[13]:R=100': '1 to 12',
    'vlan_id:R=5000': '0..4094',
    'http_pass:R=0000': 'first that anybody tries',
    'http_pass=aLongEnoughOne42': ':R=',
    'http_pass:!=aLongEnoughOne42': 'refuse every later value',
    'admin_mode:R=off': 'permission RW',
    'update_policy:R=never_update': 'settings_only',
    'setting_server:R=https://evil.example/': 'decided by the appliance',
}


def prepare(scene):
    scene.a, scene.b = scene.phone(A), scene.phone(B)
    for phone in (scene.a, scene.b):
        phone.wait_current(30)
        scene.wait_state(phone.mac, 'current')
        for name, index, value, _ in phone.stage2.settings:
            if 'pass' in name:
                scene.secrets[f'{name} {index or ""} of {phone.mac}'] = value


def test_a_wrong_value_is_refused_with_a_sentence_and_phones_stay_current(scene):
    before = {mac: row['revision'] for mac, row in scene.listed().items()}
    for word, hint in REFUSED.items():
        for command in (('profile', 'set', 'default'), ('phone', 'set', A)):
            status, out, err = scene.try_ctl(*command, word)
            require(status == 1, lambda: f'{command[0]} set took {word} ({status}): {out}')
            require(hint in err and word.split(':')[0].split('=')[0].split('[')[0] in err,
                    lambda: f'{word} is refused with: {err}')
    # One wrong value among good ones: none of them is kept.
    status, _, _ = scene.try_ctl('phone', 'set', A, 'language:RW=Deutsch', 'http_scheme:R=digest')
    require(status == 1, 'a list with one wrong value was taken')
    status, _, err = scene.try_ctl('phone', 'change', A, '--sip-secret-file', '-', stdin=A.lower())
    require(status == 1 and 'PBX' in err, lambda: f'a SIP secret that is the MAC: {err}')
    after = {mac: (row['revision'], row['state']) for mac, row in scene.listed().items()}
    require(after == {mac: (revision, 'current') for mac, revision in before.items()}, lambda: f'{before} became {after}')
    require('weak values are refused' in scene.ctl('catalogue', 'show', 'http_pass'), 'the catalogue does not say it')


def test_a_good_value_reaches_the_phone(scene):
    scene.ctl('profile', 'set', 'default', 'web_logout_timer:R=4', 'fkey[3]:RW=speed 100')
    for phone in (scene.a, scene.b):
        phone.refresh()
        wait_until(lambda phone=phone: phone.stage2 and ('web_logout_timer', None, '4', 'R') in phone.stage2.settings, 30,
                   f'{phone.mac} does not get the new value')
        scene.wait_state(phone.mac, 'current')
        require((3, 'active', 'speed 100') in phone.stage2.keys, lambda: f'keys are {phone.stage2.keys}')


def test_a_preview_is_what_the_phone_gets_without_its_secrets(scene):
    scene.ctl('phone', 'set', A, 'language:RW=Deutsch', 'an_unknown_one:R=x')
    scene.a.refresh()
    wait_until(lambda: ('an_unknown_one', None, 'x', 'R') in scene.a.stage2.settings, 30, 'the phone does not get its own settings')
    scene.wait_state(A, 'current')
    text, reply = scene.ctl('phone', 'preview', A), scene.ctl('phone', 'preview', A, '--json')
    for shown in (text, json.dumps(reply)):
        found = search(shown.encode(), scene.secrets)
        require(not found, lambda: f'the preview shows {found}')
    origins = {row['name']: row['origin'] for row in reply['settings']}
    wanted = {'webserver_type': 'built-in', 'user_host': 'site', 'web_logout_timer': 'profile', 'language': 'phone', 'user_name': 'phone'}
    require({**origins, **wanted} == origins, lambda: f'origins are {origins}')
    require(not [row for row in reply['findings'] if row['severity'] == 'error'], lambda: f'{reply["findings"]}')
    require('an_unknown_one' in text and 'not in the catalogue' in text and '(secret)' in text, text)
    rows = {row['row']: row['state'] for row in reply['hardening']}
    wanted = {row: 'met' for row in ('web', 'hidden-tags', 'admin-mode', 'signalling', 'media', 'vpn', 'sources', 'servers', 'noise')}
    require({**rows, **wanted} == rows and f'{reply["hardening_met"]} of {reply["hardening_total"]} rows' in text, lambda: f'hardening is {reply["hardening"]}')
    got = {(name, index, value, perm) for name, index, value, perm in scene.a.stage2.settings}
    secret = {(row['name'], row.get('index')) for row in reply['settings'] if row['secret']}
    said = {(row['name'], row.get('index'), row['value'], row['permission']) for row in reply['settings']
            if not row['secret'] and row['name'] != 'fkey'}
    require(said == {row for row in got if row[:2] not in secret}, lambda: f'only in one of the two: {said ^ got}')
    require({('user_pass', 1), ('http_pass', None), ('admin_mode_password', None)} <= secret, lambda: f'masked are {secret}')


def hold(scene, mac):
    """Two values that are wrong only together: a password that later becomes the phone's extension."""
    scene.ctl('phone', 'set', mac, 'service_mode_pass:R=@-', stdin='receptiondesk')
    return lambda: scene.ctl('phone', 'change', mac, '--sip-user', 'receptiondesk')


def test_settings_with_an_error_never_reach_the_phone(scene):
    user = scene.listed()[B]['sip_user']
    contradict = hold(scene, B)
    scene.b.refresh()
    scene.b.wait(lambda me: me.settings.get('service_mode_pass') == 'receptiondesk' and me.is_current, 30, 'the password')
    scene.wait_state(B, 'current')
    has, since = scene.b.fetched()[-1], time.monotonic()
    contradict()
    answer = scene.b.fetch(f'https://{TUNNEL}/{B}.xml')
    require(answer.status == 200 and b'receptiondesk<' in answer.body, lambda: f'{answer}')
    scene.b.refresh()
    scene.b.wait_current(20)
    require([row['hash'] for row in scene.b.fetched(since)][-1] == has['hash'], 'it is not the very document that it had')
    require(scene.b.settings.get('user_name', 1) == user, lambda: f'it has {scene.b.settings.get("user_name", 1)}')
    wait_until(lambda: any(event['word'] == 'settings-held' and 'service_mode_pass' in event['detail'] for event in scene.timeline(B)),
               10, 'the timeline does not say why')
    require(scene.state(B) == 'connected', lambda: f'with settings held back it is {scene.state(B)}')
    require('error' in scene.ctl('phone', 'preview', B), 'the preview does not show the error')
    require(scene.state(A) == 'current', 'another phone is affected')
    # From the box again: what it had is still there for it.
    scene.b.factory_reset()
    scene.b.wait(lambda me: me.fetched(since) and me.is_current, 40, 'its last good settings')
    require(scene.b.fetched()[-1]['hash'] == has['hash'] and scene.b.settings.get('user_name', 1) == user, 'other settings than the last good ones')
    scene.ctl('phone', 'change', B, '--sip-user', user)
    scene.b.refresh()
    scene.wait_state(B, 'current')


def test_a_phone_that_never_had_good_settings_gets_none(scene):
    scene.add_phone(C)
    hold(scene, C)()
    phone = scene.phone(C, known=False)
    phone.wait(lambda me: '503' in me.trouble, 30, 'a refusal')
    require(not phone.documents and scene.state(C) == 'connected', lambda: f'{phone.documents} {scene.state(C)}')
    scene.ctl('phone', 'change', C, '--sip-user', 'u303')
    phone.wait_current(20)
    scene.wait_state(C, 'current')
