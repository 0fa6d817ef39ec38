"""What the page's operations do to phones that are there: timeline, receipt, resync, settings, tunnel, files, diagnostics (issue 5)."""
import base64
import hashlib
import io
import json
import tarfile

from admin_api import page_of
from scene import new_secret, require, search
from tools import wait_until

A, B, WAITS = '000413F50001', '000413F50002', '000413F50003'
FINISHED = ('site', 'phones', 'states', 'models', 'profiles', 'alarms', 'ends', 'score', 'tunnels', 'box', 'responder', 'rollout', 'reach')


def prepare(scene):
    scene.page = page_of(scene)
    scene.anna = scene.page.person('admin')
    scene.a, scene.b = scene.phone(A), scene.phone(B)
    for phone in (scene.a, scene.b):
        phone.wait_current(30)


def mac_of(phone):
    return phone.mac.lower()


def test_one_look_tells_what_there_is(scene):
    look = scene.anna.want(200, 'GET', '/overview')
    require(all(name in look for name in FINISHED), lambda: f'something is missing: {sorted(look)}')
    require(look['tunnels'] == {'up': 2, 'server_up': True, 'legacy_up': False}, lambda: f'tunnels: {look["tunnels"]}')
    require(look['phones'] == 2 and {'name': 'current', 'count': 2} in look['states'], lambda: f'phones: {look["states"]}')
    require(look['box']['ready'] and look['responder']['serving'], lambda: f'box: {look["box"]}, responder: {look["responder"]}')


def test_tunnels_are_counted_over_time(scene):
    def sampled():
        samples = scene.anna.want(200, 'GET', '/traffic', query={'hours': 1})['samples']
        return samples and samples[-1]['tunnels'] == 2 and samples
    samples = wait_until(sampled, 25, 'no sample of two tunnels', every_s=1)
    require(all(s['bytes_in_s'] >= 0 for s in samples), lambda: f'{samples}')


def test_the_first_missing_step_is_told_in_words(scene):
    answer = scene.anna.want(200, 'GET', f'/phones/{mac_of(scene.a)}/timeline')
    require(answer['first_missing'] is None and answer['events'][-1]['word'], lambda: f'a phone that has all: {answer["first_missing"]}')
    waiting = scene.phone(WAITS, known=False)
    found = wait_until(lambda: scene.anna.want(200, 'GET', '/waiting')['phones'], 30, 'it does not wait', every_s=0.5)
    require([p['phone']['mac'] for p in found] == [WAITS.lower()] and found[0]['evidence'], lambda: f'who waits: {found}')
    step = scene.anna.want(200, 'GET', f'/phones/{WAITS}/timeline')['first_missing']
    require(step['step'] == 'approval' and step['sentence'] and step['do'], lambda: f'{step}')
    scene.anna.want(200, 'POST', f'/phones/{WAITS}/approve')
    wait_until(lambda: scene.state(WAITS.lower()) == 'current', 60, 'it does not come')
    require(scene.anna.want(200, 'GET', f'/phones/{WAITS}/timeline')['first_missing'] is None, 'something is still missing')


def test_a_resync_is_confirmed_by_what_the_phone_fetched(scene):
    mac = mac_of(scene.a)
    before = len(scene.anna.want(200, 'GET', f'/phones/{mac}/timeline', query={'limit': 500})['events'])
    answer = scene.anna.want(200, 'POST', f'/phones/{mac}/resync', {})
    require(answer['outcome'] == 'taken', lambda: f'{answer}')

    def fetched():
        events = scene.anna.want(200, 'GET', f'/phones/{mac}/timeline', query={'limit': 500})['events'][before:]
        return [e['word'] for e in events if e['word'] in ('settings-served', 'served')]
    wait_until(fetched, 20, 'the timeline does not show that it fetched')


def test_a_tunnel_is_shown_and_tried(scene):
    answer = scene.anna.want(200, 'GET', f'/phones/{mac_of(scene.a)}/tunnel', query={'try': 'true'})
    require(answer['tunnel']['state'] == 'up' and answer['tunnel']['mac'] == mac_of(scene.a), lambda: f'{answer}')
    quality = answer['quality']
    require(quality['sent'] == quality['answered'] > 0 and 0 < quality['least_ms'] <= quality['mean_ms'] <= quality['most_ms'], lambda: f'{quality}')
    page = scene.anna.want(200, 'GET', '/tunnels', query={'limit': 1})
    require(len(page['tunnels']) == 1 and page['next'] == page['tunnels'][0]['mac'], lambda: f'{page}')
    rest = scene.anna.want(200, 'GET', '/tunnels', query={'after': page['next']})
    require(len(rest['tunnels']) == page['total'] - 1 and rest['next'] is None, lambda: f'{rest}')


