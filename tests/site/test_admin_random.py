"""Fifty thousand random requests made from the description and broken in random ways: no 5xx, no status that is not declared (issue 5, must show 5)."""
import collections
import concurrent.futures
import json
import os
import random
import string
import threading
import time
import urllib.parse

from admin_api import Closed, page_of, read_replies, request_bytes
from admin_contract import RIGHT, World, contract_of, judge
from scene import require

COUNT = int(os.environ.get('PROVOST_RANDOM_REQUESTS', 50000))
THREADS, BATCH = 12, 16
SEED = int(os.environ.get('PROVOST_RANDOM_SEED', 20261122))
# What would end the appliance, or the test's own way in: sent by those who may not, or with something wrong in it.
FINAL = {'reboot', 'powerOff', 'setClock', 'setCertificate', 'removeCertificate', 'stepRollover', 'signOut', 'setPassword', 'removeUser', 'changeUser', 'inviteUser', 'endSession',
         'makeRecoveryCodes', 'removeToken', 'setPassword', 'confirmSession', 'restartUpdate', 'goBack', 'factoryReset', 'installDisk', 'restoreBackup', 'newRecoveryKey',
         'createBackup', 'drillBackup'}
TEXTS = ['', ' ', 'a', '0', '-1', 'null', 'true', '{}', '[]', '"', "'", "' OR '1'='1", "'; DROP TABLE phone; --", '1e999', '%s%s%n', '../../etc/passwd', '<script>alert(1)</script>',
         '=1+1', '\u202e', '\ufeff', '\U0001f4de', 'ä' * 40, 'x' * 300, 'x' * 5000, '0x10', '000413ad0001', '00:04:13:AD:00:02', '\t', 'a\nb', 'a\rb', '\x00', '\x7f', '\ud800',
         '999999999999999999999', '*', '-', 'olivia', 'site', 'name', '%00', '%2e%2e%2f', 'snomD785', '10.20.0.1', '::1', '9223372036854775807', '2147483648']
NUMBERS = [0, 1, -1, 2, 100, 500, 501, 65535, 65536, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, -2 ** 63, 10 ** 30, 0.5, 1e300, -0.0]
SITE_NAMES = ['name', 'domain', 'sip_host', 'rogue_watch', 'country', 'no_such_name', '']


