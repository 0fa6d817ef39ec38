#!/usr/bin/python3
"""varlink_gen: a .varlink file as a C interface definition of libsystemd.

varlink_gen.py INPUT OUT   writes OUT.c and OUT.h, which declare
`const sd_varlink_interface vl_interface_<name with _ for .>`.

The .varlink file is the only truth: names, types, direction and comments are
taken from it. A method whose comment begins with "A stream (more)" requires
the flag `more`. Anonymous structs, enums in a field and recursive types are
refused: name them in the file.
"""
import re
import sys

TOKEN = re.compile(r"#[^\n]*|->|\[\]|\[string\]|[A-Za-z][A-Za-z0-9_.-]*|[(),:?]|\n|[ \t\r]+|.")
PLAIN = {"bool": "SD_VARLINK_BOOL", "int": "SD_VARLINK_INT", "float": "SD_VARLINK_FLOAT",
         "string": "SD_VARLINK_STRING", "object": "SD_VARLINK_OBJECT"}


class Trouble(Exception):
    """What is wrong with the file, with its line."""


class Reader:
    """The tokens of a file; comments are collected until someone takes them."""

    def __init__(self, text):
        self.tokens = []
        line = 1
        for match in TOKEN.finditer(text):
            token = match.group()
            if token == "\n":
                # An empty line parts a comment from what follows.
                if self.tokens and self.tokens[-1][0] == "\n" and match.start() and text[match.start() - 1] == "\n":
                    self.tokens.append(("", line))
                else:
                    self.tokens.append(("\n", line))
                line += 1
            elif token.strip():
                self.tokens.append((token, line))
        self.at = 0
        self.comments = []

    def peek(self):
        while self.at < len(self.tokens):
            token, line = self.tokens[self.at]
            if token.startswith("#"):
                self.comments.append(token[1:].strip())
            elif token == "":
                self.comments = []
            elif token != "\n":
                return token, line
            self.at += 1
        return None, self.tokens[-1][1] if self.tokens else 0

    def take(self, wanted=None):
        token, line = self.peek()
        if token is None or (wanted and token != wanted):
            raise Trouble(f"line {line}: {wanted or 'more'} is expected, not {token or 'the end'}")
        self.at += 1
        return token

    def name(self):
        line = self.peek()[1]
        token = self.take()
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", token):
            raise Trouble(f"line {line}: {token} is no name")
        return token

    def take_comments(self):
        self.peek()
        taken, self.comments = self.comments, []
        return taken


def read_type(reader):
    """One type as (name, flags)."""
    flags = []
    if reader.peek()[0] == "?":
        reader.take()
        flags.append("SD_VARLINK_NULLABLE")
    if reader.peek()[0] in ("[]", "[string]"):
        flags.append("SD_VARLINK_ARRAY" if reader.take() == "[]" else "SD_VARLINK_MAP")
    if reader.peek()[0] == "(":
        raise Trouble(f"line {reader.peek()[1]}: an anonymous type; give it a name")
    return reader.name(), "|".join(flags) or "0"


def read_fields(reader):
    """A list of (name, type or None, flags); None for the values of an enum."""
    fields = []
    reader.take("(")
    while reader.peek()[0] != ")":
        name = reader.name()
        if reader.peek()[0] == ":":
            reader.take(":")
            fields.append((name, *read_type(reader)))
        else:
            fields.append((name, None, "0"))
        if reader.peek()[0] != ")":
            reader.take(",")
    reader.take(")")
    return fields


def read_file(text):
    """(interface name, its comments, [(kind, name, comments, fields in, fields out)])."""
    reader = Reader(text)
    about = reader.take_comments()
    reader.take("interface")
    interface = reader.take()
    members = []
    reader.comments = []
    while reader.peek()[0] is not None:
        comments = reader.take_comments()
        kind, line = reader.peek()
        reader.take()
        if kind not in ("type", "method", "error"):
            raise Trouble(f"line {line}: {kind} is not type, method or error")
        name = reader.name()
        first = read_fields(reader)
        second = []
        if kind == "method":
            reader.take("->")
            second = read_fields(reader)
        reader.comments = []
        members.append((kind, name, comments, first, second))
    return interface, about, members


def in_order(members):
    """Types before what uses them: C wants it so, the file need not."""
    types = {m[1]: m for m in members if m[0] == "type"}
    done, busy, ordered = set(), set(), []

    def visit(member):
        if member[1] in done and member[0] == "type":
            return
        if member[0] == "type":
            if member[1] in busy:
                raise Trouble(f"type {member[1]} contains itself")
            busy.add(member[1])
        for _, kind, _ in member[3] + member[4]:
            if kind is None or kind in PLAIN:
                continue
            if kind not in types:
                raise Trouble(f"{member[1]}: there is no type {kind}")
            visit(types[kind])
        if member[0] == "type":
            done.add(member[1])
        ordered.append(member)

    for member in sorted(members, key=lambda m: m[0] != "type"):
        visit(member)
    return ordered


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_field(direction, field):
    name, kind, flags = field
    if kind is None:
        return f"        SD_VARLINK_DEFINE_ENUM_VALUE({name})"
    if kind in PLAIN:
        return f"        SD_VARLINK_DEFINE_{direction}({name}, {PLAIN[kind]}, {flags})"
    return f"        SD_VARLINK_DEFINE_{direction}_BY_TYPE({name}, {kind}, {flags})"


def write_member(member):
    kind, name, comments, first, second = member
    macro = {"type": "STRUCT_TYPE", "method": "METHOD", "error": "ERROR"}[kind]
    if kind == "type" and first and first[0][1] is None:
        macro = "ENUM_TYPE"
    lines = [name]
    if kind == "method" and comments and comments[0].startswith("A stream (more)"):
        macro = "METHOD_FULL"
        lines[0] += ", SD_VARLINK_REQUIRES_MORE"
    lines += [write_field("INPUT" if kind == "method" else "FIELD", f) for f in first]
    lines += [write_field("OUTPUT", f) for f in second]
    return "static SD_VARLINK_DEFINE_%s(%s);\n" % (macro, ",\n".join(lines))


def write_interface(interface, about, members):
    lines = [f"SD_VARLINK_INTERFACE_COMMENT({quoted(' '.join(about))})"] if about else []
    for kind, name, comments, _, _ in members:
        if comments:
            lines.append(f"SD_VARLINK_SYMBOL_COMMENT({quoted(' '.join(comments))})")
        lines.append(f"&vl_{kind}_{name}")
    body = ",\n".join("        " + line for line in lines)
    return f"SD_VARLINK_DEFINE_INTERFACE({symbol(interface)}, {quoted(interface)},\n{body});\n"


def symbol(interface):
    return re.sub(r"[^A-Za-z0-9]", "_", interface)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, out = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        text = file.read()
    try:
        interface, about, members = read_file(text)
        ordered = in_order(members)
    except Trouble as trouble:
        sys.exit(f"{source}: {trouble}")
    with open(out + ".h", "w", encoding="utf-8") as file:
        file.write(f"/* made from {source} */\n#pragma once\n#include <systemd/sd-varlink-idl.h>\n\n"
                   f"extern const sd_varlink_interface vl_interface_{symbol(interface)};\n")
    with open(out + ".c", "w", encoding="utf-8") as file:
        file.write(f"/* made from {source} */\n#include \"gen/{interface}.h\"\n\n")
        for member in ordered:
            file.write(write_member(member) + "\n")
        file.write(write_interface(interface, about, members))


if __name__ == "__main__":
    main()
