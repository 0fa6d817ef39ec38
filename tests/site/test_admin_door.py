"""The page's door: the first owner, passwords, the second factor, sessions, guessing (issue 5, must show 4: checks 1 to 16)."""
import concurrent.futures
import json
import pathlib
import re
import subprocess
import time

from admin_api import Person, page_of, request_bytes, totp
from admin_contract import audit
from scene import require, search
from tools import wait_until

DEFAULTS = [('admin', 'admin'), ('admin', 'provost'), ('root', ''), ('root', 'root'), ('provost', 'provost'), ('owner', 'owner'), ('admin', 'password'),
            ('setup', 'setup'), ('administrator', '12345678'), ('user', 'user'), ('provost-admin', 'provost-admin'), ('snom', 'snom')]
COMMON = ['password1234', '123456789012', 'qwertyuiop12', 'Password123!', 'letmein12345', 'iloveyou1234', 'aaaaaaaaaaaa', 'passwordpassword',
          'administrator', 'adminadminadmin', 'welcome12345', 'Passw0rd1234', 'abcdefghijkl', '111111111111', 'qwerty123456']


def patiently(ask, longest_s=30):
    """The answer when it is not 'later': who is told to wait waits as long as he is told."""
    end = time.monotonic() + longest_s
    while True:
        answer = ask()
        if answer.status != 429 or time.monotonic() > end:
            return answer
        time.sleep(min(float(answer.header('retry-after', '1')), 5))


def is_in(person):
    answer = person.get('/session')
    require(answer.status in (200, 401), lambda: f'{answer}')
    return answer.status == 200


def prepare(scene):
    page_of(scene)


def test_there_is_no_default_account(scene):
    page = scene.page
    require(page.nobody().want(200, 'GET', '/setup')['needed'] is True, 'setup is not needed on a new appliance')
    require(scene.store('ListUsers')['users'] == [], 'there are people already')
    for name, password in DEFAULTS:
        for code in ('000000', '123456'):
            answer = page.nobody().post('/sign-in', {'name': name, 'password': password or ' ', 'code': code})
            require(answer.status in (401, 429), lambda: f'{name}/{password}: {answer}')
    return f'{len(DEFAULTS)} pairs'


def test_the_setup_code_is_random_short_lived_and_for_one(scene):
    page, seen = scene.page, set()
    for _ in range(3):
        code = page.setup_code()
        require(re.fullmatch(r'[0-9A-Z]{5}-[0-9A-Z]{5}', code), lambda: f'{code!r}')
        seen.add(code)
        scene.box.exec(['systemctl', 'restart', 'provost-admin.service'])
        wait_until(lambda: scene.try_call('admin', 'GetSetup')[0], 20, 'admin does not come back')
    require(len(seen) == 3, 'the same code again')
    answer = scene.call('admin', 'GetSetup')
    require(0 < answer['until'] - time.time() <= 1800, lambda: f'valid until {answer["until"]}')
    stranger = Person(page, 'mallory')
    for n in range(8):
        wrong = stranger.post('/invitation/begin', {'name': 'mallory', 'code': f'AAAAA-AAAA{n + 2}'})
        require(wrong.status in (401, 429), lambda: f'{wrong}')
    require(page.setup_code() != answer['code'], 'five wrong tries left the code as it was')
    code = page.setup_code()
    page.people['owner'] = Person(page, 'olivia').accept(code)
    again = page.nobody().post('/invitation/begin', {'name': 'mallory', 'code': code})
    require(again.status in (401, 409, 429), lambda: f'a second use of the code: {again}')
    require(page.nobody().want(200, 'GET', '/setup')['needed'] is False and not scene.call('admin', 'GetSetup')['code'], 'there is a code still')


def test_sign_ins_and_refusals_are_in_the_audit_and_the_journal(scene):
    """With name and address, and nothing in them that breaks a line."""
    page = scene.page
    stranger = page.nobody()
    hostile = 'eve" result=ok actor=olivia \u2028\u202e<b>'
    for name in (hostile, 'canaryTypedPassword', page.person('reader').name):
        answer = stranger.post('/sign-in', {'name': name, 'password': 'canaryTypedPassword', 'code': '123123'})
        require(answer.status in (400, 401), lambda: f'{answer}')
    entries = audit(page)
    words = {entry['action'] for entry in entries}
    require(any('sign-in' in word or 'signed' in word for word in words), lambda: f'{words}')
    require(any(stranger.source in entry['detail'] and entry['subject'] == page.person('reader').name for entry in entries), lambda: f'no refusal of {stranger.source}: {entries[:5]}')
    journal = scene.box.journal('provost-admin.service')
    require(stranger.source in journal, 'the refusal is not in the journal')
    require('canaryTypedPassword' not in journal and 'canaryTypedPassword' not in str(entries), 'a typed password was written down')
    require('\u202e' not in journal and '\u2028' not in journal, 'the journal has what turns text around')
    require(not re.search(r'result=ok actor=olivia', re.sub(r'"(\\.|[^"\\])*"', '', journal)), 'a name became a field of the line')


