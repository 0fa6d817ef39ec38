"""boot_disk: a disk as firmware and loader read it: the partition table, the boot partition, the kernel image that starts next.

In:   read(place, size), of a disk that is there or of one that could have been.
Out:  partitions(), BootPartition (FAT 32: folders and files), kernel_images() in the loader's order.
Not:  nothing is started, no signature is judged: test_update compares with what it knows to be signed.
"""
import re
import struct
import typing
import uuid
import zlib

SECTOR = 512
GPT_HEADER = struct.Struct('<8sIIIIQQQQ16sQIII')
LONG, FOLDER, VOLUME = 0x0F, 0x10, 0x08
FOLDER_OF_IMAGES = ('EFI', 'Linux')
NAME = re.compile(r'provost_([0-9.]+?)(?:\+(\d+)(?:-(\d+))?)?\.efi', re.IGNORECASE)


class Broken(Exception):
    """What could not be read, as a sentence."""


class Partition(typing.NamedTuple):
    label: str
    uuid: str
    at: int
    size: int


# --- the partition table ------------------------------------------------------------------------------------

def _table(read, sector):
    """The table whose header is in this sector; None when one of its two sums is wrong."""
    block = read(sector * SECTOR, SECTOR)
    magic, _, size, total, _, own, _, _, _, _, first, count, each, entries_total = GPT_HEADER.unpack_from(block)
    if magic != b'EFI PART' or not GPT_HEADER.size <= size <= SECTOR or own != sector:
        return None
    if zlib.crc32(block[:16] + bytes(4) + block[20:size]) != total or not 128 <= each <= 512 or count > 1024:
        return None
    entries = read(first * SECTOR, count * each)
    if zlib.crc32(entries) != entries_total:
        return None
    rows = [entries[i:i + each] for i in range(0, count * each, each)]
    return [Partition(row[56:128].decode('utf-16-le', 'replace').rstrip('\0'), str(uuid.UUID(bytes_le=row[16:32])), at * SECTOR, (last - at + 1) * SECTOR)
            for row in rows if row[:16] != bytes(16) for at, last in [struct.unpack_from('<QQ', row, 32)]]


def partitions(read, disk_size):
    """(rows, whether the first table is whole). Firmware takes the last one when the first is not, and the kernel is told to."""
    first = _table(read, 1)
    rows = first if first is not None else _table(read, disk_size // SECTOR - 1)
    if rows is None:
        raise Broken('neither of the two partition tables is whole')
    return rows, first is not None


def labelled(rows, label):
    found = [row for row in rows if row.label == label]
    if len(found) != 1:
        raise Broken(f'{len(found)} partitions are called {label}: {[row.label for row in rows]}')
    return found[0]


# --- the boot partition -----------------------------------------------------------------------------------------

class BootPartition:
    """FAT 32, read only."""

    def __init__(self, read, partition):
        self.read_disk, self.at = read, partition.at
        head = self.read(0, SECTOR)
        if head[510:512] != b'\x55\xaa' or head[11:13] != struct.pack('<H', SECTOR) or not head[13]:
            raise Broken('the boot partition is no FAT')
        reserved, copies = struct.unpack_from('<HB', head, 14)
        length, = struct.unpack_from('<I', head, 36)
        self.root, = struct.unpack_from('<I', head, 44)
        self.cluster = head[13] * SECTOR
        self.data = (reserved + copies * length) * SECTOR
        self.table = memoryview(self.read(reserved * SECTOR, length * SECTOR)).cast('I')

    def read(self, at, size):
        return self.read_disk(self.at + at, size)

    def chain(self, cluster):
        """[[first cluster, how many in a row]]"""
        runs, seen = [], 0
        while cluster < 0x0FFFFFF8:
            seen += 1
            if not 2 <= cluster < len(self.table) or seen > len(self.table):
                raise Broken('a chain of clusters leads nowhere')
            if runs and runs[-1][0] + runs[-1][1] == cluster:
                runs[-1][1] += 1
            else:
                runs.append([cluster, 1])
            cluster = self.table[cluster] & 0x0FFFFFFF
        return runs

    def content(self, cluster, size=None):
        parts, left = [], size
        for first, count in self.chain(cluster) if size != 0 else []:
            length = count * self.cluster if left is None else min(left, count * self.cluster)
            parts.append(self.read(self.data + (first - 2) * self.cluster, length))
            left = None if left is None else left - length
        if left:
            raise Broken('a file is shorter than its entry says')
        return b''.join(parts)

    def entries(self, cluster):
        """[(name, attributes, first cluster, size)] of a folder."""
        block, found, pieces = self.content(cluster), [], {}
        for at in range(0, len(block), 32):
            row = block[at:at + 32]
            if row[0] == 0:
                break
            if row[0] == 0xE5:
                pieces = {}
            elif row[11] & 0x3F == LONG:
                pieces = {} if row[0] & 0x40 else pieces
                pieces[row[0] & 0x1F] = row[13], row[1:11] + row[14:26] + row[28:32]
            else:
                if not row[11] & VOLUME:
                    high, = struct.unpack_from('<H', row, 20)
                    low, size = struct.unpack_from('<HI', row, 26)
                    found.append((_name(row, pieces), row[11], high << 16 | low, size))
                pieces = {}
        return found

    def folder(self, *names):
        """entries() of a folder; [] when it is not there."""
        cluster = self.root
        for name in names:
            row = next((row for row in self.entries(cluster) if row[1] & FOLDER and row[0].lower() == name.lower()), None)
            if row is None:
                return []
            cluster = row[2]
        return self.entries(cluster)


def _name(row, pieces):
    """The long name when it belongs to this entry, else the short one."""
    total = 0
    for byte in row[:11]:
        total = ((total & 1) << 7 | total >> 1) + byte & 0xFF
    if pieces and sorted(pieces) == list(range(1, len(pieces) + 1)) and all(check == total for check, _ in pieces.values()):
        return b''.join(pieces[i][1] for i in sorted(pieces)).decode('utf-16-le', 'replace').split('\0')[0]
    stem, ending = row[:8].decode('latin-1').rstrip(), row[8:11].decode('latin-1').rstrip()
    return f'{stem}.{ending}' if ending else stem


# --- what would start ---------------------------------------------------------------------------------------------

class KernelImage(typing.NamedTuple):
    name: str
    version: tuple
    left: int           # -1: it is not counted
    content: bytes


def names_of_images(boot):
    return [row[0] for row in boot.folder(*FOLDER_OF_IMAGES)]


def _is_program(content):
    """The loader shows what has the sections of a kernel image; it reads no further."""
    try:
        start, = struct.unpack_from('<I', content, 60)
        return content[:2] == b'MZ' and content[start:start + 4] == b'PE\0\0' and b'.osrel\0' in content[start:start + 2048]
    except struct.error:
        return False


def kernel_images(boot):
    """What the loader finds, the one that it starts first: the newest that has a start left; what has none comes last."""
    found = []
    for name, attributes, cluster, size in boot.folder(*FOLDER_OF_IMAGES):
        match = NAME.fullmatch(name)
        if not match or attributes & FOLDER:
            continue
        try:
            content = boot.content(cluster, size)
        except Broken:
            continue
        if _is_program(content):
            left = -1 if match[2] is None else int(match[2])
            found.append(KernelImage(name, tuple(map(int, match[1].split('.'))), left, content))
    return sorted(found, key=lambda image: (image.left != 0, image.version, image.left), reverse=True)
