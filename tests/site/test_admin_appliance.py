"""Updates, data, disks and backups through the page's API, with the real stations: what a container can do, and what it says of the rest (issue 6)."""
import base64
import collections
import hashlib
import json
import os

from admin_api import page_of
from admin_contract import RIGHT, contract_of, judge, target
from scene import require
from test_admin_lists import Stream
from tools import wait_until

PASSPHRASE = 'canaryPassphrase of a backup'
PIECE = 4 << 20         # the largest
# What a container answers with a sentence instead: its slots and disks are its host's, and nothing of it is encrypted.
NOT_HERE = ['installUpdate', 'restartUpdate', 'goBack', 'newRecoveryKey', 'installDisk', 'takeBackup']
# What begins, or is refused, as things are.
MAY_BEGIN = ['takeUpdate', 'downloadUpdate', 'discardUpdate', 'runBackup']


def prepare(scene):
    page = page_of(scene)
    scene.contract = contract_of(scene)
    page.owner(), page.person('admin'), page.person('reader')
    scene.secrets['passphrase of a backup'] = PASSPHRASE


def ask(scene, name, body=None, values=None, status=None):
    """One operation by the owner, judged by the description."""
    operation = scene.contract.by_id[name]
    right = RIGHT.get(name, ({}, {}, None))
    answer = scene.page.owner().ask(operation.method, target(operation, values or right[0]), body if body is not None else right[2])
    faults = judge(operation, answer)
    require(not faults, lambda: f'{faults}')
    require(status is None or answer.status == status, lambda: f'{operation}: {answer}')
    return answer


def rest(scene):
    """What went on in the background has ended."""
    wait_until(lambda: ask(scene, 'getUpdate').json['step'] in ('idle', 'waiting') and ask(scene, 'getBackup').json['step'] == 'idle', 60, 'it does not end')


def send(scene, begin, append, data, piece=PIECE):
    upload = ask(scene, begin, {'size': len(data), 'sha256': hashlib.sha256(data).hexdigest()}, status=201).json['upload']
    for at in range(0, len(data), piece):
        part = data[at:at + piece]
        said = ask(scene, append, {'offset': at, 'content': base64.b64encode(part).decode()}, {'upload': upload}, 200).json['offset']
        require(said == at + len(part), lambda: f'{said} after {at + len(part)}')
    return upload


def test_states_are_as_described(scene):
    update, data, backup = (ask(scene, name, status=200).json for name in ('getUpdate', 'getData', 'getBackup'))
    require(not update['supported'] and update['reason'], lambda: f'{update}')
    require(data['place'] == 'container' and data['encryption'] == 'none' and not data['recovery_key_waits'] and data['size'] > 0, lambda: f'{data}')
    require(backup['step'] == 'idle' and backup['schedule']['to'] == 'off', lambda: f'{backup}')
    for name in ('listDisks', 'listUpdateSticks', 'listBackupSticks'):
        ask(scene, name, status=200)
    return update['reason']


def test_what_a_container_cannot_do_is_said_in_a_sentence(scene):
    said = []
    for name in NOT_HERE:
        answer = ask(scene, name)
        require(answer.status in (409, 422) and len(answer.json['detail']) > 20, lambda: f'{name}: {answer}')
        said.append(f'{name}: {answer.json["detail"]}')
    for name in MAY_BEGIN:
        rest(scene)
        answer = ask(scene, name)
        require(answer.status in (202, 409, 422), lambda: f'{name}: {answer}')
    site = next(row['value'] for row in scene.page.owner().want(200, 'GET', '/site')['values'] if row['name'] == 'name') or 'Site'
    answer = ask(scene, 'factoryReset', {'site': 'not ' + site}, status=422)
    require(answer.json['field'] == 'site', lambda: f'{answer}')
    return ' '.join(said)[:300]


