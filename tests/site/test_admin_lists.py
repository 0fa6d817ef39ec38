"""Lists, changes and events of the API: cursors, If-Match, bulk, whole or not at all, Server-Sent Events (issue 5, must show 5 and 7)."""
import base64
import concurrent.futures
import contextlib
import json
import re
import socket
import threading
import time

from admin_api import page_of, request_bytes
from admin_contract import FILE, World, audit, contract_of, require_same, state
from scene import require
from tools import wait_until

SITE = {'sip_host': 'pbx.example'}


def prepare(scene):
    page = page_of(scene)
    scene.contract = contract_of(scene)
    page.owner(), page.person('admin'), page.person('reader')
    scene.world = World(page)


def every(person, path, key, **query):
    """All rows of a list, one answer after the other, with how many answers that took."""
    rows, after, pages = [], None, 0
    while True:
        answer = person.want(200, 'GET', path, query={**query, **({'after': after} if after else {})})
        rows += answer[key]
        after, pages = answer['next'], pages + 1
        require(pages < 3000, 'the list does not end')
        if not after:
            return rows, pages


def csv_of(macs):
    return base64.b64encode(('mac;model;name\n' + ''.join(f'{mac};snomD785;Desk of {mac}\n' for mac in macs)).encode()).decode()


def load(scene, first, count):
    macs = [f'000413{first + n:06x}' for n in range(count)]
    answer = scene.page.owner().want(200, 'POST', '/imports', {'kind': 'phones', 'name': 'phones.csv', 'content': csv_of(macs)})
    require(answer['added'] == count, lambda: f'{answer}')
    return macs


def test_lists_have_neither_gaps_nor_doubles_while_phones_come(scene):
    """Three sort orders and a search are read to their end while 200 phones are added; who was there at the beginning is there once."""
    owner, macs = scene.page.owner(), load(scene, 0x100000, 1500)
    begun, over = set(macs), threading.Event()
    anna, added = scene.page.person('admin'), []

    def add():
        for n in range(200):
            mac = f'000413{0x10f000 + n * 7 if n % 2 else 0x0f0000 + n * 11:06x}'
            anna.want(201, 'POST', '/phones', {'mac': mac, 'model': 'snomD785', 'name': f'Desk of {mac}'})
            added.append(mac)
            if over.is_set():
                break

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        adding = pool.submit(add)
        counts = []
        for sort in ('mac', '-name', 'state', None):
            query = {'sort': sort, 'limit': 97} if sort else {'limit': 97, 'text': 'desk'}
            rows, pages = every(owner, '/phones', 'phones', **query)
            seen = [row['mac'] for row in rows]
            doubles = {mac for mac in seen if seen.count(mac) > 1} if len(set(seen)) != len(seen) else set()
            require(not doubles, lambda: f'{sort}: twice {sorted(doubles)[:5]}')
            require(begun <= set(seen), lambda: f'{sort}: {len(begun - set(seen))} are missing, {sorted(begun - set(seen))[:5]}')
            counts.append(f'{len(seen)} in {pages}')
        over.set()
        adding.result()
    require(added, 'nobody was added meanwhile')
    total = owner.want(200, 'GET', '/phones', query={'limit': 1})['total']
    require(total == len(every(owner, '/phones', 'phones', limit=500)[0]), 'total is another number')
    for limit in ('0', '501', '-1', 'x', '1e2', ''):
        require(owner.get('/phones', limit=limit).status == 400, f'limit={limit} is taken')
    for after in ('x', '../', 'AAAA', "' OR 1=1", '9' * 400):
        require(owner.get('/phones', after=after).status in (400, 422), f'after={after} is taken')
    return f'answers: {", ".join(counts)}; {len(added)} added meanwhile'


def test_other_lists_go_on_as_well(scene):
    owner = scene.page.owner()
    whole = audit(scene.page)
    pieces, pages = every(owner, '/audit', 'entries', limit=7)
    require([row['id'] for row in pieces][-len(whole):] == [row['id'] for row in whole], 'the audit log by sevens is another one')
    for path, key in (('/scores', 'phones'), ('/tunnels', 'tunnels'), ('/waiting', 'phones'), ('/logs', 'entries')):
        answer = owner.want(200, 'GET', path, query={'limit': 3})
        require(key in answer or 'scores' in answer, lambda: f'{path}: {list(answer)}')
        require(len(answer.get(key, answer.get('scores'))) <= 3, lambda: f'{path} gives more than asked for')
    return f'{len(pieces)} entries in {pages} answers'


