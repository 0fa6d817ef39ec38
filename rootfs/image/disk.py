"""disk: the bootable disk image, and the parts of it that an update brings.

In:  build/image/root, the kernel's parts, the builder's keys.
Out: build/image/provost-ARCH.img, .sha256 and .manifest; slot, provost.efi, systemd-boot.efi and slot.json (an update's parts).

    provost-esp        128 MB   systemd-boot, one unified kernel image per version, Secure Boot's lists
    provost_VERSION    192 MB   squashfs, its hash tree behind it; the UUID is the beginning of the root hash
    _empty             192 MB   the next version goes there
    provost-data                not in the image: made at the first start, to the disk's end

Everything is written into a plain file: no loop device, no mount. What firmware and loader start is signed.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import uuid

import kernel
import keys
import verity
from common import (ARCH, BUILD_ROOT, FACT, HERE, IMAGE_ROOT, KERNEL_ROOT, OUT, REPOSITORY, RESULTS, TREE, epoch, identity, is_current,
                    not_from_lock, remove, say, stop, tool, version)

IMAGE = OUT / 'image'
DISK = RESULTS / f'provost-{ARCH}.img'
SLOT, SLOT_FACTS = IMAGE / 'slot', IMAGE / 'slot.json'      # as an update brings it
KERNEL_IMAGE, LOADER = IMAGE / 'provost.efi', IMAGE / 'systemd-boot.efi'        # signed
CMDLINE = IMAGE / 'cmdline'                                 # of the kernel image, for machines that QEMU loads
MB = 1024 * 1024
START_MB = 1
EMPTY = '_empty'
ROOM = 40               # names that the folder of the kernel images has room for beside its own
TRIES = 3               # starts that may fail before the other slot is taken
PARTITIONS = (
    # place, MB, GPT type
    ('esp', 128, 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B'),
    ('a', 192, FACT.root_type),
    ('b', 192, FACT.root_type),
)
SPACE = uuid.UUID('6b9f2f0e-7d51-4a55-9f5c-6d1e2b7d3c10')       # names of ours, for fixed ids
LOADER_CONF = '''# No waiting; a key held down while the machine starts shows the menu. Nothing there can be edited.
timeout 0
editor no
auto-entries no
secure-boot-enroll manual
'''
# The menu's second line: asks for a word and wipes the data partition.
RESET_PROFILE = 'ID=reset\nTITLE=Factory reset\n'
MAIN_PROFILE = 'ID=main\n'


def fixed_uuid(name):
    return str(uuid.uuid5(SPACE, name))


def environment():
    return {**os.environ, 'SOURCE_DATE_EPOCH': str(epoch()), 'TZ': 'UTC'}


def make_root(target, release):
    """The root file system: the tree, with the kernel's modules."""
    whole = IMAGE / 'whole.new'
    remove(whole)
    subprocess.run(['cp', '-a', '-l', str(TREE), str(whole)], check=True)
    subprocess.run(['cp', '-a', '-l', str(kernel.MODULES / 'lib/modules'), str(whole / 'usr/lib/modules')], check=True)
    for path in [whole, whole / 'usr', whole / 'usr/lib', *(whole / 'usr/lib/modules').rglob('*'),
                 whole / 'usr/lib/modules']:
        os.utime(path, (epoch(), epoch()), follow_symlinks=False)
    target.unlink(missing_ok=True)
    tool('mksquashfs', whole, target, '-comp', 'zstd', '-Xcompression-level', '15', '-b', '256K', '-noappend',
         '-no-xattrs', '-no-progress', '-quiet', env=environment())
    remove(whole)


