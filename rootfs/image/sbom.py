"""sbom: the list of the image's parts, as CycloneDX 1.6, and the table of how its programs were hardened.

In:  the tree, the kernel's modules, the initramfs, the descriptions of the package sets (`fetch describe`), the locks.
Out: build/image/provost-ARCH.sbom.json and .hardening beside the image.
Not: no package that has no file in the image.

Every ELF file is one `file` inside the component it comes from, with its hash; a file of a package counts as its only with
the package's own bytes.
"""
import base64
import collections
import hashlib
import json
import pathlib
import re
import time
import urllib.parse
import uuid

import elf
import kernel
from common import (ARCH, BIN, BUILD_ROOT, HERE, IMAGE_ROOT, KERNEL_ROOT, OUT, REPOSITORY, RESULTS, TREE, build_id, epoch, identity,
                    is_current, remove, stop, tool, version)

SPACE = uuid.UUID('6b9f2f0e-7d51-4a55-9f5c-6d1e2b7d3c10')
DISK = RESULTS / f'provost-{ARCH}.img'
SBOM, HARDENING = DISK.with_suffix('.sbom.json'), DISK.with_suffix('.hardening')
# Files that stand elsewhere in the image than in their package (tree.py).
MOVED = {'usr/lib/provost/chronyd': 'usr/sbin/chronyd'}
OURS = 'provost'
# Debian's short names of licences, in SPDX's words.
SPDX = {'Expat': 'MIT', 'MIT': 'MIT', 'Apache-2': 'Apache-2.0', 'Apache-2.0': 'Apache-2.0', 'BSD-2-clause': 'BSD-2-Clause',
        'BSD-2-Clause': 'BSD-2-Clause', 'BSD-3-clause': 'BSD-3-Clause', 'BSD-3-Clause': 'BSD-3-Clause', 'BSD-4-clause': 'BSD-4-Clause',
        'ISC': 'ISC', 'Zlib': 'Zlib', 'CC0-1.0': 'CC0-1.0', 'X11': 'X11', '0BSD': '0BSD', 'FSFULLR': 'FSFULLR', 'FSFAP': 'FSFAP',
        'AFL-2.1': 'AFL-2.1', 'MPL-2.0': 'MPL-2.0', 'Beerware': 'Beerware', 'GPL-1+': 'GPL-1.0-or-later', 'GPL-2': 'GPL-2.0-only',
        'GPL-2.0': 'GPL-2.0-only', 'GPL-2+': 'GPL-2.0-or-later', 'GPL-2.0+': 'GPL-2.0-or-later', 'GPL-3': 'GPL-3.0-only',
        'GPL-3+': 'GPL-3.0-or-later', 'LGPL-2': 'LGPL-2.0-only', 'LGPL-2+': 'LGPL-2.0-or-later', 'LGPL-2.1': 'LGPL-2.1-only',
        'LGPL-2.1+': 'LGPL-2.1-or-later', 'LGPL-3': 'LGPL-3.0-only', 'LGPL-3+': 'LGPL-3.0-or-later', 'OpenLDAP-2.8': 'OLDAP-2.8'}


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def is_elf(path):
    if path.is_symlink() or not path.is_file():
        return False
    with open(path, 'rb') as file:
        return file.read(4) == b'\x7fELF'


# --- what there is -----------------------------------------------------------

def cpio_members(data):
    """(name, bytes) of the files of a cpio archive in the kernel's newer form."""
    at = 0
    while data[at:at + 6] in (b'070701', b'070702'):
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, length = fields[1], fields[6], fields[11]
        name = data[at + 110:at + 110 + length - 1].decode()
        begin = at + (110 + length + 3 & ~3)
        if name == 'TRAILER!!!':
            return
        if mode & 0o170000 == 0o100000:
            yield name.removeprefix('./'), data[begin:begin + size]
        at = begin + (size + 3 & ~3)
    stop('the initramfs is not the archive that was made')


