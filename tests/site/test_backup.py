"""A backup of one appliance restored on another: its phones come back without a touch (issue 6, must show 5); what is refused; a share; the way back."""
import base64
import concurrent.futures
import hashlib
import http.server
import json
import os
import pathlib
import random
import socket
import ssl
import struct
import subprocess
import threading
import time

from scene import TREE, require, search
from test_full_disk import SmallDisk
from tools import Trouble, inside, wait_until

SITE = None
N = 20
SOAK = bool(os.environ.get('PROVOST_SOAK'))
PASSPHRASE = 'canaryPassphrase of five plain words'
SHARE_PASSWORD = 'canarySharePassword7Qx'
HEAD = 144
NAS = '198.51.100.30'


class Backup:
    """io.provost.Backup, spoken to as root."""

    def __init__(self, scene):
        self.link = socket.socket(socket.AF_UNIX)
        self.link.settimeout(300)
        self.link.connect(f'/proc/{scene.box.leader()}/root/run/provost/backup')
        self.rest = b''

    def ask(self, method, **parameters):
        """(the answer, '') or ({'reason', 'code', 'field'}, name of the error)."""
        self.link.sendall(json.dumps({'method': f'io.provost.Backup.{method}', 'parameters': parameters}).encode() + b'\0')
        while b'\0' not in self.rest:
            more = self.link.recv(1 << 20)
            if not more:
                raise Trouble(f'station backup ended during {method}')
            self.rest += more
        text, self.rest = self.rest.split(b'\0', 1)
        answer = json.loads(text)
        return answer.get('parameters') or {}, answer.get('error', '')

    def call(self, method, **parameters):
        answer, error = self.ask(method, **parameters)
        if error:
            raise Trouble(f'{method} is refused: {error}: {answer}')
        return answer

    def create(self, passphrase=PASSPHRASE):
        made = self.call('Create', passphrase=passphrase)
        data = b''
        while len(data) < made['size']:
            data += base64.b64decode(self.call('ReadBackup', backup=made['backup'], offset=len(data), length=1 << 20)['data'])
        require(hashlib.sha256(data).hexdigest() == made['sha256'], 'the backup is not what was announced')
        return made['name'], data

    def upload(self, data):
        upload = self.call('BeginUpload', size=len(data), sha256=hashlib.sha256(data).hexdigest())['upload']
        for at in range(0, len(data), 1 << 20):
            self.call('AppendUpload', upload=upload, offset=at, data=base64.b64encode(data[at:at + (1 << 20)]).decode())
        return upload

    def refusal(self, data, method='Drill', passphrase=PASSPHRASE):
        """(code, sentence) of what is not taken."""
        answer, error = self.ask(method, upload=self.upload(data), passphrase=passphrase)
        require(error == 'io.provost.Backup.Refused', lambda: f'{method} says {error or "yes"}: {answer}')
        require(answer['reason'].endswith('.') and len(answer['reason']) > 20, lambda: f'no sentence: {answer}')
        return answer['code'], answer['reason']

    def state(self):
        return self.call('Status')['state']


class State:
    backup = name = data = None
    disk = None


def prepare_site(scene):
    scene.start()
    for number in range(N):
        scene.phone(f'000413D0BA{number:02X}', start=False)
    return scene.fleet(scene.phones, timeout_s=120)


def everybody_is_back(scene, timeout_s=120):
    began = time.monotonic()
    wait_until(lambda: sum(row['state'] == 'current' for row in scene.listed().values()) == N, timeout_s, 'not every phone is back')
    return time.monotonic() - began


def files_of(scene):
    """Everything on the data partition by its place, but what grows by itself."""
    root = pathlib.Path(scene.box.data_dir)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob('*')
            if path.is_file() and 'var/log' not in str(path) and 'clock' not in str(path) and path.name != 'last.json' and 'provost.db' not in path.name}


