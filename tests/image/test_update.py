"""Updates on the booted machine: the good ones stay, the others go by themselves, and power cuts leave something that starts (docs/update.md).

One machine with phones goes through all of it, while all that it writes to its disk is recorded; then the disk is rebuilt as a power cut could have
left it at many moments, and read as firmware and loader read it. Bundles come from a USB stick; they are variants of the image
(rootfs/image/bundle.py): another version, one whose session never runs, one whose root is not what its kernel image signed. Of the checker's
refusals two are tried here, the breadth by tests/unit/appliance/update/test_bundle_check.c.
"""
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import time
import typing

import boot_disk
import bundle
import common
import disk
import keys
import verity
from machine_scene import BOOT_S, OUT, REPOSITORY, MachineScene         # first: it says where the next ones are
from admin_api import Page
from machine import IMAGE
from write_log import Moment, Rebuilder, WriteLog, copy_sparse

SOAK = bool(os.environ.get('PROVOST_SOAK'))
# Power cuts of the machine, disks of other moments that are only read, and such that are started.
CUTS, PHONES = int(os.environ.get('PROVOST_CUTS') or (30 if SOAK else 1)), 4 if SOAK else 1
MOMENTS, STARTED = (200, 4) if SOAK else (40, 0)
LOGS = OUT / 'check/image'
PLACE = OUT / 'check/update'
PATIENCE_S, SHORT_S = 600, 45           # how long phones may take to come back; so long where they are meant not to
DISK_MB = 1200
BASE = 900000                           # versions of variants: 0.6.900001 and so on, after any that is built
STEP_S = 600
STATE = '/update/state.json'


def variant(kind, number, *options):
    """A bundle of a variant of the image; made once for each image."""
    facts = (OUT / 'image/slot.json').read_text()
    version = f'0.6.{BASE + number}'
    target, made_of = PLACE / f'{kind}-{number}.update', PLACE / f'{kind}-{number}.json'
    if target.exists() and made_of.exists() and made_of.read_text() == facts:
        return version, target
    folder = PLACE / 'work'
    subprocess.run(['rm', '-rf', '--one-file-system', str(folder)], check=True)
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, str(REPOSITORY / 'rootfs/image/bundle.py'), str(OUT / 'image'), str(target), *options], check=True,
                   env={**os.environ, 'O': str(folder), 'PROVOST_BIND': str(folder), 'PROVOST_VERSION': version,
                        'KEYS': os.environ.get('KEYS') or str(OUT / 'keys'), 'PROVOST_BUILD_ROOT': str(common.BUILD_ROOT),
                        'PROVOST_KERNEL_ROOT': str(common.KERNEL_ROOT), 'PROVOST_IMAGE_ROOT': str(common.IMAGE_ROOT)})
    subprocess.run(['rm', '-rf', '--one-file-system', str(folder)], check=True)
    made_of.write_text(facts)
    return version, target


def damaged(source, name, change):
    """A copy with some bytes changed."""
    target = PLACE / name
    subprocess.run(['cp', '--reflink=auto', str(source), str(target)], check=True)
    with open(target, 'r+b') as file:
        change(file)
    return target


def flip(file, at):
    file.seek(at)
    byte = file.read(1)
    file.seek(at)
    file.write(bytes([byte[0] ^ 1]))


def build_tool(*words, **options):
    return common.tool(*words, env={**os.environ, 'PROVOST_BIND': str(OUT)}, **options)


def stick_of(files):
    """The image of a stick with these files, by the build root's tools."""
    stick = PLACE / 'stick.img'
    size = sum(path.stat().st_size for path in files) + (16 << 20)
    stick.unlink(missing_ok=True)
    with open(stick, 'wb') as file:
        file.truncate(size)
    build_tool('mkfs.vfat', '-F', '32', '-s', '8', stick)
    build_tool('mcopy', '-i', stick, *files, '::')
    return stick


# --- what may start ------------------------------------------------------------------------------------------

class Known(typing.NamedTuple):
    """A version as it was made: what its kernel image signs."""
    version: str
    uuid: str           # of its slot
    size: int           # of its root
    sha256: str


def digest(data):
    return hashlib.sha256(data).hexdigest()


