"""The lists beside the image: its parts (SBOM), how its programs were hardened, open CVEs, hashes."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import cve
import disk
import elf
import sbom
import size
from common import ARCH, BASE, REPOSITORY, RESULTS, tool

WORK = BASE / 'check/image/parts'
SHAPES_ROOT = pathlib.Path(str(sbom.IMAGE_ROOT)).with_name('shapes')
SHAPE = '''
import json, sys
from jsonschema import Draft7Validator
from referencing import Registry, Resource
folder = '/usr/lib/python3/dist-packages/cyclonedx/schema/_res/'
read = lambda name: json.load(open(folder + name))
known = Registry()
for name in ('spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json'):
    known = known.with_resource('http://cyclonedx.org/schema/' + name, Resource.from_contents(read(name)))
found = list(Draft7Validator(read('bom-1.6.SNAPSHOT.schema.json'), registry=known).iter_errors(json.load(open(sys.argv[1]))))
for error in found[:5]:
    print(error.json_path, error.message[:200])
sys.exit(bool(found))
'''


def require(condition, what):
    if not condition:
        raise AssertionError(what)


def parts():
    return json.loads(sbom.SBOM.read_text())


def files_in(document):
    """{name: (sha256, component)} of every file in the list."""
    return {file['name']: (file['hashes'][0]['content'], part['name']) for part in document['components'] for file in part.get('components', [])}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def elf_of_the_slot():
    """{path: sha256} of the ELF files of the slot, unpacked from it."""
    folder = WORK / 'slot'
    tool('unsquashfs', '-q', '-n', '-no-xattrs', '-d', folder, disk.SLOT)
    found = {}
    for path in folder.rglob('*'):
        if path.is_file() and not path.is_symlink() and (data := path.read_bytes())[:4] == b'\x7fELF':
            found[f'/{path.relative_to(folder)}'] = sha256(data)
    return found


def elf_of_the_kernel_image():
    """{name: sha256} of the ELF files of the initramfs inside the kernel image that the loader starts."""
    tool('objcopy', '-O', 'binary', '--only-section=.initrd', disk.KERNEL_IMAGE, WORK / 'initrd')
    tool('zstd', '-q', '-d', '-f', '-o', WORK / 'initrd.cpio', WORK / 'initrd')
    return {f'initramfs:{name}': sha256(data) for name, data in sbom.cpio_members((WORK / 'initrd.cpio').read_bytes())
            if data[:4] == b'\x7fELF'}


def test_every_elf_file_of_the_image_is_in_the_list_of_parts(_say):
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    try:
        there = {**elf_of_the_slot(), **elf_of_the_kernel_image()}
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
    document = parts()
    listed = files_in(document)
    require(len(there) > 300, f'only {len(there)} ELF files were found')
    missing = [name for name, digest in there.items() if listed.get(name, ('',))[0] != digest]
    require(not missing, f'{len(missing)} of {len(there)} are not in the list: {missing[:5]}')
    extra = [name for name in listed if name not in there and name != 'kernel:vmlinuz']
    require(not extra, f'the list has files that are not there: {extra[:5]}')
    nobody = [name for name, (_, owner) in listed.items() if owner == 'unknown']
    require(not nobody, f'nobody knows where these come from: {nobody[:5]}')
    without = [part['name'] for part in document['components'] if not part.get('licenses') and part['name'] not in ('systemd-boot-efi', 'libc6-dev')]
    return f'{len(there)} of {len(there)} ELF files, {len(document["components"])} components, without a known licence: {", ".join(without) or "none"}'


def test_the_list_of_parts_has_the_published_shape(_say):
    WORK.mkdir(parents=True, exist_ok=True)
    checker, wrong = WORK / 'shape.py', WORK / 'wrong.json'
    checker.write_text(SHAPE)
    try:
        done = [check_shape(checker, sbom.SBOM)]
        document = parts()
        document['components'][0]['licenses'] = [{'license': {'id': 'not a licence of SPDX'}}]
        wrong.write_text(json.dumps(document))
        done.append(check_shape(checker, wrong))
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
    require(done[0].returncode == 0, f'it is not CycloneDX 1.6: {done[0].stdout.strip()}')
    require(done[1].returncode == 1 and 'components[0]' in done[1].stdout, 'a wrong list passes for a right one')


def check_shape(checker, path):
    return subprocess.run([str(REPOSITORY / 'rootfs/host/in-root'), str(SHAPES_ROOT), 'python3', str(checker), str(path)], cwd=REPOSITORY,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_our_programs_lack_no_hardening(_say):
    """The gaps of Debian's are in the table; ours may have none."""
    lines = [line for line in sbom.HARDENING.read_text().splitlines() if not line.startswith('#')]
    ours = [line for line in lines if f' {sbom.OURS} ' in line]
    require(len(ours) > 15, f'only {len(ours)} of our programs')
    bad = [line for line in ours if 'lacks' in line]
    require(not bad, f'{len(bad)} of ours: {bad[:3]}')
    for word in ('pie', 'nx'):
        without = [line for line in lines if line.startswith(('program', 'library')) and word in line.partition(' lacks ')[2].split()]
        require(not without, f'not even Debian\'s may lack {word}: {without[:3]}')
    return f'{len(ours)} of ours without a gap; {sum("lacks" in line for line in lines)} of Debian\'s {len(lines) - len(ours)} have one'


