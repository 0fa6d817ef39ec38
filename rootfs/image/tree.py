"""tree: the appliance's root file system as a directory.

In:  the unpacked Debian packages, our programs, the page (build/web), rootfs/overlay, keep.list.
Out: build/image/root: pruned, with users, an /etc of its own, nothing enabled but what we start.
Not: no kernel modules (kernel.py adds them to the disk image's root), no packing (disk.py).
"""
import fnmatch
import os
import pathlib
import re
import shutil
import subprocess

import elf
import keys
from common import (BIN, BUILD_ROOT, FACT, HERE, IMAGE_ROOT, OVERLAY, TREE, WEB, build_id, epoch, identity, in_root, is_current, not_from_lock,
                    remove, say, stop, tool, version)

PROGRAM_FOLDERS = ('usr/bin', 'usr/sbin', 'usr/lib/systemd')
UNITS = 'usr/lib/systemd/system'
SANITIZERS = ('libasan.so.8', 'libubsan.so.1', 'libstdc++.so.6', 'libgcc_s.so.1', 'libm.so.6')
TOP = ('bin', 'sbin', 'lib', 'lib64', 'usr', 'etc', 'var', 'root', 'run', 'tmp', 'dev', 'proc', 'sys')
MOUNT_POINTS = ('dev', 'proc', 'sys', 'run', 'tmp', 'var', 'data', 'efi', 'root')


def read_list():
    rules = {}
    for line in (HERE / 'keep.list').read_text().splitlines():
        words = line.split('#')[0].split()
        if words:
            rules.setdefault(words[0], []).append(words[1:])
    return rules


def stations():
    """Our programs, as built."""
    return sorted(path for path in BIN.glob('provost*') if path.is_file()) if BIN.is_dir() else []


def wanted_identity():
    return identity(IMAGE_ROOT.with_name(IMAGE_ROOT.name + '.stamp'), OVERLAY, version(), build_id(), epoch(), host_name(),
                    keys.ensure() / 'update-ca.pem',
                    '\n'.join(not_from_lock()), *(HERE / name for name in ('keep.list', 'tree.py', 'elf.py')),
                    *(item for path in stations() for item in (path.name, path)), *([WEB] if WEB.is_dir() else []))


def drop_strangers(tree):
    """Folders that are there because commands ran in the unpacked packages, which see the repository at its own path."""
    for path in tree.iterdir():
        if path.name not in TOP:
            remove(path)


def drop_paths(tree, rules):
    for pattern, in rules['drop']:
        for path in tree.glob(pattern):
            remove(path)


def drop_programs(tree, rules):
    kept = {path for path, in rules['keep']}
    for path in kept:
        if not os.path.lexists(tree / path):
            stop(f'keep.list names {path}, which no package of image.list brings')
    for folder in PROGRAM_FOLDERS:
        for path in list((tree / folder).iterdir()):
            if not path.is_dir() and str(path.relative_to(tree)) not in kept:
                path.unlink()


def move_chronyd(tree):
    """A host's AppArmor profiles reach into containers by path, and Debian has one for /usr/sbin/chronyd."""
    (tree / 'usr/lib/provost').mkdir(parents=True, exist_ok=True)
    (tree / 'usr/sbin/chronyd').rename(tree / 'usr/lib/provost/chronyd')


def add_overlay(part, target):
    """Copy a folder of the overlay; of the modes only "is a program" counts, the rest is the umask of whoever cloned."""
    shutil.copytree(part, target, symlinks=True, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns('.gitkeep', '__pycache__'))
    for path in [part, *part.rglob('*')]:
        copy = target / path.relative_to(part)
        if copy.is_symlink() or not copy.exists():
            continue
        copy.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def add_ours(tree):
    add_overlay(OVERLAY, tree)
    for path in stations():
        place = 'usr/bin' if path.name == 'provostctl' else 'usr/lib/provost'
        (tree / place).mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, tree / place / path.name)
        (tree / place / path.name).chmod(0o755)
    if WEB.is_dir():
        add_overlay(WEB, tree / 'usr/share/provost/web')
    (tree / 'usr/share/provost').mkdir(parents=True, exist_ok=True)
    shutil.copyfile(keys.ensure() / 'update-ca.pem', tree / 'usr/share/provost/update-ca.pem')
    for path in tree.rglob('*'):
        os.chown(path, 0, 0, follow_symlinks=False)


def has_sanitizers():
    return any(SANITIZERS[0] in (elf.needed(path) or []) for path in stations())


def strip_ours(tree):
    """Names and lines for debuggers stay in build/: they are two thirds of our programs' size. A sanitizer's report needs them."""
    programs = [path for path in (tree / 'usr/lib/provost').glob('provost*') if elf.needed(path) is not None]
    if not has_sanitizers():
        tool(f'{FACT.gnu}-strip', *programs, *(tree / 'usr/bin').glob('provostctl'))


