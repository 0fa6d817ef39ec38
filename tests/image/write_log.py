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

    def write_of(self, index):
        """(place on the disk, bytes) of a write; what was discarded reads as zeros."""
        sector, count, flags, data = self.entries[index]
        size = count * self.sector_size
        return sector * self.sector_size, b"\0" * size if flags & DISCARD else os.pread(self.file.fileno(), size, data)

    def apply(self, disk, index):
        """Does the write on a file that is the disk."""
        sector, count, flags, _ = self.entries[index]
        if flags & DISCARD:
            punch(disk, sector * self.sector_size, count * self.sector_size)
        elif count:
            at, block = self.write_of(index)
            os.pwrite(disk, block, at)

    def last_flush(self, upto):
        """How many of the first `upto` entries a flush has made safe. A write that carries a flush is not safe by it."""
        for index in range(upto - 1, -1, -1):
            if self.entries[index][2] & FLUSH:
                return index if self.entries[index][1] else index + 1
        return 0


class Rebuilder:
    """Rebuilds a disk, or a partition of it, at growing points: the disk that moves on, and what of the torn tail arrived.

    partition_at, size: where on the disk it is, in bytes.
    """

    def __init__(self, log, start_image, work, partition_at=0, size=None):
        self.log, self.work = log, work
        self.partition_at = partition_at
        self.base = os.path.join(work, "base.img")
        copy_sparse(start_image, self.base)
        self.size = os.stat(self.base).st_size - partition_at if size is None else size
        self.done = 0

    def at(self, upto, seed):
        """The path of the partition after a power cut when the log had `upto` entries."""
        return self.moment(upto, seed).save(os.path.join(self.work, "torn.img"), self.partition_at, self.size)

    def moment(self, upto, seed, in_parts=False):
        """The same as a Moment, which holds until the next one is asked for. in_parts: of a write some sectors may have arrived."""
        safe = self.log.last_flush(upto)
        with open(self.base, "r+b") as disk:
            for index in range(self.done, safe):
                self.log.apply(disk.fileno(), index)
        self.done = max(self.done, safe)
        chance = random.Random(seed)
        arrived = []
        for index in range(safe, upto):
            if self.log.entries[index][2] & FUA or chance.random() < 0.5:
                at, block = self.log.write_of(index)
                sectors = len(block) // 512
                if in_parts and chance.random() < 0.5:
                    sectors = chance.randint(0, sectors)
                arrived.append((at, block[:sectors * 512]))
        return Moment(self.base, arrived)


class Moment:
    """A disk after a power cut. arrived: (place, bytes) that came on top of the file."""

    def __init__(self, base, arrived=()):
        self.base, self.arrived = base, arrived
        self.file = open(base, "rb")

    def read(self, at, size):
        block = bytearray(os.pread(self.file.fileno(), size, at).ljust(size, b"\0"))
        for start, data in self.arrived:
            first, end = max(start, at), min(start + len(data), at + size)
            if first < end:
                block[first - at:end - at] = data[first - start:end - start]
        return bytes(block)

    def save(self, path, start=0, size=None):
        """Writes it, or a part of it, into a file; returns the path."""
        copy_sparse(self.base, path, start, size)
        with open(path, "r+b") as disk:
            end = os.fstat(disk.fileno()).st_size + start
            for at, data in self.arrived:
                first, last = max(at, start), min(at + len(data), end)
                if first < last:
                    os.pwrite(disk.fileno(), data[first - at:last - at], first - start)
        return path


def punch(disk, at, size):
    """Zeros, where there is anything else than a hole."""
    end = min(at + size, os.fstat(disk).st_size)
    while at < end:
        try:
            at = os.lseek(disk, at, os.SEEK_DATA)
        except OSError:
            return
        n = min(os.lseek(disk, at, os.SEEK_HOLE), end, at + (1 << 22)) - at
        if n > 0:
            os.pwrite(disk, b"\0" * n, at)
        at += max(n, 0) or size


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