def test_a_search_finds_each_word_and_nothing_else(scene):
    owner = scene.page.owner()
    owner.want(201, 'POST', '/phones', {'mac': '000413EEEE01', 'name': 'Käthe O\'Brien 100%_', 'model': 'snomD862', 'sip_user': 'kobrien'})
    found = lambda text: {row['mac'] for row in owner.want(200, 'GET', '/phones', query={'text': text})['phones']}
    for text in ('käthe', "o'brien", '00:04:13:EE:EE:01', '000413eeee01', 'KOBRIEN', 'd862 käthe', '100%_', 'EEEE01'):
        require(found(text) == {'000413eeee01'}, lambda: f'{text!r} finds {sorted(found(text))[:5]}')
    for text in ("' OR '1'='1", '%%%%', '__________', 'käthe nobody', '"', '*', 'käthe" OR mac:"'):
        require(not found(text), lambda: f'{text!r} finds {sorted(found(text))[:5]}')


def test_two_admins_change_the_same_phone_and_one_is_told(scene):
    """Twenty rounds of two at once: one wins, the other has 412 with what is there now; without If-Match neither."""
    anna, owner, path, told = scene.page.person('admin'), scene.page.owner(), f'/phones/{scene.world.MACS[5]}', 0
    for n in range(20):
        etag = anna.get(path[len(''):]).etag
        require(etag and etag == owner.get(path).etag, 'the same phone has two versions')
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            both = [pool.submit(who.ask, 'PATCH', path, {'name': f'{who.name} {n}'}, match=etag) for who in (anna, owner)]
            answers = {who.name: one.result() for who, one in zip((anna, owner), both)}
        statuses = sorted(answer.status for answer in answers.values())
        require(statuses == [200, 412], lambda: f'{answers}')
        winner = next(name for name, answer in answers.items() if answer.status == 200)
        loser = next(answer for answer in answers.values() if answer.status == 412)
        require(loser.json['current']['name'] == f'{winner} {n}', lambda: f'{loser}')
        require(anna.get(path).json['name'] == f'{winner} {n}', 'the other one\'s name is there')
        told += 1
    require(anna.ask('PATCH', path, {'name': 'x'}).status == 428, 'without If-Match')
    for bad in ('"1', '1', 'W/"1"', '"1", "2"', '""', '"x"', '"-1"'):
        require(anna.ask('PATCH', path, {'name': 'x'}, match=bad).status in (400, 412), f'If-Match {bad}')
    require(anna.ask('PATCH', path, {'name': 'at last'}, match='*').status == 200, 'If-Match: *')
    return f'{told} of {told}'


def test_each_change_with_a_version_needs_it(scene):
    owner = scene.page.owner()
    scene.page.invite('version', 'reader')
    pairs = [('/users/version', 'PATCH', {'role': 'helpdesk'}), ('/site', 'PATCH', {'values': {'name': 'Versioned'}}),
             ('/scopes/site/-/settings', 'PUT', {'settings': [{'name': 'language', 'value': 'Deutsch'}]}), (f'/phones/{scene.world.MACS[6]}', 'PATCH', {'name': 'Versioned'})]
    for path, method, body in pairs:
        etag = owner.get(path).etag
        require(etag, f'{path} has no ETag')
        require(owner.ask(method, path, body).status == 428, f'{path} without If-Match')
        require(owner.ask(method, path, body, match='"1000000"').status == 412, f'{path} with another version')
        first = owner.ask(method, path, body, match=etag)
        require(first.status == 200, lambda: f'{path}: {first}')
        again = owner.ask(method, path, {**body, **({'role': 'reader'} if 'role' in body else {})}, match=etag)
        require(again.status == 412 or owner.get(path).etag == etag, lambda: f'{path} with the former version: {again}')


