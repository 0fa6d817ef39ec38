#!/usr/bin/env python3
"""hardening_rows.py DIR: what each row of the hardening table must say in the document of each model.

DIR/stage1.xml is the first document of a phone, DIR/MODEL/all.xml a phone with every row on, DIR/MODEL/ROW.xml the same phone with that row off, *.score what
merge_score() says of it. The table below was written from issue and reference, not from the code; the parser is
Python's. Prints what is wrong; exits 1 then.
"""
import base64
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

DESK = ('snomD785', 'snomD865', 'snom720')
NEW = ('snomD785', 'snomD865')          # 10.1: two more logins of the web pages
DECT = ('snomM700',)
ALL = DESK + DECT

LOCKED = {'setting_server', 'provisioning_order', 'tls_server_authentication', 'vpn_on', 'pnp_config', 'tr69_use_acs', 'tr69_bootstrap'}

# (row, models, setting, idx, value, permission); a value of None: left out on purpose.
TABLE = [
    ('web', DESK, 'webserver_type', None, 'https', 'R'),
    ('web', ALL, 'http_user', None, 'admin', 'R'),
    ('web', ALL, 'http_pass', None, 'aB3.aB3.aB3.aB4.', 'R'),
    ('web', DESK, 'http_scheme', None, 'on', 'R'),
    ('web', DESK, 'web_logout_timer', None, '5', 'R'),
    ('web', DESK, 'ignore_security_warning', None, 'off', 'R'),
    ('web', NEW, 'webserver_user_name', None, 'user', 'R'),
    ('web', NEW, 'webserver_user_password', None, 'gH6_gH6_gH6_gH7_', 'R'),
    ('web', NEW, 'webserver_admin_name', None, 'admin', 'R'),
    ('web', NEW, 'webserver_admin_password', None, 'iJ7/iJ7/iJ7/iJ8/', 'R'),
    ('web', ('snom720',), 'webserver_admin_password', None, None, None),
    ('web', DECT, 'webserver_type', None, None, None),
    ('web', DECT, 'http_engineer_user', None, 'engineer', 'R'),
    ('web', DECT, 'http_engineer_pass', None, 'eF5-eF5-eF5-eF6-', 'R'),
    ('web', DECT, 'http_basic_user', None, 'user', 'R'),
    ('web', DECT, 'http_basic_pass', None, 'gH6_gH6_gH6_gH7_', 'R'),
    ('web', DECT, 'webserver_user_name', None, None, None),
    ('web', DECT, 'webserver_cert', None, None, None),
    ('hidden-tags', DESK, 'use_hidden_tags', None, 'on', 'R'),
    ('hidden-tags', DESK, 'restrict_uri_queries', None, 'on', 'R'),
    ('admin-mode', DESK, 'admin_mode', None, 'off', 'RW'),
    ('admin-mode', DESK, 'admin_mode_password', None, 'cD4:cD4:cD4:cD5:', 'R'),
    ('admin-mode', DESK, 'admin_mode_password_confirm', None, 'cD4:cD4:cD4:cD5:', 'R'),
    ('service', DESK, 'service_mode_login', None, 'service', 'R'),
    ('service', DESK, 'service_mode_pass', None, 'eF5-eF5-eF5-eF6-', 'R'),
    ('service', DESK, 'admin_mode_upon_http_login', None, 'off', 'R'),
    ('menus', DESK, 'logon_wizard', None, 'off', 'R'),
    ('keyboard-lock', DESK, 'enable_keyboard_lock', None, 'on', 'R'),
    ('keyboard-lock', DESK, 'keyboard_lock_pw', None, '739146', 'R'),
    ('keyboard-lock', DESK, 'keyboard_lock_timeout', None, '600', 'R'),
    ('keyboard-lock', DESK, 'keyboard_lock_emergency', None, '112 110', 'R'),
    ('signalling', DESK, 'filter_registrar', None, 'on', 'R'),
    ('signalling', DESK, 'challenge_reboot', None, 'on', 'R'),
    ('signalling', DESK, 'challenge_checksync', None, 'on', 'R'),
    ('signalling', DESK, 'allow_sip_settings', None, 'off', 'R'),
    ('media', DESK, 'user_srtp', '1', 'on', 'R'),
    ('media', DESK, 'user_savp', '1', 'mandatory', 'R'),
    ('media', DESK, 'user_auth_tag', '1', 'off', 'R'),
    ('vpn', DESK, 'vpn_on', None, 'on', 'R'),
    ('vpn', DESK, 'update_policy', None, 'settings_only', 'R'),
    ('vpn', DESK, 'vpn_netcatserver', None, '', 'R'),
    ('vpn', ALL, 'vpn_tarball_url', None, None, None),
    ('sources', DESK, 'setting_server', None, 'https://10.64.0.1/{mac}.xml', 'R'),
    ('sources', DESK, 'provisioning_order', None, 'redirection:stop', 'R'),
    ('sources', DESK, 'pnp_config', None, 'off', 'R'),
    ('sources', DESK, 'tr69_use_acs', None, 'off', 'R'),
    ('sources', DESK, 'tr69_bootstrap', None, 'off', 'R'),
    ('sources', DESK, 'tr69_acs_url', None, '', 'R'),
    ('sources', DESK, 'dhcp_options_on_ip_aquire', None, re.compile(r'(?!.*\b(43|66|67)\b)1 3 4 6 [0-9 ]+'), 'R'),
    ('sources', DESK, 'dhcp_options_on_inform', None, re.compile(r'(?!.*\b(43|66|67)\b)[0-9 ]+'), 'R'),
    ('servers', DESK, 'tls_server_authentication', None, 'on', 'R'),
    ('boot', DESK, 'uboot_lock', None, '82640517', 'R'),
    ('noise', DESK, 'csta_control', None, 'off', 'R'),
    ('noise', DESK, 'multicast_listen', None, 'off', 'R'),
    ('noise', DESK, 'data_submission_allowed', None, 'ask', 'R'),
    ('noise', DESK, 'lldp_enable', None, 'off', 'R'),
    ('noise', DESK, 'syslog_server', None, '', 'R'),
]
# Beside the rows: the account (SIPS), the time, polling.
ALWAYS = [
    (DESK, 'auto_reboot_on_setting_change', None, 'on', 'R'),
    (DESK, 'user_outbound', '1', 'pbx.example;transport=tls', 'R'),
    (ALL, 'user_host', '1', 'pbx.example', 'R'),
    (ALL, 'user_name', '1', '2017', 'R'),
    (ALL, 'user_pass', '1', 'jf83hf8HFD', 'R'),
    (ALL, 'user_realname', '1', 'Front desk', 'R'),
    (ALL, 'ntp_server', None, '10.64.0.1', 'R'),
    (ALL, 'language', None, 'Deutsch', 'RW'),
    (DESK, 'settings_refresh_timer', None, '300', 'R'),
    (DESK, 'prov_polling_enabled', None, 'on', 'R'),
    (DESK, 'prov_polling_period', None, '300', 'R'),
    (DESK, 'ring_sound', None, 'Ringer3', '!'),
    (DESK, 'phone_name', None, 'snom-000413aabbcc', 'R'),
    # Of the profile "reception": PEM with its line ends.
    (DESK, 'webserver_cert', None, '-----BEGIN CERTIFICATE-----\nQUJD\nREVG\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nR0hJ\n'
                                   '-----END PRIVATE KEY-----', 'R'),
]
# Row "menus": what a phone's user may change, all else is R. admin_mode is no freedom: it asks for the password.
USERS = {'admin_mode', 'language', 'ring_sound'}
# Stage 1, in the order that works on first contact: its certificates, the time, checking, and only then what is fetched over TLS.
STAGE1 = [
    ('auto_reboot_on_setting_change', 'on'), ('ntp_server', '192.168.7.1'), ('timezone', 'GER+1'), ('tls_server_authentication', 'on'),
    ('update_policy', 'settings_only'), ('pnp_config', 'off'), ('tr69_use_acs', 'off'), ('tr69_bootstrap', 'off'),
    ('vpn_tarball_url', 'https://192.168.7.1/vpn/000413AABBCC-00ff.tar'), ('vpn_on', 'on'), ('provisioning_order', 'redirection:stop'),
    ('setting_server', 'https://10.64.0.1/{mac}.xml'),
]
STAGE1_CERTIFICATES = [b'Root', b'Issuing']
# All that is documented of a base's document (reference, section 7), and nothing else.
DECT_NAMES = {
    'http_user', 'http_pass', 'http_engineer_user', 'http_engineer_pass', 'http_basic_user', 'http_basic_pass', 'srv_sip_server_alias',
    'srv_srtp_auth', 'user_host', 'user_active', 'user_name', 'user_pass', 'user_realname', 'subscr_sip_line_name', 'subscr_sip_hs_idx',
    'subscr_sip_ua_data_server_id', 'ntp_server', 'language', 'tone_scheme',
}
IMPOSSIBLE_ON_DECT = {'hidden-tags', 'admin-mode', 'service', 'menus', 'keyboard-lock', 'signalling', 'media', 'vpn', 'sources', 'servers',
                      'boot', 'noise'}
