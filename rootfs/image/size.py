"""size: what `make image` leaves, how large it is, and which packages take the room.

In:  build/image/provost-ARCH.*, the tree, the descriptions of the package sets.
Out: lines on the screen; `rows` and `packages` for tests and docs/performance.md.
"""
import kernel
import sbom
from common import ARCH, IMAGE_ROOT, KERNEL_ROOT, RESULTS, TREE, say

KINDS = ('img', 'update', 'sbom.json', 'manifest', 'hardening')


def rows():
    """(file, bytes it has, bytes it takes on the disk) of what was made."""
    found = [RESULTS / f'provost-{ARCH}.{kind}' for kind in KINDS]
    return [(path, path.stat().st_size, path.stat().st_blocks * 512) for path in found if path.exists()]


def packages():
    """(bytes in the image's root, package), the largest first; our own as one."""
    owner = {path: package['name'] for package in sbom.described(IMAGE_ROOT) + sbom.described(KERNEL_ROOT) for path in package['files']}
    total = {}
    for folder, prefix in ((TREE, ''), (kernel.MODULES, 'usr/')):
        for path in folder.rglob('*'):
            if path.is_file() and not path.is_symlink():
                name = f'{prefix}{path.relative_to(folder)}'
                name = sbom.MOVED.get(name, name)
                who = owner.get(name) or owner.get(f'{name}.xz') or sbom.OURS
                total[who] = total.get(who, 0) + path.stat().st_size
    return sorted(((size, name) for name, size in total.items()), reverse=True)


def build():
    """Say the sizes."""
    for path, size, taken in rows():
        say(f'{path.name:28} {size / 1e6:8.1f} MB' + (f', {taken / 1e6:.1f} MB without its holes' if path.suffix == '.img' else ''))