class Maker:
    """Requests from a seed."""

    def __init__(self, scene, seed):
        self.random, self.scene, self.operations = random.Random(seed), scene, scene.contract.operations

    def text(self, schema):
        r = self.random
        if 'enum' in schema and r.random() < 0.7:
            return r.choice(schema['enum'])
        if r.random() < 0.5:
            return r.choice(TEXTS)
        longest = min(schema.get('maxLength', 40), 200)
        size = r.choice((schema.get('minLength', 0), longest, longest + 1, r.randint(0, longest)))
        return ''.join(r.choices(string.ascii_lowercase + string.digits + ' .-_@:/', k=size))

    def value(self, schema, depth=0):
        """Something that the schema takes, or nearly."""
        r = self.random
        kind = schema.get('type', 'string')
        kind = r.choice(kind) if isinstance(kind, list) else kind
        if r.random() < 0.12 or depth > 5:
            kind = r.choice(('string', 'integer', 'boolean', 'null', 'array', 'object', 'number'))
        if kind == 'string':
            return self.text(schema)
        if kind in ('integer', 'number'):
            if r.random() < 0.5 and 'minimum' in schema:
                return r.choice((schema['minimum'], schema.get('maximum', 9), schema['minimum'] - 1, schema.get('maximum', 9) + 1))
            return r.choice(NUMBERS)
        if kind == 'boolean':
            return r.random() < 0.5
        if kind == 'null':
            return None
        if kind == 'array':
            return [self.value(schema.get('items', {'type': 'string'}), depth + 1) for _ in range(r.choice((0, 1, 1, 2, 3, 20)))]
        known, found = schema.get('properties', {}), {}
        for name, one in known.items():
            if name in schema.get('required', []) and r.random() < 0.95 or r.random() < 0.4:
                found[name] = self.value(one, depth + 1)
        if r.random() < 0.08 or not known and r.random() < 0.5:
            found[r.choice(SITE_NAMES + TEXTS[:20])] = self.value({'type': 'string'}, depth + 1)
        return found

    def query(self, operation):
        r, pairs = self.random, []
        for name, parameter in operation.fields('query').items():
            if r.random() < 0.4:
                pairs.append((name, str(self.value(parameter['schema']))))
        if r.random() < 0.06:
            pairs.append((r.choice(TEXTS), r.choice(TEXTS)))
        if pairs and r.random() < 0.04:
            pairs.append(pairs[0])
        r.shuffle(pairs)
        text = urllib.parse.urlencode([(name.encode('utf-8', 'surrogatepass'), value.encode('utf-8', 'surrogatepass')) for name, value in pairs])
        return text + r.choice(('&', '&=', '%', '%zz', '&&&', '=')) if r.random() < 0.02 else text

    def path(self, operation):
        r, parts = self.random, []
        values = RIGHT.get(operation.id, ({}, {}, None))[0]
        for part in operation.path.split('/'):
            if part.startswith('{'):
                value = str(values.get(part[1:-1], '1')) if r.random() < 0.75 else self.text({})
                parts.append(urllib.parse.quote(value.encode('utf-8', 'surrogatepass'), safe='') or '-')
            else:
                parts.append(part if r.random() < 0.995 else r.choice(('..', '.', '%2e', '', 'x', part.upper())))
        return '/'.join(parts)

    def body(self, operation):
        r = self.random
        if operation.body is None:
            return json.dumps(self.value({'type': 'object'})).encode() if r.random() < 0.05 else None
        right = RIGHT.get(operation.id, ({}, {}, None))[2]
        value = json.loads(json.dumps(right)) if right is not None and r.random() < 0.45 else self.value(operation.body)
        if isinstance(value, dict) and value and r.random() < 0.5:
            name = r.choice(list(value))
            value[name] = self.value(operation.body['properties'].get(name, {}))
        data = json.dumps(value).encode()
        if r.random() < 0.06:
            at = r.randrange(len(data) + 1)
            data = r.choice((data[:at], data[:at] + bytes([r.randrange(256)]) + data[at:], data + data, data[at:], b'', b'\xff' + data))
        return data

    def one(self):
        """(operation or None, whether its method is the path's, the bytes)"""
        r = self.random
        operation = r.choice(self.operations)
        while operation.id == 'watchEvents':
            operation = r.choice(self.operations)
        who = r.choice(self.scene.visitors[:2] if operation.id in FINAL else self.scene.visitors)
        method = operation.method if r.random() < 0.97 else r.choice(('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'))
        path, known = self.path(operation), True
        if r.random() < 0.01:
            path, known = '/' + '/'.join(urllib.parse.quote(r.choice(TEXTS).encode('utf-8', 'surrogatepass'), safe='') for _ in range(r.randint(1, 5))), False
        body = self.body(operation) if method != 'GET' or r.random() < 0.02 else None
        match = r.choice(('*', '"1"', '"2"', '"999999"', '1', 'W/"1"', '', '"x"')) if 'match' in operation.flags and r.random() < 0.9 else None
        headers = who.headers(method, body, match)
        if r.random() < 0.03:
            headers = [field for field in headers if field[0] != r.choice(('Origin', 'Content-Type', 'X-Provost-Request', 'Sec-Fetch-Site', 'Accept'))]
        if body is not None or method in ('POST', 'PUT', 'PATCH'):
            headers.append(('Content-Length', str(len(body or b''))))
        query = self.query(operation)
        raw = request_bytes(method, f'/api/v1{path}' + (f'?{query}' if query else ''), headers, body or b'')
        return operation if known and method == operation.method and path.count('/') == operation.path.count('/') else None, raw