ROWS = ['web', 'hidden-tags', 'admin-mode', 'service', 'menus', 'keyboard-lock', 'signalling', 'media', 'vpn', 'sources', 'servers', 'boot',
        'noise', 'seals']
SECRET = re.compile('pass|_pw|uboot_lock')
wrong = []


def note(*words):
    wrong.append(' '.join(str(word) for word in words))


class Document:
    """One document as Python reads it."""

    def __init__(self, path):
        text = path.read_text()
        if '<!' in text:
            note(path, 'has a declaration')
        self.root = ElementTree.fromstring(text)
        plain = self.root.find('phone-settings')
        self.first = plain[0].tag
        self.settings = {}
        for element in plain:
            key = (element.tag, element.get('idx'))
            if key in self.settings:
                note(path, 'has', key, 'twice')
            self.settings[key] = (element.text or '', element.get('perm'))

    def is_as(self, where, name, index, value, permission):
        is_there = self.settings.get((name, index))
        if value is None:
            if is_there is not None:
                note(where, 'has', name)
            return
        if is_there is None:
            note(where, 'lacks', name)
            return
        fits = value.fullmatch(is_there[0]) if isinstance(value, re.Pattern) else value == is_there[0]
        if not fits or is_there[1] != permission:
            note(where, name, 'is', is_there, 'not', (value, permission))