def known_versions(bundles):
    """{hash of the kernel image: Known} of the image and of the bundles. Each kernel image is signed, and each root is what it says."""
    facts = json.loads((OUT / 'image/slot.json').read_text())
    root = (OUT / 'image/slot').read_bytes()
    found = {digest((OUT / 'image/provost.efi').read_bytes()): Known(facts['version'], facts['uuid'], len(root), digest(root))}
    for path in bundles:
        with tarfile.open(path) as archive:
            manifest = json.load(archive.extractfile('manifest'))
            files = {row['name']: row for row in manifest['files']}
            kernel, root = PLACE / 'kernel.efi', PLACE / 'root'
            for target, name in ((kernel, 'kernel.efi'), (root, 'root')):
                target.write_bytes(archive.extractfile(name).read())
        said = build_tool('sbverify', '--cert', keys.ensure() / 'db.pem', kernel)
        assert 'Signature verification OK' in said, said
        words = re.search(rb'provost\.root=([0-9a-f]{64}) provost\.salt=([0-9a-f]+) provost\.blocks=(\d+)', kernel.read_bytes())
        sealed = verity.Verity(words[1].decode(), words[2].decode(), int(words[3]))
        refusal = verity.verify(root, sealed)
        assert bool(refusal) == path.name.startswith('panic'), f'{path.name}: {refusal}'
        found[files['kernel.efi']['sha256']] = Known(manifest['version'], sealed.uuid, files['root']['size'], files['root']['sha256'])
        kernel.unlink()
        root.unlink()
    return found


def what_starts(read, size, known):
    """(Known, kernel image, partitions, whether the first table is whole) of a disk; fails when that is not whole."""
    rows, is_whole = boot_disk.partitions(read, size)
    images = boot_disk.kernel_images(boot_disk.BootPartition(read, boot_disk.labelled(rows, 'provost-esp')))
    assert images, 'the loader finds no kernel image'
    first = images[0]
    chosen = known.get(digest(first.content))
    assert chosen, f'{first.name} would be started, and it is not what was signed'
    slots = [row for row in rows if row.uuid == chosen.uuid]
    assert len(slots) == 1, f'{first.name} would be started, and {len(slots)} slots are its: {rows}'
    assert digest(read(slots[0].at, chosen.size)) == chosen.sha256, f'{first.name} would be started, and its slot is not what was signed'
    return chosen, first, rows, is_whole


def state_of(moment, rows, work):
    """What station update remembers on such a disk, after the file system's journal was replayed; None before it wrote anything."""
    data = boot_disk.labelled(rows, 'provost-data')
    part, text = os.path.join(work, 'data.img'), os.path.join(work, 'state.json')
    moment.save(part, data.at, data.size)
    checked = subprocess.run([REPOSITORY / 'rootfs/host/in-root', common.BUILD_ROOT, 'e2fsck', '-fy', part], cwd=REPOSITORY, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, check=False, env={**os.environ, 'PROVOST_BIND': str(OUT)})
    assert checked.returncode <= 1, f'the data partition cannot be repaired: {checked.stdout[-300:]}'
    if os.path.exists(text):
        os.unlink(text)
    build_tool('debugfs', '-R', f'dump {STATE} {text}', part)
    if not os.path.exists(text):
        return None
    with open(text) as file:
        return json.load(file)


# --- the machine ---------------------------------------------------------------------------------------------

class MachinePage(Page):
    def setup_code(self):
        return self.scene.box.wait_setup(BOOT_S)['code']

    def link(self, source=None, **more):
        return super().link(source, **{'timeout_s': 120, **more})


