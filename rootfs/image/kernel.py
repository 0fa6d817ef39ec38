"""kernel: the kernel, its modules, and the initramfs.

In:  the unpacked kernel packages, modules.list, init/init.c.
Out: build/image/vmlinuz, modules/ (lib/modules as it goes into the root), initrd; the words of every command line.
Not: no partition (disk.py).
"""
import lzma
import os
import pathlib
import re
import shutil
import subprocess

from common import BASE, FACT, HERE, KERNEL_ROOT, OUT, REPOSITORY, identity, is_current, remove, say, stop, tool

IMAGE = OUT / 'image'
MODULES = IMAGE / 'modules'
INITRD = IMAGE / 'initrd'
VMLINUZ = IMAGE / 'vmlinuz'
# net.ifnames=0: eth0 is the phone LAN. panic=5: a machine that cannot go on restarts. lockdown: with Secure Boot off as well,
# root cannot change the running kernel, and every module needs Debian's signature. lsm: of the kernel's guards those that need no
# policy; the others look at every file that is opened and have nothing to say. psi=0: nobody reads what it counts at every switch.
WORDS = ('quiet loglevel=4 systemd.show_status=error net.ifnames=0 panic=5 printk.devkmsg=on lockdown=integrity '
         'lsm=landlock,lockdown,yama psi=0')
SHOW_DEPENDS = '''
base=$1; version=$2; shift 2
for name; do
        echo "name $name"
        modprobe -d "$base" -S "$version" --show-depends "$name" 2>/dev/null || echo missing
done
'''


def release():
    """The kernel's version, as its module directory is named."""
    found = [path.name for path in (KERNEL_ROOT / 'usr/lib/modules').glob('*') if (path / 'vmlinuz').exists()]
    if len(found) != 1:
        stop(f'{KERNEL_ROOT} has {len(found)} kernels, one was expected')
    return found[0]


def machine_class():
    """vm, pc or all: whose drivers the image has."""
    conf = BASE / 'auto.conf'
    text = conf.read_text() if conf.exists() else ''
    return next((name for name in ('vm', 'pc') if f'PROVOST_MACHINE_{name.upper()}=y' in text), 'all')


def read_list():
    """Names: always loaded by the initramfs, in it as well, all."""
    kinds = {'always': [], 'first': [], 'later': [], 'module': []}
    for line in (HERE / 'modules.list').read_text().splitlines():
        words = line.split('#')[0].split()
        kind, _, machines = words[0].partition('@') if words else ('', '', '')
        if words and (kind not in kinds or machines not in ('', 'vm', 'pc')):
            stop(f'modules.list: "{words[0]}" is none of {", ".join(kinds)}, nor one of them with @vm or @pc')
        if words and (not machines or machine_class() in (machines, 'all')):
            kinds[kind] += words[1:]
    return kinds['always'], kinds['first'] + kinds['later'], [name for names in kinds.values() for name in names]


def resolve(base, version, names):
    """name -> its files, those it depends on first; None for a module this kernel does not have."""
    out = tool('sh', '-c', SHOW_DEPENDS, 'show', base, version, *names)
    found, name = {}, None
    for line in out.splitlines():
        if line.startswith('name '):
            name = line[5:]
            found[name] = []
        elif line == 'missing':
            found[name] = None
        elif match := re.match(r'insmod (\S+)', line):
            found[name].append(pathlib.Path(match[1]))
    return found