def test_settings_are_changed_previewed_and_compared(scene):
    anna, path = scene.anna, '/scopes/profile/desk/settings'
    wish = {'settings': [{'name': 'language', 'value': 'Deutsch'}], 'reason': 'a try', 'dry_run': True}
    tried = anna.want(200, 'PUT', path, wish, match='*')
    require(tried['phones'] == 0 and 'findings' in tried, lambda: f'{tried}')
    anna.want(200, 'PUT', path, {**wish, 'dry_run': False}, match='*')
    there = anna.ask('GET', path)
    require([s['value'] for s in there.json['settings']] == ['Deutsch'], lambda: f'{there}')
    anna.want(200, 'PUT', path, {'settings': [{'name': 'language', 'value': 'English'}]}, match=there.etag)
    stale = anna.want(412, 'PUT', path, {'settings': [{'name': 'language', 'value': 'Italiano'}]}, match=there.etag)
    require(stale['current']['settings'][0]['value'] == 'English', lambda: f'{stale}')
    anna.want(400, 'PUT', path, {'settings': [{'name': 'language', 'value': 'x', 'more': 1}]}, match='*')
    phone = anna.ask('GET', f'/phones/{A}')
    anna.want(200, 'PATCH', f'/phones/{A}', {'profiles': ['desk']}, match=phone.etag)
    preview = anna.want(200, 'GET', f'/phones/{A}/settings')
    require(any(s['name'] == 'language' and s['origin'] == 'profile' and s['owner'] == 'desk' for s in preview['settings']), 'the profile is not in the preview')
    anna.want(200, 'GET', f'/phones/{A}/diff')
    anna.want(200, 'PUT', '/scopes/site/-/settings', {'settings': []}, match='*')
    revisions = anna.want(200, 'GET', '/revisions')['revisions']
    require(anna.want(200, 'GET', f'/revisions/{revisions[0]["number"]}')['changes'] is not None, 'no changes')


def test_the_catalogue_finds_names_before_purposes(scene):
    found = scene.anna.want(200, 'GET', '/catalogue', query={'text': 'language', 'limit': 5})['settings']
    require(found and found[0]['name'].startswith('language') and len(found) <= 5, lambda: f'{found}')


def test_the_site_is_read_with_what_each_value_is_for(scene):
    site = scene.anna.ask('GET', '/site')
    values = {v['name']: v for v in site.json['values']}
    require(all(v['purpose'] for v in values.values()) and site.json['complete'], 'a value without a purpose')
    require('phone_ca' in values and 'phone_ca' not in json.dumps(scene.page.person('reader').want(200, 'GET', '/site')), 'phone_ca is not for readers')
    after = scene.anna.want(200, 'PATCH', '/site', {'values': {'seal_days': '90'}}, match=site.etag)
    require(next(v for v in after['values'] if v['name'] == 'seal_days')['value'] == '90', 'it was not kept')
    stale = scene.anna.want(412, 'PATCH', '/site', {'values': {'seal_days': '91'}}, match=site.etag)
    require(stale['current']['revision'] == after['revision'], lambda: f'{stale}')
    refused = scene.anna.want(422, 'PATCH', '/site', {'values': {'seal_days': 'many'}}, match='*')
    require(refused['field'] == 'seal_days' and refused['detail'], lambda: f'{refused}')


def test_a_file_of_phones_comes_in_whole_or_not_at_all(scene):
    def send(text, **more):
        return scene.anna.want(200, 'POST', '/imports', {'kind': 'auto', 'name': 'phones.csv', 'content': base64.b64encode(text.encode()).decode(), **more})
    good = 'mac,name,sip_user\n00:04:13:F5:01:01,=1+1,101\n000413f50102,Cellar,102\n'
    dry = send(good, dry_run=True)
    require((dry['kept'], dry['added'], dry['found']) == (False, 2, 'phones'), lambda: f'{dry}')
    bad = send(good.replace('000413f50102', 'nothing'))
    require(not bad['kept'] and bad['read_problems'] and bad['added'] == 0, lambda: f'{bad}')
    kept = send(good)
    require(kept['kept'] and kept['added'] == 2, lambda: f'{kept}')
    sheet = scene.anna.ask('GET', '/phones.csv', query={'text': 'f501'}).body.decode()
    require(sheet.splitlines()[0].startswith('mac,name,model,profiles,address,sip_user') and '"\'=1+1"' in sheet, lambda: sheet)
    again = send(sheet, dry_run=True)
    require(again['added'] == 0 and again['unchanged'] == 2, lambda: f'what was exported comes back as it was: {again}')


