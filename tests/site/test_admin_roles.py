"""Every operation with every role, a program's token and nobody; fields by role; pages of other sites (issue 5, must show 4 and 5)."""
import json
import time

from admin_api import HOST, ORIGIN, ROLES as LADDER, Closed, page_of, request_bytes
from admin_contract import IN_PERSON, ROLES, World, audit, contract_of, judge, require_same, state, target
from scene import require

EVIL = 'https://evil.example'


def prepare(scene):
    page = page_of(scene)
    scene.contract, scene.people = contract_of(scene), {role: page.person(role) for role in LADDER}
    scene.programs = {role: page.token(role) for role in LADDER}
    for program in scene.programs.values():
        program.get('/session')                 # the hour of a token's last use is kept
    scene.world = World(page)


def may(role, least):
    return least == 'open' or role in LADDER and LADDER.index(role) >= LADDER.index(least)


def test_the_description_says_what_the_table_in_docs_says(scene):
    have = {operation.id: (operation.role, 'fresh' in operation.flags) for operation in scene.contract.operations}
    require(have.keys() == ROLES.keys(), lambda: f'one side alone has {sorted(have.keys() ^ ROLES.keys())}')
    differs = {name: (have[name], ROLES[name]) for name in ROLES if have[name] != ROLES[name]}
    require(not differs, lambda: f'{differs}')
    persons = {operation.id for operation in scene.contract.operations if 'session' in operation.flags}
    require(persons == IN_PERSON, lambda: f'in person: {sorted(persons ^ IN_PERSON)}')
    return f'{len(have)} operations'


def wrong_in_form(scene, operation):
    """(target, body) that whoever may do it is told is wrong, and nobody else is."""
    values, query, body = scene.world.right(operation)
    path = target(operation, values) + '?no_such_field=1'
    return path, body


def test_every_operation_with_every_role(scene):
    """Who may not is refused with the right input; who may is told what is wrong with a wrong one, so that nothing happens but the check."""
    before, count = state(scene), 0
    asked = {'nobody': scene.page.nobody(), **scene.people, **{f'token:{role}': program for role, program in scene.programs.items()}}
    for operation in scene.contract.operations:
        values, query, body = scene.world.right(operation)
        for who, person in asked.items():
            role = who.removeprefix('token:')
            allowed = may(role, ROLES[operation.id][0]) and not (who.startswith('token:') and (operation.id in IN_PERSON or ROLES[operation.id][1]))
            if allowed and ROLES[operation.id][0] == 'open':
                continue
            if allowed:
                path, _ = wrong_in_form(scene, operation)
                answer = person.ask(operation.method, path, body, match='*' if 'match' in operation.flags else None)
                require(answer.status == 400, lambda: f'{operation} by {who}, unknown field: {answer}')
            else:
                answer = person.ask(operation.method, target(operation, values), body, query=query, match='*' if 'match' in operation.flags else None)
                require(answer.status == (401 if who == 'nobody' else 403), lambda: f'{operation} by {who}: {answer}')
                require(answer.code in ('role', 'session', 'sign-in'), lambda: f'{operation} by {who}: {answer}')
            require(not judge(operation, answer), lambda: f'{judge(operation, answer)}')
            count += 1
    require_same(before, state(scene), 'somebody who may not')
    return f'{count} requests of {len(asked)} kinds of people to {len(scene.contract.operations)} operations'


def test_reads_are_shown_to_whoever_may_read_them(scene):
    """With the right input: the answer is as described, for each role that may."""
    count, bad = 0, {}
    for operation in scene.contract.operations:
        if operation.method != 'GET' or operation.id in ('watchEvents', 'getDiagnostics'):
            continue
        values, query, _ = scene.world.right(operation)
        for role in LADDER:
            if may(role, ROLES[operation.id][0]):
                answer = scene.people[role].ask('GET', target(operation, values), query=query)
                require(answer.status in (200, 404), lambda: f'{operation} by {role}: {answer}')
                bad |= {fault: role for fault in judge(operation, answer)}
                count += 1
    require(not bad, lambda: f'{list(bad)}')
    return f'{count} answers'