def make_kernel_image(target, release, words, folder=None):
    """The unified kernel image: kernel, initramfs, command line and the policy of the TPM in one signed file."""
    CMDLINE.write_text(f'{words}\n')
    folder, osrel = folder or keys.ensure(), TREE / 'usr/lib/os-release'
    parts = {name: IMAGE / f'{name}.part' for name in ('main.profile', 'reset.profile', 'reset.osrel', 'reset.cmdline', 'reset.efi',
                                                     'unsigned.efi')}
    parts['main.profile'].write_text(MAIN_PROFILE)
    parts['reset.profile'].write_text(RESET_PROFILE)
    # The menu's order goes by these names: behind all that is started without a choice.
    parts['reset.osrel'].write_text(re.sub(r'^((?:IMAGE_)?ID)=.*$', r'\1=provost-reset', osrel.read_text(), flags=re.MULTILINE))
    parts['reset.cmdline'].write_text(f'{words} provost.reset=1\n')
    env = environment()
    # This one wipes or restarts; it opens nothing.
    tool('ukify', 'build', f'--efi-arch={FACT.efi}', f'--profile=@{parts["reset.profile"]}', f'--cmdline=@{parts["reset.cmdline"]}', f'--os-release=@{parts["reset.osrel"]}',
         f'--output={parts["reset.efi"]}', env=env)
    # The policy holds from the moment the initramfs says that it begins until it says that it ends (init/tpm.c).
    tool('ukify', 'build', f'--linux={kernel.VMLINUZ}', f'--initrd={kernel.INITRD}', f'--cmdline=@{CMDLINE}',
         f'--os-release=@{osrel}', f'--uname={release}', f'--efi-arch={FACT.efi}',
         f'--profile=@{parts["main.profile"]}', f'--join-profile={parts["reset.efi"]}', '--phases=enter-initrd', '--pcr-banks=sha256',
         f'--pcr-private-key={folder / "pcr.key"}', f'--pcr-public-key={folder / "pcr.pub.pem"}', f'--pcrpkey={folder / "pcr.pub.pem"}',
         f'--output={parts["unsigned.efi"]}', env=env)
    keys.sign(parts['unsigned.efi'], target, folder)
    for path in parts.values():
        path.unlink()


def make_loader(target):
    source = BUILD_ROOT / f'usr/lib/systemd/boot/efi/systemd-boot{FACT.efi}.efi'
    if not source.exists():
        stop(f'{source} is not there: the build root lacks systemd-boot-efi')
    copy = IMAGE / 'loader.part'                    # the build root sees our folder, not itself
    shutil.copyfile(source, copy)
    keys.sign(copy, target)
    copy.unlink()


def entry_name(number, tries=TRIES):
    """The kernel image's file name in the ESP: the loader counts in it how often it may still be tried."""
    return f'provost_{number}+{tries}.efi'


def make_esp(target, size, number=''):
    """The ESP, with our keys as the menu of a machine in setup mode offers them."""
    folder = keys.ensure()
    tree = IMAGE / 'esp.new'
    remove(tree)
    files = {f'EFI/BOOT/{FACT.boot}': LOADER, f'EFI/Linux/{entry_name(number or version())}': KERNEL_IMAGE,
             **{f'loader/keys/provost/{name}.auth': folder / f'{name}.auth' for name in ('PK', 'KEK', 'db')}}
    for name, source in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, tree / name)
    (tree / 'loader/loader.conf').write_text(LOADER_CONF)
    for path in tree.rglob('*'):
        os.utime(path, (epoch(), epoch()))
    target.unlink(missing_ok=True)
    with open(target, 'wb') as file:
        file.truncate(size)
    tool('mkfs.vfat', '--invariant', '-F', '32', '-s', '1', '-n', 'PROVOST', '-i', '50524f56', target)
    tool('sh', '-c', 'cd "$2" && mcopy -s -m -Q -i "$1" EFI loader ::', 'esp', target, tree, env=environment())
    make_room(target, tree)
    remove(tree)


def make_room(esp, tree):
    """The folder of the kernel images is longer than it will ever have to be: FAT has no journal, and a cut while a folder grows can leave one that no
    firmware reads any more."""
    names = [f'room-for-further-names-{number:02}' for number in range(ROOM)]
    for name in names:
        (tree / name).touch()
        os.utime(tree / name, (epoch(), epoch()))
    tool('sh', '-c', 'cd "$2" && image=$1 && shift 2 && mcopy -m -i "$image" "$@" ::EFI/Linux', 'room', esp, tree, *names, env=environment())
    tool('mdel', '-i', esp, *(f'::EFI/Linux/{name}' for name in names), env=environment())


