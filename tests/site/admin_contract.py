"""admin_contract: the API's description as a program reads it, who may call what as docs/api.md says it, and one right input for each operation.

In:   provisioning/admin/openapi.yaml (read by Debian's python3-yaml in the tests' root), a Page.
Out:  Contract with its Operations; ROLES; World, which has what right inputs name (phones, an alarm, people); changes(), what a store's people see.
Not:  no test.
"""
import base64
import contextlib
import json
import pathlib
import re
import sqlite3

from scene import require
from tools import REPOSITORY

FILE = REPOSITORY / 'provisioning/admin/openapi.yaml'
WRITING = ('POST', 'PUT', 'PATCH', 'DELETE')
# Who may call it, in the words of docs/api.md: said here once more, so that neither the table nor the file moves alone.
ROLES = '''
getSetup open | beginInvitation open | finishInvitation open | signIn open | signOut reader | getSession reader | confirmSession reader
setPassword reader fresh | makeRecoveryCodes reader fresh | listSessions reader | endSession reader
listUsers admin | getUser admin | addUser owner fresh | changeUser owner fresh | removeUser owner fresh | inviteUser owner fresh
listTokens owner | addToken owner fresh | removeToken owner | searchAudit admin | checkAudit admin | exportAudit admin
getOverview reader | getTraffic reader | watchEvents reader | getHealth open | getMetrics reader | getDescription open
searchPhones reader | addPhone admin | exportPhones reader | getPhone reader | changePhone helpdesk | deletePhone admin fresh
approvePhone helpdesk | openWindow helpdesk | revokePhone admin | replacePhone admin | undoReplace admin | resyncPhone helpdesk
getTimeline reader | getEvidence reader | getPhoneSettings reader | getPhoneDiff reader | getPhoneTunnel reader | listPhoneReceipts reader
listSecrets helpdesk | revealSecret admin | rotatePhoneSecrets admin | setSeal helpdesk | changePhones helpdesk | rotateSecrets admin fresh
listWaiting reader | importFile admin | getEnrolment reader | openEnrolment helpdesk | listReplacements reader | listReceipts reader
listSeals reader | listAlarms reader | closeAlarm helpdesk
searchCatalogue reader | listScopes reader | getScopeSettings reader | setScopeSettings admin | removeScope admin | listRows reader | setRow admin
listRevisions reader | getRevision reader | restoreRevision admin | getRollout reader | controlRollout admin | listScores reader
listFirmware reader | beginFirmware admin | appendFirmware admin | finishFirmware admin | removeFirmware admin
getSite reader | changeSite admin | listCards reader | listLeases reader | getResponder reader | listRogues reader | askRogues helpdesk
getAdvice reader | listSources reader | setSource admin | removeSource admin | listReach reader | addReach admin | removeReach admin
listTunnels reader | listEnds reader | getRollover reader | stepRollover owner fresh | getCa reader
getSystem reader | setClock admin fresh | reboot admin fresh | powerOff admin fresh | readLogs admin | getDiagnostics admin fresh
getCertificate reader | setCertificate owner fresh | removeCertificate owner fresh
getUpdate reader | beginUpdate admin | appendUpdate admin | finishUpdate admin | downloadUpdate admin | listUpdateSticks admin | takeUpdate admin
installUpdate admin fresh | restartUpdate admin fresh | goBack admin fresh | discardUpdate admin
getData reader | newRecoveryKey owner fresh | factoryReset owner fresh | listDisks admin | installDisk owner fresh
getBackup reader | createBackup owner fresh | readBackup owner | setBackupSchedule owner fresh | runBackup admin | beginRestore owner | appendRestore owner
listBackupSticks owner | takeBackup owner | drillBackup owner fresh | restoreBackup owner fresh
'''
ROLES = {words[0]: (words[1], 'fresh' in words) for words in (part.split() for part in re.split(r'[|\n]', ROLES)) if words}
# What a person alone may do, never a program with a token.
IN_PERSON = set('''signOut confirmSession setPassword makeRecoveryCodes listSessions endSession addUser changeUser removeUser inviteUser listTokens addToken
removeToken stepRollover setCertificate removeCertificate newRecoveryKey factoryReset installDisk setBackupSchedule createBackup readBackup drillBackup
restoreBackup'''.split())
# Tables that change by themselves, or that a refusal may be written to.
RESTLESS = re.compile(r'audit|lease|event|alarm|seen|evidence|tunnel|sqlite_|session|signed|score|hour')


