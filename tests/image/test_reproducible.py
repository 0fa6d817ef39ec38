"""Two builds give the same bytes: another folder, another time, another user's habits, the same keys."""
import os
import pathlib
import shutil
import subprocess

import disk
import keys
from common import ARCH, BASE, BIN, BUILD_ROOT, IMAGE_ROOT, KERNEL_ROOT, REPOSITORY, RESULTS, git

AGAIN = BASE / 'check/image/again'
MB = 1 << 20
# Compiled once more in the other folder: small, and with code of several folders in it. The long form compiles all.
PROGRAM = 'provost-transfer'
SOAK = bool(os.environ.get('PROVOST_SOAK'))
# Who builds there: another home, language, hour, and files that nobody else may read.
HABITS = {'HOME': '/nonexistent', 'USER': 'mallory', 'LOGNAME': 'mallory', 'LANG': 'de_DE.UTF-8', 'LC_ALL': 'C', 'TZ': 'Pacific/Auckland'}
UMASK = 0o077


def require(condition, what):
    if not condition:
        raise AssertionError(what)


def copy_of_the_tree(target):
    """What git would commit, and what it says of the version, at another place."""
    shutil.rmtree(target, ignore_errors=True)
    names = git('ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0')
    for name in filter(None, names):
        if (REPOSITORY / name).exists() or (REPOSITORY / name).is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target / name, follow_symlinks=False)
    for path in [target, *target.rglob('*')]:       # as a clone under that umask has them
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~UMASK)
    (target / '.git').write_text(f'gitdir: {git("rev-parse", "--absolute-git-dir")}\n')


def environment(folder):
    inherited = {name: value for name, value in os.environ.items()
                 if not name.startswith(('PROVOST_', 'MAKE', 'MFLAGS', 'LC_', 'GIT_')) and name not in ('O', 'V', 'ROOTS', 'KEYS')}
    cache = os.environ.get('PROVOST_CACHE') or os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'provost')
    kept = {name: os.environ[name] for name in ('PROVOST_VERSION', 'PROVOST_NOTES', 'PROVOST_MIRROR', 'PROVOST_MIRROR_SECURITY')
            if name in os.environ}
    return {**inherited, **HABITS, **kept, 'PROVOST_CACHE': cache, 'O': str(folder), 'KEYS': str(keys.KEYS)}


def run(words, folder, env):
    done = subprocess.run(words, cwd=folder, env=env, umask=UMASK, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors='replace')
    require(done.returncode == 0, f'{" ".join(map(str, words[:3]))} failed there: {" ".join(done.stdout.split()[-40:])}')


def first_difference(one, other):
    """A sentence, or '' when both files have the same bytes."""
    with open(one, 'rb') as left, open(other, 'rb') as right:
        at = 0
        while True:
            a, b = left.read(MB), right.read(MB)
            if a != b:
                place = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
                return f'{one.name} differs from byte {at + place} ({(at + place) / MB:.1f} MB)'
            if not a:
                return ''
            at += len(a)


def compare(results):
    """Every file that make image leaves."""
    names = sorted(path.name for path in RESULTS.glob(f'provost-{ARCH}.*') if path.suffix not in ('.new',))
    require({f'provost-{ARCH}.{kind}' for kind in ('img', 'update', 'sbom.json', 'manifest')} <= set(names), f'make image left only {names}')
    wrong = [said for name in names if (said := first_difference(RESULTS / name, results / name))]
    if wrong:                                       # which part of the image it was
        wrong += [said for name in ('slot', 'initrd', 'provost.efi', 'systemd-boot.efi')
                  if (said := first_difference(disk.IMAGE / name, results / name))]
    require(not wrong, '; '.join(wrong))
    return names


def test_the_image_s_steps_give_the_same_bytes_elsewhere(say):
    """The programs are taken as they are but one; the packages are those already unpacked."""
    source, out = AGAIN / 'another.folder', AGAIN / 'out'
    shutil.rmtree(AGAIN, ignore_errors=True)
    AGAIN.mkdir(parents=True)
    copy_of_the_tree(source)
    env = environment(out)
    try:
        shutil.copytree(BIN, out / 'bin')
        shutil.copytree(BASE / 'web', out / 'web')
        (out / 'bin' / PROGRAM).unlink()
        for name in ('.config', 'web.stamp'):
            shutil.copyfile(BASE / name, out / name)
        run(['make', f'O={out}', f'ROOTS={BUILD_ROOT.parent}', '-o', 'all', PROGRAM], source, env)
        say(f'{PROGRAM} compiled')
        roots = {'PROVOST_IMAGE_ROOT': IMAGE_ROOT, 'PROVOST_KERNEL_ROOT': KERNEL_ROOT, 'PROVOST_BUILD_ROOT': BUILD_ROOT}
        run(['rootfs/image/build'], source, {**env, **{name: str(path) for name, path in roots.items()}, 'PROVOST_BIN': str(out / 'bin'),
                                             'PROVOST_BIND': str(out)})
        names = compare(out / 'image')
        return f'{len(names)} files, {disk.DISK.stat().st_size / MB:.0f} MB of image'
    finally:
        shutil.rmtree(AGAIN, ignore_errors=True)


def test_a_second_clone_gives_the_same_bytes(say):
    """The long form: everything anew, from a clone and packages unpacked anew."""
    dirty = git('status', '--porcelain')
    require(not dirty, 'the work tree has changes: a clone has not')
    shutil.rmtree(AGAIN, ignore_errors=True)
    AGAIN.mkdir(parents=True)
    clone, out = AGAIN / 'clone', AGAIN / 'clone/build'
    try:
        subprocess.run(['git', '-c', f'safe.directory={REPOSITORY}', 'clone', '-q', str(REPOSITORY), str(clone)], check=True, umask=UMASK)
        run(['make', f'O={out}', f'ROOTS={AGAIN / "roots"}', f'KEYS={keys.KEYS}', f'ARCH={ARCH}', 'image'], clone, environment(out))
        names = compare(out / 'image')
        say(f'{len(names)} files are the same')
        return f'{len(names)} files from a second clone'
    finally:
        subprocess.run(['rm', '-rf', '--one-file-system', str(AGAIN)], check=True)


if not SOAK:
    del test_a_second_clone_gives_the_same_bytes


def test_the_reader_of_differences_finds_one(_say):
    """The check itself: one byte in the middle."""
    AGAIN.mkdir(parents=True, exist_ok=True)
    one, other = AGAIN / 'one', AGAIN / 'other'
    try:
        one.write_bytes(bytes(3 * MB))
        other.write_bytes(bytes(2 * MB + 7) + b'\1' + bytes(MB - 8))
        require('byte 2097159' in first_difference(one, other), 'a changed byte is not seen')
        require(not first_difference(one, one), 'a file differs from itself')
        other.write_bytes(bytes(3 * MB - 1))
        require(first_difference(one, other), 'a missing byte is not seen')
    finally:
        shutil.rmtree(AGAIN, ignore_errors=True)
