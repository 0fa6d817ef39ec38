"""verity_reader: a slot read as the kernel's verity target reads it: a block, and all that vouches for it up to the signed root hash.

In:  a slot's bytes, what the kernel image knows of it (root hash, salt, number of blocks).
Out: whether a read of a place in the slot would be noticed to be changed.
Not: no device; test_secure compares it with veritysetup.
"""
import hashlib

BLOCK, DIGEST = 4096, 32
PER_BLOCK = BLOCK // DIGEST


class Reader:
    def __init__(self, data, root_hash, salt, blocks):
        self.data, self.root, self.salt, self.blocks = data, bytes.fromhex(root_hash), bytes.fromhex(salt), blocks
        counts = [-(-blocks // PER_BLOCK)]
        while counts[-1] > 1:
            counts.append(-(-counts[-1] // PER_BLOCK))
        # The tree's top comes first; level 0 is the one that has the data's hashes.
        self.levels, at = [], blocks
        for count in reversed(counts):
            self.levels.insert(0, (at, count))
            at += count
        self.end = at

    def block(self, number):
        return self.data[number * BLOCK:(number + 1) * BLOCK]

    def digest(self, number):
        return hashlib.sha256(self.salt + self.block(number)).digest()

    def is_good(self, number):
        """Whether a data block and everything above it is what was signed."""
        index, wanted = number, number
        for start, _ in self.levels:
            at = index % PER_BLOCK * DIGEST
            index //= PER_BLOCK
            if self.block(start + index)[at:at + DIGEST] != self.digest(wanted):
                return False
            wanted = start + index
        return self.digest(wanted) == self.root

    def data_block_under(self, number):
        """A data block whose reading needs that block of the slot."""
        for level, (start, count) in enumerate(self.levels):
            if start <= number < start + count:
                return min((number - start) * PER_BLOCK ** (level + 1), self.blocks - 1)
        return number