class Operation:
    def __init__(self, contract, method, path, data, shared):
        self.method, self.path, self.id = method, path, data['operationId']
        self.role, self.flags = data.get('x-provost-role', ''), set(data.get('x-provost-flags', []))
        self.parameters = [contract.whole(p) for p in shared + data.get('parameters', [])]
        body = contract.whole(data['requestBody'])['content'] if 'requestBody' in data else {}
        self.body = contract.whole(body['application/json']['schema']) if 'application/json' in body else None
        self.answers = {int(status): contract.whole(answer) for status, answer in data['responses'].items()}

    @property
    def writes(self):
        return self.method in WRITING

    def fields(self, place):
        return {p['name']: p for p in self.parameters if p['in'] == place}

    def __repr__(self):
        return f'{self.method} {self.path}'


class Contract:
    def __init__(self, tools):
        script = 'import sys, json, yaml; json.dump(yaml.load(sys.stdin.buffer, yaml.CSafeLoader), sys.stdout)'
        _, out, _ = tools.run(['python3', '-c', script], stdin=FILE.read_bytes())
        self.data = json.loads(out)
        self.operations = [Operation(self, method.upper(), path, data, row.get('parameters', []))
                           for path, row in self.data['paths'].items() for method, data in row.items() if method != 'parameters']
        self.by_id = {operation.id: operation for operation in self.operations}

    def whole(self, data):
        """With each $ref replaced by what it names."""
        if isinstance(data, dict):
            if '$ref' in data:
                found = self.data
                for part in data['$ref'].removeprefix('#/').split('/'):
                    found = found[part]
                return self.whole(found)
            return {name: self.whole(value) for name, value in data.items()}
        return [self.whole(value) for value in data] if isinstance(data, list) else data


def faults(value, schema, where='the answer'):
    """What of a JSON value is not as its schema says, in words: the parts of JSON Schema that the file uses."""
    if 'oneOf' in schema or 'anyOf' in schema:
        tried = [faults(value, one, where) for one in schema.get('oneOf', schema.get('anyOf'))]
        return [] if any(not one for one in tried) else tried[0]
    kinds = {'object': dict, 'array': list, 'string': str, 'integer': int, 'number': (int, float), 'boolean': bool, 'null': type(None)}
    types = schema.get('type', [])
    types = [types] if isinstance(types, str) else types
    if types and not any(isinstance(value, kinds[t]) and not (t in ('integer', 'number') and isinstance(value, bool)) for t in types):
        return [f'{where} is {value!r:.60}, not {" or ".join(types)}']
    found = []
    if 'enum' in schema and value not in schema['enum']:
        found.append(f'{where} is {value!r:.60}, not one of {schema["enum"]}')
    if isinstance(value, dict):
        known = schema.get('properties', {})
        found += [f'{where} has no {name}' for name in schema.get('required', []) if name not in value]
        more = schema.get('additionalProperties', True)
        for name, part in value.items():
            if name in known:
                found += faults(part, known[name], f'{where}.{name}')
            elif isinstance(more, dict):
                found += faults(part, more, f'{where}.{name}')
            elif more is False or known and 'additionalProperties' not in schema:
                found.append(f'{where} has {name}, which the description does not name')
    if isinstance(value, list) and 'items' in schema:
        found += [fault for number, part in enumerate(value) for fault in faults(part, schema['items'], f'{where}[{number}]')]
    return found


