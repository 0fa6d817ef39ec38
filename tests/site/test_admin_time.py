"""What ends at the page's door, and when: sessions, freshness, codes, tokens, by the station's own limits (issue 5, must show 4: checks 10, 13, 16).

Nobody waits twelve hours: admin and store run under libfaketime here, each with the clock that a file says. The limits are the real ones.
"""
import pathlib
import shutil
import time

from admin_api import Person, page_of, totp
from admin_contract import IN_PERSON, ROLES, World, contract_of, require_same, state, target
from scene import require
from tools import site_root, wait_until

LIBRARY = 'usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'
UNITS = ('provost-admin.service', 'provost-store.service')
# The library reads its clock's file itself; nothing of the sandbox is opened.
DROP_IN = '''[Service]
Environment=LD_PRELOAD=/run/faketime/libfaketimeMT.so.1 FAKETIME_TIMESTAMP_FILE=/run/faketime/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_RESET=1
WatchdogSec=0
'''


class Clock:
    """Moves the clock of the two stations, and of this test's authenticators."""

    def __init__(self, scene):
        self.scene, self.ahead_s, self.visitor = scene, 0, None
        root = pathlib.Path(f'/proc/{scene.box.leader()}/root')
        folder = root / 'run/faketime'
        folder.mkdir()
        folder.chmod(0o755)
        shutil.copy(site_root() / LIBRARY, folder / 'libfaketimeMT.so.1')
        self.file = folder / 'clock'
        self.write()
        for unit in UNITS:
            drop_in = root / f'run/systemd/system/{unit}.d'
            drop_in.mkdir(parents=True, exist_ok=True)
            (drop_in / 'clock.conf').write_text(DROP_IN)
        scene.box.exec(['systemctl', 'daemon-reload'])
        for unit in reversed(UNITS):
            result = scene.box.exec(['systemctl', 'restart', unit])
            require(result.returncode == 0, lambda: f'{unit}: {result.stderr}')
        wait_until(lambda: scene.try_call('admin', 'GetSetup')[0], 20, 'admin does not come back')

    def write(self):
        fresh = self.file.with_suffix('.new')
        fresh.write_text(f'+{self.ahead_s}\n')
        fresh.replace(self.file)

    def pass_s(self, seconds):
        """The edge's idle connections to admin are over then: one request each finds that out."""
        self.ahead_s += seconds
        self.write()
        for _ in range(2):
            self.visitor = self.visitor or self.scene.page.nobody()
            self.visitor.get('/health')
            time.sleep(0.1)

    def now(self):
        return time.time() + self.ahead_s


def prepare(scene):
    scene.clock = Clock(scene)
    page_of(scene).now = scene.clock.now


def is_in(person):
    status = person.get('/session').status
    require(status in (200, 401), f'{status}')
    return status == 200


def test_a_setup_code_ends_after_half_an_hour(scene):
    page = scene.page
    code = page.setup_code()
    scene.clock.pass_s(31 * 60)
    answer = page.nobody().post('/invitation/begin', {'name': 'olivia', 'code': code})
    require(answer.status == 401, lambda: f'a code of 31 minutes ago: {answer}')
    fresh = wait_until(lambda: (c := page.setup_code()) != code and c, 20, 'the console shows the old code')
    owner = Person(page, 'olivia')
    begun = owner.begin(fresh)
    scene.clock.pass_s(16 * 60)
    answer = owner.post('/invitation/finish', {'pending': begun['pending'], 'password': 'violet harbour tractor', 'code': owner.next_code()})
    require(answer.status == 401, lambda: f'a sign-in that was begun 16 minutes ago: {answer}')
    require(page.owner(), 'and a new one is taken')


def test_an_invitation_ends_and_the_next_one_replaces_it(scene):
    page = scene.page
    page.owner().confirm()
    code = page.owner().want(201, 'POST', '/users', {'name': 'late', 'role': 'reader'})
    another = page.owner().want(201, 'POST', '/users/late/invite')
    require(page.nobody().post('/invitation/begin', {'name': 'late', 'code': code['code']}).status == 401, 'the former code')
    scene.clock.pass_s(int(another['until'] - scene.clock.now()) + 5)
    answer = page.nobody().post('/invitation/begin', {'name': 'late', 'code': another['code']})
    require(answer.status == 401, lambda: f'after its end: {answer}')