def test_a_program_without_hardening_is_noticed(_say):
    """The reader itself, shown programs that lack what it looks for."""
    WORK.mkdir(parents=True, exist_ok=True)
    source = WORK / 'weak.c'
    source.write_text('#include <stdio.h>\n#include <string.h>\n'
                      'int main(int argc, char **argv) { char text[64]; strcpy(text, argv[argc - 1]); return puts(text) < 0; }\n')
    weak = ['-O2', '-no-pie', '-fno-pie', '-fno-stack-protector', '-U_FORTIFY_SOURCE', '-Wl,-z,norelro', '-Wl,-z,lazy', '-Wl,-z,execstack',
            '-Wl,-rpath,/tmp']
    strong = ['-O2', '-pie', '-fPIE', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=3', '-Wl,-z,relro,-z,now', '-s']
    try:
        for name, flags in (('weak', weak), ('strong', strong)):
            tool('gcc', '-w', *flags, '-o', WORK / name, source)
        found = sbom.gaps(elf.hardening(WORK / 'weak'))
        require(found == ['pie', 'relro', 'now', 'canary', 'fortify', 'nx', 'rpath', 'stripped'], f'of a weak program it says {found}')
        require(not sbom.gaps(elf.hardening(WORK / 'strong')), f'of a strong one {sbom.gaps(elf.hardening(WORK / "strong"))}')
    finally:
        shutil.rmtree(WORK, ignore_errors=True)


def tracker_of(number):
    """A small copy of the tracker's shape: what is open, fixed, fixed later, and of no matter."""
    state = lambda status, urgency='medium', fixed=None: {'releases': {'trixie': {
        'status': status, 'urgency': urgency, 'repositories': {'trixie': number}, **({'fixed_version': fixed} if fixed else {})}}}
    return {'openssl': {'CVE-2026-0001': {'description': 'open', **state('open', 'high')},
                        'CVE-2026-0002': state('resolved', 'high', number),
                        'CVE-2026-0003': state('resolved', 'low', f'{number}+later'),
                        'CVE-2026-0004': state('resolved', 'high', '0'),
                        'CVE-2026-0005': state('open', 'unimportant'),
                        'CVE-2026-0006': {'releases': {'sid': {'status': 'open', 'urgency': 'high'}}}},
            'nobody-has-this': {'CVE-2026-0007': state('open', 'high')}}


def run_cve(*words):
    return subprocess.run([sys.executable, str(REPOSITORY / 'rootfs/image/cve.py'), *map(str, words)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def test_open_cves_are_found_in_a_copy_of_the_tracker_and_never_without_one(_say):
    number = cve.sources_of(parts())['openssl']
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / 'tracker.json'
        copy.write_text(json.dumps(tracker_of(number)))
        found = run_cve(sbom.SBOM, copy)
        require(found.returncode == 1, f'with an open one of high urgency the status is {found.returncode}')
        named = [line.split()[1] for line in found.stdout.splitlines() if line.split()[1:] and line.split()[1].startswith('CVE-')]
        require(named == ['CVE-2026-0001', 'CVE-2026-0003', 'CVE-2026-0005'], f'it names {named}')
        for text, words in (('', 'nothing was looked up'), ('[]', 'shape'), ('{"x": {}}', 'none of the image'), ('{', 'not JSON')):
            copy.write_text(text or '{}')
            said = run_cve(sbom.SBOM, *([copy] if text else []))
            require(said.returncode == 2 and words in said.stdout, f'{text!r}: status {said.returncode}, {said.stdout.strip()[-150:]}')
    return f'{len(cve.sources_of(parts()))} source packages are looked up'


def test_versions_are_ordered_as_debian_orders_them(_say):
    rising = ['1.0~rc1-1', '1.0-1~bpo13+1', '1.0-1', '1.0-1+b1', '1.0-1+deb13u2', '1.0-1.1', '1.0-2', '1.0+b-1', '1.0.1-1', '1.2-1', '1.10-1', '1:0.5-1']
    for i, one in enumerate(rising):
        for k, other in enumerate(rising):
            require(cve.compare(one, other) == (i > k) - (i < k), f'{one} and {other} are ordered {cve.compare(one, other)}')


def test_hashes_and_sizes_lie_beside_what_was_made(_say):
    for name in (f'provost-{ARCH}.img', f'provost-{ARCH}.update'):
        file = RESULTS / name
        beside = [path for path in (file.with_suffix('.sha256'), RESULTS / f'{name}.sha256') if path.exists() and name in path.read_text()]
        require(beside, f'{name} has no hash beside it')
        require(beside[0].read_text() == f'{sbom.digest(file)}  {name}\n', f'the hash beside {name} is another one')
    largest = size.packages()
    require(sum(part[0] for part in largest) > 20e6 and largest[0][0] > 1e6, 'the packages\' sizes cannot be')
    return ', '.join(f'{name} {taken / 1e6:.1f}' for taken, name in largest[:15]) + ' MB; ' + \
        ', '.join(f'{path.name} {taken / 1e6:.1f} MB' for path, taken, _ in size.rows()[:2])