def test_fields_belong_to_roles(scene):
    """Helpdesk may name a phone and nothing else of it; no reader sees a key; secrets are shown by reveal alone."""
    hugo, rita, mac = scene.people['helpdesk'], scene.people['reader'], scene.world.MACS[4]
    path, before = f'/phones/{mac}', state(scene)
    for body in ({'model': 'snomD120'}, {'profiles': ['x']}, {'sip_user': 'u'}, {'sip_secret': 'canaryPlanted'}, {'lan_address': '10.20.0.77'}, {'key_type': 'rsa2048'},
                 {'vpn_class': 'legacy'}, {'name': 'planted', 'model': 'snomD120'}):
        answer = hugo.ask('PATCH', path, body, match='*')
        require(answer.status == 403 and answer.json.get('field') in body, lambda: f'{body}: {answer}')
    for action in ('revoke', 'delete', 'add-profile', 'remove-profile', 'reboot', 'window'):
        answer = hugo.post('/phones/bulk', {'action': action, 'macs': [mac], 'profile': 'x'})
        require(answer.status == 403, lambda: f'bulk {action}: {answer}')
    require_same(before, state(scene), 'helpdesk')
    require(hugo.ask('PATCH', path, {'name': 'Reception'}, match='*').status == 200, 'helpdesk names a phone')
    names = lambda who: {row['name'] for row in who.want(200, 'GET', '/site')['values']}
    require('phone_ca' not in names(rita) and 'phone_ca' in names(scene.people['admin']), 'the phone CA is for admins')
    secrets = [value for name, value in scene.secrets.items() if name.startswith('sip secret')]
    require(secrets, 'nothing planted')
    for operation in scene.contract.operations:
        if operation.method == 'GET' and operation.id not in ('watchEvents', 'getDiagnostics'):
            values, query, _ = scene.world.right(operation)
            values = {**values, 'mac': mac} if 'mac' in values else values
            answer = scene.people['owner'].ask('GET', target(operation, values), query=query)
            require(not any(secret.encode() in answer.body for secret in secrets), lambda: f'{operation} shows a SIP secret')


def test_objects_are_checked_each_time(scene):
    """What a path names is looked up and judged anew: no other phone, person or kind of thing behind it."""
    owner = scene.people['owner']
    for path in ('/phones/000413ffffff', '/phones/000413ffffff/timeline', '/phones/000413ffffff/settings', '/phones/000413ffffff/secrets', '/users/nobody', '/revisions/999999',
                 '/phones/000413ffffff/evidence', '/phones/000413ffffff/tunnel', '/phones/000413ffffff/diff'):
        answer = owner.get(path)
        require(answer.status == 404 and answer.code, lambda: f'{path}: {answer}')
    for path in ('/phones/000413ad0001x', '/phones/x', '/phones/%00', "/phones/'%20OR%201=1--", '/revisions/1e3', '/revisions/-1', '/users/' + 'x' * 300):
        answer = owner.get(path)
        require(answer.status in (400, 404, 422), lambda: f'{path}: {answer}')


def test_fields_that_nobody_asked_for_are_refused(scene):
    """Mass assignment: state, role, version and the like, at each level, in each operation that takes a body."""
    owner, before, count = scene.people['owner'], state(scene), 0
    for operation in scene.contract.operations:
        values, query, body = scene.world.right(operation)
        if body is None or operation.role == 'open':
            continue
        for more in ({'state': 'current'}, {'actor': 'root'}, {'version': 0}, {'id': 1}, {'__proto__': {'role': 'owner'}}, {'if_version': 1}, {'Name': 'x'}):
            if set(more) & set(operation.body['properties']):
                continue
            answer = owner.ask(operation.method, target(operation, values), {**body, **more}, query=query, match='*' if 'match' in operation.flags else None)
            require(answer.status in (400, 422) and answer.json.get('field', next(iter(more))) == next(iter(more)), lambda: f'{operation} with {more}: {answer}')
            count += 1
    deep = {'settings': [{'name': 'language', 'value': 'Deutsch', 'origin': 'site'}]}
    require(owner.ask('PUT', '/scopes/site/-/settings', deep, match='*').status in (400, 422), 'an unknown field inside a list')
    require_same(before, state(scene), 'an unknown field')
    return f'{count} bodies'


# --- other sites -----------------------------------------------------------------------------------------------------

