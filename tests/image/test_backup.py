"""Backup, recovery key and factory reset on booted machines (issue 6, must show 5): docs/backup.md, docs/image.md, docs/security.md.

One machine without a TPM serves phones and puts a backup on a USB stick; another, with other cards, an empty disk and a TPM, takes the
backup from that stick, and the phones come back to it. Then its TPM is changed for another one, and neither a wrong recovery key nor a
former one opens it, but the right one. Secrets are looked for in every byte of both disks and of the stick whenever a machine is off.
Others: a factory reset of what is sealed; a stick that installs itself. All with PROVOST_SOAK=1.
"""
import json
import os
import re
import subprocess
import time

from machine_scene import BOOT_S, OUT, MachineScene     # first: it says where the next ones are
import backup_reader
import common
import raw_scan
from admin_api import Page
from scene import new_secret, require
from test_data import data_partition, read_file
from tools import wait_until

SOAK = bool(os.environ.get('PROVOST_SOAK'))
LOGS = OUT / 'check/image'
PLACE = OUT / 'check/backup'
PHONES = 4
SITE = {'name': 'Old mill'}
REVEALED = ('http_pass', 'admin_mode_password', 'webserver_admin_password')
TYPED = r'Recovery key: '
MACHINE_KEY = 'systemd\'s key of the machine'
NOISE = 64


class SlowPage(Page):
    """The page of an emulated machine."""

    def setup_code(self):
        return self.scene.box.wait_setup(BOOT_S)['code']

    def link(self, source=None, **more):
        return super().link(source, **{'timeout_s': 120, **more})


def empty_stick():
    """A stick as one buys it: one FAT file system, here without a partition table."""
    PLACE.mkdir(parents=True, exist_ok=True)
    stick = PLACE / 'stick.img'
    stick.unlink(missing_ok=True)
    with open(stick, 'wb') as file:
        file.truncate(64 << 20)
    common.tool('mkfs.vfat', '-n', 'STICK', stick, env={**os.environ, 'PROVOST_BIND': str(OUT)})
    return stick


def ask(scene, *words):
    """The answer of a command that changes nothing. A station that is only being started is asked again."""
    def answer():
        status, out, _ = scene.try_ctl(*words, '--json', timeout_s=60)
        return status == 0 and json.loads(out)

    return wait_until(answer, BOOT_S, f'provostctl {" ".join(words)} is not answered', 1)


