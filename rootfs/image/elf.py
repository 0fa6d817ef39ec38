"""elf: which shared libraries a program needs.

In:  paths of ELF files of this machine's word size and byte order.
Out: their NEEDED names; None when a file is no ELF file.
"""
import struct

PT_LOAD, PT_DYNAMIC = 1, 2
DT_NULL, DT_NEEDED, DT_STRTAB = 0, 1, 5


def needed(path):
    """The NEEDED entries of one file; [] when it is static, None when it is not ELF."""
    with open(path, 'rb') as file:
        if file.read(6) != b'\x7fELF\x02\x01':
            return None
        file.seek(0)
        data = file.read()
    offset, = struct.unpack_from('<Q', data, 32)
    size, count = struct.unpack_from('<HH', data, 54)
    loads, dynamic = [], None
    for i in range(count):
        kind, _, at, address, _, length, _, _ = struct.unpack_from('<IIQQQQQQ', data, offset + i * size)
        if kind == PT_LOAD:
            loads.append((address, at, length))
        elif kind == PT_DYNAMIC:
            dynamic = (at, length)
    if not dynamic:
        return []
    names, table = [], 0
    for at in range(dynamic[0], dynamic[0] + dynamic[1], 16):
        tag, value = struct.unpack_from('<QQ', data, at)
        if tag == DT_NULL:
            break
        if tag == DT_NEEDED:
            names.append(value)
        elif tag == DT_STRTAB:
            table = next(start + value - address for address, start, length in loads
                         if address <= value < address + length)
    return [data[table + name:data.index(b'\0', table + name)].decode() for name in names]


def closure(files, index):
    """(all libraries reached from files, [(file, name) not found]); index: name -> path."""
    todo, reached, missing = list(files), set(), []
    while todo:
        file = todo.pop()
        for name in needed(file) or []:
            path = index.get(name)
            if not path:
                missing.append((str(file), name))
            elif path not in reached:
                reached.add(path)
                todo.append(path)
    return reached, missing
