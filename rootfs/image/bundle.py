"""bundle: the file that an update comes in, and variants of the image for tests of updates.

In:  the slot, the kernel image, the loader and slot.json of disk.py; the builder's update key.
Out: build/image/provost-ARCH.update, the same bytes for the same parts and keys.

A bundle is a ustar archive of five members in this order: manifest (JSON), manifest.p7s (CMS, detached), root, kernel.efi, boot.efi. Every byte
of it is fixed by the form, by a sum or by a hash: appliance/update/bundle_check.c takes nothing else (docs/update.md).
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import common
import disk
import keys
from common import ARCH, BASE, HERE, REPOSITORY, RESULTS, build_id, epoch, identity, is_current, remove, say, stop, tool, version

BUNDLE = RESULTS / f'provost-{ARCH}.update'
PRODUCT = 'provost'
FLOOR = '0.6.0'                 # versions before it are refused once this one is committed
DAYS = 3 * 365                  # after so long a bundle is not taken any more: somebody may have kept it for its holes
BLOCK = 512
PIECE = 1 << 20


def header(name, size):
    """One member's header, in the one form there is."""
    head = bytearray(BLOCK)
    head[:len(name)] = name.encode()
    head[100:124] = b'0000644\0' b'0000000\0' b'0000000\0'
    head[124:157] = b'%011o\0' b'00000000000\0' b'        0' % size
    head[257:265] = b'ustar\0' b'00'
    head[148:155] = b'%06o\0' % sum(head)
    return bytes(head)


def padding(size):
    return b'\0' * (-size % BLOCK)


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def schema():
    """The newest form of the database that this version knows."""
    return max(int(path.name[:3]) for path in (REPOSITORY / 'provisioning/store/schema').glob('[0-9][0-9][0-9]_*.sql'))


def manifest(parts, root_hash, **changed):
    """The manifest's bytes. changed: other values than those of this build, for tests."""
    fields = {'product': PRODUCT, 'architecture': ARCH, 'version': version(), 'build_id': build_id(), 'made_at': epoch(),
              'ends_at': epoch() + DAYS * 86400, 'floor': FLOOR, 'schema': schema(), 'root_hash': root_hash,
              'notes': os.environ.get('PROVOST_NOTES', ''),
              'files': [{'name': name, 'size': path.stat().st_size, 'sha256': digest(path)} for name, path in parts.items()], **changed}
    return (json.dumps(fields, ensure_ascii=False, separators=(',', ':')) + '\n').encode()


def sign(content, folder, key='update'):
    """The detached signature, without attributes: it holds no time, so the same content has the same one."""
    text, signature = folder / 'manifest.part', folder / 'signature.part'
    text.write_bytes(content)
    own = keys.ensure()
    tool('openssl', 'cms', '-sign', '-binary', '-noattr', '-nosmimecap', '-md', 'sha256', '-outform', 'DER', '-in', text, '-out', signature,
         '-signer', own / f'{key}.pem', '-inkey', own / f'{key}.key')
    made = signature.read_bytes()
    text.unlink()
    signature.unlink()
    return made


def write(target, members):
    """members: name -> bytes or a path."""
    with open(target, 'wb') as out:
        for name, content in members.items():
            size = len(content) if isinstance(content, bytes) else content.stat().st_size
            out.write(header(name, size))
            if isinstance(content, bytes):
                out.write(content)
            else:
                with open(content, 'rb') as file:
                    shutil.copyfileobj(file, out, PIECE)
            out.write(padding(size))
        out.write(b'\0' * 2 * BLOCK)


def make(target, key='update', **changed):
    """A bundle of the parts that disk.py left."""
    parts = {'root': disk.SLOT, 'kernel.efi': disk.KERNEL_IMAGE, 'boot.efi': disk.LOADER}
    text = manifest(parts, json.loads(disk.SLOT_FACTS.read_text())['root_hash'], **changed)
    fresh = pathlib.Path(f'{target}.new')
    write(fresh, {'manifest': text, 'manifest.p7s': sign(text, disk.IMAGE, key), **parts})
    fresh.rename(target)