def judge(operation, answer):
    """What of an answer the description does not allow."""
    if answer.status in (400, 414) and answer.header('content-type').startswith('text/plain') and len(answer.body) < 80:
        return []                       # of the edge, to what is no request
    declared = operation.answers.get(answer.status)
    if declared is None:
        return [f'{operation} answers {answer.status}, which is not declared: {answer.body[:200]!r}']
    content = {kind: one for kind, one in declared.get('content', {}).items()}
    kind = answer.header('content-type').split(';')[0]
    if not content:
        return [f'{operation} {answer.status} has a body'] if answer.body else []
    if kind not in content:
        return [f'{operation} {answer.status} is {kind or "nothing"}, not {" or ".join(content)}']
    if 'json' not in kind:
        return []
    return faults(answer.json, content[kind].get('schema', {}), f'{operation} {answer.status}')


class World:
    """A site in which each operation has something to work on."""
    MACS = [f'000413ad{n:04x}' for n in range(1, 9)]

    def __init__(self, page):
        self.page, self.scene = page, page.scene
        owner = page.owner()
        for number, mac in enumerate(self.MACS):
            secret = page.scene.secrets[f'sip secret of {mac}'] = f'canarySip{mac}'
            owner.want(201, 'POST', '/phones', {'mac': mac, 'name': f'Desk {number}', 'model': 'snomD785', 'sip_user': f'u{number}', 'sip_secret': secret,
                                               'approve': number > 1})
        page.scene.store('RaiseAlarm', kind='rogue-dhcp', subject='10.20.0.66', detail='A test host answers DHCP.') \
            if page.scene.try_call('store', 'ListAlarms', open=True)[0] is None else None

    def right(self, operation):
        """(path values, query, body) that this operation takes."""
        values, query, body = RIGHT.get(operation.id, ({}, {}, None))
        return dict(values), dict(query), json.loads(json.dumps(body))


