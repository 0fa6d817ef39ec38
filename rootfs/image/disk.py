"""disk: the bootable disk image.

In:  build/image/root, the kernel's parts.
Out: build/image/provost-amd64.img, .sha256 and .manifest.

    ESP          64 MB   systemd-boot, one unified kernel image per version
    root-a      128 MB   squashfs; room behind it for its hash tree
    root-b      128 MB   empty; the next version goes there
    data        256 MB   ext4, the only file system that is written

Everything is written into a plain file: no loop device, no mount.
"""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import uuid

import kernel
from common import (BUILD_ROOT, HERE, IMAGE_ROOT, KERNEL_ROOT, OUT, REPOSITORY, TREE, epoch, identity, is_current,
                    not_from_lock, remove, say, stop, tool, version)

IMAGE = OUT / 'image'
DISK = IMAGE / 'provost-amd64.img'
MB = 1024 * 1024
START_MB = 1
PARTITIONS = (
    # name, MB, GPT type
    ('provost-esp', 64, 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B'),
    ('provost-root-a', 128, '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709'),
    ('provost-root-b', 128, '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709'),
    ('provost-data', 256, '0FC63DAF-8483-4772-8E79-3D69D8477DE4'),
)
SPACE = uuid.UUID('6b9f2f0e-7d51-4a55-9f5c-6d1e2b7d3c10')       # names of ours, for fixed ids


def fixed_uuid(name):
    return str(uuid.uuid5(SPACE, name))


def environment():
    return {**os.environ, 'SOURCE_DATE_EPOCH': str(epoch()), 'TZ': 'UTC'}


def make_root(target, release):
    """The squashfs: the tree, with the kernel's modules."""
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


def make_kernel_image(target, release):
    """The unified kernel image: kernel, initramfs and command line in one file that can be signed."""
    tool('ukify', 'build', f'--linux={kernel.VMLINUZ}', f'--initrd={kernel.INITRD}', f'--cmdline=@{kernel.CMDLINE}',
         f'--os-release=@{TREE / "usr/lib/os-release"}', f'--uname={release}', f'--output={target}',
         env=environment())


def make_esp(target, size, kernel_image):
    loader = BUILD_ROOT / 'usr/lib/systemd/boot/efi/systemd-bootx64.efi'
    if not loader.exists():
        stop(f'{loader} is not there: the build root lacks systemd-boot-efi')
    conf = IMAGE / 'loader.conf'
    conf.write_text('timeout 0\neditor no\n')
    shutil.copyfile(loader, IMAGE / 'systemd-boot.efi')
    target.unlink(missing_ok=True)
    with open(target, 'wb') as file:
        file.truncate(size)
    tool('mkfs.vfat', '--invariant', '-F', '32', '-s', '1', '-n', 'PROVOST', '-i', '50524f56', target)
    name = f'provost_{re.sub("[^0-9a-z.]", "-", version())}.efi'
    script = 'mmd -i "$1" ::EFI ::EFI/BOOT ::EFI/Linux ::loader && ' \
        'mcopy -m -i "$1" "$2" ::EFI/BOOT/BOOTX64.EFI && mcopy -m -i "$1" "$3" "::EFI/Linux/$4" && ' \
        'mcopy -m -i "$1" "$5" ::loader/loader.conf'
    for path in (IMAGE / 'systemd-boot.efi', kernel_image, conf):
        os.utime(path, (epoch(), epoch()))
    tool('sh', '-c', script, 'esp', target, IMAGE / 'systemd-boot.efi', kernel_image, name, conf, env=environment())


def make_data(target, size):
    target.unlink(missing_ok=True)
    tool('mke2fs', '-q', '-t', 'ext4', '-m', '1', '-L', 'provost-data', '-U', fixed_uuid('data file system'), '-E',
         f'hash_seed={fixed_uuid("data hash seed")},root_owner=0:0,nodiscard,lazy_itable_init=0', target,
         f'{size // 1024}k', env=environment())


def write_partitions(disk):
    """The partition table. Returns name -> (offset, size)."""
    lines = ['label: gpt', f'label-id: {fixed_uuid("disk")}', 'unit: sectors', '']
    places, at = {}, START_MB
    for name, size, kind in PARTITIONS:
        lines.append(f'start={at * 2048}, size={size * 2048}, type={kind}, uuid={fixed_uuid(name)}, name="{name}"')
        places[name] = (at * MB, size * MB)
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


def build():
    """Make the disk image anew when its root, its kernel or its layout changed."""
    release = kernel.build()
    stamp = IMAGE / 'disk.stamp'
    wanted = identity(TREE.with_name('root.stamp'), IMAGE / 'kernel.stamp', kernel.CMDLINE, HERE / 'disk.py', epoch())
    if is_current(DISK, stamp, wanted):
        return
    stamp.unlink(missing_ok=True)
    say('disk')
    root, esp, data = IMAGE / 'root.squashfs', IMAGE / 'esp.fat', IMAGE / 'data.ext4'
    kernel_image = IMAGE / 'provost.efi'
    make_root(root, release)
    make_kernel_image(kernel_image, release)
    fresh = DISK.with_suffix('.new')
    places = write_partitions(fresh)
    make_esp(esp, places['provost-esp'][1], kernel_image)
    make_data(data, places['provost-data'][1])
    for name, source in (('provost-esp', esp), ('provost-root-a', root), ('provost-data', data)):
        put(fresh, places[name], source)
    fresh.rename(DISK)
    for path in (esp, data):
        path.unlink()
    DISK.with_suffix('.sha256').write_text(f'{digest(DISK)}  {DISK.name}\n')
    write_manifest(DISK.with_suffix('.manifest'), release)
    stamp.write_text(wanted + '\n')
    say(f'{DISK} (root {root.stat().st_size / 1e6:.1f} MB, kernel image {kernel_image.stat().st_size / 1e6:.1f} MB)'
        + (', NOT FROM THE LOCK' if not_from_lock() else ''))