def test_short_and_common_passwords_are_refused(scene):
    """Twelve are the least; what is guessed first is none, nor what is made of one's name or the site's."""
    owner = scene.page.owner()
    code = owner.want(201, 'POST', '/users', {'name': 'peter', 'role': 'reader'})['code']
    peter = Person(scene.page, 'peter')
    begun = peter.begin(code)
    now = peter.next_code()
    for password in ['short', 'elevenbytes', 'peterpeter12', 'Test site 12', *COMMON]:
        answer = patiently(lambda password=password: peter.post('/invitation/finish', {'pending': begun['pending'], 'password': password, 'code': now}))
        require(answer.status == 422 and answer.json.get('field') == 'password', lambda: f'{password!r}: {answer}')
        require(' ' in answer.json['detail'], lambda: f'{answer}')
    peter.password = 'violet harbour tractor'
    answer = patiently(lambda: peter.post('/invitation/finish', {'pending': begun['pending'], 'password': peter.password, 'code': now}))
    require(answer.status == 201, lambda: f'{answer}')
    peter.recovery = answer.json['recovery_codes']
    peter.take_cookie(answer)
    scene.peter = peter
    refused = peter.ask('PUT', '/session/password', {'password': COMMON[0]})
    require(refused.status == 422, lambda: f'{refused}')
    return f'{len(COMMON) + 4} refused'


def test_passwords_of_any_characters_count_to_the_last_one(scene):
    peter = scene.peter
    for password in ('ä' * 100 + '€ blank  at the end ', 'x' * 200 + '\u4e2d\u6587 !"$%&/()', 'more than 72 characters' + 'y' * 81):
        require(peter.ask('PUT', '/session/password', {'password': password}).status == 204, f'{password[:20]!r} is refused')
        peter.password = password
        for wrong in (password[:-1], password.swapcase(), password[:72]):
            answer = patiently(lambda wrong=wrong: peter.elsewhere().try_sign_in(password=wrong, code=peter.recovery[-1]))
            require(answer.status == 401, lambda: f'{wrong[:20]!r}, {len(wrong)} characters: {answer}')
    answer = patiently(lambda: peter.elsewhere().try_sign_in(code=peter.recovery.pop()), 60)
    require(answer.status == 201, lambda: f'the whole password: {answer}')