class Move:
    """Two machines, one after the other, on the same LAN with the same phones; what must not be found."""

    def __init__(self, say):
        self.say, self.scene = say, MachineScene('backup', LOGS, SITE)
        self.stick, self.passphrase = empty_stick(), new_secret('Passphrase')
        self.canaries = self.scene.secrets
        self.canaries['passphrase'] = self.passphrase

    @property
    def box(self):
        return self.scene.box

    @property
    def disk(self):
        return self.box.machine.disk

    def ctl(self, *words, **more):
        return self.scene.ctl(*words, **more)

    def backup(self):
        return ask(self.scene, 'backup', 'status')['state']

    def wait_phones(self):
        began = time.monotonic()
        for phone in self.scene.phones:
            phone.wait_current(BOOT_S)
        return time.monotonic() - began

    def power_off(self):
        require(self.box.stop(BOOT_S), 'it does not power off by itself')

    def look(self, path, what):
        """0 of the canaries in all of this file."""
        found = raw_scan.scan(path, self.canaries)
        require(not found, lambda: f'{what}: {found[:10]}')
        self.say(f'{what}: 0 of {len(self.canaries)} canaries in {os.stat(path).st_blocks * 512 >> 20} MB')

    # --- the first machine ---------------------------------------------------------------------------------------

    def plant(self):
        """A site with phones, people and a program; all that is secret and can be told here is a canary."""
        self.scene.start(firmware=False, stick=self.stick, stick_writes=True, disk_mb=1024)
        for i in range(PHONES):
            self.scene.phone(f'00041388000{i}', slow_times=4)
        self.say(f'{PHONES} phones after {self.wait_phones():.0f} s')
        self.page = SlowPage(self.scene)
        self.page.token('admin')
        for code in self.page.owner().recovery[:2]:
            self.canaries[f'recovery code {code[:2]}'] = code
        for phone in self.scene.phones:
            for name in REVEALED:
                said = self.ctl('phone', 'reveal', phone.mac, name, '--reason', 'to look for it', '--yes', '--json')
                self.canaries[f'{name} of {phone.mac}'] = said['value']
            bundle = phone.bundle.decode()
            self.canaries[f'VPN key of {phone.mac}'] = re.search(r'<key>\s*-----BEGIN[^\n]*\n([^\n]+\n[^\n]+)\n', bundle)[1].split('\n')[1]
        self.canaries['key around the control channel'] = re.search(r'<tls-(?:auth|crypt)>.*?-----BEGIN[^\n]*\n(\w{32})\n', bundle, re.DOTALL)[1]
        self.bundles = {phone.mac: phone.bundle for phone in self.scene.phones}

    def make_backup(self):
        """By the schedule's way, onto the stick."""
        password = self.canaries['password of the share'] = new_secret('Share')
        self.ctl('backup', 'schedule', '--to', 'stick', '--at', '03:00', '--passphrase', '--password', stdin=f'{self.passphrase}\n{password}\n')
        self.ctl('backup', 'run')
        last = wait_until(lambda: (state := self.backup())['step'] == 'idle' and state['last'] and state['last'][0], BOOT_S, 'the backup does not end', 1)
        require((last['kind'], last['place'], last['result']) == ('backup', 'stick', 'done'), lambda: last)
        files = ask(self.scene, 'backup', 'sticks')['files']
        require([file['name'] for file in files] == [last['name']], lambda: files)
        self.name, self.device = last['name'], files[0]['device']

    def open_backup(self):
        """What is in it, read by its description; the keys of the authority and of both stations are canaries from here on."""
        copy = PLACE / 'copy.backup'
        copy.unlink(missing_ok=True)
        common.tool('mcopy', '-i', self.stick, f'::/{self.name}', copy, env={**os.environ, 'PROVOST_BIND': str(OUT)})
        data = copy.read_bytes()
        files = backup_reader.read(self.scene.tools, data, self.passphrase)
        manifest = json.loads(files['manifest'])
        require((manifest['site'], manifest['phones']) == (SITE['name'], PHONES), lambda: manifest)
        for name in ('store', 'pki'):
            self.canaries[f'key of station {name}'] = files[f'credentials/{name}.key']
        authority = backup_reader.sealed_file(self.scene.tools, files, 'authority').decode()
        keys = re.findall(r'-----BEGIN (?:EC )?PRIVATE KEY-----\n(.*?)\n-----END', authority, re.DOTALL)
        require(len(keys) >= 2, 'the authority has no two keys')
        for i, key in enumerate(keys):
            self.canaries[f'key {i} of the authority'] = key.split('\n')[1]
        require(files['store/provost.db'].startswith(b'SQLite format 3'), 'no database is in it')
        self.look(copy, 'the backup')
        return len(data)

    def look_at_the_plain_disk(self):
        """Without a TPM the one thing in the clear is the key with which the stations' keys are sealed, as docs/security.md admits."""
        machine_key = read_file(self.disk, PLACE, '/var/lib/systemd/credential.secret')
        require(len(machine_key) > 256, lambda: f'the machine\'s key has {len(machine_key)} bytes')
        self.look(self.disk, 'the disk without a TPM')
        require(raw_scan.scan(self.disk, {'no secret': SITE['name']}), 'the search does not even find what is no secret')
        # Behind its head; the file has pages of random bytes.
        found = raw_scan.scan(self.disk, {MACHINE_KEY: machine_key[64:512]})
        require(found, 'what docs/security.md admits is not there: it says less than it could')
        self.machine_key = machine_key[64:512]

    # --- the second machine ----------------------------------------------------------------------------------------

    def move(self):
        """Another machine takes the place of the first on both networks."""
        first = self.box
        self.scene.closers.append(first.remove)
        self.scene.box = self.scene.appliance_of(self.scene.lan, via='vm', state_dir=f'{first.state_dir}-2', tpm=True, disk_mb=1024, stick=self.stick,
                                                 cards='52:54:00:70:73')
        self.box.start()
        self.box.wait_ctl(BOOT_S)
        data = ask(self.scene, 'data', 'status')['data']
        require(data['encryption'] == 'tpm' and data['recovery_key_waits'], lambda: data)
        require(self.scene.listed() == {} and self.backup()['last'] == [], 'the other machine knows something already')

    def restore(self):
        began = time.monotonic()
        said = self.ctl('backup', 'restore', self.name, '--stick', self.device, stdin=f'RESTORE\n{self.passphrase}\n', timeout_s=BOOT_S)
        require('NOT GOOD' not in said and 'restarts' in said, said)
        wait_until(lambda: self.is_kept() and all(row['state'] == 'current' for row in self.scene.listed().values()), 2 * BOOT_S, 'the phones are not back', 2)
        self.wait_phones()
        require(len(self.scene.listed()) == PHONES, lambda: self.scene.listed())
        for phone in self.scene.phones:
            require(phone.bundle == self.bundles[phone.mac] and not phone.reboots, f'{phone.mac} was touched')
        self.say(f'{PHONES} of {PHONES} phones are back, {time.monotonic() - began:.0f} s after the restore began')

    def is_kept(self):
        status, out, _ = self.scene.try_ctl('backup', 'status', '--json', timeout_s=30)
        state = json.loads(out)['state'] if status == 0 else None
        if state and state['last'] and state['last'][0]['kind'] == 'restore':
            require(state['last'][0]['result'] == 'done', lambda: state['last'][0])
        return state and state['staged'] is None and [(row['kind'], row['result']) for row in state['last'][:1]] == [('restore', 'done')]

    def new_recovery_key(self):
        former = self.ctl('data', 'recovery-key', '--json')['key']
        self.key = self.ctl('data', 'recovery-key', '--json')['key']
        require(former != self.key and re.fullmatch(r'([cbdefghijklnrtuv]{8}-){7}[cbdefghijklnrtuv]{8}', self.key), 'no new key of the right form')
        require(not ask(self.scene, 'data', 'status')['data']['recovery_key_waits'], 'the key still waits')
        self.canaries |= {'former recovery key': former, 'recovery key': self.key}
        self.former = former

    def other_tpm(self):
        """The console asks; a wrong key and the former one open nothing."""
        subprocess.run(['rm', '-rf', self.box.machine.dir / 'tpm'], check=True)
        self.box.start()
        self.box.wait_console(TYPED, BOOT_S)
        for n, key in enumerate(('cbdefghi-' * 7 + 'cbdefghi', self.former)):
            self.box.machine.type(key + '\r')
            wait_until(lambda n=n: self.box.console_text().count('That is not the recovery key') > n and len(re.findall(TYPED, self.box.console_text())) > n + 1,
                       BOOT_S, 'it does not say that this is not the key', 1)

    def type_key(self):
        """As people type it."""
        self.box.machine.type(self.key.upper().replace('-', ' ') + '\r')
        self.box.wait_ctl(BOOT_S)
        data = ask(self.scene, 'data', 'status')['data']
        require(data['encryption'] == 'recovery', lambda: data)
        require(self.key not in self.box.console_text() and self.key.upper() not in self.box.console_text(), 'the key is on the console')
        self.wait_phones()
        self.canaries['third recovery key'] = self.ctl('data', 'recovery-key', '--json')['key']
        self.say('opened with the recovery key, phones current')


