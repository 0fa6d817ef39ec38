"""document: what a phone understands of a provisioning document, and what it keeps of it.

In:   the bytes of an answer (snom.md 3.3).
Out:  Document (taken apart), Settings (with permission flags), Flash (what survives a reboot), firmware images.
Not:  nothing of the appliance; no network.
"""
import binascii
import gzip
import xml.etree.ElementTree as ElementTree

from tools import Trouble

FACTORY_SERVER = 'https://secure-provisioning.snom.com'
FACTORY = {
    'setting_server': FACTORY_SERVER,
    'provisioning_order': 'redirection:stop pnp:stop dhcp:stop tr69:stop',
    'tls_server_authentication': 'off',
    'pnp_config': 'on',
    'update_policy': 'settings_only',
    'vpn_on': 'off',
    'vpn_tarball_url': '',
    'admin_mode': 'on',
    'filter_registrar': 'on',
    'challenge_reboot': 'off',
    'challenge_checksync': 'off',
    'checksync_action': '',
    'prov_polling_enabled': 'off',
    'settings_refresh_timer': '0',
    'firmware_status': '',
}
# A change of these works only after a reboot (snom.md 1.1).
NEEDS_REBOOT = {'webserver_type'}
IMAGE = b'stand-in firmware '


class ReadOnly(Exception):
    """The user of the phone may not change this setting."""


class Settings:
    """The phone's settings with Snom's permission flags."""

    def __init__(self):
        self.rows = {(name, None): (value, '', False) for name, value in FACTORY.items()}

    def get(self, name, index=None, default=''):
        return self.rows.get((name, index), (default, '', False))[0]

    def permission(self, name, index=None):
        return self.rows.get((name, index), ('', '', False))[1]

    def read_only(self, name, index=None):
        flags = self.permission(name, index)
        return bool({'R', '&', ' '} & set(flags.replace('RW', ''))) or flags == 'V'

    def provision(self, name, index, value, permission):
        """True when the value is another one now."""
        was, old, by_user = self.rows.get((name, index), ('', '', False))
        if '!' in old and by_user:
            return False
        self.rows[name, index] = (value, permission, False)
        return value != was

    def user_set(self, name, value, index=None):
        if self.read_only(name, index):
            raise ReadOnly(name)
        self.rows[name, index] = (value, self.permission(name, index), True)

    def forget_volatile(self):
        """What a reboot does: V is not written to flash; the default is what it was out of the box."""
        for name, index in [key for key, row in self.rows.items() if 'V' in row[1]]:
            del self.rows[name, index]
            if index is None and name in FACTORY:
                self.rows[name, None] = (FACTORY[name], '', False)

    def items(self):
        return [(name, index, row[0], row[1]) for (name, index), row in self.rows.items()]