def build():
    """Make the bundle anew when its parts or its key changed."""
    stamp = disk.IMAGE / 'bundle.stamp'
    wanted = identity(disk.IMAGE / 'disk.stamp', disk.SLOT_FACTS, HERE / 'bundle.py', version(), build_id(), epoch(), os.environ.get('PROVOST_NOTES', ''),
                      schema(), *keys.fingerprint())
    if is_current(BUNDLE, stamp, wanted):
        return
    stamp.unlink(missing_ok=True)
    make(BUNDLE)
    BUNDLE.with_suffix('.update.sha256').write_text(f'{digest(BUNDLE)}  {BUNDLE.name}\n')
    stamp.write_text(wanted + '\n')
    say(f'{BUNDLE} ({BUNDLE.stat().st_size / 1e6:.1f} MB)')


# --- variants, for tests ---------------------------------------------------------

BROKEN_STATION = '[Service]\nExecStart=\nExecStart=/usr/lib/provost/nothing\n'


def quick_root(target, _):
    """As disk.make_root, packed in a hurry."""
    target.unlink(missing_ok=True)
    tool('mksquashfs', disk.TREE, target, '-comp', 'zstd', '-Xcompression-level', '1', '-b', '256K', '-noappend', '-no-xattrs', '-no-progress', '-quiet',
         env=disk.environment())


def vary_tree(source, modules, kind):
    """The root of the image with another version, and with what the kind breaks."""
    remove(disk.TREE)
    subprocess.run(['cp', '-a', '-l', str(source), str(disk.TREE)], check=True)
    subprocess.run(['cp', '-a', '-l', str(modules), str(disk.TREE / 'usr/lib/modules')], check=True)
    release = disk.TREE / 'usr/lib/os-release'
    text = re.sub(r'^(VERSION_ID|IMAGE_VERSION)=.*$', rf'\1="{version()}"', release.read_text(), flags=re.MULTILINE)
    release.unlink()
    release.write_text(text)
    if kind == 'stations':
        folder = disk.TREE / 'usr/lib/systemd/system/provost-session.service.d'
        folder.mkdir(exist_ok=True)
        (folder / '90-broken.conf').write_text(BROKEN_STATION)


def vary(source, kind):
    """The parts of another version in OUT, made of the image in `source`. kind: good, stations (one never runs), panic (the root is not what is signed)."""
    import kernel
    disk.IMAGE.mkdir(parents=True, exist_ok=True)
    for name in ('initrd', 'vmlinuz'):
        (disk.IMAGE / name).unlink(missing_ok=True)
        os.link(source / name, disk.IMAGE / name)
    vary_tree(source / 'root', source / 'modules/lib/modules', kind)
    disk.make_root = quick_root
    if kind == 'panic':
        seal = disk.verity.seal
        disk.verity.seal = lambda path: (lambda made: made._replace(root_hash=made.root_hash[:-8] + '00000000'))(seal(path))
    disk.make_parts(kernel.release())
    remove(disk.TREE)


def main(words):
    parser = argparse.ArgumentParser(prog='bundle.py', description='A bundle of a varied image; O= names an empty folder for it.')
    parser.add_argument('source', type=pathlib.Path, help='the folder with the parts of the image, build/image')
    parser.add_argument('target', type=pathlib.Path)
    parser.add_argument('--kind', choices=('good', 'stations', 'panic'), default='good')
    parser.add_argument('--key', default='update', help='the key of the keys folder that signs')
    parser.add_argument('--set', action='append', default=[], metavar='FIELD=JSON', help='another value in the manifest')
    parser.add_argument('--parts', action='store_true', help='take the parts of the source as they are')
    given = parser.parse_args(words)
    if given.parts:
        for name in ('SLOT', 'SLOT_FACTS', 'KERNEL_IMAGE', 'LOADER'):
            setattr(disk, name, given.source / getattr(disk, name).name)
        disk.IMAGE.mkdir(parents=True, exist_ok=True)
    else:
        vary(given.source, given.kind)
    make(given.target, given.key, **{name: json.loads(value) for name, value in (text.split('=', 1) for text in given.set)})


if __name__ == '__main__':
    sys.dont_write_bytecode = True
    os.umask(0o022)
    main(sys.argv[1:])