def test_a_backup_is_made_while_twenty_phones_are_connected(scene):
    took = prepare_site(scene)
    began = time.monotonic()
    State.backup = Backup(scene)
    State.name, State.data = State.backup.create()
    require(State.name.startswith('provost-test-site-') and State.name.endswith('.backup'), State.name)
    State.canaries = {**scene.secrets, 'the passphrase': PASSPHRASE, 'the share password': SHARE_PASSWORD}
    require(len(scene.secrets) >= 20, 'too few canaries')
    return f'{N} phones after {took:.0f} s; {len(State.data) // 1024} KiB in {time.monotonic() - began:.1f} s'


def test_no_canary_is_in_the_backup_or_in_the_files_of_the_data_partition(scene):
    require(not search(State.data, State.canaries), lambda: search(State.data, State.canaries))
    hits = [(name, found) for name, data in files_of(scene).items() for found in search(data, State.canaries)]
    require(not hits, lambda: f'in the clear on the disk: {hits[:5]}')
    database = b''.join(path.read_bytes() for path in (pathlib.Path(scene.box.data_dir) / 'var/lib/provost/store').iterdir())
    require(not search(database, State.canaries), lambda: search(database, State.canaries))
    return f'{len(State.canaries)} canaries, 0 found'


def test_a_drill_finds_it_good_and_changes_nothing(scene):
    before = files_of(scene)
    report = State.backup.call('Drill', upload=State.backup.upload(State.data), passphrase=PASSPHRASE)['report']
    bad = [row for row in report['checks'] if not row['ok']]
    require(report['ok'] and not bad, lambda: bad)
    require({row['name'] for row in report['checks']} >= {'file', 'version', 'database', 'schema', 'store-key', 'contents', 'secrets', 'audit', 'pki-key',
                                                          'authority', 'certificates'}, lambda: report)
    require(report['content']['phones'] == N and report['content']['site'] == 'Test site', lambda: report['content'])
    texts = ' '.join(row['text'] for row in report['checks'])
    require(f'{N} phones' in texts and f'All {N} certificates' in texts, texts)
    after = {name: data for name, data in files_of(scene).items() if not name.startswith('backup/in/')}
    require(after == before, lambda: f'changed: {sorted(set(before.items()) ^ set(after.items()))[:3]}')
    return f'{len(report["checks"])} lines'


def test_what_is_no_good_backup_is_refused_with_a_sentence_each(scene):
    said, rng = {}, random.Random(6)
    data = State.data

    def refused(what, wanted, changed, **how):
        code, reason = State.backup.refusal(changed, **how)
        require(code in wanted, lambda: f'{what}: {code}: {reason}')
        said.setdefault(what, reason)

    refused('another passphrase', {'passphrase'}, data, passphrase=PASSPHRASE + 'x')
    refused('a foreign file', {'foreign'}, b'PK\3\4' + bytes(5000))
    newer = bytearray(data)
    newer[8:10] = struct.pack('>H', 2)
    newer[HEAD - 32:HEAD] = hashlib.sha256(newer[:HEAD - 32]).digest()
    refused('a newer form', {'newer'}, bytes(newer))
    for at in [*range(0, HEAD, 1 if SOAK else 16), *(rng.randrange(HEAD, len(data)) for _ in range(200 if SOAK else 6))]:
        flipped = bytearray(data)
        flipped[at] ^= 1 << rng.randrange(8)
        refused(f'a flipped bit of the {"head" if at < HEAD else "rest"}', {'damaged', 'foreign'}, bytes(flipped))
    chunk = 65536 + 16
    for size in [1, 7, 8, 100, HEAD, HEAD + chunk, HEAD + 2 * chunk, len(data) - 1, *(rng.randrange(HEAD, len(data)) for _ in range(100 if SOAK else 2))]:
        refused('a cut file', {'damaged', 'foreign'}, data[:size])
    refused('something behind it', {'damaged'}, data + b'x')
    refused('a restore of a damaged one', {'damaged'}, data[:-1], method='Restore')
    require(State.backup.state()['staged'] is None, 'something is staged')
    require(not list((pathlib.Path(scene.box.data_dir) / 'backup/scratch').iterdir()), 'the scratch area is not empty')
    require(sum(row['state'] == 'current' for row in scene.listed().values()) == N, 'a phone was disturbed')
    return f'{len(said)} kinds'