def test_bulk_answers_for_each_phone(scene):
    owner, macs = scene.page.owner(), load(scene, 0x200000, 60)
    mixed = [*macs[:50], '000413ffff01', macs[0].upper(), 'no-mac']
    answer = owner.post('/phones/bulk', {'action': 'approve', 'macs': mixed})
    require(answer.status == 200, lambda: f'{answer}')
    results = answer.json['results']
    require([row['mac'].replace(':', '').lower() for row in results][:50] == macs[:50] and len(results) >= 52, lambda: f'{len(results)}: {results[-3:]}')
    require(all(row['status'] == 200 for row in results[:50]), lambda: f'{results[:3]}')
    by = {row['mac'].lower(): row for row in results}
    require(by['000413ffff01']['status'] == 404 and by['no-mac']['status'] in (400, 422), lambda: f'{by.get("000413ffff01")}, {by.get("no-mac")}')
    require(all(row['state'] == 'approved' for row in every(owner, '/phones', 'phones', limit=500)[0] if row['mac'] in macs[:50]), 'not all are approved')
    for body in ({'action': 'approve', 'macs': []}, {'action': 'approve', 'macs': ['000413000001'] * 501}, {'action': 'explode', 'macs': macs}, {'action': 'add-profile', 'macs': macs[:1]},
                 {'action': 'approve', 'macs': 'all'}, {'action': 'approve'}):
        answer = owner.post('/phones/bulk', body)
        require(answer.status in (200, 400, 422), lambda: f'{str(body)[:60]}: {answer}')
        require(answer.status != 200 or not any(row['status'] == 200 for row in answer.json['results']), lambda: f'{str(body)[:60]}: {answer}')
    entries = [row for row in audit(scene.page, text='approve') if row['actor'] == owner.name]
    require({row['subject'].replace(':', '').lower() for row in entries} >= set(macs[:50]), lambda: f'{len(entries)} entries for 50 approvals')


def test_an_operation_happens_whole_or_not_at_all(scene):
    """Wrong lines in an import, a wrong value among right ones: nothing of it is kept. A station killed in the middle: all or nothing of it."""
    owner, before = scene.page.owner(), state(scene)
    good = '\n'.join(f'000413dd{n:04x};snomD785;Desk' for n in range(40))
    bad = base64.b64encode(f'mac;model;name\n{good}\n000413dd00zz;snomD785;bad\n'.encode()).decode()
    answer = owner.post('/imports', {'kind': 'phones', 'name': 'p.csv', 'content': bad})
    require(answer.status in (200, 422) and (answer.status != 200 or not answer.json['kept']), lambda: f'{answer}')
    answer = owner.ask('PATCH', '/site', {'values': {'name': 'Half', 'domain': 'not a domain!'}}, match='*')
    require(answer.status == 422, lambda: f'{answer}')
    answer = owner.ask('PUT', '/scopes/site/-/settings', {'settings': [{'name': 'language', 'value': 'English'}, {'name': 'no_such_setting_of_any_phone', 'value': '\x01'}]}, match='*')
    require(answer.status in (400, 422), lambda: f'{answer}')
    answer = owner.ask('PATCH', f'/phones/{scene.world.MACS[7]}', {'name': 'Half', 'lan_address': '10.20.0.999'}, match='*')
    require(answer.status == 422, lambda: f'{answer}')
    require_same(before, state(scene), 'half of an operation')
    names = set()
    for n in range(4):
        macs = [f'000413{0x300000 + n * 1000 + i:06x}' for i in range(300)]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            doing = pool.submit(owner.post, '/imports', {'kind': 'phones', 'name': 'p.csv', 'content': csv_of(macs)})
            time.sleep(0.03 * n)
            scene.kill_unit('provost-store.service')
            try:
                status = doing.result().status
            except Exception:
                status = 0
        wait_until(lambda: owner.get('/phones', limit=1).status == 200, 20, 'store does not come back')
        there = {row['mac'] for row in every(owner, '/phones', 'phones', limit=500)[0]} & set(macs)
        require(len(there) in (0, 300) and (status != 200 or len(there) == 300), lambda: f'{status}: {len(there)} of 300 are there')
        names.add((status, len(there)))
    return f'status and phones after a kill: {sorted(names)}'


# --- events ----------------------------------------------------------------------------------------------------------