def unpack_module(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    data = source.read_bytes()
    target.write_bytes(lzma.decompress(data) if source.suffix == '.xz' else data)
    target.chmod(0o644)


def make_modules(version):
    """build/image/modules: the chosen modules. Returns name -> its files, those it depends on first."""
    every = IMAGE / 'modules.all'
    for path in (every, MODULES):
        remove(path)
    (every / 'lib/modules').mkdir(parents=True)
    source = every / 'lib/modules' / version
    subprocess.run(['cp', '-a', '--reflink=auto', str(KERNEL_ROOT / 'usr/lib/modules' / version), str(source)],
                   check=True)
    tool('depmod', '-b', every, version)
    names = read_list()[2]
    found = resolve(every, version, names)
    absent = sorted(name for name, files in found.items() if files is None)
    for name in ('ext4', 'squashfs', 'dm_verity', 'dm_crypt', 'tun', 'nf_tables', 'virtio_console'):
        if name in absent:
            stop(f'the kernel {version} has no module {name}, which the appliance needs')
    target = MODULES / 'lib/modules' / version
    for file in sorted({file for files in found.values() for file in files or []}):
        unpack_module(file, target / plain(file.relative_to(source)))
    for name in ('modules.builtin', 'modules.builtin.modinfo', 'modules.order'):
        shutil.copy2(source / name, target / name)
    tool('depmod', '-b', MODULES, version)
    remove(every)
    say(f'kernel {version}: {len({file for files in found.values() for file in files or []})} modules'
        + (f', not in this kernel: {" ".join(absent)}' if absent else ''))
    return {name: [plain(file).name for file in files] for name, files in found.items() if files}


def plain(file):
    """The file as it is unpacked."""
    return file.with_suffix('') if file.suffix == '.xz' else file


def make_initrd(version, found):
    """The initramfs: init, the disks' drivers, and which device wants which. One cpio, newest kernel format."""
    tree = IMAGE / 'initrd.new'
    remove(tree)
    (tree / 'modules').mkdir(parents=True)
    (tree / 'dev').mkdir()
    tool(FACT.compiler, '-std=gnu17', '-D_GNU_SOURCE', f'-I{REPOSITORY}', '-Wall', '-Wextra', '-Werror', '-Wformat=2', '-Wshadow', '-O2',
         '-static-pie', '-fPIE', '-s', '-fstack-protector-strong', '-fstack-clash-protection', '-ftrivial-auto-var-init=zero',
         '-D_FORTIFY_SOURCE=3', '-Wl,-z,relro,-z,now', '-o', tree / 'init',
         *sorted((HERE / 'init').glob('*.c')))
    always, wanted = read_list()[:2]
    before = {}
    for name in always + wanted:
        files = found.get(name, [])
        for i, file in enumerate(files):
            before.setdefault(file, files[:i])
    places = {path.name: path for path in (MODULES / 'lib/modules' / version).rglob('*.ko')}
    for file in before:
        shutil.copyfile(places[file], tree / 'modules' / file)
    write_table(tree / 'modules', before, [found[name][-1] for name in always if name in found])
    (tree / 'modules/aliases').write_text(''.join(aliases(version, before)))
    for path in [tree, *tree.rglob('*')]:
        os.utime(path, (0, 0))     # not the commit's time: the kernel stays as it is from commit to commit
    tool('sh', '-c', 'cd "$1" && find . | LC_ALL=C sort | cpio --quiet -o -H newc --reproducible -R 0:0 | '
         'zstd -q -15 -T1 -f -o "$2"', 'cpio', tree, INITRD)
    remove(tree)


def write_table(folder, before, always):
    (folder / 'table').write_text(''.join(' '.join([file, *files]) + '\n' for file, files in before.items()))
    (folder / 'always').write_text(''.join(f'{file}\n' for file in always))


def aliases(version, files):
    """Lines `pattern file` for the modules of the initramfs."""
    names = {file.removesuffix('.ko').replace('-', '_'): file for file in files}
    for line in (MODULES / 'lib/modules' / version / 'modules.alias').read_text().splitlines():
        words = line.split()
        if len(words) == 3 and words[0] == 'alias' and words[2] in names and ':' in words[1]:
            yield f'{words[1]} {names[words[2]]}\n'


def serial_console():
    conf = BASE / 'auto.conf'
    return not conf.exists() or 'PROVOST_SERIAL_CONSOLE=y' in conf.read_text()


def words():
    """The kernel's command line, without what says which root belongs to it."""
    return f'console=tty0 {f"console={FACT.serial} " if serial_console() else ""}{WORDS}'


def build():
    """Make what is not there or not current. Returns the kernel's version."""
    version = release()
    stamp = IMAGE / 'kernel.stamp'
    wanted = identity(version, machine_class(), KERNEL_ROOT.with_name(KERNEL_ROOT.name + '.stamp'),
                      *(HERE / name for name in ('modules.list', 'kernel.py', 'init')))
    if is_current(INITRD, stamp, wanted) and MODULES.is_dir() and VMLINUZ.exists():
        return version
    shutil.copyfile(KERNEL_ROOT / 'usr/lib/modules' / version / 'vmlinuz', VMLINUZ)
    make_initrd(version, make_modules(version))
    stamp.write_text(wanted + '\n')
    return version