class Updates:
    """The machine, its phones, and what they do with updates."""

    def __init__(self, say, work):
        self.say, self.work = say, work
        self.scene = MachineScene('update', LOGS, {'update_wait': str(PATIENCE_S)})
        self.log, self.recorded = None, None
        self.marks = []                 # (length of the write log, what began there)

    def start(self, stick):
        self.log_path, self.first_disk = os.path.join(self.work, 'writes.log'), os.path.join(self.work, 'start.img')
        copy_sparse(IMAGE, self.first_disk)
        os.truncate(self.first_disk, DISK_MB << 20)
        self.scene.start(firmware=True, stick=stick, disk_mb=DISK_MB, write_log=self.log_path)
        self.log = WriteLog(self.log_path)
        self.disk = self.scene.box.machine.disk
        self.phones = [self.scene.phone(f'00041377000{i}', slow_times=3) for i in range(PHONES)]
        page = MachinePage(self.scene)
        self.reader = page.token('reader')
        self.wait_phones()
        self.first = self.state()['version']

    def mark(self, what):
        if self.log:
            self.marks.append((self.log.follow(), what))
            (self.work / 'marks.json').write_text(json.dumps(self.marks))

    def cut_the_power(self):
        """The first time it ends what is recorded as well: QEMU begins another log at each start."""
        self.scene.box.kill()
        self.mark('the end')
        self.scene.box.machine.write_log = None
        self.recorded, self.log = self.log or self.recorded, None

    def state(self):
        """Status, or None while the machine does not answer."""
        status, out, _ = self.scene.try_ctl('update', 'status', '--json', timeout_s=30)
        return json.loads(out)['state'] if status == 0 else None

    def wait(self, wanted, what, timeout_s=STEP_S):
        """The first state for which wanted(state) holds."""
        end, last = time.monotonic() + timeout_s, None
        while time.monotonic() < end:
            state = self.state()
            if state and wanted(state):
                return state
            last = state or last
            time.sleep(1)
        raise AssertionError(f'{what}: not within {timeout_s} s; last {json.dumps(last and {k: last[k] for k in ("version", "step", "text", "slots")})}')

    def wait_phones(self):
        """Until every phone has its settings, in a tunnel that the appliance knows of: a phone notices late that the other side restarted."""
        for phone in self.phones:
            phone.wait_current(BOOT_S)
        end = time.monotonic() + BOOT_S
        while (up := len([phone for phone in self.phones if phone.is_current and phone.mac in self.scene.tunnels()])) < PHONES:
            assert time.monotonic() < end, f'{up} of {PHONES} phones have a tunnel: {self.scene.tunnels()}'
            time.sleep(2)

    def on_page(self):
        """The state as somebody at the page sees it."""
        return self.reader.want(200, 'GET', '/update')

    def device_with(self, name):
        """Of the stick that has this file. Soon after a start nobody has looked at sticks yet."""
        end = time.monotonic() + STEP_S
        while True:
            status, out, err = self.scene.try_ctl('update', 'sticks', '--json')
            found = [file['device'] for file in json.loads(out)['files'] if file['name'] == name] if status == 0 else []
            if found:
                return found[0]
            assert time.monotonic() < end, f'no stick has {name}: {out or err}'
            time.sleep(2)

    def take(self, path):
        """A bundle from the stick, until the checker has spoken."""
        device = self.device_with(path.name)
        before = self.state()['last'][:1]
        self.scene.ctl('update', 'take', device, path.name)
        return self.wait(lambda state: state['step'] not in ('receiving', 'checking') and (state['bundle'] or state['last'][:1] != before), 'the check')

    def refused(self, path, part):
        """The bundle is refused with this in the reason, and everything is as it was."""
        before = self.state()
        after = self.take(path)
        outcome = after['last'][0]
        assert outcome['result'] == 'refused' and part in outcome['text'], outcome
        assert after['bundle'] is None and after['slots'] == before['slots'] and after['version'] == before['version'], after
        self.told(outcome)

    def told(self, outcome):
        """The page says the same, in a sentence."""
        last = self.on_page()['last'][0]
        assert last == outcome and last['text'][0].isupper() and last['text'].endswith('.'), f'the page tells {last} of {outcome}'
        self.say(f'{outcome["result"]}: {outcome["text"]}')

    def write(self, version, path):
        state = self.take(path)
        assert state['bundle'] and state['bundle']['version'] == version, state
        self.mark(f'writing {version}')
        self.scene.ctl('update', 'install')
        state = self.wait(lambda state: state['step'] == 'waiting', f'{version} is written')
        assert slot(state, version)['tries_left'] == 0 and slot(state, version)['state'] == 'bad', 'what waits must not start by itself'
        self.mark(f'waiting {version}')
        return state

    def restart(self, version):
        self.mark(f'trying {version}')
        self.scene.ctl('update', 'restart')

    def ended(self, result, to, timeout_s=BOOT_S * 3):
        state = self.wait(lambda state: state['last'] and (state['last'][0]['result'], state['last'][0]['to']) == (result, to), f'{to} {result}', timeout_s)
        self.mark(f'{result} {to}')
        return state

    def runs(self, version, state):
        """That version runs, and the page tells how this came."""
        assert state['version'] == version and state['verified'], state
        assert slot(state, version)['state'] == 'running', state
        self.wait_phones()
        page = self.on_page()
        assert page['version'] == version and page['step'] == 'idle', page
        self.told(state['last'][0])

    def wait_for_phones_only(self, seconds):
        self.scene.ctl('site', 'set', f'update_wait={seconds}')


