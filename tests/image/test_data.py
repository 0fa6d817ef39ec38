"""The data partition: made at the first start, grown with the disk, wiped when that was asked for; sealed where there is a TPM."""
import json
import os
import pathlib
import shutil
import subprocess

from machine_scene import OUT, MachineScene     # first: it says where the next ones are
import disk
from appliance import Appliance
from common import tool

LOGS = OUT / 'check/image'
START_S = 400
# The initramfs is done: nothing after it is of interest here.
ALIVE, LOUD = r'systemd\[1\]: Detected ', 'loglevel=7'
CANARY = b'canary of the data partition 5f1c0d9e'
REQUEST = 'factory-reset.request'


def data_partition(path):
    """(offset, size) of the data partition in a disk; None when it has none."""
    table = json.loads(tool('sfdisk', '--json', path))['partitiontable']
    return next(((row['start'] * 512, row['size'] * 512) for row in table['partitions'] if row.get('name') == 'provost-data'), None)


def file_system_size(path, work):
    """How much of the partition the file system in it uses."""
    offset, _ = data_partition(path)
    head = work / 'head'
    with open(path, 'rb') as file:
        file.seek(offset)
        head.write_bytes(file.read(1 << 20))
    said = tool('sh', '-c', 'dumpe2fs -h "$1" 2>/dev/null || :', 'dump', head)
    numbers = dict(line.split(':', 1) for line in said.splitlines() if ':' in line)
    return int(numbers['Block count']) * int(numbers['Block size'])


def change_file_system(path, work, script):
    """debugfs on the data partition."""
    offset, size = data_partition(path)
    part = work / 'part'
    subprocess.run(['dd', f'if={path}', f'of={part}', 'bs=1M', 'status=none', 'conv=sparse', 'iflag=skip_bytes,count_bytes', f'skip={offset}', f'count={size}'],
                   check=True)
    tool('sh', '-c', 'e2fsck -fp "$1"; [ $? -le 1 ]', 'check', part)
    tool('sh', '-c', 'printf "%s\\n" "$2" | debugfs -w -f - "$1" && dd if="$1" of="$3" bs=1M conv=notrunc,sparse oflag=seek_bytes seek="$4"', 'change',
         part, script, path, str(offset))
    part.unlink()


def read_file(path, work, name):
    """A file of the file system in the data partition of a machine that is off, after the journal's replay on a copy."""
    offset, size = data_partition(path)
    work.mkdir(parents=True, exist_ok=True)
    part, copy = work / 'part', work / 'found'
    copy.unlink(missing_ok=True)
    subprocess.run(['dd', f'if={path}', f'of={part}', 'bs=1M', 'status=none', 'conv=sparse', 'iflag=skip_bytes,count_bytes', f'skip={offset}', f'count={size}'],
                   check=True)
    tool('sh', '-c', 'e2fsck -fp "$1"; [ $? -le 1 ] && debugfs -R "dump $2 $3" "$1" 2>/dev/null', 'read', part, name, copy)
    part.unlink()
    return copy.read_bytes()


def holds(path, text):
    """Whether the bytes are anywhere on the disk."""
    return subprocess.run(['grep', '-q', '-a', '-F', text.decode(), str(path)]).returncode == 0


class Story:
    """One machine through several starts."""

    def __init__(self, name, say, **options):
        self.scene, self.say = MachineScene(name, LOGS), say
        self.scene.lan.create()
        self.box = self.scene.box = Appliance(self.scene.lan, via='vm', **options)
        self.work = disk.IMAGE / f'story-{name}'
        self.work.mkdir(exist_ok=True)

    def start(self, what, pattern=ALIVE, off=True):
        self.box.start()
        took = self.box.wait_console(pattern, START_S)
        self.say(f'{what}: after {took:.0f} s')
        text = self.box.console_text()
        if off:
            self.box.kill()
        return text

    @property
    def disk(self):
        return self.box.machine.disk

    def end(self):
        self.box.kill()
        self.scene.close()
        shutil.rmtree(self.work, ignore_errors=True)


def plant(story, *more):
    canary = story.work / 'canary'
    canary.write_bytes(CANARY * 100)
    change_file_system(story.disk, story.work, '\n'.join((f'write {canary} canary', *more)))
    assert holds(story.disk, CANARY), 'the canary is not on the disk before the wipe'


def wiped(story, size):
    assert not holds(story.disk, CANARY), 'the canary is still on the disk'
    assert data_partition(story.disk)[1] == size, f'the data partition is {data_partition(story.disk)}, not of {size} bytes'


def wipe_by_the_menu(story):
    """What the loader's entry "Factory reset" starts: another word changes nothing, "erase" does."""
    story.box.machine.append += ' provost.reset=1'
    story.start('asked', 'anything else to start as usual: ', off=False)
    story.box.machine.type('no\r')
    story.box.wait_console('(?s)Nothing was changed.*anything else to start as usual: ', START_S)
    assert holds(story.disk, CANARY), 'it wipes without the word'
    story.box.machine.type('erase\r')
    story.box.wait_console(f'(?s)is wiped.*{ALIVE}', START_S)
    story.box.kill()


def test_it_is_made_grows_with_the_disk_and_is_wiped(say):
    story = Story('data', say, firmware=False, disk_mb=1024, append=LOUD)
    try:
        text = story.start('made')
        assert 'making the data partition' in text, 'the first start does not say that it makes the data partition'
        first = data_partition(story.disk)
        assert first and first[1] > 400 << 20, f'the data partition is {first}'
        os.truncate(story.disk, 2048 << 20)
        text = story.start('a larger disk')
        grown = data_partition(story.disk)
        assert grown[0] == first[0] and grown[1] > 1400 << 20, f'the data partition is {grown} after {first}'
        assert file_system_size(story.disk, story.work) > 1400 << 20, 'the file system did not grow with its partition'
        plant(story, f'write /dev/null {REQUEST}')
        text = story.start('wiped')
        assert 'is wiped' in text, 'the start does not say that it wipes'
        wiped(story, grown[1])
        plant(story)
        wipe_by_the_menu(story)
        wiped(story, grown[1])
        return 'made, grown, wiped twice: 0 canaries left'
    except Exception:
        print(story.scene.explain('data'), flush=True)
        raise
    finally:
        story.end()


def test_with_a_tpm_it_is_sealed_to_this_machine(say):
    """The second start opens it by itself; with another TPM the console asks for the recovery key."""
    story = Story('sealed', say, tpm=True, append=LOUD)
    try:
        story.start('made and sealed')
        offset, _ = data_partition(story.disk)
        with open(story.disk, 'rb') as file:
            file.seek(offset)
            assert file.read(6) == b'LUKS\xba\xbe', 'the data partition is not encrypted'
        story.start('opened by the TPM')
        shutil.rmtree(pathlib.Path(story.box.machine.dir) / 'tpm')
        text = story.start('another TPM', 'Recovery key: ')
        assert 'systemd[1]' not in text, 'it starts with another TPM'
        return 'sealed, opened by its TPM, not by another'
    except Exception:
        print(story.scene.explain('sealed'), flush=True)
        raise
    finally:
        story.end()