def add_sanitizers(tree):
    """Programs made with SAN=1 bring the compiler's libraries, and every unit is told how to report.

    Leaks are left to the unit tests: looking for them needs ptrace, which no station may.
    """
    if not has_sanitizers():
        return
    say('with sanitizers: SAN=1')
    folder = 'usr/lib/x86_64-linux-gnu'
    for name in SANITIZERS:
        if not (tree / folder / name).exists():
            shutil.copy2(BUILD_ROOT / folder / name, tree / folder / name)
    drop_in = tree / UNITS / 'service.d/10-sanitizers.conf'
    drop_in.parent.mkdir(exist_ok=True)
    drop_in.write_text('[Service]\nEnvironment=ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1 '
                       'UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1\n'
                       'MemoryMax=infinity\n')


def drop_libraries(tree, rules):
    """Delete every shared library that no kept program reaches."""
    libraries = [path for path in (tree / 'usr/lib').rglob('*') if re.search(r'\.so(\.[0-9.]+)?$', path.name)]
    index = {path.name: path for path in libraries}
    roots = [path for folder in ('usr/bin', 'usr/sbin', 'usr/lib/systemd', 'usr/lib/provost')
             for path in (tree / folder).glob('*') if path.is_file()]
    for name, in rules['library']:
        if name not in index:
            stop(f'keep.list names the library {name}, which no package of image.list brings')
        roots.append(index[name])
    reached, missing = elf.closure([path.resolve() if path.is_symlink() else path for path in roots], index)
    if missing:
        stop('libraries are missing: ' + ', '.join(f'{name} (for {file})' for file, name in missing))
    stay = {str(path) for path in reached | set(roots)}
    stay |= {os.path.realpath(path) for path in stay}
    stay |= {str(path) for path in libraries if path.name == FACT.linker} | {os.path.realpath(index[FACT.linker])}
    for path in libraries:
        if str(path) not in stay:
            path.unlink()


def program_of(unit):
    """The first program a unit starts, or None."""
    match = re.search(r'^ExecStart=[-@:+!|]*(/\S+)', unit.read_text(errors='replace'), re.MULTILINE)
    return match and match[1]


def drop_stations_left_out(tree):
    """Units of ours whose program the configuration leaves out, and the sockets and paths that would start them."""
    folder = tree / UNITS
    for path in sorted(folder.glob('provost-*.service')):
        program = program_of(path)
        if program and program.startswith('/usr/lib/provost/') and not (tree / program.lstrip('/')).exists():
            path.unlink()
    for path in [item for kind in ('socket', 'path', 'timer') for item in folder.glob(f'provost-*.{kind}')]:
        match = re.search(r'^(?:Service|Unit)=(\S+)', path.read_text(), re.MULTILINE)
        starts = [match[1]] if match else [f'{path.stem}.service', f'{path.stem}@.service']
        if not any((folder / name).exists() for name in starts):
            path.unlink()


def drop_units(tree, rules):
    folder = tree / UNITS
    drop_stations_left_out(tree)
    patterns = [pattern for row in rules['unit-drop'] for pattern in row]
    for path in list(folder.iterdir()):
        ours = os.path.lexists(OVERLAY / UNITS / path.name)
        if not ours and any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns):
            remove(path)
        elif not ours and path.is_file() and not path.is_symlink():
            program = program_of(path)
            if program and not os.path.lexists(tree / program.lstrip('/')):
                path.unlink()
    links = [path for path in folder.rglob('*') if path.is_symlink()]
    for path in links:
        if not path.exists() and os.readlink(path) != '/dev/null' and not os.path.lexists(
                folder / os.path.basename(os.readlink(path))):
            path.unlink()
    for path in folder.glob('*.d'):
        if not (folder / path.name[:-2]).exists() and not os.path.lexists(OVERLAY / UNITS / path.name) \
                and path.name.startswith('systemd-'):
            remove(path)


def want(folder, target, unit):
    link = folder / f'{target}.wants' / unit
    if not (folder / unit).exists():
        stop(f'keep.list wants {unit} at boot, but there is no such unit')
    link.parent.mkdir(exist_ok=True)
    if not os.path.lexists(link):
        link.symlink_to(f'../{unit}')


def unwant(folder, target, unit):
    link = folder / f'{target}.wants' / unit
    if not os.path.lexists(link):
        stop(f'keep.list takes {unit} out of {target}, which does not want it')
    link.unlink()


