"""Three hundred payloads through seven ways in, and everything that shows them but the browser: files, logs, console, answers (issue 5, must show 6)."""
import base64
import csv
import io
import json
import re

from admin_api import page_of
from payloads import COUNT, MACS, PAYLOADS, named, plant_payloads
from scene import require
from tools import wait_until

CONTROL = re.compile(r'[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]')
FORMULA = re.compile(r'^[ \t\r\n]*[=+\-@]|^[\t\r|]')
# What turns a line around or ends it where nobody sees it.
UNSEEN = re.compile('[\u202a-\u202e\u2066-\u2069\u2028\u2029]')


def prepare(scene):
    page_of(scene).person('reader')


def test_all_of_them_come_in(scene):
    scene.counts = plant_payloads(scene)
    require(scene.counts['CSV'] == COUNT and scene.counts['User-Agent'] == COUNT and scene.counts['API'] > COUNT, lambda: f'{scene.counts}')

    looked_at = range(0, 100, 30)

    def heard():
        return {row['kind'] for n in looked_at for row in scene.page.owner().want(200, 'GET', f'/phones/{MACS[n]}/evidence')['evidence']}

    def all_ways():
        found = heard()
        if 'pnp_vendor' not in found:
            scene.planter.through_sip(looked_at)        # a burst of three hundred may lose some, as a phone's may: it asks again
        return {'hostname', 'vendor_class', 'agent', 'pnp_vendor'} <= found
    wait_until(all_ways, 20, lambda: f'{heard()}', 0.5)
    return ', '.join(f'{way} {count}' for way, count in scene.counts.items())


def test_answers_are_json_that_no_browser_takes_for_a_page(scene):
    """Every read of every planted phone's kind: the type, nosniff, no control characters; the text is there as it was sent."""
    owner, found = scene.page.owner(), 0
    rows = []
    after = None
    while True:
        answer = owner.ask('GET', '/phones', query={'limit': 500, **({'after': after} if after else {})})
        require(answer.header('content-type').startswith('application/json') and answer.header('x-content-type-options') == 'nosniff', lambda: f'{answer.headers}')
        rows += answer.json['phones']
        after = answer.json['next']
        if not after:
            break
    names = {row['mac']: row['name'] for row in rows}
    for n, mac in enumerate(MACS):
        found += names[mac] == named(n)
        for path in ('timeline', 'evidence', 'settings') if n % 10 == 0 else ():
            answer = owner.get(f'/phones/{mac}/{path}')
            require(answer.status == 200 and answer.header('content-type').startswith('application/json'), lambda: f'{answer}')
            require(not CONTROL.search(answer.body.decode()), lambda: f'{path}: {answer.body[:300]!r}')
    require(found == COUNT, lambda: f'{found} of {COUNT} names are what was sent')
    for path in ('/none/<script>', '/phones/<script>alert(1)</script>', '/phones?text=<script>', '/phones?<script>=1'):
        answer = owner.ask('GET', path.replace('<', '%3C').replace('>', '%3E'))
        require(answer.header('content-type').startswith('application/') and 'html' not in answer.header('content-type'), lambda: f'{path}: {answer}')
    return f'{found} names as they were sent'


def cells_of(text):
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


def test_no_cell_of_an_export_is_a_formula(scene):
    owner, counts = scene.page.owner(), []
    for path in ('/phones.csv', '/audit.csv'):
        answer = owner.get(path)
        require(answer.status == 200 and answer.header('content-type').startswith('text/csv'), lambda: f'{answer}')
        require('attachment' in answer.header('content-disposition') and answer.header('x-content-type-options') == 'nosniff', lambda: f'{answer.headers}')
        text = answer.body.decode('utf-8-sig')
        cells = cells_of(text) if ';' not in text.splitlines()[0] else [cell for row in csv.reader(io.StringIO(text), delimiter=';') for cell in row]
        bad = [cell for cell in cells if FORMULA.match(cell) and not re.fullmatch(r'-?\d+', cell)]
        require(not bad, lambda: f'{path}: {bad[:5]}')
        require(len(cells) > COUNT and not CONTROL.search(text), lambda: f'{path}: {len(cells)} cells')
        counts.append(f'{path} {len(cells)} cells')
    return ', '.join(counts)