def test_a_bundle_that_is_none_is_refused_and_noted_by_nobody(scene):
    rest(scene)
    wrong = ask(scene, 'beginUpdate', {'size': 1000, 'sha256': '0' * 64}, status=201)
    values = {'upload': wrong.json['upload']}
    ask(scene, 'appendUpdate', {'offset': 0, 'content': base64.b64encode(os.urandom(1000)).decode()}, values, 200)
    require(ask(scene, 'appendUpdate', {'offset': 7, 'content': 'AAAA'}, values).status == 422, 'a part that does not follow')
    require(ask(scene, 'finishUpdate', values=values).status == 422, 'another SHA-256')
    upload = send(scene, 'beginUpdate', 'appendUpdate', os.urandom(9 << 20), PIECE)
    begun = ask(scene, 'finishUpdate', values={'upload': upload}, status=422)
    require(not scene.page.owner().want(200, 'GET', '/audit', query={'text': 'update-uploaded'})['entries'], 'it is in the audit')
    return begun.json['detail']


def test_a_backup_is_made_downloaded_sent_back_and_tried(scene):
    owner = scene.page.owner()
    owner.want(201, 'POST', '/phones', {'mac': '000413ba0001', 'name': 'In the backup', 'model': 'snomD785', 'approve': True})
    image = os.urandom(6 << 20)
    scene.ctl('firmware', 'add', '-', '--name', 'large.bin', '--model', 'snomD785', '--version', '10.1.1.1', stdin=image)
    made = ask(scene, 'createBackup', {'passphrase': PASSPHRASE}, status=200).json
    require(made['size'] > len(image), lambda: f'{made}')
    answer = owner.get(f'/backup/{made["backup"]}')
    require(answer.status == 200 and len(answer.body) == made['size'], lambda: f'{answer.status} {len(answer.body)} of {made["size"]}')
    require(hashlib.sha256(answer.body).hexdigest() == made['sha256'], 'the hash is another one')
    require(answer.header('content-length') == str(made['size']) and made['name'] in answer.header('content-disposition'), lambda: f'{answer.headers}')
    require(b'In the backup' not in answer.body and PASSPHRASE.encode() not in answer.body, 'it is in the clear')
    scene.backup = answer.body
    upload = send(scene, 'beginRestore', 'appendRestore', scene.backup)
    report = ask(scene, 'drillBackup', {'upload': upload, 'passphrase': PASSPHRASE}, status=200).json
    require(report['ok'] and report['content']['phones'] == 1 and all(check['ok'] and check['text'] for check in report['checks']), lambda: f'{report}')
    last = ask(scene, 'getBackup', status=200).json['last']
    require({(row['kind'], row['result']) for row in last} >= {('backup', 'done'), ('drill', 'done')}, lambda: f'{last}')
    return f'{made["size"]} bytes, {len(report["checks"])} checks'


def test_a_backup_is_the_sessions_that_made_it(scene):
    owner = scene.page.owner()
    made = ask(scene, 'createBackup', {'passphrase': PASSPHRASE}, status=200).json
    other = owner.elsewhere()
    other.take_cookie(other.try_sign_in(code=owner.recovery.pop()))
    path = f'/backup/{made["backup"]}'
    for who, status in ((other, 404), (scene.page.people['admin'], 403), (scene.page.nobody(), 401), (scene.page.token('owner'), 403)):
        answer = who.get(path)
        require(answer.status == status and not judge(scene.contract.by_id['readBackup'], answer), lambda: f'{who.name}: {answer}')
    require(owner.get('/backup/' + made['backup'][:-1] + 'x').status == 404, 'another name')
    require(owner.get(path, x='1').status == 400, 'a query')
    require(owner.get(path).status == 200, 'its own session')