def test_restored_on_another_appliance_every_phone_comes_back_without_a_touch(scene):
    starts = {phone.mac: len(phone.times) for phone in scene.phones}
    scene.box.stop()
    subprocess.run(['rm', '-rf', scene.box.data_dir], check=True)
    scene.box.fresh = True
    scene.box.start()
    scene.box.wait_ctl(30)
    require(scene.listed() == {}, 'the other appliance knows phones already')
    other = Backup(scene)
    upload = other.upload(State.data)
    began = time.monotonic()
    report = other.call('Restore', upload=upload, passphrase=PASSPHRASE)['report']
    require(report['ok'], lambda: report)
    comes_up_again(scene)
    back = everybody_is_back(scene)
    for phone in scene.phones:
        wait_until(lambda phone=phone: phone.is_current and phone.tunnel_address, 60, f'{phone.mac} is not connected')
    wait_until(lambda: Backup(scene).state()['staged'] is None, 60, 'the restore is not kept')
    last = Backup(scene).state()['last'][0]
    require(last['kind'] == 'restore' and last['result'] == 'done', lambda: last)
    wait_until(lambda: not (pathlib.Path(scene.box.data_dir) / 'restore/staged').exists(), 30, 'the former state was not removed')
    require(all(len(phone.times) >= starts[phone.mac] for phone in scene.phones), 'a stand-in was reset')
    return f'{N} of {N} phones {time.monotonic() - began:.0f} s after the restore began ({back:.0f} s after it was ready)'


def comes_up_again(scene):
    """The container ends for its restart; who runs it starts it."""
    wait_until(lambda: not scene.box.is_running(), 30, 'the appliance does not restart')
    scene.box.start()
    scene.box.wait_ready(90)


def test_the_restored_disk_has_no_canary_in_the_clear(scene):
    hits = [(name, found) for name, data in files_of(scene).items() for found in search(data, State.canaries)]
    require(not hits, lambda: f'in the clear on the disk: {hits[:5]}')


class Share(threading.Thread):
    """A WebDAV folder behind a certificate of nobody's."""

    def __init__(self, scene):
        super().__init__(daemon=True)
        self.files, self.refused = {}, 0
        self.folder = scene.tools.work
        key, pem = self.folder / 'nas.key', self.folder / 'nas.pem'
        scene.tools.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', pem, '-days', '30', '-subj', '/CN=nas',
                         '-addext', f'subjectAltName=IP:{NAS}'])
        self.pem = pem.read_text()
        wanted = 'Basic ' + base64.b64encode(f'backup:{SHARE_PASSWORD}'.encode()).decode()
        share = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_):
                pass

            def answer(self, status):
                self.send_response(status)
                if status == 401:
                    share.refused += 1
                    self.send_header('WWW-Authenticate', 'Basic realm="nas"')
                    self.send_header('Connection', 'close')
                self.send_header('Content-Length', '0')
                self.end_headers()

            def may(self):
                good = self.headers.get('Authorization') == wanted
                if not good:
                    self.close_connection = True
                    self.answer(401)
                return good

            def do_PUT(self):
                if self.may():
                    share.files[self.path] = self.rfile.read(int(self.headers['Content-Length']))
                    self.answer(201)

            def do_DELETE(self):
                if self.may():
                    self.answer(204 if share.files.pop(self.path, None) else 404)

        with inside(scene.host('nas', address=f'{NAS}/24', where='up')):
            self.server = http.server.ThreadingHTTPServer((NAS, 443), Handler)
        self.server.handle_error = lambda *_: None      # a client that does not believe it goes away
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        scene.closers.append(self.server.shutdown)

    def run(self):
        self.server.serve_forever()