def test_no_line_of_a_log_is_broken_or_obeyed_by_a_terminal(scene):
    """The journal and the page's view of it."""
    owner, size, after = scene.page.owner(), 0, None
    raw = scene.box.exec(['journalctl', '-b', '--no-pager', '-o', 'json', '--output-fields=MESSAGE,SYSLOG_IDENTIFIER']).stdout
    for line in raw.splitlines():
        message = json.loads(line).get('MESSAGE', '')
        require(isinstance(message, str), lambda: f'the journal has bytes that are no text: {bytes(message)[:200]!r}')
        require(not CONTROL.search(message) and not UNSEEN.search(message), lambda: f'{message[:300]!r}')
        size += 1
    entries = 0
    while entries < 3000:
        answer = owner.want(200, 'GET', '/logs', query={'limit': 500, **({'after': after} if after else {})})
        bad = [row for row in answer['entries'] if CONTROL.search(row['text']) or UNSEEN.search(row['text'])]
        require(not bad, lambda: f'{bad[0]}')
        entries, after = entries + len(answer['entries']), answer.get('next')
        if not after:
            break
    return f'{size} lines of the journal, {entries} of the page'


def test_the_console_obeys_none_of_them(scene):
    """What provostctl prints for a terminal, and the first screen."""
    count = 0
    for words in (['phone', 'list'], ['audit'], ['alarm', 'list'], ['phone', 'show', MACS[0]], ['phone', 'evidence', MACS[0]], ['timeline', MACS[75]], ['seal', 'list'],
                  ['phone', 'show', MACS[75]], ['phone', 'evidence', MACS[75]], ['settings', 'show', MACS[150]], ['site', 'report'], ['dhcp', 'leases']):
        status, out, err = scene.try_ctl(*words)
        text = out + err
        if status and 'unknown' in text.lower() and len(text) < 300:
            continue
        require(not re.search(r'[\x00-\x08\x0b-\x1f\x7f-\x9f]', text) and not UNSEEN.search(text), lambda: f'{words}: {CONTROL.findall(text)[:3]} {text[:200]!r}')
        count += bool(out)
    screen = scene.box.console_text()
    require(not any(payload in screen for payload in PAYLOADS if len(payload) > 12), 'a payload is on the first screen')
    require(count >= 7, f'only {count} commands printed anything')
    return f'{count} commands'


def test_none_of_them_became_a_command_or_a_statement(scene):
    owner = scene.page.owner()
    require(owner.want(200, 'GET', '/audit/check')['broken'] is None, 'the chain')
    total = owner.want(200, 'GET', '/phones', query={'limit': 1})['total']
    require(total >= COUNT, f'{total} phones are left')
    require(owner.want(200, 'GET', '/users')['users'] and scene.box.is_running(), 'somebody was listened to')
    for unit in ('store', 'admin', 'responder', 'bootstrap', 'settings', 'import', 'box'):
        restarts = scene.box.exec(['systemctl', 'show', '-p', 'NRestarts', '--value', f'provost-{unit}.service']).stdout.strip()
        require(restarts in ('0', ''), f'provost-{unit} was started {restarts} times')


ENTITIES = ['<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><settings><phone-settings e="2"><language perm="">&x;</language></phone-settings></settings>',
            '<!DOCTYPE s SYSTEM "http://10.20.0.250/x.dtd"><settings><phone-settings e="2"/></settings>',
            '<!DOCTYPE s [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><settings/>',
            '<!DOCTYPE s [<!ENTITY a "' + 'a' * 50 + '">' + ''.join(f'<!ENTITY a{n} "{("&a" + (str(n - 1) if n else "") + ";") * 20}">' for n in range(12)) + ']><settings><phone-settings e="2"><language perm="">&a11;</language></phone-settings></settings>',
            '<?xml version="1.0"?><?xml-stylesheet href="file:///etc/passwd"?><settings xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/></settings>',
            '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///var/lib/provost/store/provost.db">]><settings><phone-settings e="2"><language perm="">&x;</language></phone-settings></settings>']


def test_no_document_reads_what_it_names(scene):
    """External and growing entities, a DTD of elsewhere, XInclude, through the API: refused, at once, and nothing of them is kept."""
    owner = scene.page.owner()
    before = owner.want(200, 'GET', '/scopes/site/-/settings')
    for document in ENTITIES:
        for kind in ('auto', 'settings', 'folder', 'phones'):
            answer = owner.post('/imports', {'kind': kind, 'name': 'x.xml', 'content': base64.b64encode(document.encode()).decode()})
            require(answer.status in (200, 400, 422) and (answer.status != 200 or not answer.json['kept'] or kind == 'phones'), lambda: f'{document[:60]} as {kind}: {answer}')
            require(b'root:' not in answer.body and b'SQLite format' not in answer.body, lambda: f'{document[:60]}: {answer}')
    require(owner.want(200, 'GET', '/scopes/site/-/settings')['settings'] == before['settings'], 'something of it was kept')
    return f'{len(ENTITIES)} documents in 4 ways'