class Crowd:
    """The threads and what they saw."""

    def __init__(self, scene):
        self.scene, self.left, self.lock = scene, COUNT, threading.Lock()
        self.statuses, self.faults, self.seen = collections.Counter(), [], collections.Counter()

    def take(self):
        with self.lock:
            size = min(BATCH, self.left)
            self.left -= size
            return size

    def note(self, operation, raw, answer):
        found = []
        if answer.status >= 500:
            found = [f'{answer.status}: {answer.body[:200]!r}']
        elif operation and answer.status not in (404, 405):
            found = judge(operation, answer) if answer.status != 429 or answer.header('retry-after') else []
        elif answer.status not in (200, 201, 204, 400, 401, 403, 404, 405, 409, 412, 413, 414, 415, 422, 428, 429):
            found = [f'{answer.status} for what is no operation']
        with self.lock:
            self.statuses[answer.status] += 1
            if operation:
                self.seen[operation.id] += 1
            if found and len(self.faults) < 200:
                self.faults.append(f'{found[:3]} for {raw[:700]!r}')

    def work(self, number):
        maker, source, link, waiting = Maker(self.scene, SEED + number), self.scene.sources[number], None, []
        while size := self.take():
            waiting = [maker.one() for _ in range(size)]
            fresh = False
            while waiting:
                if link is None:
                    link, fresh = self.scene.page.link(source), True
                try:
                    link.send(b''.join(raw for _, raw in waiting))
                    while waiting:
                        found, used = read_replies(link.data)
                        del link.data[:used]
                        for answer in found:
                            operation, raw = waiting.pop(0)
                            self.note(operation, raw, answer)
                            fresh = False
                            if answer.header('connection') == 'close':
                                raise Closed('as it said')
                        if waiting and not found and not link.more():
                            raise Closed('in the middle')
                except (Closed, OSError) as error:
                    link.close()
                    link = None
                    if fresh and waiting:
                        with self.lock:
                            self.faults.append(f'no answer ({error}) to {waiting[0][1][:300]!r}')
                        waiting.pop(0)
        if link:
            link.close()


def prepare(scene):
    page = page_of(scene)
    scene.contract = contract_of(scene)
    reader, nobody = page.person('reader'), page.nobody()
    page.person('helpdesk'), page.person('admin')
    scene.world = World(page)
    program = page.token('admin')
    # The first two may end nothing.
    scene.visitors = [reader, nobody, page.owner(), page.owner(), page.owner(), page.people['admin'], page.people['admin'], page.people['helpdesk'], program]
    scene.sources = [page.address() for _ in range(THREADS)]


def test_fifty_thousand_random_requests(scene):
    crowd, began = Crowd(scene), time.monotonic()
    restarts = scene.box.exec(['systemctl', 'show', '-p', 'NRestarts', '--value', 'provost-admin.service']).stdout.strip()
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(crowd.work, number) for number in range(THREADS)]:
            future.result()
    took = time.monotonic() - began
    if crowd.faults:
        scene.logs.mkdir(parents=True, exist_ok=True)
        (scene.logs / 'random-faults').write_text('\n'.join(crowd.faults) + '\n')
    require(not crowd.faults, lambda: f'seed {SEED}: {len(crowd.faults)} kinds or more, all in {scene.logs}/random-faults: {crowd.faults[0][:900]}')
    require(sum(crowd.statuses.values()) == COUNT, lambda: f'{sum(crowd.statuses.values())} answers to {COUNT} requests')
    missing = {operation.id for operation in scene.contract.operations} - set(crowd.seen) - {'watchEvents'}
    require(not missing or COUNT < 20000, lambda: f'never asked: {missing}')
    good = sum(n for status, n in crowd.statuses.items() if status < 300)
    require(good > COUNT / 50 and crowd.statuses[429] < COUNT / 5, lambda: f'{crowd.statuses} says little')
    now = scene.box.exec(['systemctl', 'show', '-p', 'NRestarts', '--value', 'provost-admin.service']).stdout.strip()
    require(now == restarts, 'the station was started anew meanwhile')
    return f'{COUNT} requests in {took:.0f} s, seed {SEED}: ' + ', '.join(f'{status} {n}' for status, n in sorted(crowd.statuses.items()))


def test_it_goes_on_working_afterwards(scene):
    owner = scene.page.owner()
    require(owner.get('/overview').status == 200 and owner.get('/phones').status == 200 and owner.get('/health').status == 200, 'not as before')
    answer = owner.want(200, 'GET', '/audit/check')
    require(answer['broken'] is None, lambda: f'the chain is broken: {answer}')
