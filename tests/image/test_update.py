"""Updates on the booted machine: the good ones stay, the others go by themselves, and power cuts leave something that starts (docs/update.md).

One machine with phones goes through all of it. Bundles come from a USB stick; they are variants of the image (rootfs/image/bundle.py): another
version, one whose session never runs, one whose root is not what its kernel image signed. Of the checker's refusals a handful is tried here, the breadth by
tests/unit/appliance/update/test_bundle_check.c.
"""
import json
import os
import random
import subprocess
import sys
import tarfile
import time

import common
from machine_scene import BOOT_S, OUT, REPOSITORY, MachineScene

SOAK = bool(os.environ.get('PROVOST_SOAK'))
CUTS, PHONES = 30, 4 if SOAK else 1
LOGS = OUT / 'check/image'
PLACE = OUT / 'check/update'
WAIT_S = 60 if SOAK else 40
SITE = {'update_wait': str(WAIT_S)}
BASE = 900000                   # versions of variants: 0.6.900001 and so on, after any that is built


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


def stick_of(files):
    """The image of a stick with these files, by the build root's tools."""
    stick = PLACE / 'stick.img'
    size = sum(path.stat().st_size for path in files) + (16 << 20)
    stick.unlink(missing_ok=True)
    with open(stick, 'wb') as file:
        file.truncate(size)
    common.tool('mkfs.vfat', '-F', '32', '-s', '8', stick, env={**os.environ, 'PROVOST_BIND': str(OUT)})
    common.tool('mcopy', '-i', stick, *files, '::', env={**os.environ, 'PROVOST_BIND': str(OUT)})
    return stick


class Updates:
    """The machine, its phones, and what they do with updates."""

    def __init__(self, say):
        self.say = say
        self.scene = MachineScene('update', LOGS, SITE)

    def start(self, stick):
        self.scene.start(firmware=True, stick=stick, disk_mb=2048)
        self.phones = [self.scene.phone(f'00041377000{i}') for i in range(PHONES)]
        self.wait_phones()
        self.first = self.state()['version']

    def state(self):
        """Status, or None while the machine does not answer."""
        status, out, _ = self.scene.try_ctl('update', 'status', '--json', timeout_s=30)
        return json.loads(out)['state'] if status == 0 else None

    def wait(self, wanted, what, timeout_s):
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
        for phone in self.phones:
            phone.wait_current(BOOT_S)

    def take(self, path):
        """A bundle from the stick, until the checker has spoken."""
        files = self.scene.ctl('update', 'sticks', '--json')['files']
        device = next(file['device'] for file in files if file['name'] == path.name)
        before = len(self.state()['last'])
        self.scene.ctl('update', 'take', device, path.name)
        return self.wait(lambda state: state['step'] not in ('receiving', 'checking') and (state['bundle'] or len(state['last']) > before), 'the check', 240)

    def refused(self, path, part):
        """The bundle is refused with this in the reason, and everything is as it was."""
        before = self.state()
        after = self.take(path)
        outcome = after['last'][0]
        assert outcome['result'] == 'refused' and part in outcome['text'], outcome
        assert after['bundle'] is None and after['slots'] == before['slots'] and after['version'] == before['version'], after

    def write(self, version, path):
        state = self.take(path)
        assert state['bundle'] and state['bundle']['version'] == version, state
        self.scene.ctl('update', 'install')
        return self.wait(lambda state: state['step'] == 'waiting', f'{version} is written', 240)

    def ended(self, result, to, timeout_s=BOOT_S * 3):
        state = self.wait(lambda state: state['last'] and (state['last'][0]['result'], state['last'][0]['to']) == (result, to), f'{to} {result}', timeout_s)
        self.say(f'{result}: {state["last"][0]["text"]}')
        return state

    def runs(self, version, state):
        assert state['version'] == version and state['verified'], state
        assert next(slot for slot in state['slots'] if slot['version'] == version)['state'] == 'running', state


def slot(state, version):
    return next((slot for slot in state['slots'] if slot['version'] == version), None)


def try_refusals(updates, good):
    """Nothing that is not its maker's, and not what was changed on the way."""
    updates.refused(PLACE / 'flipped.update', 'not what its manifest says')
    updates.refused(PLACE / 'cut.update', 'ends too early')