def test_a_wrong_passphrase_and_a_damaged_backup_are_told_apart(scene):
    upload = send(scene, 'beginRestore', 'appendRestore', scene.backup)
    wrong = ask(scene, 'drillBackup', {'upload': upload, 'passphrase': PASSPHRASE + 'x'}, status=422).json
    require(wrong['code'] == 'passphrase' and wrong.get('field') == 'passphrase', lambda: f'{wrong}')
    data = bytearray(scene.backup)
    data[len(data) // 2] ^= 1
    upload = send(scene, 'beginRestore', 'appendRestore', bytes(data))
    bad = ask(scene, 'restoreBackup', {'upload': upload, 'passphrase': PASSPHRASE}, status=422).json
    require(bad['code'] == 'damaged', lambda: f'{bad}')
    require(ask(scene, 'getBackup', status=200).json.get('staged') is None, 'something is staged')
    return f'{wrong["detail"]} {bad["detail"]}'


def test_a_schedule_keeps_no_secret_that_it_says(scene):
    before = ask(scene, 'getBackup', status=200).json['schedule']
    state = ask(scene, 'setBackupSchedule', {'to': 'stick', 'at': '03:30', 'keep': 3, 'passphrase': PASSPHRASE}, status=200).json
    require(state['schedule']['to'] == 'stick' and state['schedule']['keep'] == 3 and state['schedule']['has_passphrase'] and state['schedule']['next_at'], lambda: f'{state}')
    require(not before['has_passphrase'] and PASSPHRASE not in json.dumps(state), 'said again')
    ask(scene, 'setBackupSchedule', {'to': 'off'}, status=200)
    made = ask(scene, 'createBackup', {'passphrase': None}, status=200).json
    require(made['size'] > 0, lambda: f'{made}')


def test_a_listening_page_hears_of_both(scene):
    stream = Stream(scene.page.people['reader'])
    wait_until(lambda: {'update', 'backup'} <= {change['kind'] for change in stream.changes()}, 10, lambda: f'{stream.changes()}')
    seen = len(stream.changes())
    ask(scene, 'createBackup', {'passphrase': PASSPHRASE}, status=200)
    wait_until(lambda: any(change['kind'] == 'backup' for change in stream.changes()[seen:]), 10, 'nothing of the backup')
    stream.link.close()


def test_the_audit_has_who_wanted_what_and_no_secret(scene):
    entries = scene.page.owner().want(200, 'GET', '/audit', query={'limit': 500})['entries']
    actions = {entry['action'] for entry in entries}
    for action in ('backup-created', 'backup-drill', 'backup-schedule', 'backup-restore', 'update-restart', 'update-back', 'disk-install', 'recovery-key'):
        require(action in actions, lambda: f'{action} is not in {sorted(actions)}')
    require('factory-reset' not in actions, 'a reset that was not meant')
    require('canary' not in json.dumps(entries), 'a secret')
    text = scene.page.owner().get('/metrics').body.decode()
    require('provost_sessions' in text, lambda: text[:200])
    journal = scene.box.exec(['journalctl', '--no-pager', '-o', 'cat']).stdout
    require('canaryPassphrase' not in journal, 'a passphrase in the journal')
    return f'{len(entries)} entries'


def test_the_console_does_the_same(scene):
    def ctl(*words, stdin=''):
        status, out, err = scene.try_ctl(*words, stdin=stdin)
        return collections.namedtuple('Said', 'returncode stdout stderr')(status, out, err)

    for words, part in ((('update', 'status'), 'version'), (('backup', 'status'), 'nothing goes on'), (('data', 'status'), 'free'), (('disk', 'list'), '')):
        answer = ctl(*words)
        require(answer.returncode == 0 and part in answer.stdout, lambda: f'{words}: {answer.stdout} {answer.stderr}')
    answer = ctl('backup', 'create', '/tmp/made.backup', stdin=PASSPHRASE + '\n')
    require(answer.returncode == 0 and 'SHA-256' in answer.stdout, lambda: f'{answer.stdout} {answer.stderr}')
    answer = ctl('backup', 'drill', '/tmp/made.backup', stdin=PASSPHRASE + '\n')
    require(answer.returncode == 0 and 'can be restored' in answer.stdout and 'NOT' not in answer.stdout, lambda: f'{answer.stdout} {answer.stderr}')
    answer = ctl('backup', 'drill', '/tmp/made.backup', stdin='another passphrase\n')
    require(answer.returncode == 1 and PASSPHRASE not in answer.stderr, lambda: f'{answer.stdout} {answer.stderr}')
    for words in (('reset',), ('backup', 'restore', '/tmp/made.backup')):
        answer = ctl(*words, stdin='yes\n')
        require(answer.returncode == 1 and 'Nothing was done' in answer.stderr, lambda: f'{words}: {answer.stderr}')
    return ctl('backup', 'status').stdout.splitlines()[0]