def unpack_initrd(folder):
    """The initramfs's files below a folder."""
    plain = OUT / 'image/initrd.cpio'
    tool('zstd', '-q', '-d', '-f', '-o', plain, kernel.INITRD)
    for name, data in cpio_members(plain.read_bytes()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    plain.unlink()


def elf_files(initrd):
    """{name in the image: path here} of every ELF file: root, modules of the root, initramfs."""
    found = {}
    for prefix, folder in (('', TREE), ('usr/', kernel.MODULES), ('initramfs:', initrd)):
        for path in sorted(folder.rglob('*')):
            if is_elf(path):
                found[f'{prefix}{path.relative_to(folder)}'] = path
    return found


# --- where it comes from -----------------------------------------------------

def described(root):
    path = pathlib.Path(f'{root}.packages')
    if not path.exists():
        stop(f'{path} is not there: run `make image`, which writes it')
    return json.loads(path.read_text())['packages']


def locked(name):
    """{package: (version, architecture, sha256)} of a set of the lock."""
    rows = [line.split() for line in (REPOSITORY / 'rootfs/packages/lock').read_text().splitlines()]
    return {row[1]: (row[2], row[3], row[4]) for row in rows if row and row[0] == name}


class Owners:
    """Whose file it is: by the path in the package, and the same bytes."""

    def __init__(self, packages):
        self.packages = packages
        self.paths = {path: package['name'] for package in packages for path in package['files']}
        self.modules = {path.rsplit('/', 1)[-1].removesuffix('.xz'): name for path, name in self.paths.items()
                        if path.startswith('usr/lib/modules/') and '.ko' in path}

    def of(self, name, path):
        """The package's name, OURS, or None."""
        if name == 'initramfs:init' or (name.split('/')[-1].startswith('provost') and (BIN / path.name).exists()):
            return OURS
        if name.endswith('.ko'):
            return self.modules.get(path.name)
        there = MOVED.get(name, name)
        source = IMAGE_ROOT / there
        if there in self.paths and source.is_file() and digest(source) == digest(path):
            return self.paths[there]
        return None


# --- as CycloneDX says it ----------------------------------------------------

def licences(names):
    return [{'license': {'id': SPDX[name]} if name in SPDX else {'name': name}} for name in names]


def hashes(sha256):
    return [{'alg': 'SHA-256', 'content': sha256}]


def package_url(name, number, architecture):
    return f'pkg:deb/debian/{urllib.parse.quote(name, safe="")}@{urllib.parse.quote(number, safe="")}?arch={architecture}&distro=trixie'


def file_part(name, path):
    return {'type': 'file', 'bom-ref': f'file:{name}', 'name': f'/{name}' if ':' not in name else name, 'hashes': hashes(digest(path))}


def package_part(package, files):
    url = package_url(package['name'], package['version'], package['architecture'])
    part = {'type': 'library', 'bom-ref': url, 'name': package['name'], 'version': package['version'], 'purl': url,
            'supplier': {'name': 'Debian'}, 'hashes': hashes(package['sha256']),
            'properties': [{'name': 'provost:source', 'value': package['source']},
                           {'name': 'provost:source-version', 'value': package['source_version']}]}
    if package['licences']:
        part['licenses'] = licences(package['licences'])
    if re.match(r'https?://', package['homepage']):
        part['externalReferences'] = [{'type': 'website', 'url': package['homepage']}]
    if files:
        part['components'] = [file_part(name, path) for name, path in files]
    return part


def tool_part(name, what):
    """A package of the build root that goes into the image other than as its files."""
    row = locked(BUILD_ROOT.name).get(name)
    if not row:
        stop(f'{name} is not in the build root of the lock, which the image has a part of')
    url = package_url(name, row[0], row[1])
    return {'type': 'library', 'bom-ref': f'{url}#{BUILD_ROOT.name}', 'name': name, 'version': row[0], 'purl': url,
            'supplier': {'name': 'Debian'}, 'hashes': hashes(row[2]), 'description': what}


def npm_parts():
    """What the page is made of, from the lock of npm's packages."""
    for line in (REPOSITORY / 'rootfs/packages/lock-npm').read_text().splitlines():
        words = line.split(' ', 4)
        if words[0] == 'web':
            name = words[1].rsplit('node_modules/', 1)[-1]
            url = f'pkg:npm/{urllib.parse.quote(name, safe="/")}@{words[2]}'
            yield {'type': 'library', 'bom-ref': url, 'name': name, 'version': words[2], 'purl': url,
                   'licenses': licences([words[4]]),
                   'hashes': [{'alg': 'SHA-512', 'content': base64.b64decode(words[3].removeprefix('sha512-')).hex()}]}


def source_parts():
    """Sources of others that we compile."""
    rows = locked('source')
    if 'lwip' in rows:
        number, _, sha256 = rows['lwip']
        url = package_url('lwip', number, 'source')
        yield {'type': 'library', 'bom-ref': url, 'name': 'lwip', 'version': number, 'purl': url, 'supplier': {'name': 'Debian'},
               'hashes': hashes(sha256), 'licenses': licences(['BSD-3-Clause']), 'description': 'compiled into our programs'}


def our_part(files):
    return {'type': 'application', 'bom-ref': 'provost', 'name': 'Provost', 'version': version(),
            'description': f'our own programs, from commit {build_id() or "unknown"}', 'licenses': licences(['Apache-2.0']),
            'components': [file_part(name, path) for name, path in files]}


def document(parts, image):
    moment = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(epoch()))
    root = {'type': 'operating-system', 'bom-ref': 'image', 'name': f'provost-{ARCH}', 'version': version(), 'hashes': hashes(image)}
    return {'$schema': 'http://cyclonedx.org/schema/bom-1.6.schema.json', 'bomFormat': 'CycloneDX', 'specVersion': '1.6',
            'serialNumber': f'urn:uuid:{uuid.uuid5(SPACE, image)}', 'version': 1,
            'metadata': {'timestamp': moment, 'component': root}, 'components': parts,
            'dependencies': [{'ref': 'image', 'dependsOn': [part['bom-ref'] for part in parts]}]}