MAC, WAITING = World.MACS[3], World.MACS[0]
PHONES_CSV = base64.b64encode(b'mac;model;name\n000413adbb01;snomD785;Imported\n').decode()
SHA = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
# operationId: values in the path, the query, the body.
RIGHT = {
    'beginInvitation': ({}, {}, {'name': 'newcomer', 'code': 'AAAAA-AAAAA'}),
    'finishInvitation': ({}, {}, {'pending': 'x' * 43, 'password': 'a long enough password', 'code': '000000'}),
    'signIn': ({}, {}, {'name': 'olivia', 'password': 'a long enough password', 'code': '000000'}),
    'confirmSession': ({}, {}, {'password': 'a long enough password', 'code': '000000'}),
    'setPassword': ({}, {}, {'password': 'violet harbour tractor 77'}),
    'endSession': ({'id': 'none'}, {}, None),
    'getUser': ({'name': 'olivia'}, {}, None),
    'addUser': ({}, {}, {'name': 'newcomer', 'role': 'reader'}),
    'changeUser': ({'name': 'rita'}, {}, {'role': 'admin'}),
    'removeUser': ({'name': 'rita'}, {}, None),
    'inviteUser': ({'name': 'rita'}, {}, None),
    'addToken': ({}, {}, {'name': 'planted', 'role': 'owner', 'days': 1}),
    'removeToken': ({'id': '1'}, {}, None),
    'searchAudit': ({}, {'limit': '10'}, None),
    'getTraffic': ({}, {'hours': '1'}, None),
    'searchPhones': ({}, {'text': 'desk', 'limit': '10'}, None),
    'addPhone': ({}, {}, {'mac': '000413adaa01', 'name': 'planted', 'model': 'snomD785'}),
    'getPhone': ({'mac': MAC}, {}, None),
    'changePhone': ({'mac': MAC}, {}, {'name': 'planted'}),
    'deletePhone': ({'mac': MAC}, {}, None),
    'approvePhone': ({'mac': WAITING}, {}, None),
    'openWindow': ({'mac': MAC}, {}, {'seconds': 600}),
    'revokePhone': ({'mac': MAC}, {}, {'stolen': False, 'reason': 'planted'}),
    'replacePhone': ({'mac': MAC}, {}, {'new': '000413adaa02'}),
    'undoReplace': ({'mac': MAC}, {}, {'reason': 'planted'}),
    'resyncPhone': ({'mac': MAC}, {}, {'reboot': False}),
    'getTimeline': ({'mac': MAC}, {'limit': '10'}, None),
    **{name: ({'mac': MAC}, {}, None) for name in ('getEvidence', 'getPhoneSettings', 'getPhoneDiff', 'getPhoneTunnel', 'listPhoneReceipts', 'listSecrets')},
    'revealSecret': ({'mac': MAC, 'name': 'admin_mode_password'}, {}, {'reason': 'planted'}),
    'rotatePhoneSecrets': ({'mac': MAC}, {}, {'names': ['admin_mode_password'], 'reason': 'planted'}),
    'setSeal': ({'mac': MAC}, {}, {'number': 'S-1', 'place': 'hall', 'inspected': True}),
    'changePhones': ({}, {}, {'action': 'approve', 'macs': [WAITING]}),
    'rotateSecrets': ({}, {}, {'names': ['admin_mode_password'], 'reason': 'planted'}),
    'importFile': ({}, {}, {'kind': 'phones', 'name': 'phones.csv', 'content': PHONES_CSV}),
    'openEnrolment': ({}, {}, {'seconds': 600, 'phones': 3}),
    'closeAlarm': ({'id': '1'}, {}, {'note': 'planted'}),
    'searchCatalogue': ({}, {'text': 'ringer', 'limit': '5'}, None),
    'getScopeSettings': ({'scope': 'site', 'owner': '-'}, {}, None),
    'setScopeSettings': ({'scope': 'site', 'owner': '-'}, {}, {'settings': [{'name': 'language', 'value': 'Deutsch'}], 'reason': 'planted'}),
    'removeScope': ({'scope': 'profile', 'owner': 'planted'}, {'reason': 'planted'}, None),
    'setRow': ({'scope': 'site', 'owner': '-', 'row': 'web'}, {}, {'state': 'off', 'reason': 'planted'}),
    'getRevision': ({'number': '1'}, {}, None),
    'restoreRevision': ({'number': '1'}, {}, {'reason': 'planted'}),
    'controlRollout': ({}, {}, {'action': 'finish', 'reason': 'planted'}),
    'beginFirmware': ({}, {}, {'model': 'snomD785', 'version': '10.1.1.1', 'kind': 'firmware', 'file': 'planted.bin', 'size': 8, 'sha256': SHA}),
    'appendFirmware': ({'upload': '1'}, {}, {'offset': 0, 'content': 'AAAA'}),
    'finishFirmware': ({'upload': '1'}, {}, None),
    'removeFirmware': ({'file': 'planted.bin'}, {}, None),
    'changeSite': ({}, {}, {'values': {'name': 'planted'}}),
    'getAdvice': ({'server': 'dnsmasq'}, {}, None),
    'setSource': ({'name': 'planted'}, {}, {'url': 'https://10.20.0.7/'}),
    'removeSource': ({'name': 'planted'}, {}, None),
    'addReach': ({}, {}, {'scope': 'site', 'to': '198.51.100.7/32', 'protocol': 'udp', 'ports': '5060'}),
    'removeReach': ({'number': '1'}, {}, None),
    'stepRollover': ({}, {}, {'step': 'start'}),
    'setClock': ({}, {}, {'now': 4000000000, 'force': True}),
    'readLogs': ({}, {'limit': '10'}, None),
    'beginUpdate': ({}, {}, {'size': 8, 'sha256': SHA}),
    'appendUpdate': ({'upload': 'none'}, {}, {'offset': 0, 'content': 'AAAA'}),
    'finishUpdate': ({'upload': 'none'}, {}, None),
    'downloadUpdate': ({}, {}, {'url': 'https://10.20.0.7/planted.update'}),
    'takeUpdate': ({}, {}, {'device': '/dev/none', 'name': 'planted.update'}),
    'installUpdate': ({}, {}, {'restart': True}),
    'factoryReset': ({}, {}, {'site': 'Wherever'}),
    'installDisk': ({}, {}, {'device': '/dev/none', 'erase': True}),
    'createBackup': ({}, {}, {'passphrase': 'canary passphrase of a backup'}),
    'readBackup': ({'backup': 'none'}, {}, None),
    'setBackupSchedule': ({}, {}, {'to': 'stick', 'at': '03:30', 'keep': 3, 'passphrase': 'canary passphrase of a backup'}),
    'beginRestore': ({}, {}, {'size': 8, 'sha256': SHA}),
    'appendRestore': ({'upload': 'none'}, {}, {'offset': 0, 'content': 'AAAA'}),
    'takeBackup': ({}, {}, {'device': '/dev/none', 'name': 'planted.backup'}),
    'drillBackup': ({}, {}, {'upload': 'none', 'passphrase': 'canary passphrase of a backup'}),
    'restoreBackup': ({}, {}, {'upload': 'none', 'passphrase': 'canary passphrase of a backup'}),
    'setCertificate': ({}, {}, {'certificate': '-----BEGIN CERTIFICATE-----\n', 'private_key': '-----BEGIN PRIVATE KEY-----\n'}),
}


