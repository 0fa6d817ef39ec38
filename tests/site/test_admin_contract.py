"""Every operation of the API's description with right and wrong input, by Portman and newman (issue 5, must show 5).

Portman makes the requests and what is expected of the answers from openapi.yaml by itself; said here is only what a right value is on this site
(which phone, which code), who asks, and the order.
"""
import base64
import copy
import hashlib
import json
import os
import pathlib
import re
import time

from admin_api import ORIGIN, Person, page_of, totp
from admin_contract import RIGHT, World, contract_of, judge
from pki import capitals
from scene import LAN, require
from tools import REPOSITORY, Tools, Trouble, wait_until

ROOTS = pathlib.Path(os.environ.get('ROOTS') or pathlib.Path(os.environ.get('O') or REPOSITORY / 'build') / 'root').absolute()
PACKAGES = ROOTS / 'npm-contract/node_modules'
FUZZ = {'enabled': True}
BOUNDS = {'requiredFields': FUZZ, 'minimumNumberFields': FUZZ, 'maximumNumberFields': FUZZ, 'minLengthFields': FUZZ, 'maxLengthFields': FUZZ}
REFUSED = {'contractTests': [{'statusCode': {'enabled': True, 'code': 400}, 'contentType': FUZZ, 'schemaValidation': FUZZ}]}
CONFIG = {'version': 1.0, 'tests': {
    'contractTests': [{'openApiOperation': '*::/*', 'statusSuccess': FUZZ, 'contentType': FUZZ, 'schemaValidation': FUZZ}],
    'variationTests': [{'openApiOperation': '*::/*', 'openApiResponse': '400', 'variations': [
        {'name': 'bounds', 'fuzzing': [{'requestBody': [BOUNDS], 'requestQueryParams': [BOUNDS]}], 'tests': REFUSED},
        {'name': 'unknown', 'overwrites': [{'overwriteRequestQueryParams': [{'key': 'no_such_field', 'value': '1', 'insert': True}]}], 'tests': REFUSED}]}]}}
# Kept to the end, in this order.
LAST = ['setScopeSettings', 'setRow', 'removeScope', 'restoreRevision', 'rotateSecrets', 'setCertificate', 'removeCertificate', 'stepRollover', 'changeSite',
        'removeToken', 'endSession', 'removeUser', 'makeRecoveryCodes', 'setPassword']
FIRST = ['finishInvitation', 'beginInvitation', 'signIn', 'confirmSession', 'signOut']


def tools_of(scene):
    if not hasattr(scene, 'portman'):
        if not (PACKAGES / '@apideck/portman').is_dir():
            raise Trouble(f'no Portman in {PACKAGES}: run `make npm-contract root-browser`')
        scene.portman = Tools(root=ROOTS / 'browser', bind=[PACKAGES])
        scene.closers.append(scene.portman.close)
    return scene.portman


def collection_of(scene):
    """What Portman makes of the description."""
    tools = tools_of(scene)
    data = copy.deepcopy(scene.contract.data)
    data['servers'] = [{'url': f'{ORIGIN}/api/v1'}]
    # Ten megabytes of fuzz would be made for these; test_admin_wire tries such bodies.
    for operation in (('/imports', 'post'), ('/firmware/uploads/{upload}', 'put'), ('/update/uploads/{upload}', 'put'), ('/backup/uploads/{upload}', 'put')):
        del data['paths'][operation[0]][operation[1]]['requestBody']['content']['application/json']['schema']['properties']['content']['maxLength']
    # It bends texts alone: what may be null as well it sends as null, which is right.
    for operation, field in (('/update/download', 'url'), ('/backup', 'passphrase')):
        data['paths'][operation]['post']['requestBody']['content']['application/json']['schema']['properties'][field]['type'] = 'string'
    (tools.work / 'openapi.json').write_text(json.dumps(data))
    (tools.work / 'portman.json').write_text(json.dumps(CONFIG))
    tools.run(['node', PACKAGES / '@apideck/portman/bin/portman', '-l', tools.work / 'openapi.json', '-c', tools.work / 'portman.json', '-o', tools.work / 'collection.json',
               '--runNewman', 'false'], cwd=tools.work, timeout_s=180)
    return json.loads((tools.work / 'collection.json').read_text())


