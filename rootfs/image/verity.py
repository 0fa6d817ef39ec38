"""verity: the hash tree behind a root file system.

In:  a squashfs.
Out: the same file with its tree appended, as it goes into a slot; what the kernel image must know to check it.
"""
import hashlib
import os
import re
import typing

from common import tool

BLOCK = 4096


class Verity(typing.NamedTuple):
    """What the signed kernel image says of its root."""
    root_hash: str
    salt: str
    blocks: int         # of the file system; the tree follows them

    @property
    def words(self):
        """For the kernel's command line."""
        return f'provost.root={self.root_hash} provost.salt={self.salt} provost.blocks={self.blocks}'

    @property
    def uuid(self):
        """The slot's partition UUID: the first 128 bits of the root hash."""
        return re.sub(r'(.{8})(.{4})(.{4})(.{4})(.{12})', r'\1-\2-\3-\4-\5', self.root_hash[:32])

    def options(self):
        return ['--no-superblock', f'--salt={self.salt}', f'--data-blocks={self.blocks}', f'--hash-offset={self.blocks * BLOCK}']


def seal(path, salt=''):
    """Append the tree. The salt comes from the content unless it is given, so that the same root gives the same slot."""
    os.truncate(path, -(-path.stat().st_size // BLOCK) * BLOCK)
    blocks = path.stat().st_size // BLOCK
    if not salt:
        with open(path, 'rb') as file:
            salt = hashlib.file_digest(file, 'sha256').hexdigest()
    said = tool('veritysetup', 'format', *Verity('', salt, blocks).options(), path, path)
    return Verity(re.search(r'^Root hash:\s*([0-9a-f]{64})$', said, re.MULTILINE)[1], salt, blocks)


def verify(path, verity):
    """Whether every block of a slot is what was signed: an empty text, or what the tool says."""
    said = tool('sh', '-c', 'veritysetup verify "$@" 2>&1 || true', 'verify', *verity.options(), path, path, verity.root_hash)
    return said.strip()