def check_all(model, document):
    where = f'{model}:'
    for row, models, name, index, value, permission in TABLE:
        if model in models:
            document.is_as(f'{where} row {row}:', name, index, value, permission)
    for models, name, index, value, permission in ALWAYS:
        if model in models:
            document.is_as(where, name, index, value, permission)
    if document.root.tag != 'settings' or document.root.find('phone-settings').get('e') != '2':
        note(where, 'the wrapper is wrong')
    for (name, _), (value, permission) in document.settings.items():
        if permission != 'R' and (name not in USERS or model in DECT and name != 'language'):
            note(where, name, 'can be changed by the user:', permission)
        if SECRET.search(name) and '!' in permission or permission not in ('R', 'RW', '!'):
            note(where, name, 'has the permission', permission)
        if value == '0000':
            note(where, name, 'is 0000')


def check_desk(model, document):
    if document.first != 'auto_reboot_on_setting_change':
        note(model, 'begins with', document.first)
    certificate = document.root.find('certificates/certificate[@type="base64"]')
    if certificate is None or certificate.text.strip() != 'MIIBszCCAVmgAwIBAgIUZ':
        note(model, 'has no certificate in base64')
    if [child.tag for child in document.root][0] != 'certificates':
        note(model, 'begins with', document.root[0].tag)
    if [child.tag for child in document.root] != ['certificates', 'phone-settings', 'functionKeys', 'uploads']:
        note(model, 'has the parts', [child.tag for child in document.root])
    uploads = [(upload.tag, upload.attrib, upload.text, len(upload)) for upload in document.root.find('uploads')]
    if uploads != [('file', {'url': 'https://10.64.0.1/state_settings.xml', 'type': 'gui_xml_state_settings'}, None, 0),
                   ('file', {'url': 'https://10.64.0.1/000413AABBCC/preferences.xml', 'type': 'gui_xml_state_settings_preferences'}, None, 0)]:
        note(model, 'has the uploads', uploads)
    keys = [(key.get('idx'), key.get('label'), key.get('perm'), key.text) for key in document.root.findall('functionKeys/fkey')]
    if keys != [('0', '', 'R', 'line'), ('1', 'Door & gate', 'RW', 'speed 8<2017>')]:
        note(model, 'has the keys', keys)