def run_now(backup):
    before = backup.state()['last'][:1]
    backup.call('RunNow')
    wait_until(lambda: backup.state()['step'] == 'idle' and backup.state()['last'][:1] != before, 60, 'the backup does not end')
    return backup.state()['last'][0]


def test_scheduled_backups_go_to_a_share_and_old_ones_go_from_it(scene):
    share = Share(scene)
    share.start()
    backup = Backup(scene)
    refusal, error = backup.ask('SetSchedule', to='share', url=f'https://{NAS}/provost/', user='backup', password=SHARE_PASSWORD)
    require(error.endswith('Refused') and refusal['field'] == 'passphrase', lambda: refusal)
    backup.call('SetSchedule', to='share', url=f'https://{NAS}/provost/', user='backup', password=SHARE_PASSWORD, passphrase=PASSPHRASE, keep=2, at='03:00')
    schedule = backup.state()['schedule']
    require(schedule['has_passphrase'] and schedule['has_password'] and schedule['next_at'] > time.time(), lambda: schedule)
    last = run_now(backup)
    require(last['result'] == 'failed' and 'certificate' in last['text'] and not share.files, lambda: last)
    require(scene.alarms('backup', 'share'), 'no alarm tells that the scheduled backup failed')
    backup.call('SetSchedule', authorities=share.pem)
    for _ in range(3):
        last = run_now(backup)
        require(last['result'] == 'done' and last['place'] == 'share', lambda: last)
        time.sleep(1.1)         # names have the second
    require(len(share.files) == 2, lambda: sorted(share.files))
    require(not scene.alarms('backup', 'share'), 'the alarm is still there')
    State.data = share.files[max(share.files)]
    require(not search(State.data, State.canaries), 'a canary is in the backup on the share')
    report = backup.call('Drill', upload=backup.upload(State.data), passphrase=PASSPHRASE)['report']
    require(report['ok'], lambda: report)
    hits = [(name, found) for name, data in files_of(scene).items() for found in search(data, State.canaries)]
    require(not hits, lambda: f'in the clear on the disk: {hits[:5]}')
    require(share.refused == 0, 'a request came without its password')
    return '2 of 3 kept'


STICK_SCRIPT = '''
mount --bind "$1" "$2" && mount -t tmpfs tmpfs "$2/run" && mount -t proc proc "$2/proc" && mount --rbind /dev "$2/dev" &&
mount -t tmpfs tmpfs "$2/sys" && mkdir -p "$2/sys/class/block" "$2/sys/devices/usb1/block/$3" &&
echo 1 >"$2/sys/devices/usb1/block/$3/removable" && ln -s "../../devices/usb1/block/$3" "$2/sys/class/block/$3" &&
exec chroot "$2" /usr/lib/provost/provost-stick
'''