def leaves(items):
    for item in items:
        if 'item' in item:
            yield from leaves(item['item'])
        else:
            yield item


def operation_of(scene, item):
    path = '/' + '/'.join(re.sub(r'^:(\w+)$', r'{\1}', part) for part in item['request']['url']['path'])
    return next(o for o in scene.contract.operations if o.method == item['request']['method'] and o.path == path)


def some_alarm(scene):
    """Somebody asks for one phone after another."""
    netns = scene.host('guesser', address='10.20.0.251/24')
    for n in range(14):
        scene.curl(netns, f'https://{LAN}/000413DEAD{n:02X}.xml', patient=False)
    return wait_until(lambda: scene.alarms(), 10, 'no alarm')[0]['id']


def page_certificate(scene):
    tools = scene.tools
    tools.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', tools.work / 'page.key', '-out', tools.work / 'page.pem', '-days', '30',
               '-subj', '/CN=provost.example', '-addext', 'subjectAltName=DNS:provost.example'])
    return {'certificate': (tools.work / 'page.pem').read_text(), 'private_key': (tools.work / 'page.key').read_text()}


def of_a_backup(owner):
    """One that was made, and one that came back."""
    passphrase = RIGHT['createBackup'][2]['passphrase']
    made = owner.want(200, 'POST', '/backup', {'passphrase': passphrase})
    data = owner.get(f'/backup/{made["backup"]}').body
    upload = owner.want(201, 'POST', '/backup/uploads', {'size': made['size'], 'sha256': made['sha256']})['upload']
    owner.want(200, 'PUT', f'/backup/uploads/{upload}', {'offset': 0, 'content': base64.b64encode(data).decode()})
    again = owner.want(200, 'POST', '/backup', {'passphrase': passphrase})
    return {'readBackup': ({'backup': again['backup']}, {}, None), 'drillBackup': ({}, {}, {'upload': upload, 'passphrase': passphrase})}