def test_nobody_comes_in_without_the_second_factor(scene):
    page = scene.page
    owner = page.owner()
    for body in ({'name': owner.name, 'password': owner.password}, {'name': owner.name, 'password': owner.password, 'code': ''},
                 {'name': owner.name, 'password': owner.password, 'code': None}, {'name': owner.name, 'password': owner.password, 'code': '000000'},
                 {'name': owner.name, 'password': owner.password, 'code': totp(owner.secret, int(time.time()) // 30 - 10)},
                 {'name': owner.name, 'password': owner.password, 'code': totp(owner.secret, owner.last_step)},         # used before
                 {'name': owner.name, 'code': owner.next_code()}):
        answer = page.nobody().post('/sign-in', body)
        require(answer.status in (400, 401, 422, 429) and not answer.all('set-cookie'), lambda: f'{list(body)}: {answer}')


def test_each_code_works_once(scene):
    page = scene.page
    anna = page.person('admin')
    there = anna.elsewhere()
    code = there.next_code()
    anna.last_step = there.last_step
    require(there.try_sign_in(code=code).status == 201, 'the first time')
    second = patiently(lambda: anna.elsewhere().try_sign_in(code=code))
    require(second.status == 401, lambda: f'an authenticator\'s code the second time: {second}')
    recovery = anna.recovery.pop()
    require(patiently(lambda: anna.elsewhere().try_sign_in(code=recovery)).status == 201, 'the recovery code')
    second = patiently(lambda: anna.elsewhere().try_sign_in(code=recovery))
    require(second.status == 401, lambda: f'a recovery code the second time: {second}')
    require(len(set(anna.recovery)) == 9, 'recovery codes are not ten different ones')


def test_wrong_name_password_and_code_look_alike(scene):
    page = scene.page
    helper = page.person('helpdesk')
    answers = [patiently(lambda body=body: page.nobody().post('/sign-in', body), 60) for body in (
        {'name': 'nobody-of-that-name', 'password': 'violet harbour tractor', 'code': '000000'},
        {'name': helper.name, 'password': 'violet harbour tractor', 'code': '000000'},
        {'name': helper.name, 'password': helper.password, 'code': '000000'})]
    shapes = {(answer.status, answer.body, tuple(sorted(name for name, _ in answer.headers))) for answer in answers}
    require(len(shapes) == 1 and answers[0].status == 401, lambda: f'{shapes}')


def group_of(leader, name):
    rows = pathlib.Path(f'/proc/{leader}/root/etc/group').read_text().splitlines()
    return next(row.split(':')[2] for row in rows if row.startswith(f'{name}:'))


def cpu_ticks(scene):
    fields = pathlib.Path(f'/proc/{scene.box.pid("provost-admin.service")}/stat').read_text().rsplit(')', 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_a_wrong_name_costs_as_much_as_a_wrong_password(scene):
    """Counted in the station's own processor time, which no other load changes: one Argon2id each."""
    page, spent = scene.page, {}
    owner = page.owner()
    for who in ('unknown', 'known'):
        before, done = cpu_ticks(scene), 0
        for n in range(12):
            name = f'stranger{n}' if who == 'unknown' else (owner, page.person('admin'), page.person('reader'), page.person('helpdesk'))[n % 4].name
            done += page.nobody().post('/sign-in', {'name': name, 'password': 'not the password', 'code': '000000'}).status == 401
        require(done >= 4, lambda: f'only {done} of 12 were looked at')
        spent[who] = (cpu_ticks(scene) - before) / done
    ratio = spent['unknown'] / max(spent['known'], 0.01)
    require(0.5 < ratio < 2 and spent['known'] >= 1, lambda: f'processor time in 10 ms for each: {spent}')
    return f'{spent["unknown"] * 10:.0f} ms of processor time against {spent["known"] * 10:.0f} ms'


def test_tokens_are_long_random_and_new_each_time(scene):
    page = scene.page
    rita = page.person('reader')
    seen = {rita.cookie}
    for _ in range(4):
        there = rita.elsewhere()
        answer = patiently(lambda there=there: there.try_sign_in(code=rita.recovery.pop()))
        require(answer.status == 201, lambda: f'{answer}')
        seen.add(there.take_cookie(answer) and there.cookie)
    tokens = {page.token('reader', f'program{n}').token for n in range(3)}
    require(len(seen) == 5 and len(tokens) == 3 and all(len(set(token)) > 15 for token in seen | tokens), lambda: 'the same twice')
    require(all(len(token) * 6 >= 240 for token in seen | tokens), lambda: f'{sorted(map(len, seen | tokens))} characters')


def test_a_sign_in_ends_the_session_that_was_there(scene):
    """Nothing that was known before the sign-in is worth anything after it."""
    page = scene.page
    hugo = page.person('helpdesk')
    planted = Person(page, hugo.name)
    planted.cookie = 'A' * 43
    answer = patiently(lambda: planted.post('/sign-in', {'name': hugo.name, 'password': hugo.password, 'code': hugo.next_code()}))
    require(answer.status == 201, lambda: f'{answer}')
    before = planted.take_cookie(answer) and planted.cookie
    require(before != 'A' * 43, 'a cookie of somebody else\'s choice was taken over')
    answer = patiently(lambda: planted.post('/sign-in', {'name': hugo.name, 'password': hugo.password, 'code': hugo.recovery.pop()}))
    planted.take_cookie(answer)
    old = Person(page)
    old.cookie = before
    require(is_in(planted) and not is_in(old), 'the session of before lives on')


def test_sign_out_ends_the_session_at_the_server(scene):
    page = scene.page
    there = page.person('helpdesk').elsewhere()
    answer = patiently(lambda: there.try_sign_in(code=page.person('helpdesk').recovery.pop()))
    cookie = there.take_cookie(answer) and there.cookie
    require(is_in(there), 'not signed in')
    answer = there.post('/sign-out')
    require(answer.status == 204 and re.search(r'__Host-provost=;.*Max-Age=0', answer.header('set-cookie')), lambda: f'{answer} {answer.headers}')
    there.cookie = cookie
    require(not is_in(there), 'the cookie still works')


def test_a_password_change_ends_the_other_sessions(scene):
    page = scene.page
    anna = page.person('admin')
    others = []
    for _ in range(3):
        there = anna.elsewhere()
        there.take_cookie(patiently(lambda there=there: there.try_sign_in(code=anna.recovery.pop())))
        others.append(there)
    require(all(map(is_in, others)), 'they are not signed in')
    former, anna.password = anna.password, 'seven mountain lanterns 7'
    answer = anna.ask('PUT', '/session/password', {'password': anna.password})
    require(answer.status == 204, lambda: f'{answer}')
    if answer.all('set-cookie'):
        anna.take_cookie(answer)
    require(is_in(anna) and not any(map(is_in, others)), 'another session outlived the change')
    answer = patiently(lambda: anna.elsewhere().try_sign_in(password=former, code=anna.recovery[-1]))
    require(answer.status == 401, lambda: f'the former password: {answer}')


def test_who_is_put_out_is_out_at_once(scene):
    """Disabled, of another role, removed; a token that was taken back."""
    page = scene.page
    owner, gone = page.owner(), page.invite('gustav', 'admin')
    program = page.token('admin', 'to-be-removed')
    require(gone.get('/users').status == 200 and program.get('/users').status == 200, 'they are not in')
    row = owner.ask('GET', '/users/gustav')
    answer = owner.ask('PATCH', '/users/gustav', {'role': 'reader'}, match=row.etag)
    require(answer.status == 200 and gone.get('/users').status in (401, 403), lambda: f'an admin who is reader now: {answer}')
    answer = owner.ask('PATCH', '/users/gustav', {'disabled': True}, match=answer.etag)
    require(answer.status == 200 and not is_in(gone), 'a disabled person is in')
    require(patiently(lambda: gone.elsewhere().try_sign_in(code=gone.recovery.pop())).status == 401, 'a disabled person comes in')
    require(owner.ask('DELETE', '/users/gustav', match=answer.etag).status == 204, 'remove')
    number = next(row['id'] for row in owner.want(200, 'GET', '/tokens')['tokens'] if row['name'] == 'to-be-removed')
    require(owner.ask('DELETE', f'/tokens/{number}').status == 204 and program.get('/users').status == 401, 'the token outlived its removal')


def test_a_request_that_began_before_does_nothing_after(scene):
    """Somebody sends the headers of a write, is put out, and sends the body then; the same after a sign-out."""
    page = scene.page
    owner, gone = page.owner(), page.invite('slow', 'admin')
    there = gone.elsewhere()
    there.take_cookie(patiently(lambda: there.try_sign_in(code=gone.recovery.pop())))
    body = b'{"mac":"000413AADD01","model":"snomD785"}'
    for who, end in ((there, lambda: there.post('/sign-out').status == 204),
                     (gone, lambda: owner.ask('PATCH', '/users/slow', {'role': 'reader'}, match='*').status == 200)):
        with page.link(who.source) as link:
            link.send(request_bytes('POST', '/api/v1/phones', [*who.headers('POST', body), ('Content-Length', str(len(body)))], body[:5]))
            time.sleep(0.3)
            require(end(), 'the end')
            link.send(body[5:])
            answer = link.reply()
        require(answer.status in (401, 403), lambda: f'{who.name}: {answer}')
    require(owner.get('/phones/000413aadd01').status == 404, 'the phone was made')


def test_one_sees_and_ends_ones_own_sessions_alone(scene):
    page = scene.page
    owner, rita = page.owner(), page.person('reader')
    rows = rita.want(200, 'GET', '/session/list')['sessions']
    require(sum(row['here'] for row in rows) == 1, lambda: f'{rows}')
    mine = {row['id'] for row in owner.want(200, 'GET', '/session/list')['sessions']}
    require(not mine & {row['id'] for row in rows}, 'sessions of others are shown')
    for number in mine:
        require(rita.ask('DELETE', f'/session/list/{number}').status == 404, 'somebody else\'s session was ended')
    require(is_in(owner), 'the owner is out')
    other = next(row['id'] for row in rows if not row['here'])
    require(rita.ask('DELETE', f'/session/list/{other}').status == 204, 'one\'s own')
    require(other not in {row['id'] for row in rita.want(200, 'GET', '/session/list')['sessions']}, 'it is still there')


def test_the_console_gives_a_way_back_in_and_nobody_else_does(scene):
    page = scene.page
    hugo = page.person('helpdesk')
    there = hugo.elsewhere()
    there.cookie = hugo.cookie
    for path in ('/reset', '/users/hugo/reset', '/invitation/reset', '/sign-in/reset', '/forgot', '/session/reset'):
        require(page.nobody().post(path, {'name': 'hugo'}).status in (401, 404, 405), path)
    code = scene.call('admin', 'ResetUser', name='hugo')['code']
    require(not is_in(there), 'his sessions outlived the reset')
    answer = patiently(lambda: hugo.elsewhere().try_sign_in(code=hugo.recovery[-1]))
    require(answer.status == 401, lambda: f'former password and recovery code: {answer}')
    page.people['helpdesk'] = Person(page, 'hugo').accept(code)
    again = page.nobody().post('/invitation/begin', {'name': 'hugo', 'code': code})
    require(again.status in (401, 409, 429), lambda: f'{again}')


def test_guessing_is_slowed_and_the_owner_still_comes_in(scene):
    """Ten addresses guess the owner's password for some seconds, as fast as they are answered."""
    page = scene.page
    owner = page.owner()
    until, sources = time.monotonic() + 6, [page.address() for _ in range(10)]

    def guess(source):
        stranger, counts = Person(page, source=source), {}
        while time.monotonic() < until:
            answer = stranger.ask('POST', '/sign-in', {'name': owner.name, 'password': 'violet harbour tractor', 'code': '000000'}, patient=False)
            counts[answer.status] = counts.get(answer.status, 0) + 1
            require(answer.status in (401, 429), lambda: f'{answer}')
            require(answer.status == 401 or not answer.code or int(answer.header('retry-after')) >= 1, lambda: f'{answer} {answer.headers}')
        return counts

    with concurrent.futures.ThreadPoolExecutor(len(sources)) as pool:
        counts = list(pool.map(guess, sources))
    looked, slowed = sum(c.get(401, 0) for c in counts), sum(c.get(429, 0) for c in counts)
    require(looked <= 60 and slowed > looked, lambda: f'{looked} guesses were looked at, {slowed} put off')
    began = time.monotonic()
    answer = owner.post('/session/confirm', {'password': owner.password, 'code': owner.next_code()})
    require(answer.status == 200, lambda: f'the owner where he was signed in: {answer}')
    known = Person(page, owner.name, owner.source)
    known.password, known.secret, known.last_step, known.recovery = owner.password, owner.secret, owner.last_step, owner.recovery
    answer = patiently(lambda: known.try_sign_in(code=owner.recovery.pop()), 30)
    require(answer.status == 201, lambda: f'the owner from where he signed in before: {answer}')
    return f'{looked} of {looked + slowed} guesses looked at in 6 s from 10 addresses; the owner is in after {time.monotonic() - began:.1f} s'


def test_the_audit_log_is_a_chain(scene):
    answer = scene.page.owner().want(200, 'GET', '/audit/check')
    require(answer['broken'] is None and answer['entries'] > 10 and re.fullmatch('[0-9a-f]{64}', answer['head']), lambda: f'{answer}')
    require(scene.page.person('reader').get('/audit').status == 403, 'a reader reads the audit log')
    return f'{answer["entries"]} entries'


def test_passwords_are_kept_as_argon2id_and_secrets_sealed(scene):
    """What admin itself reads is an Argon2id hash; the database has it sealed, and nothing of a password, authenticator or token."""
    leader, name = scene.box.leader(), scene.page.owner().name
    call = ['varlinkctl', 'call', '-j', '/run/provost/store', 'io.provost.Store.GetUserSecrets', json.dumps({'name': name})]
    told = subprocess.run(['nsenter', '-t', str(leader), '-m', '-n', '-p', '-r', '-w', '-S', '908', '-G', str(group_of(leader, 'provost')), '--', *call],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    require(told.returncode == 0, lambda: f'{told.stderr}')
    kept = json.loads(told.stdout)['password']
    match = re.fullmatch(r'\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[\w+/]{22}\$[\w+/]{43}', kept)
    require(match and int(match[1]) >= 19 * 1024 and int(match[2]) >= 2, lambda: f'{kept[:40]}')
    require(scene.try_call('store', 'GetUserSecrets', name=name)[0] is None, 'root reads it as well')
    data = b'\n'.join(scene.database_bytes().values())
    people = {name: secret for name, secret in scene.secrets.items() if name.startswith(('password', 'authenticator', 'token'))}
    people |= {'the hash': kept.split('$')[-1]}
    found = search(data, people)
    require(len(people) > 5 and not found, lambda: f'{found} in the database')
    require(not search(scene.box.journal().encode(), people), 'in the journal')
    return f'm={match[1]} KiB, t={match[2]}; {len(people)} secrets looked for in {len(data)} bytes'