def test_firmware_comes_in_parts(scene):
    image = b'firmware' * 1000
    whole = {'model': 'snomD785', 'version': '10.1.1.1', 'kind': 'firmware', 'file': 'snomD785-10.1.1.1-SIP-r.bin', 'size': len(image),
             'sha256': hashlib.sha256(image).hexdigest()}
    upload = scene.anna.want(201, 'POST', '/firmware', whole)['upload']
    for at in range(0, len(image), 5000):
        scene.anna.want(204, 'PUT', f'/firmware/uploads/{upload}', {'offset': at, 'content': base64.b64encode(image[at:at + 5000]).decode()})
    scene.anna.want(204, 'POST', f'/firmware/uploads/{upload}/finish')
    require([f['file'] for f in scene.anna.want(200, 'GET', '/firmware')['firmware']] == [whole['file']], 'it is not there')
    scene.anna.want(204, 'DELETE', f'/firmware/{whole["file"]}')
    scene.anna.want(409, 'DELETE', f'/firmware/{whole["file"]}')


def test_what_is_read_of_the_box_and_the_authority(scene):
    anna = scene.anna
    system = anna.want(200, 'GET', '/system')
    require(system['facts']['version'] and system['page']['urls'] and 'floor' in system['clock'], lambda: f'{system}')
    require(anna.want(200, 'GET', '/logs', query={'unit': 'provost-admin', 'limit': 5})['entries'], 'no log')
    require('BEGIN CERTIFICATE' in anna.want(200, 'GET', '/ca')['root'], 'no root')
    rollover = anna.want(200, 'GET', '/rollover')
    require(rollover['state'] == 'none' and rollover['holding'] == rollover['total'], lambda: f'{rollover}')
    advice = anna.want(200, 'GET', '/advice/kea')
    require(advice['url'] in advice['lines'], lambda: f'{advice}')
    cards = anna.want(200, 'GET', '/cards')
    require(cards['cards'] and not cards['suggestions'], lambda: f'suggestions for a site that is there: {cards}')


def test_the_diagnostics_hold_no_secret(scene):
    planted = {'http_pass': new_secret('webpass'), 'sip': new_secret('sip'), 'unknown': new_secret('own')}
    anna = scene.anna
    anna.want(200, 'PUT', f'/scopes/phone/{A}/settings', {'settings': [
        {'name': 'http_pass', 'value': planted['http_pass'], 'permission': 'R'}, {'name': 'my_own_password', 'value': planted['unknown'], 'permission': 'R'}]}, match='*')
    anna.want(200, 'PATCH', f'/phones/{A}', {'sip_secret': planted['sip']}, match='*')
    planted['revealed'] = anna.want(200, 'POST', f'/phones/{B}/secrets/http_pass/reveal', {'reason': 'to look for it'})['value']
    answer = anna.ask('GET', '/diagnostics')
    require(answer.status == 200 and answer.header('content-type') == 'application/x-tar', lambda: f'{answer}')
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as tar:
        names = tar.getnames()
        phones = json.load(tar.extractfile('phones.json'))
    require({'facts.json', 'site.json', 'phones.json', 'tunnels.json', 'log.txt', 'rogues.json'} <= set(names), lambda: f'{names}')
    require(A.lower() in [p['mac'] for p in phones['phones']], 'the phones are not in it')
    found = search(answer.body, {**scene.secrets, **planted})
    require(not found, lambda: f'in the diagnostics: {found}')
    require(b'PRIVATE KEY' not in answer.body, 'a private key')


def test_a_revoke_is_tried_and_has_its_receipt(scene):
    mac = mac_of(scene.b)
    receipt = scene.anna.want(200, 'POST', f'/phones/{mac}/revoke', {'reason': 'sold'})
    words = [line['word'] for line in receipt['lines']]
    require({'revoked', 'tunnel-closed', 'certificate-refused', 'stage1-refused', 'bundle-refused', 'settings-refused'} <= set(words), lambda: f'{words}')
    require(all(line['ok'] for line in receipt['lines']), lambda: f'not confirmed: {receipt["lines"]}')
    require(receipt['actor'] == 'anna' and receipt['cause'] == 'revoked', lambda: f'{receipt}')
    kept = scene.anna.want(200, 'GET', f'/phones/{mac}/receipts')['receipts']
    require([r['id'] for r in kept] == [receipt['id']] and kept[0]['lines'] == receipt['lines'], lambda: f'{kept}')
    require(scene.anna.want(200, 'GET', f'/phones/{mac}/timeline')['first_missing']['step'] == 'revoked', 'the step is another')
    tag = scene.anna.ask('GET', f'/phones/{mac}').etag
    gone = scene.anna.want(200, 'DELETE', f'/phones/{mac}', match=tag)
    require(gone['receipt']['cause'] == 'deleted', lambda: f'{gone}')
    scene.anna.want(404, 'GET', f'/phones/{mac}')