def slot(state, version):
    return next((slot for slot in state['slots'] if slot['version'] == version), None)


def try_good(updates, version, path):
    """It is written, waits, is tried, and stays once the phones are back."""
    updates.write(version, path)
    updates.restart(version)
    state = updates.ended('committed', version)
    updates.runs(version, state)
    assert f'{PHONES} of {PHONES} phones are back' in state['last'][0]['text'], state['last'][0]
    assert slot(state, version)['tries_left'] == 3 and state['floor'], state


def falls_back(updates, version, path, part, meanwhile=lambda: None):
    """It is tried and does not stay; the version before runs again and says why, with these words."""
    was = updates.state()['version']
    updates.write(version, path)
    updates.restart(version)
    meanwhile()
    state = updates.ended('fell-back', version)
    assert part in state['last'][0]['text'] and slot(state, version)['state'] == 'bad', state
    return was, state


def try_panic(updates, version, path):
    was, state = falls_back(updates, version, path, 'did not start')
    updates.runs(was, state)


def try_stations(updates, version, path):
    updates.wait_for_phones_only(SHORT_S)
    was, state = falls_back(updates, version, path, 'session')
    updates.wait_for_phones_only(PATIENCE_S)
    updates.runs(was, state)


def try_phones_away(updates, version, path):
    def go():
        for phone in updates.phones:
            phone.stop()
    updates.wait_for_phones_only(SHORT_S)
    was, state = falls_back(updates, version, path, f'only 0 of the {PHONES} phones', go)
    updates.wait_for_phones_only(PATIENCE_S)
    for phone in updates.phones:
        phone.start()
    updates.runs(was, state)


# --- power cuts --------------------------------------------------------------------------------------------------

class Seen(typing.NamedTuple):
    """What the machine has written of an update so far: the labels of its partitions, the starts that each version's kernel image has left."""
    labels: list
    left: dict


def seen(path):
    """Of the disk of a running machine, looked at from outside."""
    moment = Moment(path)
    try:
        rows, _ = boot_disk.partitions(moment.read, os.stat(path).st_size)
        boot = boot_disk.BootPartition(moment.read, boot_disk.labelled(rows, 'provost-esp'))
        names = [match for match in map(boot_disk.NAME.fullmatch, boot_disk.names_of_images(boot)) if match]
        return Seen([row.label for row in rows], {match[1]: int(match[2] or -1) for match in names})
    except boot_disk.Broken:
        return Seen([], {})             # it is being written just now
    finally:
        moment.file.close()


# When the power goes: what is seen on the disk first, and how long after that at most.
OCCASIONS = (
    ('its slot was emptied', lambda now, to: '_empty' in now.labels, 6),
    ('its slot has its name', lambda now, to: f'provost_{to}' in now.labels, 3),
    ('its kernel image is there', lambda now, to: to in now.left, 1),
    ('it has starts', lambda now, to: now.left.get(to) == 2, 0.05),
    ('it has starts', lambda now, to: now.left.get(to) == 2, 12),
    ('the loader took one', lambda now, to: now.left.get(to) == 1, 0.5),
    ('the loader took one', lambda now, to: now.left.get(to) == 1, 45),
    ('it is to stay', lambda now, to: now.left.get(to) == 3, 0.3),
)