def ask_stick(folder, device, request, file=None):
    """The answer of provost-stick to one request, in the appliance's root with one stick in its /sys."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    place = folder / 'root'
    place.mkdir(exist_ok=True)
    process = subprocess.Popen(['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', STICK_SCRIPT, 'sh', TREE, place, device], stdin=its)
    its.close()
    socket.send_fds(ours, [json.dumps(request).encode()], [file.fileno()] if file else [])
    ours.settimeout(60)
    answer = json.loads(ours.recv(1 << 20))
    process.wait(30)
    ours.close()
    return answer


def test_a_stick_takes_and_gives_backups(scene):
    folder = scene.tools.work
    image, back, source = folder / 'stick.img', folder / 'back', folder / 'source'
    with open(image, 'wb') as file:
        file.truncate(8 << 20)
    subprocess.run(['mkfs.ext4', '-q', '-F', image], check=True)
    source.write_bytes(State.data)
    loop = subprocess.run(['losetup', '--find', '--show', image], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    device = os.path.basename(loop)
    try:
        with open(source, 'rb') as file:
            require(ask_stick(folder, device, {'verb': 'put', 'device': '', 'name': 'one.backup'}, file)['text'] == '', 'the backup is not on the stick')
        files = ask_stick(folder, device, {'verb': 'list', 'device': '', 'name': ''})['files']
        require([(row['device'], row['name'], row['size']) for row in files] == [(device, 'one.backup', len(State.data))], lambda: files)
        require(abs(files[0]['made_at'] - time.time()) < 3600, lambda: files)
        with open(back, 'wb') as file:
            require(ask_stick(folder, device, {'verb': 'get', 'device': device, 'name': 'one.backup'}, file)['text'] == '', 'it cannot be read')
        require(back.read_bytes() == State.data, 'another file came back')
        for name in ('../one.backup', 'one.txt', '.one.backup', 'two.backup'):
            with open(back, 'wb') as file:
                answer = ask_stick(folder, device, {'verb': 'get', 'device': device, 'name': name}, file)
            require(answer['text'].endswith(('.', '?')) and not back.read_bytes(), lambda: (name, answer))
        with open(source, 'wb') as file:
            file.truncate(20 << 20)
        with open(source, 'rb') as file:
            answer = ask_stick(folder, device, {'verb': 'put', 'device': '', 'name': 'two.backup'}, file)
        require(answer['code'] == 'full', lambda: answer)
        ask_stick(folder, device, {'verb': 'delete', 'device': '', 'name': 'one.backup'})
        require('files' not in ask_stick(folder, device, {'verb': 'list', 'device': '', 'name': ''}), 'it is still there, or half of another one is')
    finally:
        subprocess.run(['losetup', '--detach', loop], check=False)
    return 'ext4 of 8 MiB'


def test_people_who_look_at_the_sticks_at_once_all_see_them(scene):
    people = [Backup(scene) for _ in range(8)]
    with concurrent.futures.ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(lambda person: person.ask('ListSticks'), people))
    require(all(answer == ({'files': []}, '') for answer in answers), lambda: answers)


def test_a_restore_that_does_not_work_goes_back_by_itself(scene):
    backup = Backup(scene)
    backup.call('Restore', upload=backup.upload(State.data), passphrase=PASSPHRASE)
    wait_until(lambda: not scene.box.is_running(), 30, 'the appliance does not restart')
    key = pathlib.Path(scene.box.data_dir) / 'restore/staged/credentials/store.key'
    key.write_bytes(b'no key at all')
    scene.box.start()
    wait_until(lambda: not scene.box.is_running(), 400, 'the appliance does not go back')
    scene.box.start()
    scene.box.wait_ready(90)
    last = Backup(scene).state()['last'][0]
    require(last['kind'] == 'restore' and last['result'] == 'failed' and 'is back' in last['text'], lambda: last)
    everybody_is_back(scene)
    return last['text']


# It takes as long as the judge waits; each step and a power cut at it are in tests/unit/appliance/backup/test_backup_restore.c.
if not SOAK:
    del test_a_restore_that_does_not_work_goes_back_by_itself


def test_a_full_disk_is_told_and_nothing_is_left_of_the_attempt(scene):
    data_dir = scene.box.data_dir
    scene.box.stop()
    State.disk = SmallDisk()
    scene.closers.append(State.disk.close)
    scene.box.data_dir = State.disk.place
    subprocess.run(['cp', '-a', f'{data_dir}/.', State.disk.place], check=True)
    scene.box.start()
    scene.box.wait_ctl(30)
    backup = Backup(scene)
    answer, error = backup.ask('Create', passphrase=PASSPHRASE)
    require(error.endswith('Refused') and answer['code'] == 'full', lambda: (answer, error))
    answer, error = backup.ask('BeginUpload', size=len(State.data), sha256='0' * 64)
    require(error.endswith('Refused') and answer['code'] == 'full', lambda: (answer, error))
    require(not list((State.disk.place / 'backup/out').iterdir()) and not list((State.disk.place / 'var/lib/provost/store').glob('*.copy')),
            'something of the attempt is left')
    return answer['reason']