def present(package):
    """Whether anything of a package is in the image."""
    return any((TREE / path).exists() or (TREE / path).is_symlink() for path in package['files'] if not path.startswith('etc/')) \
        or any(moved in package['files'] for moved in MOVED.values())


# --- the table of programs ---------------------------------------------------

def gaps(found):
    """What a program lacks of what this architecture's Debian can give it; [] for kernel modules and what is static."""
    if found.kind == 'module':
        return []
    if found.kind == 'static':
        return [word for word, good in (('pie', found.pie), ('relro', found.relro == 'full'), ('nx', found.nx)) if not good]
    wanted = (('pie', found.pie), ('relro', found.relro == 'full'), ('now', found.now), ('canary', found.canary),
              ('fortify', found.fortify > 0), ('nx', found.nx), ('rpath', not found.rpath), ('stripped', found.stripped),
              ('bti', ARCH != 'arm64' or found.features == ('bti', 'pac')))
    return [word for word, good in wanted if not good]


def write_hardening(owned):
    lines = ['# kind pie relro now canary fortify nx features rpath stripped owner file; then what is missing']
    for name, (path, owner) in sorted(owned.items()):
        found = elf.hardening(path)
        if found.kind != 'module':
            words = [found.kind, 'pie' if found.pie else '-', f'relro={found.relro}', 'now' if found.now else '-',
                     'canary' if found.canary else '-', f'fortify={found.fortify}', 'nx' if found.nx else '-',
                     '+'.join(found.features) or '-', found.rpath or '-', 'stripped' if found.stripped else '-', owner or 'unknown', name]
            missing = gaps(found)
            lines.append(' '.join(words) + (f'   lacks {" ".join(missing)}' if missing else ''))
    HARDENING.write_text('\n'.join(lines) + '\n')


def ensure():
    """Make both files anew when the image is another one."""
    said = DISK.with_suffix('.sha256').read_text().split()[0]
    stamp = OUT / 'image/sbom.stamp'
    wanted = identity(said, *(HERE / name for name in ('sbom.py', 'elf.py')), *(pathlib.Path(f'{root}.packages') for root in (IMAGE_ROOT, KERNEL_ROOT)))
    if not is_current(SBOM, stamp, wanted):
        build(said)
        stamp.write_text(wanted + '\n')


def build(image):
    """Write both files for the image with that hash."""
    initrd = OUT / 'image/initrd.files'
    remove(initrd)
    unpack_initrd(initrd)
    packages = described(IMAGE_ROOT) + described(KERNEL_ROOT)
    owners = Owners(packages)
    owned = {name: (path, owners.of(name, path)) for name, path in elf_files(initrd).items()}
    files = collections.defaultdict(list)
    for name, (path, owner) in sorted(owned.items()):
        files[owner].append((name, path))
    files[f'linux-binary-{kernel.release()}'].append(('kernel:vmlinuz', kernel.VMLINUZ))
    parts = [package_part(package, files[package['name']]) for package in sorted(packages, key=lambda item: item['name'])
             if files[package['name']] or present(package)]
    parts += [our_part(files[OURS]), *npm_parts(), *source_parts(),
              tool_part('systemd-boot-efi', 'the loader, and the stub that starts the kernel'),
              tool_part('libc6-dev', 'linked into the initramfs’s init')]
    if files[None]:
        parts.append({'type': 'application', 'bom-ref': 'unknown', 'name': 'unknown',
                      'components': [file_part(name, path) for name, path in files[None]]})
    SBOM.write_text(json.dumps(document(parts, image), indent=1, ensure_ascii=False) + '\n')
    write_hardening(owned)
    remove(initrd)