class Stream:
    """A reader of /events."""

    def __init__(self, person):
        self.link = person.page.link(person.source, timeout_s=30)
        self.link.send(request_bytes('GET', '/api/v1/events', person.headers('GET', None, more={'Accept': 'text/event-stream'})))
        wait_until(lambda: b'\r\n\r\n' in self.link.data or not self.link.more(), 10, 'no answer')
        self.head = bytes(self.link.data).split(b'\r\n\r\n')[0]
        self.closed = False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        try:
            while self.link.more():
                pass
        except OSError:
            pass
        self.closed = True

    @property
    def over(self):
        return self.closed or bytes(self.link.data).endswith(b'\r\n0\r\n\r\n')

    def changes(self):
        text = bytes(self.link.data).split(b'\r\n\r\n', 1)[-1].decode(errors='replace')
        return [json.loads(line[5:]) for line in text.replace('\r', '').split('\n') if line.startswith('data:') and line[5:].strip()]

    def close(self):
        with contextlib.suppress(OSError):
            self.link.socket.shutdown(socket.SHUT_RDWR)         # the reader sits in recv() and keeps it open otherwise
        self.thread.join(5)
        self.link.close()


def test_changes_are_told_as_they_happen(scene):
    owner, rita, mac = scene.page.owner(), scene.page.person('reader'), scene.world.MACS[2]
    stream = Stream(rita)
    require(b' 200 ' in stream.head and b'text/event-stream' in stream.head.lower(), lambda: f'{stream.head}')
    took = []
    for n in range(5):
        seen, began = len(stream.changes()), time.monotonic()
        require(owner.ask('PATCH', f'/phones/{mac}', {'name': f'Told {n}'}, match='*').status == 200, 'change')
        wait_until(lambda: any(mac in str(change.get('key')) for change in stream.changes()[seen:]), 10, lambda: f'{stream.changes()[-5:]}')
        took.append(time.monotonic() - began)
    require(not any('Told' in json.dumps(change) for change in stream.changes()), 'events carry values')
    stream.close()
    require(scene.page.nobody().get('/events').status == 401, 'nobody hears events')
    return f'told after at most {max(took) * 1000:.0f} ms'


def test_a_stream_ends_with_its_session_and_many_are_borne(scene):
    page = scene.page
    gone = page.invite('listener', 'reader')
    stream = Stream(gone)
    owner = page.owner()
    require(owner.ask('DELETE', '/users/listener', match='*').status == 204, 'remove')
    wait_until(lambda: stream.over, 20, 'the stream of somebody who was removed goes on')
    streams = []
    try:
        for _ in range(24):
            streams.append(Stream(owner))
        heads = [stream.head.split(b' ')[1] for stream in streams]
        require(set(heads) <= {b'200', b'429', b'503'} and b'200' in heads, lambda: f'{heads}')
        require(owner.get('/phones', limit=1).status == 200, 'streams keep others out')
    finally:
        for stream in streams:
            stream.close()

    def one_more():
        stream = Stream(owner)
        stream.close()
        return stream.head.split(b' ')[1] == b'200'
    wait_until(one_more, 25, 'left streams are not freed')
    return f'{heads.count(b"200")} of {len(heads)} at once'


def test_the_description_is_served_and_health_and_metrics_are(scene):
    nobody, owner = scene.page.nobody(), scene.page.owner()
    require(nobody.get('/openapi.yaml').body == FILE.read_bytes(), 'another description')
    answer = nobody.want(200, 'GET', '/health')
    require(answer['status'] == 'ok', lambda: f'{answer}')
    text = owner.get('/metrics').body.decode()
    rows = [line for line in text.splitlines() if line and not line.startswith('#')]
    bad = [line for line in rows if not re.fullmatch(r'[a-zA-Z_:][\w:]*(\{[a-zA-Z_]\w*="(\\.|[^"\\\n])*"(,[a-zA-Z_]\w*="(\\.|[^"\\\n])*")*\})? -?[\d.eE+-]+( \d+)?', line)]
    require(rows and not bad, lambda: f'{bad[:3]}')
    program = scene.page.token('reader', 'prometheus')
    require(program.get('/metrics').status == 200 and nobody.get('/metrics').status == 401, 'who reads metrics')
    return f'{len(rows)} metrics'