def check_dect(model, document):
    if surplus := {name for name, _ in document.settings} - DECT_NAMES:
        note(model, 'has names that no base is known to know:', surplus)
    if {permission for _, permission in document.settings.values()} - {'R', 'RW'}:
        note(model, 'has permissions that bases do not know')
    if [child.tag for child in document.root] != ['phone-settings']:
        note(model, 'has parts that no base is known to know')


def check_stage1(document, desk):
    parts = [child.tag for child in document.root]
    if parts != ['certificates', 'phone-settings']:
        note('stage 1: its parts are', parts)
    certificates = document.root.find('certificates')
    if any(certificate.attrib != {'type': 'base64'} for certificate in certificates):
        note('stage 1: a certificate is not in base64, so it comes too late')
    bodies = [base64.b64decode(''.join(certificate.text.split()), validate=True) for certificate in certificates]
    if bodies != STAGE1_CERTIFICATES:
        note('stage 1: the certificates are', bodies)
    settings = [(element.tag, element.text) for element in document.root.find('phone-settings')]
    if settings != STAGE1:
        note('stage 1: its settings are', settings)
    names = [name for name, _ in settings]
    for needs_tls in [name for name, value in settings if value.startswith('https://')]:
        for before in 'ntp_server', 'tls_server_authentication':
            if before not in names or names.index(before) > names.index(needs_tls):
                note('stage 1:', needs_tls, 'stands before', before)
    for (name, index), (value, permission) in document.settings.items():
        if permission != 'R' or index or SECRET.search(name):
            note('stage 1:', name, index, 'has the permission', permission)
        if name in LOCKED and desk.settings.get((name, index), ('',))[0] != value:
            note('stage 1 and stage 2 differ in', name)
    if LOCKED - set(names):
        note('stage 1 lacks', LOCKED - set(names))


def check_off(model, row, document, whole):
    """With the row off, its settings are gone but for the locked ones, and nothing else has changed."""
    rows = {name for its_row, models, name, _, value, _ in TABLE if its_row == row and model in models and value is not None}
    gone = {name for name, _ in set(whole.settings) - set(document.settings)}
    if rows - LOCKED - gone:
        note(model, 'row', row, 'is off, but the document still has', rows - LOCKED - gone)
    if gone & LOCKED:
        note(model, 'row', row, 'is off and took away', gone & LOCKED)
    for name in gone - rows:
        note(model, 'row', row, 'is off and took away', name)
    for key, value in document.settings.items():
        if whole.settings.get(key) != value:
            note(model, 'row', row, 'is off and changed', key)


def check_score(model, row, path):
    lines = dict(line.split(' ', 1) for line in path.read_text().splitlines())
    if list(lines) != ROWS + ['sum']:
        note(path, 'has the rows', list(lines))
    n_met = 0
    for name in ROWS:
        expected = 'impossible' if model in DECT and name in IMPOSSIBLE_ON_DECT else 'waived' if name == row else 'met'
        n_met += expected == 'met'
        if lines.get(name) != expected:
            note(model, f'with {row} off' if row else '', name, 'is', lines.get(name), 'not', expected)
    total = len(ROWS) - (len(IMPOSSIBLE_ON_DECT) if model in DECT else 0)
    if lines['sum'] != f'{n_met} of {total}':
        note(model, 'has the score', lines['sum'], 'not', n_met, 'of', total)


def main(folder):
    check_stage1(Document(folder / 'stage1.xml'), Document(folder / DESK[0] / 'all.xml'))
    for model in ALL:
        whole = Document(folder / model / 'all.xml')
        check_all(model, whole)
        (check_dect if model in DECT else check_desk)(model, whole)
        check_score(model, None, folder / model / 'all.score')
        for row in ROWS:
            check_off(model, row, Document(folder / model / f'{row}.xml'), whole)
            check_score(model, row, folder / model / f'{row}.score')
    rows_of_the_table = {row for row, *_ in TABLE} | {'seals'}
    if rows_of_the_table != set(ROWS):
        note('the table lacks', set(ROWS) - rows_of_the_table)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(pathlib.Path(sys.argv[1])))