def write_partitions(disk, names, uuids):
    """The partition table. Returns place -> (offset, size)."""
    lines = ['label: gpt', f'label-id: {fixed_uuid("disk")}', 'unit: sectors', '']
    places, at = {}, START_MB
    for place, size, kind in PARTITIONS:
        lines.append(f'start={at * 2048}, size={size * 2048}, type={kind}, uuid={uuids[place]}, name="{names[place]}"')
        places[place] = (at * MB, size * MB)
        at += size
    disk.unlink(missing_ok=True)
    with open(disk, 'wb') as file:
        file.truncate((at + 1) * MB)
    tool('sfdisk', '-q', disk, input='\n'.join(lines) + '\n')
    return places


def put(disk, place, source):
    """Copy a file into its partition; runs of zeros stay holes."""
    offset, size = place
    length = source.stat().st_size
    if length > size:
        stop(f'{source.name} has {length} bytes, its partition {size}: the image has outgrown its layout')
    with open(source, 'rb') as file, open(disk, 'r+b') as out:
        while block := file.read(MB):
            if block.count(0) != len(block):
                out.seek(offset)
                out.write(block)
            offset += len(block)


def write_manifest(target, release):
    """What the image is made of: version, lock, every package."""
    changed = not_from_lock()
    taken = dict(match.groups() for line in changed if (match := re.search(r'(\S+) locked=\S+ taken=(\S+)', line)))
    sets = (IMAGE_ROOT.name, KERNEL_ROOT.name)
    rows = [line.split() for line in (REPOSITORY / 'rootfs/packages/lock').read_text().splitlines()]
    packages = sorted({(row[1], taken.get(row[1], row[2])) for row in rows if row and row[0] in sets})
    target.write_text(f'version: {version()}\nkernel: {release}\nfrom the lock: {"no" if changed else "yes"}\n'
                      + ''.join(f'changed: {line}\n' for line in changed)
                      + ''.join(f'package: {name} {number}\n' for name, number in packages))


def digest(path):
    total = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(MB):
            total.update(block)
    return total.hexdigest()


def make_parts(release):
    """The slot's content, the kernel image that belongs to it, the loader. Returns what the kernel image knows of the slot."""
    make_root(SLOT, release)
    sealed = verity.seal(SLOT)
    make_kernel_image(KERNEL_IMAGE, release, f'{sealed.words} {kernel.words()}')
    make_loader(LOADER)
    SLOT_FACTS.write_text(json.dumps({'version': version(), 'uuid': sealed.uuid, **sealed._asdict()}) + '\n')
    return sealed


def assemble(target, sealed, number=''):
    """The whole disk from its parts."""
    esp = IMAGE / 'esp.fat'
    names = {'esp': 'provost-esp', 'a': f'provost_{number or version()}', 'b': EMPTY}
    places = write_partitions(target, names, {'esp': fixed_uuid('esp'), 'a': sealed.uuid, 'b': fixed_uuid('b')})
    make_esp(esp, places['esp'][1], number)
    put(target, places['esp'], esp)
    put(target, places['a'], SLOT)
    esp.unlink()


def build():
    """Make the disk image anew when its root, its kernel, its keys or its layout changed."""
    release = kernel.build()
    stamp = IMAGE / 'disk.stamp'
    wanted = identity(TREE.with_name('root.stamp'), IMAGE / 'kernel.stamp', kernel.words(), HERE / 'disk.py', HERE / 'verity.py', epoch(),
                      *keys.fingerprint())
    if is_current(DISK, stamp, wanted):
        return
    stamp.unlink(missing_ok=True)
    say('disk')
    sealed = make_parts(release)
    fresh = DISK.with_suffix('.new')
    assemble(fresh, sealed)
    fresh.rename(DISK)
    DISK.with_suffix('.sha256').write_text(f'{digest(DISK)}  {DISK.name}\n')
    write_manifest(DISK.with_suffix('.manifest'), release)
    stamp.write_text(wanted + '\n')
    say(f'{DISK} (slot {SLOT.stat().st_size / 1e6:.1f} MB, kernel image {KERNEL_IMAGE.stat().st_size / 1e6:.1f} MB)'
        + (', NOT FROM THE LOCK' if not_from_lock() else ''))
