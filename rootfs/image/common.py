"""common: what the parts of the image build share: places, tools, version, stamps."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import typing

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent


class Facts(typing.NamedTuple):
    """What differs between the architectures."""
    gnu: str            # GNU's name of it, as in library paths
    elf: int            # e_machine
    linker: str         # the dynamic linker's file
    compiler: str       # in the build root
    efi: str            # systemd's name of it in EFI file names
    boot: str           # what firmware starts of a removable disk
    root_type: str      # GPT type of a root partition
    serial: str         # the kernel's name of the serial line, with its speed


FACTS = {
    'amd64': Facts('x86_64-linux-gnu', 62, 'ld-linux-x86-64.so.2', 'gcc', 'x64', 'BOOTX64.EFI',
                   '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', 'ttyS0,115200'),
    'arm64': Facts('aarch64-linux-gnu', 183, 'ld-linux-aarch64.so.1', 'aarch64-linux-gnu-gcc', 'aa64', 'BOOTAA64.EFI',
                   'B921B045-1DF0-41C3-AF44-4C6F280D3FAE', 'ttyAMA0,115200'),
}
ARCH = os.environ.get('PROVOST_ARCH') or 'amd64'
FACT = FACTS[ARCH]
BASE = pathlib.Path(os.environ.get('O') or REPOSITORY / 'build').absolute()
# The work of each further architecture has a folder of its own; what comes of it lies in build/image with the rest.
OUT = BASE if ARCH == 'amd64' else BASE / ARCH
RESULTS = BASE / 'image'
IMAGE_ROOT = pathlib.Path(os.environ.get('PROVOST_IMAGE_ROOT') or BASE / 'root/image')
KERNEL_ROOT = pathlib.Path(os.environ.get('PROVOST_KERNEL_ROOT') or BASE / 'root/kernel-amd64')
BUILD_ROOT = pathlib.Path(os.environ.get('PROVOST_BUILD_ROOT') or BASE / 'root/build')
BIN = pathlib.Path(os.environ.get('PROVOST_BIN') or OUT / 'bin')
WEB = BASE / 'web'
OVERLAY = REPOSITORY / 'rootfs/overlay'
TREE = OUT / 'image/root'


def say(text):
    print(f'  IMAGE   {text}', flush=True)


def stop(text):
    print(f'image: {text}', file=sys.stderr, flush=True)
    sys.exit(1)


def in_root(root, command, **options):
    """Run a command inside a root directory; the repository is there at its own path."""
    options.setdefault('cwd', REPOSITORY)
    return subprocess.run([str(REPOSITORY / 'rootfs/host/in-root'), str(root), *map(str, command)],
                          check=True, **options)


def tool(*command, **options):
    """Run one of the build root's tools; what it says is shown only when it fails."""
    result = subprocess.run([str(REPOSITORY / 'rootfs/host/in-root'), str(BUILD_ROOT), *map(str, command)],
                            cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            errors='replace', **options)
    if result.returncode:
        stop(f'{command[0]} failed with status {result.returncode}:\n{result.stdout.strip()}')
    return result.stdout


def git(*words):
    result = subprocess.run(['git', '-c', f'safe.directory={REPOSITORY}', '-C', str(REPOSITORY), *words],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return result.stdout.strip() if result.returncode == 0 else ''


def epoch():
    """The time every file in the image carries: the last commit's, or a fixed one."""
    return int(os.environ.get('SOURCE_DATE_EPOCH') or git('log', '-1', '--format=%ct') or 1789200000)


def version():
    """Digits and dots, larger with each commit: the loader and the updater compare it. PROVOST_VERSION is for tests of updates."""
    chosen = os.environ.get('PROVOST_VERSION') or f'0.6.{git("rev-list", "--count", "HEAD") or 0}'
    if not re.fullmatch(r'\d+(\.\d+)*', chosen) or len(chosen) > 20:
        stop(f'PROVOST_VERSION="{chosen}": a version is digits and dots, 20 characters at most')
    return chosen


def build_id():
    """The commit that this was made from; "" when that is not known."""
    return git('rev-parse', '--short=12', 'HEAD')


def not_from_lock():
    """Lines about packages that are not the locked ones; [] when all are."""
    lines = []
    for root in (IMAGE_ROOT, KERNEL_ROOT, BUILD_ROOT):
        marker = pathlib.Path(f'{root}.not-from-lock')
        if marker.exists():
            lines += [f'{root.name}: {line}' for line in marker.read_text().splitlines()]
    return lines


def identity(*things):
    """A hash over texts, files and directories (names, modes and contents)."""
    total = hashlib.sha256()
    for thing in things:
        if isinstance(thing, pathlib.Path) and thing.is_dir():
            for path in sorted(thing.rglob('*')):
                if '__pycache__' in path.parts:
                    continue
                total.update(f'{path.relative_to(thing)}\0{path.lstat().st_mode:o}\0'.encode())
                if path.is_symlink():
                    total.update(os.readlink(path).encode())
                elif path.is_file():
                    total.update(path.read_bytes())
        elif isinstance(thing, pathlib.Path):
            total.update(thing.read_bytes() if thing.exists() else b'absent')
        else:
            total.update(str(thing).encode())
        total.update(b'\0\0')
    return total.hexdigest()


def is_current(target, stamp, wanted):
    return target.exists() and stamp.exists() and stamp.read_text().strip() == wanted


def remove(path):
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