class Document:
    """One provisioning document, taken apart.

    settings        (name, index or None, value, permission) in order
    keys            (index, context, text); key_attributes {index: all attributes}
    book            [{tag: text, @attribute: text}]; book_is_complete: entries that are not here are to be forgotten
    dialplan        [{tag: text, @attribute: text}], replacements likewise
    certificates    DER; certificate_urls those to be fetched at the end
    uploads         (url, type)
    files           further documents
    firmware        URLs of <firmware-settings>
    """

    KNOWN = {'settings', 'setting-files', 'firmware-settings', 'phone-settings', 'functionKeys', 'certificates',
             'uploads', 'tbook', 'dialplan', 'ReplacementPlan', 'gui-languages', 'web-languages'}

    def __init__(self, body):
        self.settings, self.certificates, self.certificate_urls, self.files = [], [], [], []
        self.keys, self.key_attributes = [], {}
        self.book, self.dialplan, self.replacements, self.uploads, self.firmware = [], [], [], [], []
        self.parts, self.book_is_complete = [], False
        if b'<!DOCTYPE' in body or b'<!ENTITY' in body:
            raise Trouble('the document has a DTD; a phone does not read it')
        try:
            root = ElementTree.fromstring(body)
        except ElementTree.ParseError as error:
            raise Trouble(f'the document is no well-formed XML: {error}') from None
        if root.tag not in self.KNOWN:
            raise Trouble(f'the document begins with <{root.tag}>, which no phone knows')
        for part in (list(root) if root.tag == 'settings' else [root]):
            if part.tag not in self.KNOWN:
                raise Trouble(f'<{part.tag}> inside <settings> is unknown to the phone')
            self.parts.append(part.tag)
            self._take(part)

    def value(self, name, index=None):
        """Of a setting; None when the document does not hold it."""
        return next((row[2] for row in self.settings if row[:2] == (name, index)), None)

    def _take(self, part):
        if part.tag == 'phone-settings':
            self._take_settings(part)
        elif part.tag == 'functionKeys':
            for key in part:
                self.keys.append((int(key.get('idx')), key.get('context'), key.text or ''))
                self.key_attributes[int(key.get('idx'))] = dict(key.attrib)
        elif part.tag == 'setting-files':
            self.files += [row.get('url') for row in part]
        elif part.tag == 'certificates':
            for row in part:
                if row.get('type') == 'base64':
                    self.certificates.append(binascii.a2b_base64(''.join((row.text or '').split())))
                elif row.get('url'):
                    self.certificate_urls.append(row.get('url'))
        elif part.tag == 'uploads':
            self.uploads += [(row.get('url'), row.get('type')) for row in part]
        elif part.tag == 'firmware-settings':
            if {row.tag for row in part} - {'firmware'}:
                raise Trouble('<firmware-settings> may hold <firmware> alone')
            self.firmware += [row.text or '' for row in part]
        elif part.tag in ('tbook', 'dialplan', 'ReplacementPlan'):
            self.book_is_complete = part.tag == 'tbook' and part.get('complete') == 'true' or self.book_is_complete
            rows = {'tbook': self.book, 'dialplan': self.dialplan, 'ReplacementPlan': self.replacements}[part.tag]
            rows += [{'@' + name: text for name, text in row.attrib.items()}
                     | {inner.tag: inner.text or '' for inner in row} | ({'': row.text} if row.text else {}) for row in part]

    def _take_settings(self, part):
        seen = set()
        for row in part:
            index = row.get('idx')
            key = (row.tag, None if index is None else int(index))
            if key in seen:
                raise Trouble(f'{row.tag} idx={index} stands twice in one document')
            seen.add(key)
            self.settings.append((*key, row.text or '', row.get('perm', '')))


class Flash:
    """What a phone keeps over a reboot."""

    def __init__(self):
        self.settings = Settings()
        self.authorities = []
        self.keys, self.book, self.dialplan, self.uploads = {}, [], [], {}
        self.bundle = self.bundle_url = None

    def apply(self, document):
        """Takes the document; the names of the settings that changed by it."""
        self.authorities += [der for der in document.certificates if der not in self.authorities]
        changed = {name for name, index, value, permission in document.settings
                   if self.settings.provision(name, index, value, permission)}
        self.keys.update({index: (context, text) for index, context, text in document.keys})
        if 'tbook' in document.parts:
            new = {row.get('@index') for row in document.book}
            kept = [] if document.book_is_complete else [row for row in self.book if row.get('@index') not in new]
            self.book = kept + document.book
        if 'dialplan' in document.parts:
            self.dialplan = document.dialplan
        return changed


def plain_body(answer, asked_for_gzip):
    """The body of an answer as the phone can read it."""
    coding = (answer.headers.get('content-encoding') or [''])[0].lower()
    if not coding or coding == 'identity':
        return answer.body
    if coding != 'gzip' or not asked_for_gzip:
        raise Trouble(f'{answer.url} comes as {coding}, which the phone did not ask for')
    try:
        return gzip.decompress(answer.body)
    except (OSError, EOFError) as error:
        raise Trouble(f'{answer.url} says gzip and is none: {error}') from None


def firmware_image(model, version, size=4096):
    """An image that the stand-in takes: it knows its model and version as a real one does. version 'vpn-feature': the patch."""
    head = IMAGE + f'{model} {version}\n'.encode()
    return head + bytes(size - len(head))


def read_image(body):
    """(model, version) of an image."""
    line = body[:200].split(b'\n')[0]
    words = line.removeprefix(IMAGE).decode(errors='replace').split()
    if not line.startswith(IMAGE) or len(words) != 2:
        raise Trouble('the firmware file is no image')
    return words[0], words[1]
