"""raw_scan: whether secrets stand anywhere on a disk, in partitions, between them or in blocks that nothing uses.

In:   the path of a disk image of a machine that is off; {name: secret}, text or bytes.
Out:  [(name, spelling)] of those that were found.
Not:  no file system is looked at: it is bytes from the first to the last.
"""
import os
import subprocess
import tempfile

from scene import spellings

PIECE = 32 << 20


def forms_of(secret):
    if isinstance(secret, bytes):
        return {'raw': secret, 'hex': secret.hex().encode(), 'HEX': secret.hex().upper().encode()}
    return spellings(secret)


def parts(path):
    """The bytes of all that is not a hole, each piece with the end of the one before."""
    with open(path, 'rb') as disk:
        size, at = os.fstat(disk.fileno()).st_size, 0
        while at < size:
            try:
                at = os.lseek(disk.fileno(), at, os.SEEK_DATA)
            except OSError:
                return
            end, before = os.lseek(disk.fileno(), at, os.SEEK_HOLE), b''
            while at < end:
                data = os.pread(disk.fileno(), min(PIECE, end - at), at)
                yield before + data
                at, before = at + len(data), data[-1024:]


def find_text(path, patterns):
    """Text, by grep: hundreds of words in one pass. A NUL ends a line, so what is empty costs nothing."""
    with tempfile.NamedTemporaryFile('wb') as words:
        words.write(b'\n'.join(patterns) + b'\n')
        words.flush()
        done = subprocess.run(['grep', '-z', '-a', '-o', '-F', '-f', words.name, str(path)], stdout=subprocess.PIPE, env={**os.environ, 'LC_ALL': 'C'})
    if done.returncode > 1:
        raise AssertionError(f'{path} could not be searched')
    return {text for text in done.stdout.split(b'\0') if text}


def scan(path, wanted):
    """Those of the secrets that stand anywhere in it."""
    names = {form: (name, spelling) for name, secret in wanted.items() for spelling, form in forms_of(secret).items()}
    rest = [form for form in names if b'\0' in form or b'\n' in form]
    found = find_text(path, [form for form in names if form not in set(rest)])
    for data in parts(path) if rest else ():
        found |= {form for form in rest if form in data}
    return sorted(names[form] for form in found)