def right_values(scene):
    """{operationId: (path values, query, body)}: the world's, and what only now has a value."""
    page, world = scene.page, scene.world
    owner, rita, macs = page.owner(), page.person('reader'), world.MACS
    right = {name: copy.deepcopy(value) for name, value in RIGHT.items()}
    code = owner.want(201, 'POST', '/users', {'name': 'first', 'role': 'reader'})['code']
    right['beginInvitation'] = ({}, {}, {'name': 'first', 'code': code})
    second = Person(page, 'second')
    begun = second.begin(owner.want(201, 'POST', '/users', {'name': 'second', 'role': 'reader'})['code'])
    right['finishInvitation'] = ({}, {}, {'pending': begun['pending'], 'password': 'violet harbour tractor', 'code': totp(second.secret, int(time.time()) // 30 + 1)})
    right['signIn'] = ({}, {}, {'name': rita.name, 'password': rita.password, 'code': rita.recovery.pop()})
    right['confirmSession'] = ({}, {}, {'password': owner.password, 'code': owner.recovery.pop()})
    scene.leaving = rita.elsewhere()
    scene.leaving.take_cookie(scene.leaving.try_sign_in(code=rita.recovery.pop()))
    other = owner.elsewhere()
    other.take_cookie(other.try_sign_in(code=owner.recovery.pop()))
    number = next(row['id'] for row in owner.want(200, 'GET', '/session/list')['sessions'] if not row['here'])
    right['endSession'] = ({'id': number}, {}, None)
    page.token('reader', 'to-go')
    right['removeToken'] = ({'id': owner.want(200, 'GET', '/tokens')['tokens'][0]['id']}, {}, None)
    right['closeAlarm'] = ({'id': some_alarm(scene)}, {}, {'note': 'looked at'})
    image = b'an image'
    firmware = {'model': 'snomD785', 'version': '10.1.2.3', 'kind': 'firmware', 'size': len(image), 'sha256': hashlib.sha256(image).hexdigest()}
    right['beginFirmware'] = ({}, {}, {**firmware, 'file': 'begun.bin'})
    upload = owner.want(201, 'POST', '/firmware', {**firmware, 'file': 'image.bin'})['upload']
    right['appendFirmware'] = ({'upload': upload}, {}, {'offset': 0, 'content': base64.b64encode(image).decode()})
    right['finishFirmware'] = ({'upload': upload}, {}, None)
    right['removeFirmware'] = ({'file': 'image.bin'}, {}, None)
    right['deletePhone'] = ({'mac': macs[7]}, {}, None)
    right['revokePhone'] = ({'mac': macs[6]}, {}, {'stolen': False, 'reason': 'lost'})
    right['replacePhone'] = ({'mac': macs[5]}, {}, {'new': '000413adaa02', 'without_certificate': True})
    right['undoReplace'] = ({'mac': macs[5]}, {}, {'reason': 'it works again'})
    right['setRow'] = ({'scope': 'site', 'owner': '-', 'row': 'web'}, {}, {'state': 'off', 'reason': 'not here'})
    owner.want(200, 'PUT', '/scopes/profile/sales/settings', {'settings': [{'name': 'language', 'value': 'Deutsch'}]}, match='*')
    right['removeScope'] = ({'scope': 'profile', 'owner': 'sales'}, {'reason': 'not needed'}, None)
    secret = owner.want(200, 'GET', f'/phones/{macs[3]}/secrets')['secrets'][0]['name']
    right['revealSecret'] = ({'mac': macs[3], 'name': secret}, {}, {'reason': 'asked for'})
    right['rotatePhoneSecrets'] = ({'mac': macs[3]}, {}, {'names': [secret], 'reason': 'shown'})
    right['rotateSecrets'] = ({}, {}, {'names': [secret], 'reason': 'shown'})
    revision = owner.want(200, 'GET', '/revisions')['revisions'][-1]
    right['getRevision'] = ({'number': revision['number']}, {}, None)
    right['restoreRevision'] = ({'number': revision['number']}, {}, {'reason': 'back'})
    source = ('planted', 'https://10.20.0.1/')
    right['setSource'], right['removeSource'] = ({'name': source[0]}, {}, {'url': source[1]}), ({'name': source[0]}, {}, None)
    reach = owner.want(201, 'POST', '/reach', {'scope': 'site', 'to': '198.51.100.9/32', 'protocol': 'tcp', 'ports': '5061'})
    right['removeReach'] = ({'number': reach.get('number', reach.get('reach', {}).get('number'))}, {}, None)
    right['setCertificate'] = ({}, {}, page_certificate(scene))
    whole = {'size': len(image), 'sha256': hashlib.sha256(image).hexdigest()}
    part = {'offset': 0, 'content': base64.b64encode(image).decode()}
    right['appendUpdate'] = ({'upload': owner.want(201, 'POST', '/update/uploads', whole)['upload']}, {}, part)
    right['appendRestore'] = ({'upload': owner.want(201, 'POST', '/backup/uploads', whole)['upload']}, {}, part)
    right.update(of_a_backup(owner))
    right['changeSite'] = ({}, {}, {'values': {'name': 'By contract'}})
    right['removeUser'] = ({'name': 'hugo'}, {}, None)
    return right


def item_headers(scene, operation, right):
    """What a browser of that person would add."""
    owner = scene.page.owner()
    fields = {'Accept': '*/*'}
    if operation.role != 'open':
        fields['Cookie'] = f'__Host-provost={scene.leaving.cookie if operation.id == "signOut" and right else owner.cookie}'
    if operation.writes:
        fields |= {'Origin': ORIGIN, 'Sec-Fetch-Site': 'same-origin', 'X-Provost-Request': '1'}
    if operation.body is not None:
        fields['Content-Type'] = 'application/json'
    if 'match' in operation.flags:
        fields['If-Match'] = '*'
    return [{'key': name, 'value': value} for name, value in fields.items()]


def fill(scene, item, right):
    """Values of this site into what Portman made; a wrong one keeps what is wrong in it."""
    operation, request = operation_of(scene, item), item['request']
    wrong = '[bounds]' in item['name'] or '[unknown]' in item['name']
    values, query, body = right.get(operation.id, ({}, {}, None))
    for variable in request['url'].get('variable', []):
        variable['value'] = str(values.get(variable['key'], variable['value']))
        variable['disabled'] = False
    request['header'] = item_headers(scene, operation, not wrong)
    item['protocolProfileBehavior'] = {'disableCookies': True, 'disableBodyPruning': True, 'followRedirects': False}
    if not wrong:
        request['url']['query'] = [{'key': name, 'value': str(value)} for name, value in query.items()]
        if body is not None:
            request['body'] = {'mode': 'raw', 'raw': json.dumps(body)}
    if operation.body is None:
        request.pop('body', None)
    if wrong:
        lengthen(item)
    item['name'] = f'{operation.id} {item["name"]}' if wrong else operation.id
    return operation


def lengthen(item):
    """Portman pads what it made up; where that was empty (it is random) it sends the number of the limit instead, which is short enough."""
    name = re.search(r'\[maximum length (\w+)\]', item['name'])
    for field in item['request']['url'].get('query', []):
        if name and field['key'] == name[1] and field['value'].isdigit() and len(field['value']) <= int(field['value']):
            field['value'] = 'x' * (int(field['value']) + 1)


def newman(scene, items, title):
    """[(item's name, what newman says of it)] for each request."""
    tools = tools_of(scene)
    collection = {'info': {'name': title, 'schema': 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json'}, 'item': items,
                  'variable': [{'key': 'baseUrl', 'value': f'{ORIGIN}/api/v1'}]}
    path, out = tools.work / f'{title}.json', tools.work / f'{title}-out.json'
    path.write_text(json.dumps(collection))
    path.chmod(0o600)
    status, said, err = tools.run(['node', PACKAGES / 'newman/bin/newman.js', 'run', path, '--insecure', '--reporters', 'json', '--reporter-json-export', out, '--timeout-request', '10000'],
                                  scene.page.netns, timeout_s=280, check=False)
    require(out.exists(), lambda: f'newman did not run ({status}): {(said + err)[-500:]}')
    found = []
    for execution in json.loads(out.read_text())['run']['executions']:
        failed = [f'{one["assertion"].split(" - ", 1)[-1]}: {one["error"]["message"]}' for one in execution.get('assertions') or [] if 'error' in one]
        if 'requestError' in execution:
            failed.append(f'no answer: {execution["requestError"].get("message", execution["requestError"])}')
        answer = execution.get('response', {})
        body = bytes(answer.get('stream', {}).get('data', []))[:200].decode(errors='replace')
        found.append((execution['item']['name'], failed, f'{answer.get("code")} {body}', len(execution.get('assertions') or [])))
    return found


def prepare(scene):
    page = page_of(scene)
    scene.contract = contract_of(scene)
    page.owner(), page.person('reader'), page.person('helpdesk')
    scene.world = World(page)
    scene.collection = collection_of(scene)


BEFORE = ['readBackup', 'drillBackup', 'createBackup', 'setBackupSchedule', 'appendUpdate', 'beginUpdate', 'appendRestore', 'beginRestore',
          'beginFirmware', 'appendFirmware', 'finishFirmware', 'removeFirmware', 'replacePhone', 'undoReplace', 'setSource', 'removeSource']
# A stream without an end; what ends the appliance under the other requests (image tests do that by the console); the clock of a container is its host's; what
# needs a connected phone, whose changes would be rolled out; what a container has no slots, disks and sticks for (test_admin_appliance).
APART = {'watchEvents', 'powerOff', 'reboot', 'setClock', 'controlRollout', 'resyncPhone', 'finishUpdate', 'downloadUpdate', 'takeUpdate', 'installUpdate', 'restartUpdate',
         'goBack', 'discardUpdate', 'newRecoveryKey', 'factoryReset', 'installDisk', 'takeBackup', 'runBackup', 'restoreBackup'}


def in_order(by_id):
    """The right requests as one after the other makes sense."""
    middle = [name for name in by_id if name not in {*FIRST, *LAST, *BEFORE, *APART}]
    return [by_id[name] for name in [*FIRST, *middle, *BEFORE, *LAST]]


def test_every_operation_takes_right_input(scene):
    """As described: a status of success, the type, and the shape of what is answered."""
    right = right_values(scene)
    scene.right = right
    pairs = [(item, fill(scene, item, right)) for item in leaves(scene.collection['item'])]
    scene.wrong = [item for item, operation in pairs if ' ' in item['name'] and operation.id != 'watchEvents']
    scene.by_id = {operation.id: item for item, operation in pairs if ' ' not in item['name']}
    found = newman(scene, in_order(scene.by_id), 'right')
    owner = scene.page.owner()
    owner.password, owner.recovery = right['setPassword'][2]['password'], []
    bad = [f'{name}: {failed} ({answer})' for name, failed, answer, _ in found if failed]
    (scene.logs / 'contract-right').parent.mkdir(parents=True, exist_ok=True)
    (scene.logs / 'contract-right').write_text('\n'.join(bad) + '\n')
    require(not bad, lambda: f'{len(bad)} of {len(found)}, all in {scene.logs}/contract-right: {bad[0][:700]}')
    tried = {name for name, *_ in found}
    require(tried == {operation.id for operation in scene.contract.operations} - APART, lambda: f'{len(tried)} of {len(scene.contract.operations)} operations')
    return f'{len(tried)} operations, {sum(count for *_, count in found)} assertions'


def test_every_operation_refuses_wrong_input(scene):
    """What Portman bends: fields left out, too short, too long, too small, too large, unknown; each with a problem that says so."""
    owner = scene.page.owner()
    owner.confirm()
    for item in scene.wrong:
        for field in item['request']['header']:
            if field['key'] == 'Cookie':
                field['value'] = f'__Host-provost={owner.cookie}'
    found = newman(scene, scene.wrong, 'wrong')
    # What a list holds is judged as a value (422), not as the form of the request (400).
    found = [(name, [] if answer.startswith('422 ') and all('to equal 400' in one for one in failed) else failed, answer, count) for name, failed, answer, count in found]
    bad = [f'{name}: {failed} ({answer})' for name, failed, answer, _ in found if failed]
    (scene.logs / 'contract-wrong').write_text('\n'.join(bad) + '\n')
    require(not bad, lambda: f'{len(bad)} of {len(found)}, all in {scene.logs}/contract-wrong: {bad[0][:700]}')
    tried = {name.split(' ')[0] for name, *_ in found}
    missing = {operation.id for operation in scene.contract.operations} - tried - {'watchEvents'}
    require(not missing, lambda: f'no wrong input for {sorted(missing)}')
    return f'{len(found)} requests to {len(tried)} operations'


def test_the_stream_and_the_clock_are_as_described(scene):
    owner = scene.page.owner()
    answer = owner.post('/system/clock', {'now': int(time.time())})
    require(answer.status == 409 and 'host' in answer.json['detail'], lambda: f'{answer}')
    answer = owner.ask('HEAD', '/events')
    require(answer.status == 200 and answer.header('content-type').startswith('text/event-stream'), lambda: f'{answer.headers}')


def test_what_needs_a_connected_phone_is_as_described(scene):
    owner, mac = scene.page.owner(), scene.world.MACS[4]
    scene.phone(capitals(mac), known=False).wait_current(60)
    by_id = scene.contract.by_id
    answer = owner.post(f'/phones/{mac}/resync', {'reboot': False})
    require(answer.status == 200 and not judge(by_id['resyncPhone'], answer), lambda: f'{answer} {judge(by_id["resyncPhone"], answer)}')
    changed = owner.ask('PUT', '/scopes/site/-/settings', {'settings': [{'name': 'language', 'value': 'Nederlands'}]}, match='*')
    require(changed.status == 200, lambda: f'{changed}')
    answer = owner.post('/rollout', {'action': 'finish', 'reason': 'all of them'})          # 409 when the phone was quicker
    require(answer.status in (200, 409) and not judge(by_id['controlRollout'], answer), lambda: f'{answer} {judge(by_id["controlRollout"], answer)}')
