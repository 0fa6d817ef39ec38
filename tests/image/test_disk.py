"""The disk image and the root file system in it, without starting them."""
import json
import os
import re
import stat
import struct
import subprocess

import boot_disk
import disk
import kernel
import keys
import verity
from common import TREE, tool
from write_log import Moment

MB = 1 << 20
SHELLS = re.compile(r'^(sh|bash|dash|ash|zsh|busybox|csh|ksh|perl.*|python.*|agetty|getty|login|su|sshd|sudo|telnetd)$')


def require(condition, what):
    if not condition:
        raise AssertionError(what)


def test_the_layout_carries_two_slots_and_leaves_the_rest_to_data(_say):
    table = json.loads(tool('sfdisk', '--json', disk.DISK))['partitiontable']
    require(table['label'] == 'gpt', f'the partition table is {table["label"]}')
    found = [(row['name'], row['size'] * table.get('sectorsize', 512) // MB) for row in table['partitions']]
    names = ('provost-esp', f'provost_{slot_facts()["version"]}', disk.EMPTY)
    require(found == [(name, size) for name, (_, size, _) in zip(names, disk.PARTITIONS)], f'the partitions are {found}')
    require(table['partitions'][1]['uuid'].lower() == slot_facts()['uuid'], 'the slot does not have the UUID of its root hash')
    used = disk.SLOT.stat().st_size / MB
    require(used < disk.PARTITIONS[1][1] / 2, f'a slot of {used:.0f} MB leaves little room for growth')
    return f'{used:.0f} of {disk.PARTITIONS[1][1]} MB used in a slot'


def slot_facts():
    return json.loads(disk.SLOT_FACTS.read_text())


def test_the_firmware_finds_a_loader_one_kernel_and_the_keys(_say):
    esp = f'{disk.DISK}@@{disk.START_MB * MB}'
    names = tool('mdir', '-b', '-/', '-i', esp, '::').split()
    kernel_image = f'::/EFI/Linux/{disk.entry_name(slot_facts()["version"])}'
    for name in ('::/EFI/BOOT/BOOTX64.EFI', kernel_image, *(f'::/loader/keys/provost/{key}.auth' for key in ('PK', 'KEK', 'db'))):
        require(name in names, f'the ESP has no {name}: {names}')
    kernels = [name for name in names if name.startswith('::/EFI/Linux/') and name.endswith('.efi')]
    require(kernels == [kernel_image], f'the ESP has the kernels {kernels}')
    conf = tool('mtype', '-i', esp, '::/loader/loader.conf').splitlines()
    for line in ('timeout 0', 'editor no', 'auto-entries no', 'secure-boot-enroll manual'):
        require(line in conf, f'loader.conf does not say "{line}": {conf}')


def test_the_folder_of_the_kernel_images_never_has_to_grow(_say):
    moment = Moment(disk.DISK)
    rows, _ = boot_disk.partitions(moment.read, disk.DISK.stat().st_size)
    boot = boot_disk.BootPartition(moment.read, boot_disk.labelled(rows, 'provost-esp'))
    cluster = next(row[2] for row in boot.folder('EFI') if row[0] == 'Linux')
    # A name takes 4 of these, a name that systemd-sysupdate gives for a while 6; there are four names at most.
    room = sum(count for _, count in boot.chain(cluster)) * boot.cluster // 32
    require(room >= 64, f'the folder of the kernel images has room for {room} parts of names')
    return f'{room} parts of names'


def test_loader_and_kernel_are_signed_by_our_key(_say):
    for path in (disk.LOADER, disk.KERNEL_IMAGE):
        said = tool('sbverify', '--cert', keys.ensure() / 'db.pem', path)
        require('Signature verification OK' in said, f'{path.name}: {said}')
    words = f'provost.root={slot_facts()["root_hash"]} '.encode()
    require(words in disk.KERNEL_IMAGE.read_bytes(), 'the signed kernel image does not name the root')


def test_nobody_can_log_in(_say):
    for line in (TREE / 'etc/shadow').read_text().splitlines():
        name, password = line.split(':')[:2]
        require(password == '*', f'{name} has a password field "{password[:3]}…"')
    programs = [path.name for folder in ('bin', 'sbin') for path in (TREE / 'usr' / folder).iterdir()]
    require(not [name for name in programs if SHELLS.match(name)],
            f'there are {[name for name in programs if SHELLS.match(name)]}')
    units = [path.name for path in (TREE / 'usr/lib/systemd/system').rglob('*')]
    found = [name for name in units if re.match(r'(getty|serial-getty|ssh|debug-shell|rescue\.s|emergency\.s)', name)]
    require(not found, f'units that give a shell: {found}')
    return f'{len(programs)} programs, none of them a shell'


def test_no_file_gives_rights_and_none_is_everybodys(_say):
    for folder, _, files in os.walk(TREE):
        for name in files:
            path = os.path.join(folder, name)
            mode = os.lstat(path)
            if stat.S_ISREG(mode.st_mode):
                require(not mode.st_mode & (stat.S_ISUID | stat.S_ISGID), f'{path} is set-user-id')
                require(not mode.st_mode & stat.S_IWOTH, f'{path} can be written by everybody')
                require(mode.st_uid == 0 and mode.st_gid == 0, f'{path} belongs to {mode.st_uid}:{mode.st_gid}')
                require('security.capability' not in os.listxattr(path), f'{path} has capabilities')


def test_no_secret_is_in_the_root(_say):
    for folder, _, files in os.walk(TREE / 'etc'):
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                require(b'PRIVATE KEY' not in open(path, 'rb').read(), f'{path} holds a private key')
    require((TREE / 'etc/machine-id').read_text() == '', 'the root has a machine id of its own')


def test_users_have_the_numbers_of_the_architecture(_say):
    text = (disk.REPOSITORY / 'docs/architecture.md').read_text()
    wanted = dict(re.findall(r'\| (provost-\w+) \((\d{3})\) \|', text))
    have = {row[0]: row[2] for row in (line.split(':') for line in (TREE / 'etc/passwd').read_text().splitlines())}
    require(wanted and all(have.get(name) == number for name, number in wanted.items()), f'{wanted} against {have}')
    groups = {row[0] for row in (line.split(':') for line in (TREE / 'etc/group').read_text().splitlines())}
    require({'provost', 'provost-tls'} <= groups, 'the groups provost and provost-tls are not there')


def test_a_second_root_file_system_is_the_same(say):
    """The same tree packed twice: every byte alike."""
    again, first = disk.IMAGE / 'again', disk.SLOT
    stamps = [disk.IMAGE / name for name in ('root.stamp', 'disk.stamp')]
    require(stamps[0].stat().st_mtime <= stamps[1].stat().st_mtime, 'the tree is newer than the disk: run `make image`')
    with open(first, 'rb') as file:
        made_at = struct.unpack_from('<I', file.read(12), 8)[0]
    try:
        os.environ['SOURCE_DATE_EPOCH'] = str(made_at)
        disk.make_root(again, kernel.release())
        verity.seal(again)
        say('packed once more')
        same = subprocess.run(['cmp', '-s', again, first]).returncode == 0
    finally:
        del os.environ['SOURCE_DATE_EPOCH']
        again.unlink(missing_ok=True)
    require(same, 'two root file systems from one tree differ')


def test_the_manifest_says_what_is_inside(_say):
    text = disk.DISK.with_suffix('.manifest').read_text()
    require(re.search(r'^from the lock: (yes|no)$', text, re.MULTILINE), 'it does not say whether it is from the lock')
    packages = re.findall(r'^package: (\S+) \S+$', text, re.MULTILINE)
    for name in ('systemd', 'openvpn', 'nginx', 'chrony'):
        require(name in packages, f'the package {name} is not in it')
    recorded = disk.DISK.with_suffix('.sha256').read_text().split()[0]
    require(recorded == disk.digest(disk.DISK), 'the hash beside the image is another')
    return f'{len(packages)} packages'