def try_cut(updates, number, version, path, chance):
    """The power goes while the version is installed and tried. Returns the state once all is quiet again."""
    before = updates.state()
    if not (before['bundle'] and before['bundle']['version'] == version):
        updates.take(path)
    what, is_so, most = OCCASIONS[number % len(OCCASIONS)]
    later = chance.uniform(0, most)
    updates.mark(f'writing {version}')
    updates.scene.ctl('update', 'install', '--restart')
    end = time.monotonic() + BOOT_S
    while not is_so(seen(updates.disk), version):
        assert time.monotonic() < end, f'{version}, {what}: not within {BOOT_S} s; {seen(updates.disk)}'
        time.sleep(0.003)
    time.sleep(later)
    updates.cut_the_power()
    found = seen(updates.disk)
    updates.scene.power_on()
    state = updates.wait(lambda state: state['step'] in ('idle', 'waiting'), 'it rests', BOOT_S * 3)
    updates.wait_phones()
    page = updates.on_page()
    assert (page['version'], page['step'], page['text'], page['last']) == (state['version'], state['step'], state['text'], state['last']), page
    last = state['last'][0]
    ends = ('committed',) if state['version'] == version else ('interrupted', 'fell-back')
    assert state['version'] in (before['version'], version), state
    assert state['step'] == 'waiting' and state['version'] == before['version'] or last['to'] == version and last['result'] in ends, state
    updates.say(f'cut {number + 1}, {what} for {later:.2f} s ({found.left}): {state["version"]} runs; '
                f'{state["text"] if state["step"] == "waiting" else last["text"]}')
    return state


# --- the disk of other moments ---------------------------------------------------------------------------------------