def try_good(updates, version, path):
    """It is written, waits, is tried, and stays once the phones are back."""
    state = updates.write(version, path)
    assert slot(state, version)['tries_left'] == 0 and slot(state, version)['state'] == 'bad', 'what waits must not start by itself'
    updates.scene.ctl('update', 'restart')
    state = updates.ended('committed', version)
    updates.runs(version, state)
    assert slot(state, version)['tries_left'] == 3 and state['floor'], state
    updates.wait_phones()


def try_panic(updates, version, path):
    """It never starts; the version before runs again by itself and says so."""
    was = updates.state()['version']
    updates.write(version, path)
    updates.scene.ctl('update', 'restart')
    state = updates.ended('fell-back', version)
    updates.runs(was, state)
    assert slot(state, version)['state'] == 'bad', state
    updates.wait_phones()


def try_stations(updates, version, path):
    """It starts, session never runs: it gives itself up."""
    was = updates.state()['version']
    updates.write(version, path)
    updates.scene.ctl('update', 'restart')
    state = updates.ended('fell-back', version)
    updates.runs(was, state)
    assert 'session' in state['last'][0]['text'], state['last'][0]
    updates.wait_phones()


def try_phones_away(updates, version, path):
    """It is well, and the phones stay away."""
    was = updates.state()['version']
    updates.write(version, path)
    updates.scene.ctl('update', 'restart')
    for phone in updates.phones:
        phone.stop()
    state = updates.ended('fell-back', version)
    updates.runs(was, state)
    assert 'only 0 of the' in state['last'][0]['text'], state['last'][0]
    for phone in updates.phones:
        phone.start()
    updates.wait_phones()


def try_cut(updates, version, path, chance):
    """The power goes at a random moment between the order to write and the end of the trial."""
    before = updates.state()
    if not (before['bundle'] and before['bundle']['version'] == version):
        updates.take(path)
    moment = chance.uniform(0, 60)
    updates.scene.ctl('update', 'install', '--restart')
    time.sleep(moment)
    updates.scene.box.kill()
    updates.scene.power_on()
    state = updates.wait(lambda state: state['step'] in ('idle', 'waiting'), 'it rests', BOOT_S * 3)
    updates.say(f'cut after {moment:.1f} s: version {state["version"]}, step {state["step"]}; {state["last"][0]["result"] if state["last"] else "nothing"}')
    assert state['version'] in (before['version'], version), state
    assert state['version'] == version or state['step'] == 'waiting' or state['last'][0]['result'] == 'interrupted', state
    updates.wait_phones()
    return state


def updates_stay_or_go_by_themselves(say):
    number = int(os.environ.get('PROVOST_SEED') or random.SystemRandom().randrange(1 << 30))
    chance = random.Random(number)
    PLACE.mkdir(parents=True, exist_ok=True)
    good = variant('good', 1)
    files = [good[1], damaged(good[1], 'flipped.update', lambda file: flip(file, 20 << 20)),
             damaged(good[1], 'cut.update', lambda file: file.truncate(30 << 20))]
    if SOAK:
        panic, stations, later = variant('panic', 2, '--kind', 'panic'), variant('stations', 3, '--kind', 'stations'), variant('good', 4)
        files += [panic[1], stations[1], later[1]]
    updates = Updates(say)
    try:
        updates.start(stick_of(files))
        say(f'version {updates.first} runs with {PHONES} phones')
        try_refusals(updates, good)
        if SOAK:
            try_panic(updates, *panic)
        try_good(updates, *good)
        if SOAK:
            try_stations(updates, *stations)
            try_phones_away(updates, *later)
            for cut in range(CUTS):
                state = try_cut(updates, *later, chance)
                if state['version'] == later[0]:
                    updates.scene.ctl('update', 'back')
                    updates.ended('went-back', good[0])
        return f'{4 + CUTS if SOAK else 1} updates, 2 refused; seed {number}'
    except Exception:
        print(updates.scene.explain('update'), flush=True)
        raise
    finally:
        updates.scene.close()


if SOAK:
    def test_updates_stay_or_go_by_themselves(say):
        return updates_stay_or_go_by_themselves(say)


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
