"""write_log: reads the block write log that QEMU's blklogwrites driver keeps, and rebuilds the disk of any moment.

The format is Linux's dm-log-writes (Documentation/admin-guide/device-mapper/log-writes.rst): a super block, then for
each request an entry header in a sector of its own, followed by the data of a write.

A disk after a power cut: all writes up to the last flush are there; of those after it any part may be there. rebuild()
makes that choice with a seeded generator, so that a failing point can be made again.
"""
import os
import random
import struct

MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
ENTRY = struct.Struct("<QQQQ")
SUPER = struct.Struct("<QQQI")


class WriteLog:
    def __init__(self, path):
        self.path = path
        self.file = open(path, "rb")
        self.entries = []               # (sector, n_sectors, flags, offset of the data in the log)
        self.next = 0
        self.sector_size = 0

    def follow(self):
        """Reads the entries that came since the last call; returns how many there are now."""
        if not self.sector_size:
            head = os.pread(self.file.fileno(), SUPER.size, 0)
            if len(head) < SUPER.size:
                return 0
            magic, version, _, self.sector_size = SUPER.unpack(head)
            if magic != MAGIC or version != 1:
                raise ValueError("%s is not a write log" % self.path)
            self.next = self.sector_size
        while True:
            raw = os.pread(self.file.fileno(), ENTRY.size, self.next)
            if len(raw) < ENTRY.size:
                break
            sector, count, flags, _ = ENTRY.unpack(raw)
            if not count and not flags:
                break
            data = self.next + self.sector_size
            self.entries.append((sector, count, flags, data))
            self.next = data + (0 if flags & DISCARD else count * self.sector_size)
        return len(self.entries)

    def apply(self, disk, index, skip=0):
        """Does the write on a file that begins `skip` bytes into the disk."""
        sector, count, flags, data = self.entries[index]
        at = sector * self.sector_size - skip
        if not count or at < 0:
            return
        if flags & DISCARD:
            block = b"\0" * (count * self.sector_size)
        else:
            block = os.pread(self.file.fileno(), count * self.sector_size, data)
        os.pwrite(disk, block, at)

    def last_flush(self, upto):
        """How many of the first `upto` entries a flush has made safe. A write that carries a flush is not safe by it."""
        for index in range(upto - 1, -1, -1):
            if self.entries[index][2] & FLUSH:
                return index if self.entries[index][1] else index + 1
        return 0


class Rebuilder:
    """Rebuilds a partition at growing points: the disk that moves on, and a copy with the torn tail on top.

    partition_at, size: where on the disk it is, in bytes.
    """

    def __init__(self, log, start_image, work, partition_at, size):
        self.log, self.work = log, work
        self.partition_at, self.size = partition_at, size
        self.base = os.path.join(work, "base.img")
        copy_sparse(start_image, self.base)
        self.done = 0

    def at(self, upto, seed):
        """The path of the partition after a power cut when the log had `upto` entries."""
        safe = self.log.last_flush(upto)
        with open(self.base, "r+b") as disk:
            for index in range(self.done, safe):
                self.log.apply(disk.fileno(), index)
        self.done = max(self.done, safe)
        torn = os.path.join(self.work, "torn.img")
        copy_sparse(self.base, torn, self.partition_at, self.size)
        chance = random.Random(seed)
        with open(torn, "r+b") as disk:
            for index in range(safe, upto):
                if self.log.entries[index][2] & FUA or chance.random() < 0.5:
                    self.log.apply(disk.fileno(), index, self.partition_at)
        return torn


def copy_sparse(source, target, start=0, size=None):
    """Copies `size` bytes (all) from `start` on, leaving holes where the source has them."""
    with open(source, "rb") as read, open(target, "wb") as write:
        end = os.fstat(read.fileno()).st_size if size is None else start + size
        write.truncate(end - start)
        at = start
        while at < end:
            try:
                at = os.lseek(read.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            hole = min(os.lseek(read.fileno(), at, os.SEEK_HOLE), end)
            while at < hole:
                n = os.copy_file_range(read.fileno(), write.fileno(), min(hole - at, 1 << 26), at, at - start)
                if n <= 0:
                    raise OSError("copying %s stopped at %d" % (source, at))
                at += n
