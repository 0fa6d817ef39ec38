"""elf: which shared libraries a program needs, and how it was hardened.

In:  paths of ELF files of 64 bits, little endian.
Out: their NEEDED names, their Hardening; None when a file is no ELF file.
"""
import struct
import typing

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
PT_GNU_STACK, PT_GNU_RELRO, PT_GNU_PROPERTY = 0x6474e551, 0x6474e552, 0x6474e553
DT_NULL, DT_NEEDED, DT_STRTAB, DT_RPATH, DT_BIND_NOW, DT_RUNPATH, DT_FLAGS, DT_FLAGS_1 = 0, 1, 5, 15, 24, 29, 30, 0x6ffffffb
SHT_SYMTAB, SHT_DYNSYM = 2, 11
ET_REL, ET_EXEC, ET_DYN = 1, 2, 3
PF_X = 1
DF_BIND_NOW, DF_1_NOW, DF_1_PIE = 8, 1, 0x08000000
# The feature words of .note.gnu.property: x86's and aarch64's, and what their bits are called.
FEATURES = {0xc0000002: ('ibt', 'shstk'), 0xc0000000: ('bti', 'pac')}


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


class Hardening(typing.NamedTuple):
    """What a file's headers say; "static" and "module" where a question does not arise."""
    kind: str               # program, library, static, module
    pie: bool
    relro: str              # none, partial, full
    now: bool               # all names are bound at the start
    canary: bool            # it calls the check of the stack
    fortify: int            # how many checked functions of the C library it calls
    nx: bool                # no stack that can be executed
    features: tuple         # what every part of it was compiled for: ibt, shstk; bti, pac
    rpath: str              # where it looks for libraries by itself
    stripped: bool          # no table of its own names


def sections(data):
    """(type, offset, size, link, entry size) of every section."""
    at, = struct.unpack_from('<Q', data, 40)
    size, count = struct.unpack_from('<HH', data, 58)
    for i in range(count if at else 0):
        _, kind, _, _, offset, length, link, _, _, entry = struct.unpack_from('<IIQQQQIIQQ', data, at + i * size)
        yield kind, offset, length, link, entry


def text_at(data, at):
    return data[at:data.index(b'\0', at)].decode(errors='replace')


def imports(data, table):
    """Names of a table of symbols that others define."""
    every = list(sections(data))
    for kind, offset, length, link, entry in every:
        if kind == table and entry:
            names = every[link][1]
            for at in range(offset, offset + length, entry):
                name, _, _, section = struct.unpack_from('<IBBH', data, at)
                if name and not section:
                    yield text_at(data, names + name)


def features_of(data, at, length):
    """Bits of the notes that name what all of a file was compiled for."""
    found, end = [], at + length
    while at + 16 <= end:
        name, size, kind = struct.unpack_from('<III', data, at)
        note, stop = at + 12 + (name + 3 & ~3), at + 12 + (name + 3 & ~3) + size
        while kind == 5 and note + 8 <= stop:
            what, width = struct.unpack_from('<II', data, note)
            if what in FEATURES and width == 4:
                bits, = struct.unpack_from('<I', data, note + 8)
                found += [word for i, word in enumerate(FEATURES[what]) if bits >> i & 1]
            note += 8 + (width + 7 & ~7)
        at = stop + 7 & ~7
    return tuple(found)


def dynamic_of(data, at, length):
    """{tag: last value} of a dynamic section."""
    found = {}
    for place in range(at, at + length, 16):
        tag, value = struct.unpack_from('<QQ', data, place)
        if tag == DT_NULL:
            break
        found[tag] = value
    return found


def program_headers(data):
    at, = struct.unpack_from('<Q', data, 32)
    size, count = struct.unpack_from('<HH', data, 54)
    for i in range(count if at else 0):
        yield struct.unpack_from('<IIQQQQQQ', data, at + i * size)


def kind_of(type_, parts, flags):
    if type_ == ET_REL:
        return 'module'
    if PT_DYNAMIC not in parts or (flags & DF_1_PIE and PT_INTERP not in parts):
        return 'static'
    return 'program' if PT_INTERP in parts and (type_ == ET_EXEC or flags & DF_1_PIE) else 'library'


def hardening(path):
    """The Hardening of one file; None when it is not ELF."""
    with open(path, 'rb') as file:
        data = file.read()
    if data[:6] != b'\x7fELF\x02\x01':
        return None
    type_, = struct.unpack_from('<H', data, 16)
    parts = {part[0]: part for part in program_headers(data)}
    dynamic = dynamic_of(data, parts[PT_DYNAMIC][2], parts[PT_DYNAMIC][5]) if PT_DYNAMIC in parts else {}
    now = bool(DT_BIND_NOW in dynamic or dynamic.get(DT_FLAGS, 0) & DF_BIND_NOW or dynamic.get(DT_FLAGS_1, 0) & DF_1_NOW)
    names = set(imports(data, SHT_DYNSYM if dynamic else SHT_SYMTAB))
    note = parts.get(PT_GNU_PROPERTY)
    tables = {section[0] for section in sections(data)}
    return Hardening(
        kind_of(type_, parts, dynamic.get(DT_FLAGS_1, 0)), type_ == ET_DYN,
        'none' if PT_GNU_RELRO not in parts else 'full' if now else 'partial', now, '__stack_chk_fail' in names,
        sum(name.startswith('__') and name.endswith('_chk') for name in names),
        type_ == ET_REL or (PT_GNU_STACK in parts and not parts[PT_GNU_STACK][1] & PF_X),
        features_of(data, note[2], note[5]) if note else (),
        ' '.join(word for tag, word in ((DT_RPATH, 'rpath'), (DT_RUNPATH, 'runpath')) if tag in dynamic),
        SHT_SYMTAB not in tables)


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
