#!/usr/bin/env python3
"""cve: which known open CVEs the image's packages have, by a copy of Debian's security tracker.

  cve SBOM [TRACKER]     TRACKER: the tracker's JSON (https://security-tracker.debian.org/tracker/data/json), saved by you

Prints a line per open CVE of a source package that the image has something of, worst first, and a summary. Without a copy, or with
one that has nothing to say about the image, it says that nothing was looked up and ends with status 2. With open CVEs of high or
medium urgency the status is 1.
"""
import datetime
import json
import os
import sys

RELEASES = ('trixie', 'trixie-security', 'trixie-backports')
ORDER = ('high', 'medium', 'low', 'unimportant')
# The tracker's words for urgencies, in ours; what nobody has judged yet counts as medium.
URGENCY = {'high': 'high', 'medium': 'medium', 'low': 'low', 'unimportant': 'unimportant', 'not yet assigned': 'medium',
           'end-of-life': 'medium'}
STALE_DAYS = 7


class CveError(Exception):
    """A sentence for a person."""


# --- Debian's order of versions (deb-version) --------------------------------

def rank(character):
    """'~' before the end, letters before all else."""
    if character == '~':
        return -1
    return 0 if character in '0123456789' else ord(character) + (0 if character.isalpha() else 256)


def pieces(text):
    """Alternately text, as ranks that end with 0, and number."""
    at, found = 0, []
    while at < len(text):
        begin = at
        while at < len(text) and not text[at].isdigit():
            at += 1
        found.append([rank(character) for character in text[begin:at]] + [0])
        begin = at
        while at < len(text) and text[at].isdigit():
            at += 1
        found.append(int(text[begin:at] or 0))
    return found


def compare_part(one, other):
    left, right = pieces(one), pieces(other)
    for i in range(max(len(left), len(right))):
        empty = [0] if i % 2 == 0 else 0
        a, b = left[i] if i < len(left) else empty, right[i] if i < len(right) else empty
        if a != b:
            return -1 if a < b else 1
    return 0


def split(version):
    epoch, _, rest = version.rpartition(':')
    upstream, _, revision = rest.rpartition('-')
    return int(epoch or 0), upstream or revision, revision if upstream else ''


def compare(one, other):
    """-1, 0 or 1, as dpkg compares versions."""
    left, right = split(one), split(other)
    if left[0] != right[0]:
        return -1 if left[0] < right[0] else 1
    return compare_part(left[1], right[1]) or compare_part(left[2], right[2])


# --- the two files -----------------------------------------------------------

def read_json(path, what):
    try:
        with open(path, encoding='utf-8') as file:
            return json.load(file)
    except OSError as error:
        raise CveError(f'{what} {path} cannot be read: {error.strerror}') from None
    except ValueError:
        raise CveError(f'{what} {path} is not JSON: save it anew') from None


def sources_of(sbom):
    """{source package: its version} of all Debian packages in a list of parts."""
    found = {}
    for part in sbom.get('components', []):
        words = {item['name']: item['value'] for item in part.get('properties', [])}
        if 'provost:source' in words:
            # linux-signed-amd64 and its kin are built from the source that the tracker knows, with a + where that has its -.
            name, number = words['provost:source'], words.get('provost:source-version', part.get('version', ''))
            if name.startswith('linux-signed'):
                continue
            found[name.removesuffix('-signed')] = number
    return found


def open_ones(name, number, entries):
    """(urgency, CVE, package, version here, fixed in, description) of what is open in the version here."""
    for cve, entry in entries.items():
        releases = entry.get('releases', {}) if isinstance(entry, dict) else {}
        said = [releases[release] for release in RELEASES if release in releases]
        if not cve.startswith(('CVE-', 'TEMP-')) or not said:
            continue
        fixed = [state['fixed_version'] for state in said if state.get('status') == 'resolved' and 'fixed_version' in state]
        if any(version == '0' or compare(number, version) >= 0 for version in fixed) or \
                (not fixed and all(state.get('status') != 'open' for state in said)):
            continue
        urgency = min((URGENCY.get(state.get('urgency', ''), 'medium') for state in said), key=ORDER.index)
        yield urgency, cve, name, number, ', '.join(sorted(set(fixed))) or 'no version yet', \
            ' '.join(str(entry.get('description', '')).split())[:120]


def look_up(sbom, tracker):
    """(rows of open CVEs, sources that the tracker knows, sources of the image)."""
    if not isinstance(tracker, dict) or not all(isinstance(entries, dict) for entries in tracker.values()):
        raise CveError('the tracker file has not the shape of Debian\'s security tracker: package, CVE, releases')
    sources = sources_of(sbom)
    if not sources:
        raise CveError('the list of parts names no Debian package: is it the .sbom.json beside the image?')
    known = {name: number for name, number in sources.items() if name in tracker}
    rows = sorted((row for name, number in known.items() for row in open_ones(name, number, tracker[name])),
                  key=lambda row: (ORDER.index(row[0]), row[2], row[1]))
    return rows, known, sources


def main(words):
    if not 1 <= len(words) <= 2:
        print(__doc__)
        return 2
    try:
        sbom = read_json(words[0], 'the list of parts')
        if len(words) == 1 or not words[1]:
            raise CveError('nothing was looked up: there is no copy of Debian\'s security tracker here. Save '
                           'https://security-tracker.debian.org/tracker/data/json and name it: make cve TRACKER=FILE')
        rows, known, sources = look_up(sbom, read_json(words[1], 'the tracker file'))
        if not known:
            raise CveError('nothing was looked up: the tracker file knows none of the image\'s packages')
    except CveError as error:
        print(f'cve: {error}', file=sys.stderr)
        return 2
    for urgency, cve, name, number, fixed, description in rows:
        print(f'{urgency:11} {cve:16} {name} {number}, fixed in: {fixed}. {description}')
    counts = ', '.join(f'{sum(row[0] == urgency for row in rows)} {urgency}' for urgency in ORDER)
    then = datetime.datetime.fromtimestamp(os.stat(words[1]).st_mtime, datetime.timezone.utc)
    days = (datetime.datetime.now(datetime.timezone.utc) - then).days
    print(f'cve: {len(rows)} open in {len(sources)} source packages ({counts}); the tracker lists {len(known)} of them, '
          f'the others have no CVE there. The copy is of {then:%Y-%m-%d}'
          + (f', {days} days old: save it anew' if days > STALE_DAYS else ''))
    return 1 if any(row[0] in ('high', 'medium') for row in rows) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