def test_a_backup_on_a_stick_moves_the_site_to_another_machine_and_no_secret_is_on_a_disk(say):
    move = Move(say)
    try:
        move.plant()
        move.make_backup()
        move.power_off()
        size = move.open_backup()
        move.look_at_the_plain_disk()
        move.look(move.stick, 'the stick')
        move.move()
        move.restore()
        move.new_recovery_key()
        move.power_off()
        move.canaries[MACHINE_KEY] = move.machine_key
        move.look(move.disk, 'the disk with a TPM')
        move.other_tpm()
        move.type_key()
        require(len(move.canaries) >= 20, 'too few canaries')
        return f'{PHONES} phones, a backup of {size >> 10} KiB, {len(move.canaries)} canaries, 0 found'
    except Exception:
        print(move.scene.explain('backup'), flush=True)
        raise
    finally:
        move.scene.close()


# --- a factory reset of what is sealed ------------------------------------------------------------------------------------

def noise(path):
    """Blocks of what is encrypted, from all over the partition and from the head with its keys."""
    offset, size = data_partition(path)
    found = {}
    with open(path, 'rb') as file:
        for at in [*range(offset + (32 << 10), offset + (400 << 10), 16 << 10), *range(offset + (16 << 20), offset + size, size // 4096 & ~4095)]:
            file.seek(at)
            block = file.read(32)
            if any(block) and len(found) < NOISE:
                found[f'block at {at - offset}'] = block
    require(len(found) >= NOISE // 2, lambda: f'only {len(found)} blocks are written')
    return found


def test_a_factory_reset_leaves_nothing_of_a_sealed_partition(say):
    """By the station: whatever was encrypted, with keys in its head that nobody should find again."""
    scene = MachineScene('reset', LOGS)
    try:
        scene.start(configure=False, tpm=True, disk_mb=1024)
        scene.ctl('site', 'set', f'name={SITE["name"]}')
        status, _, _ = scene.try_ctl('reset', stdin='Another\n')
        require(status, 'it wipes without the site\'s name')
        before = noise(scene.box.machine.disk)
        scene.ctl('reset', stdin=SITE['name'] + '\n')
        scene.box.wait_console('the data partition .* is wiped', BOOT_S)
        say('wiped')
        wait_until(lambda: (answer := scene.try_ctl('site', 'show', timeout_s=30))[0] == 0 and SITE['name'] not in answer[1], BOOT_S, 'it does not start empty', 1)
        data = ask(scene, 'data', 'status')['data']
        require(data['encryption'] == 'tpm' and data['recovery_key_waits'], lambda: data)
        require(scene.box.stop(BOOT_S), 'it does not power off by itself')
        left = raw_scan.scan(scene.box.machine.disk, before)
        require(not left, lambda: f'{len(left)} of {len(before)} blocks are still on the disk: {left[:5]}')
        return f'0 of {len(before)} blocks of the former partition are left'
    except Exception:
        print(scene.explain('reset'), flush=True)
        raise
    finally:
        scene.close()


# --- a stick that installs itself ----------------------------------------------------------------------------------------

DISK_MB = 1536


def start_from_the_stick(scene, empty):
    """A machine with our image on a stick and an empty disk of its own."""
    scene.lan.create()
    box = scene.box = scene.appliance_of(scene.lan, via='vm', disk_kind='usb', disk_mb=1024,
                                         extra=['-drive', f'if=none,id=new,format=raw,file={empty}', '-device', 'virtio-blk-pci,drive=new'])
    box.start()
    box.wait_ctl(BOOT_S)
    box.wait_console('this runs from the stick', BOOT_S)
    return box


def install(scene):
    """What is empty is taken without a word, the disk it runs from never."""
    disks = {row['device']: row for row in ask(scene, 'disk', 'list')['disks']}
    own = next(name for name, row in disks.items() if row['running'])
    other = next(name for name, row in disks.items() if not row['running'] and row['size'] == DISK_MB << 20)
    require(disks[own]['removable'] and not disks[other]['holds'], lambda: disks)
    state = lambda: ask(scene, 'update', 'status')['state']
    scene.ctl('disk', 'install', own, stdin=own + '\n')
    wait_until(lambda: state()['step'] == 'idle' and 'runs from' in state()['text'], BOOT_S, lambda: f'the own disk: {state()}', 1)
    scene.ctl('disk', 'install', other)
    wait_until(lambda: state()['step'] == 'idle' and 'holds version' in state()['text'], BOOT_S, lambda: f'it is not installed: {state()}', 1)
    holds = {row['device']: row['holds'] for row in ask(scene, 'disk', 'list')['disks']}
    require(holds[other] == 'an installation of Provost', lambda: holds)
    status, _, said = scene.try_ctl('disk', 'install', other, stdin='\n')
    require(status, 'a disk that holds something is taken without a word')


def test_a_stick_installs_itself_on_the_disk_which_then_starts_alone(say):
    scene = MachineScene('install', LOGS)
    PLACE.mkdir(parents=True, exist_ok=True)
    empty = PLACE / 'empty.img'
    with open(empty, 'wb') as file:
        file.truncate(DISK_MB << 20)
    try:
        first = start_from_the_stick(scene, empty)
        install(scene)
        version = ask(scene, 'update', 'status')['state']['version']
        say('installed')
        first.stop(BOOT_S)
        scene.closers.append(first.remove)
        box = scene.box = scene.appliance_of(scene.lan, via='vm', state_dir=f'{first.state_dir}-2', keep=True, disk_mb=DISK_MB)
        box.state_dir.mkdir(parents=True)
        empty.rename(box.state_dir / 'disk.img')
        box.start()
        box.wait_ctl(BOOT_S)
        state = ask(scene, 'update', 'status')['state']
        require(state['version'] == version and state['verified'] and [slot['state'] for slot in state['slots']] == ['running', 'empty'], lambda: state)
        data = ask(scene, 'data', 'status')['data']
        require(data['size'] > 800 << 20 and scene.listed() == {}, lambda: data)
        require('this runs from the stick' not in box.console_text(), 'it believes that it runs from a stick')
        return f'version {version}, {data["size"] >> 20} MB of data'
    except Exception:
        print(scene.explain('install'), flush=True)
        raise
    finally:
        scene.close()


# Emulated, the first takes a quarter of an hour.
if not SOAK:
    del test_a_backup_on_a_stick_moves_the_site_to_another_machine_and_no_secret_is_on_a_disk
    del test_a_factory_reset_leaves_nothing_of_a_sealed_partition
    del test_a_stick_installs_itself_on_the_disk_which_then_starts_alone