def write_etc(tree, rules):
    """An /etc of our own: what keep.list keeps, and what the overlay brings."""
    old = tree / 'etc.old'
    (tree / 'etc').rename(old)
    etc = tree / 'etc'
    etc.mkdir(mode=0o755)
    for name, in rules['etc']:
        if (old / name).exists():
            (etc / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(old / name, etc / name)
    if (OVERLAY / 'etc').is_dir():
        add_overlay(OVERLAY / 'etc', etc)
    remove(old)
    write(etc / 'hostname', f'{host_name()}\n')
    write(etc / 'hosts', '127.0.0.1 localhost\n::1 localhost\n')
    write(etc / 'fstab', '')
    write(etc / 'machine-id', '', 0o444)
    write(etc / 'nsswitch.conf', 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n'
          'networks: files\nprotocols: files\nservices: files\n')
    if not os.path.lexists(etc / 'resolv.conf'):
        (etc / 'resolv.conf').symlink_to('/run/provost/resolv.conf')
    (etc / 'mtab').symlink_to('../proc/self/mounts')
    (etc / 'os-release').symlink_to('../usr/lib/os-release')
    for folder in ('systemd/system', 'systemd/network', 'credstore', 'credstore.encrypted'):
        (etc / folder).mkdir(parents=True, exist_ok=True)


def write(path, text, mode=0o644):
    if not os.path.lexists(path):
        path.write_text(text)
        path.chmod(mode)


def host_name():
    """PROVOST_HOSTNAME of the configuration."""
    conf = pathlib.Path(os.environ.get('O', 'build')) / 'auto.conf'
    match = conf.exists() and re.search(r'^PROVOST_HOSTNAME="?([a-zA-Z0-9-]+)"?$', conf.read_text(), re.MULTILINE)
    return match[1] if match else 'provost'


def write_release(tree):
    debian = dict(line.split('=', 1) for line in (IMAGE_ROOT / 'usr/lib/os-release').read_text().splitlines()
                  if '=' in line)
    pretty = f'Provost {version()}' + (' (not from the lock)' if not_from_lock() else '')
    path = tree / 'usr/lib/os-release'
    remove(path)
    # Its time is the image's: systemd moves no clock before it, and our floor of time begins there.
    (tree / 'usr/lib/clock-epoch').write_text('')
    path.write_text(f'NAME="Provost"\nID=provost\nID_LIKE=debian\nVERSION_ID="{version()}"\n'
                    f'IMAGE_ID=provost\nIMAGE_VERSION="{version()}"\nPRETTY_NAME="{pretty}"\n'
                    f'BUILD_ID={build_id() or "unknown"}\n'
                    f'DEBIAN_VERSION={debian.get("VERSION_ID", "")}\n'
                    f'PROVOST_FROM_LOCK={"no" if not_from_lock() else "yes"}\n')


def make_users(tree):
    """Users and groups from sysusers.d, all without a password."""
    result = in_root(BUILD_ROOT, ['systemd-sysusers', f'--root={tree}'], text=True, stdout=subprocess.PIPE,
                     stderr=subprocess.STDOUT, env={**os.environ, 'SOURCE_DATE_EPOCH': str(epoch()),
                                                    'SYSTEMD_LOG_LEVEL': 'warning'})
    if result.stdout.strip():
        stop(f'systemd-sysusers complains:\n{result.stdout.strip().replace(f"{tree}/", "")}')
    for name in ('shadow', 'gshadow'):
        path = tree / 'etc' / name
        lines = [line.split(':') for line in path.read_text().splitlines()]
        path.write_text(''.join(':'.join([line[0], '*', *line[2:]]) + '\n' for line in lines))
        path.chmod(0o600)
        remove(tree / 'etc' / f'{name}-')
    passwd = tree / 'etc/passwd'
    passwd.write_text(re.sub(r':[^:\n]*$', ':/usr/sbin/nologin', passwd.read_text(), flags=re.MULTILINE))
    for name in ('passwd-', 'group-', '.pwd.lock'):
        remove(tree / 'etc' / name)


def settle(tree):
    """Mount points, and one time for all files."""
    for name in ('var', 'root', 'run', 'tmp'):
        remove(tree / name)
    for name in MOUNT_POINTS:
        (tree / name).mkdir(exist_ok=True)
    (tree / 'tmp').chmod(0o1777)
    (tree / 'root').chmod(0o700)
    for folder, names, files in os.walk(tree, topdown=False):
        for name in names + files:
            os.utime(os.path.join(folder, name), (epoch(), epoch()), follow_symlinks=False)


def build():
    """Make build/image/root anew when anything it is made of changed."""
    if not IMAGE_ROOT.is_dir():
        stop(f'{IMAGE_ROOT} is not there: run `make image`, which unpacks the packages first')
    stamp, wanted = TREE.with_name('root.stamp'), wanted_identity()
    if is_current(TREE, stamp, wanted):
        return
    say('root file system')
    rules = read_list()
    fresh = TREE.with_name('root.new')
    remove(fresh)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(['cp', '-a', '--reflink=auto', str(IMAGE_ROOT), str(fresh)], check=True)
    drop_strangers(fresh)
    drop_paths(fresh, rules)
    drop_programs(fresh, rules)
    move_chronyd(fresh)
    write_etc(fresh, rules)
    add_ours(fresh)
    strip_ours(fresh)
    add_sanitizers(fresh)
    drop_libraries(fresh, rules)
    drop_units(fresh, rules)
    folder = fresh / UNITS
    remove(folder / 'default.target')
    (folder / 'default.target').symlink_to('multi-user.target')
    for target, unit in rules['want']:
        want(folder, target, unit)
    for target, unit in rules.get('unwant', []):
        unwant(folder, target, unit)
    write_release(fresh)
    make_users(fresh)
    settle(fresh)
    stamp.unlink(missing_ok=True)
    remove(TREE)
    fresh.rename(TREE)
    stamp.write_text(wanted + '\n')