def target(operation, values):
    return re.sub(r'\{(\w+)\}', lambda match: str(values[match[1]]), operation.path)


def tables(scene):
    """{table: rows} of the database as it is on the disk now, without what moves by itself."""
    path = scene.box.data_dir / 'var/lib/provost/store/provost.db'
    with contextlib.closing(sqlite3.connect(f'file:{path}?mode=ro', uri=True, timeout=10)) as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'") if not RESTLESS.search(row[0])]
        return {name: sorted(map(repr, database.execute(f'SELECT * FROM "{name}"'))) for name in names}


def files(scene):
    """What the other stations keep: their files with their sizes and times."""
    root = scene.box.data_dir / 'var/lib/provost'
    return {str(path.relative_to(root)): (path.stat().st_size, path.stat().st_mtime_ns) for path in root.rglob('*')
            if path.is_file() and '/store/' not in str(path) and not re.search(r'clock|floor|drift|journal|boot', str(path))}


def state(scene):
    return {**tables(scene), 'files': files(scene)}


def require_same(before, after, what):
    differs = {name: [row for row in after.get(name, []) if row not in rows][:2] or [row for row in rows if row not in after.get(name, [])][:2]
               for name, rows in before.items() if rows != after.get(name)}
    require(not differs and before.keys() == after.keys(), lambda: f'{what} changed {str(differs)[:600]}')


def contract_of(scene):
    if not hasattr(scene, 'contract'):
        scene.contract = Contract(scene.tools)
    return scene.contract


def audit(page, **query):
    """All entries of the audit log that fit, newest first."""
    found, after = [], None
    while True:
        answer = page.owner().want(200, 'GET', '/audit', query={'limit': 500, **query, **({'after': after} if after else {})})
        found += answer['entries']
        after = answer['next']
        if not after:
            return found


def product_text(*suffixes):
    """{path: text} of the product's own files."""
    return {str(path.relative_to(REPOSITORY)): path.read_text(errors='replace') for folder in ('appliance', 'provisioning', 'vpn')
            for path in pathlib.Path(REPOSITORY / folder).rglob('*') if path.suffix in suffixes and path.is_file()}