def evil_ways(person, operation, path, query, body):
    """Six ways of a page of another site, as browsers send them, with the cookie that SameSite would keep back. (name, bytes)"""
    data = json.dumps(body or {}).encode()
    cookie = ('Cookie', f'__Host-provost={person.cookie}')
    cross = [('Origin', EVIL), ('Sec-Fetch-Site', 'cross-site')]
    match = [('If-Match', '*')] if 'match' in operation.flags else []
    wanted = '/api/v1' + path
    length = ('Content-Length', str(len(data)))
    form = b'&'.join(f'{name}={value}'.encode() for name, value in (body or {}).items())
    json_type = ('Content-Type', 'application/json')

    def made(method, fields, payload=b'', host=HOST, where=wanted):
        fields = [field for field in fields if field[0] != 'Content-Length'] + [('Content-Length', str(len(payload)))] if method != 'GET' else fields
        return request_bytes(method, where, [('Host', host), *fields], payload if method != 'GET' else b'')

    return {
        'a form': [made('POST', [cookie, *cross, ('Sec-Fetch-Mode', 'navigate'), ('Content-Type', 'application/x-www-form-urlencoded')], form)],
        'a form of text that is JSON': [made('POST', [cookie, *cross, ('Sec-Fetch-Mode', 'navigate'), ('Content-Type', 'text/plain')], data)],
        'fetch without CORS': [made(operation.method, [cookie, *cross, json_type, *match], data), made(operation.method, [cookie, json_type, *match], data)],
        'fetch with CORS and our own header': [
            made('OPTIONS', [('Origin', EVIL), ('Access-Control-Request-Method', operation.method), ('Access-Control-Request-Headers', 'x-provost-request,content-type')]),
            made(operation.method, [cookie, *cross, json_type, ('X-Provost-Request', '1'), *match], data),
            made(operation.method, [cookie, ('Origin', 'null'), ('Sec-Fetch-Site', 'same-site'), json_type, ('X-Provost-Request', '1'), *match], data),
            made(operation.method, [cookie, ('Origin', f'{ORIGIN}.evil.example'), json_type, ('X-Provost-Request', '1'), *match], data),
            made(operation.method, [cookie, ('Origin', ORIGIN), ('Sec-Fetch-Site', 'same-site'), json_type, ('X-Provost-Request', '1'), *match], data)],
        'an image': [made('GET', [cookie, ('Sec-Fetch-Site', 'cross-site'), ('Sec-Fetch-Mode', 'no-cors'), ('Sec-Fetch-Dest', 'image'), ('X-HTTP-Method-Override', operation.method)],
                          where=f'{wanted}?_method={operation.method}')],
        # The cookie belongs to our host's name: a browser does not send it to the rebound one.
        'a name that was bound to our address': [made(operation.method, [('Origin', 'https://evil.example:9443'), ('Sec-Fetch-Site', 'same-origin'), json_type, ('X-Provost-Request', '1'), *match],
                                                      data, host='evil.example:9443'),
                                                 made(operation.method, [cookie, ('Origin', 'https://evil.example:9443'), ('Sec-Fetch-Site', 'same-origin'), json_type,
                                                                         ('X-Provost-Request', '1'), *match], data)]}


def test_no_page_of_another_site_changes_anything(scene):
    owner = scene.people['owner']
    before, tried, ways = state(scene), 0, set()
    newest = audit(scene.page, limit=1)[:1]
    link = None
    for operation in scene.contract.operations:
        if not operation.writes:
            continue
        values, query, body = scene.world.right(operation)
        for way, requests in evil_ways(owner, operation, target(operation, values), query, body).items():
            ways.add(way)
            for raw in requests:
                while True:
                    link = link or scene.page.link(owner.source)
                    link.send(raw)
                    try:
                        answer = link.reply()
                    except Closed:
                        link.close()
                        link = None
                        continue
                    if answer.status == 429 and not answer.header('retry-after'):
                        time.sleep(0.1)
                        continue
                    break
                if answer.header('connection') == 'close':
                    link.close()
                    link = None
                tried += 1
                require(answer.status in (400, 401, 403, 404, 405, 413, 415) or raw.startswith(b'GET'), lambda: f'{operation} by {way}: {answer}')
                require(not answer.all('access-control-allow-origin') and not answer.all('set-cookie'), lambda: f'{operation} by {way}: {answer.headers}')
    require_same(before, state(scene), 'another site')
    said = [row for row in audit(scene.page) if not newest or row['id'] > newest[0]['id']]
    done = [row for row in said if row['actor'] == owner.name and 'refus' not in row['action'] and row['action'] not in ('cross-site', 'refused')]
    require(not done, lambda: f'the audit log says that it was done: {done[:3]}')
    return f'{tried} requests, {len(ways)} ways for each of {sum(o.writes for o in scene.contract.operations)} writing operations: 0 changes'


def test_reading_changes_nothing(scene):
    """Every path with GET, HEAD and OPTIONS, as the owner."""
    owner = scene.people['owner']
    before, count = state(scene), 0
    for path in sorted({target(operation, scene.world.right(operation)[0]) for operation in scene.contract.operations}):
        for method in ('GET', 'HEAD', 'OPTIONS'):
            if path == '/events':
                continue
            answer = owner.ask(method, path)
            require(answer.status < 500 and not (method == 'OPTIONS' and answer.status == 200), lambda: f'{method} {path}: {answer}')
            require(method != 'HEAD' or not answer.body, lambda: f'HEAD {path} has a body')
            count += 1
    require_same(before, state(scene), 'reading')
    return f'{count} requests'