def interesting(log, marks, chance, count):
    """Moments of the updates: half of them at writes to the tables and the boot partition, of which there are few."""
    first = next(at for at, what in marks if what.startswith('writing'))
    last = marks[-1][0]
    places = [index for index in range(first, last) if log.entries[index][1]
              and (log.entries[index][0] < (disk.START_MB + disk.PARTITIONS[0][1]) * 2048 or log.entries[index][0] > (DISK_MB - 1) * 2048)]
    few = [chance.choice(places) + 1 for _ in range(count - count // 2)]
    return sorted(few + [chance.randint(first, last) for _ in range(count // 2)])


def agrees(chosen, state, first):
    """What starts is what station update goes on from: a version that was not tried never starts, and one that was said to stay does."""
    if state is None:
        return chosen.version == first
    if state['phase'] in ('trying', 'back'):
        return chosen.version in (state['from'], state['to'])
    return chosen.version == state['usual']


def look_at_moments(updates, known, chance, number):
    """Rebuilds the disk at many moments; returns a sentence, and saves some of them to be started: [(path, version)]."""
    log = updates.recorded
    rebuilder = Rebuilder(log, updates.first_disk, updates.work)
    points = interesting(log, updates.marks, chance, MOMENTS)
    kept, counts, torn = [], {}, 0
    for count, point in enumerate(points):
        moment = rebuilder.moment(point, number + count, in_parts=True)
        what = next(what for at, what in reversed(updates.marks) if at <= point)
        try:
            chosen, image, rows, is_whole = what_starts(moment.read, rebuilder.size, known)
            state = state_of(moment, rows, updates.work)
            assert agrees(chosen, state, updates.first), f'{image.name} would be started, and station update remembers {state}'
        except (AssertionError, boot_disk.Broken) as error:
            raise AssertionError(f'seed {number}, write {point} of {len(log.entries)} ({what}), moment {count}: {error}') from None
        finally:
            moment.file.close()
        counts[chosen.version] = counts.get(chosen.version, 0) + 1
        torn += not is_whole
        if len(kept) < STARTED and count >= len(kept) * MOMENTS // STARTED:
            kept.append((moment.save(os.path.join(updates.work, f'moment-{count}.img')), chosen.version, what))
        if count % 50 == 49:
            updates.say(f'{count + 1} of {MOMENTS} moments looked at')
    return f'{MOMENTS} moments of {len(log.entries)} writes: ' + ', '.join(f'{version} starts {n} times' for version, n in sorted(counts.items())) + \
        f'; the first table was torn {torn} times', kept


def start_moments(updates, kept):
    """Some of these disks are started: what was foretold runs (or gives itself up), and the phones come back. Then the machine has its own disk again."""
    own = updates.disk.with_suffix('.kept')
    for path, version, what in kept:
        updates.scene.box.kill()
        if not own.exists():
            os.rename(updates.disk, own)
        os.replace(path, updates.disk)
        updates.scene.power_on()
        state = updates.wait(lambda state: state['step'] in ('idle', 'waiting'), 'it rests', BOOT_S * 3)
        updates.wait_phones()
        updates.say(f'a disk of {what}: {version} was to start, {state["version"]} runs; {state["text"]}')
        assert state['version'] == version or state['last'][0]['result'] == 'fell-back', state
    if kept:
        updates.scene.box.kill()
        os.replace(own, updates.disk)
        updates.scene.power_on()


# --- the story ---------------------------------------------------------------------------------------------------------

def bundles():
    """{name: (version, path)} of what the stick brings."""
    PLACE.mkdir(parents=True, exist_ok=True)
    found = {'good': variant('good', 1), 'first': (json.loads((OUT / 'image/slot.json').read_text())['version'], bundle.BUNDLE)}
    if SOAK:
        found |= {'panic': variant('panic', 2, '--kind', 'panic'), 'stations': variant('stations', 3, '--kind', 'stations'), 'later': variant('good', 4)}
    return found


def cut(updates, made, running, count, chance):
    """A power cut while the one of two versions that does not run is installed; what runs then."""
    return try_cut(updates, count, *next(made[name] for name in ('first', 'good') if made[name][0] != running), chance)['version']


def updates_and_cuts(updates, chance, number):
    made = bundles()
    flipped = damaged(made['good'][1], 'flipped.update', lambda file: flip(file, 20 << 20))
    short = damaged(made['good'][1], 'short.update', lambda file: file.truncate(30 << 20))
    known = known_versions([path for _, path in made.values()])
    updates.start(stick_of([*(path for _, path in made.values()), flipped, short]))
    updates.say(f'version {updates.first} runs with {PHONES} phones')
    updates.refused(flipped, 'not what its manifest says')
    updates.refused(short, 'ends too early')
    if SOAK:
        try_panic(updates, *made['panic'])
    try_good(updates, *made['good'])
    if SOAK:
        try_stations(updates, *made['stations'])
        try_phones_away(updates, *made['later'])
    running = cut(updates, made, updates.state()['version'], 0, chance)
    said, kept = look_at_moments(updates, known, chance, number)
    updates.say(said)
    start_moments(updates, kept)
    for count in range(1, CUTS):
        running = cut(updates, made, running, count, chance)
    return f'{4 if SOAK else 1} updates, 2 refused, {CUTS} power cuts; {said}; {len(kept)} of them started; seed {number}'


if SOAK:
    def test_updates_stay_or_go_by_themselves_and_a_power_cut_leaves_what_starts(say):
        number = int(os.environ.get('PROVOST_SEED') or random.SystemRandom().randrange(1 << 30))
        LOGS.mkdir(parents=True, exist_ok=True)
        # What was recorded stays when something was found.
        work = LOGS / 'update-disks'
        subprocess.run(['rm', '-rf', '--one-file-system', str(work)], check=True)
        work.mkdir()
        updates = Updates(say, work)
        try:
            told = updates_and_cuts(updates, random.Random(number), number)
        except Exception:
            print(updates.scene.explain('update'), flush=True)
            raise
        finally:
            updates.scene.close()
        subprocess.run(['rm', '-rf', '--one-file-system', str(work)], check=True)
        return told


def test_the_bundle_is_the_same_each_time_and_has_its_five_members(say):
    """Of the same parts and keys; docs/update.md has the form."""
    PLACE.mkdir(parents=True, exist_ok=True)
    one = variant('parts', 5, '--parts')[1]
    first = one.read_bytes()
    one.unlink()
    two = variant('parts', 5, '--parts')[1]
    assert two.read_bytes() == first, 'two bundles of the same parts differ'
    with tarfile.open(two) as archive:
        names = archive.getnames()
    assert names == ['manifest', 'manifest.p7s', 'root', 'kernel.efi', 'boot.efi'], names
    assert len(first) <= 64 << 20, f'the bundle has {len(first) >> 20} MiB'
    return f'{len(first) / 1e6:.1f} MB'