def test_a_session_ends_after_half_an_hour_without_a_request(scene):
    page = scene.page
    owner = page.owner()
    if not is_in(owner):
        owner.sign_in()
    for _ in range(3):
        scene.clock.pass_s(29 * 60)
        require(is_in(owner), 'out after 29 minutes')
    said = owner.get('/session').json
    require(abs(said['idle_until'] - scene.clock.now() - 1800) < 5, lambda: f'{said}')
    scene.clock.pass_s(30 * 60 + 1)
    require(not is_in(owner), 'in after 30 minutes without a request')
    require(owner.post('/phones', {'mac': '000413aabbcc'}).status == 401, 'a write after the end')


def test_a_session_ends_after_twelve_hours_whatever_it_does(scene):
    page = scene.page
    owner = page.owner().sign_in()
    ends = owner.session['ends_at']
    require(abs(ends - scene.clock.now() - 12 * 3600) < 5, lambda: f'{owner.session}')
    hours = 0
    while hours < 12 * 60 - 25:
        scene.clock.pass_s(25 * 60)
        hours += 25
        require(is_in(owner), f'out after {hours} minutes')
    scene.clock.pass_s(25 * 60)
    require(not is_in(owner), 'in after twelve hours')


def test_five_minutes_after_the_sign_in_password_and_code_are_asked_for_again(scene):
    """Each operation that wants it, by a person; nothing of it happens before."""
    page = scene.page
    owner = page.owner().sign_in()
    page.person('reader'), page.person('admin')
    scene.world = World(page)
    contract = contract_of(scene)
    scene.clock.pass_s(5 * 60 + 1)
    before, asked = state(scene), 0
    for operation in contract.operations:
        if not ROLES[operation.id][1]:
            continue
        values, query, body = scene.world.right(operation)
        answer = owner.ask(operation.method, target(operation, values), body, query=query, match='*' if 'match' in operation.flags else None)
        require(answer.status == 403 and answer.code == 'confirm', lambda: f'{operation}: {answer}')
        asked += 1
    require_same(before, state(scene), 'a session that is not fresh')
    wrong = owner.post('/session/confirm', {'password': 'violet harbour tractor', 'code': owner.next_code()})
    require(wrong.status == 401 and owner.post('/users', {'name': 'new', 'role': 'reader'}).status == 403, lambda: f'{wrong}')
    owner.confirm()
    require(owner.post('/users', {'name': 'new', 'role': 'reader'}).status == 201, 'after password and code')
    require({'deletePhone', 'stepRollover', 'setCertificate', 'addUser', 'addToken', 'rotateSecrets', 'getDiagnostics', 'reboot', 'powerOff'}
            <= {name for name, (_, fresh) in ROLES.items() if fresh}, 'what harms is not in the list')
    return f'{asked} operations'


def test_a_token_ends_on_its_day(scene):
    page = scene.page
    owner = page.owner()
    owner.confirm()
    program = page.token('reader', 'short', days=1)
    require(program.get('/phones').status == 200, 'a new token')
    for name in sorted(IN_PERSON)[:4]:
        operation = contract_of(scene).by_id[name]
        values, query, body = scene.world.right(operation)
        require(program.ask(operation.method, target(operation, values), body, match='*').status in (403,), f'{operation} by a token')
    scene.clock.pass_s(24 * 3600 + 60)
    answer = program.get('/phones')
    require(answer.status == 401, lambda: f'after its day: {answer}')


def test_a_code_is_good_for_its_half_minute_and_the_neighbours(scene):
    page = scene.page
    owner = page.owner()
    step = int(scene.clock.now()) // 30
    for away in (-3, -2, 2, 3, 100):
        answer = page.nobody().post('/sign-in', {'name': owner.name, 'password': owner.password, 'code': totp(owner.secret, step + away)})
        require(answer.status in (401, 429), lambda: f'{away} steps away: {answer}')
    known = Person(page, owner.name, owner.source)
    known.password, known.secret, known.last_step = owner.password, owner.secret, owner.last_step
    known.sign_in()
    require(is_in(known), 'the right one')
