"""admin_api: the page's API from outside, as a program of ours speaks to it that knows docs/api.md and nothing else.

In:   a Scene; addresses on its LAN; HTTP/1.1 over TLS by hand, TOTP by hmac.
Out:  Page (the appliance's page and the people of a test), Person (one who is signed in, or nobody), Link (one connection), Reply.
Not:  no test, and no code of the product. Certificates are not judged here (test_admin_wire does).
"""
import base64
import contextlib
import hashlib
import hmac
import json
import re
import socket
import ssl
import struct
import threading
import time
import urllib.parse

from scene import LAN, new_secret, require
from tools import Trouble, inside, wait_until

PORT = 9443
HOST = f'{LAN}:{PORT}'
ORIGIN = f'https://{HOST}'
ROLES = ('reader', 'helpdesk', 'admin', 'owner')
STEP_S = 30


class Closed(Exception):
    """The other side ended the connection before an answer."""


def totp(secret, step):
    """RFC 6238 with SHA-1 and six digits; secret: base32."""
    key = base64.b32decode(secret + '=' * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack('>Q', step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f'{(struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}'


class Reply:
    """One answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name, otherwise=''):
        return next((value for key, value in self.headers if key == name.lower()), otherwise)

    def all(self, name):
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise AssertionError(f'no JSON in {self}') from None

    @property
    def code(self):
        """The problem's code; '' when it is none."""
        if not self.header('content-type').startswith('application/problem+json'):
            return ''
        return self.json.get('code', '')

    @property
    def etag(self):
        return self.header('etag')

    def __repr__(self):
        return f'{self.status} {self.header("content-type")} {self.body[:300]!r}'


def read_replies(data):
    """[Reply] of the whole answers at the beginning of the bytes (none to HEAD), and how many bytes they take."""
    found, at = [], 0
    while True:
        end = data.find(b'\r\n\r\n', at)
        if end < 0:
            return found, at
        head = data[at:end].decode('latin-1').split('\r\n')
        headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(':') for line in head[1:])]
        status, fields, start = int(head[0].split(' ', 2)[1]), dict(headers), end + 4
        if status == 100:
            at = start
            continue
        if 'chunked' in fields.get('transfer-encoding', ''):
            body, stop = dechunk(data, start)
            if stop < 0:
                return found, at
        else:
            stop = start + (int(fields.get('content-length', 0)) if status not in (204, 304) else 0)
            if stop > len(data):
                return found, at
            body = bytes(data[start:stop])
        found.append(Reply(status, headers, body))
        at = stop


def dechunk(data, at):
    """(body, where it ends) of a chunked body; -1 while it is not whole."""
    parts = []
    while True:
        end = data.find(b'\r\n', at)
        if end < 0:
            return b'', -1
        size = int(data[at:end].split(b';')[0], 16)
        at = end + 2
        if size == 0:
            end = data.find(b'\r\n', at)
            return b''.join(parts), end + 2 if end >= 0 else -1
        if len(data) < at + size + 2:
            return b'', -1
        parts.append(bytes(data[at:at + size]))
        at += size + 2


def loose_tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


LOOSE = loose_tls()


class Link:
    """One connection to the page."""

    def __init__(self, netns, source=None, address=LAN, port=PORT, tls=LOOSE, timeout_s=20):
        with inside(netns):
            plain = socket.create_connection((address, port), timeout_s, (source, 0) if source else None)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket = tls.wrap_socket(plain, server_hostname=None) if tls else plain
        except OSError:
            plain.close()
            raise
        self.data = bytearray()

    def send(self, data):
        self.socket.sendall(data)

    def reply(self, head=False):
        """The next answer; head: to a HEAD request, which has no body."""
        until = time.monotonic() + 30
        while True:
            require(time.monotonic() < until, lambda: f'an answer without an end: {bytes(self.data[:300])!r}')
            if head and (end := self.data.find(b'\r\n\r\n')) >= 0:
                found, _ = read_replies(re.sub(rb'(?i)(content-length|transfer-encoding):[^\r]*\r\n', b'', bytes(self.data[:end + 4])))
                del self.data[:end + 4]
                return found[0]
            found, used = read_replies(self.data)
            if found:
                del self.data[:used]
                require(len(found) == 1, lambda: f'{len(found)} answers to one request')
                return found[0]
            if not self.more():
                raise Closed(f'after {bytes(self.data[:200])!r}')

    def more(self):
        """Reads what comes next; False at the end."""
        try:
            part = self.socket.recv(1 << 16)
        except (ConnectionResetError, ssl.SSLEOFError, BrokenPipeError):
            return False
        self.data += part
        return bool(part)

    def rest(self, timeout_s=5):
        """All that comes until the other side closes or is silent."""
        self.socket.settimeout(timeout_s)
        with contextlib.suppress(TimeoutError, ssl.SSLError):
            while self.more():
                pass
        return bytes(self.data)

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request_bytes(method, target, headers, body=b''):
    lines = [f'{method} {target} HTTP/1.1'] + [f'{name}: {value}' for name, value in headers]
    return '\r\n'.join(lines).encode('utf-8', 'surrogateescape') + b'\r\n\r\n' + body


class Person:
    """Somebody at a browser (or a program with a token): their address, cookie, second factor."""

    def __init__(self, page, name='', source=None):
        self.page, self.name, self.source = page, name, source or page.address()
        self.cookie, self.token, self.password = '', '', ''
        self.secret, self.last_step, self.recovery = '', 0, []
        self.session = None
        self._links = threading.local()

    # --- requests -------------------------------------------------------------------------------------------------

    def headers(self, method, body, match=None, more=None, without=()):
        """What the page's own script sends."""
        fields = {'Host': HOST, 'Accept': 'application/json', 'User-Agent': 'Mozilla/5.0 (test)'}
        if method not in ('GET', 'HEAD', 'OPTIONS'):
            fields |= {'Origin': ORIGIN, 'Sec-Fetch-Site': 'same-origin', 'X-Provost-Request': '1'}
        if body is not None:
            fields['Content-Type'] = 'application/json'
        if self.cookie:
            fields['Cookie'] = f'__Host-provost={self.cookie}'
        if self.token:
            fields['Authorization'] = f'Bearer {self.token}'
        if match is not None:
            fields['If-Match'] = match
        fields |= more or {}
        return [(name, value) for name, value in fields.items() if name not in without and value is not None]

    def ask(self, method, path, body=None, *, query=None, match=None, headers=None, without=(), prefix='/api/v1', patient=True):
        """One request and its answer. patient: the edge's 429, which names no time, is waited for."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        target = prefix + path + ('?' + urllib.parse.urlencode(query, doseq=True) if query else '')
        fields = self.headers(method, data, match, headers, without)
        if data is not None or method in ('POST', 'PUT', 'PATCH'):
            fields.append(('Content-Length', str(len(data or b''))))
        raw = request_bytes(method, target, fields, data or b'')
        end = time.monotonic() + 20
        while True:
            answer = self._once(raw, method == 'HEAD')
            if not patient or answer.status != 429 or answer.header('retry-after') or time.monotonic() > end:
                return answer
            time.sleep(0.2)

    def _once(self, raw, head):
        """Over the kept connection, or a new one when that was closed meanwhile."""
        for fresh in (False, True):
            link = getattr(self._links, 'link', None)
            if link is None:
                link, fresh = self.page.link(self.source), True
            self._links.link = None
            try:
                link.send(raw)
                answer = link.reply(head)
            except (Closed, OSError):
                link.close()
                if fresh:
                    raise
                continue
            if answer.header('connection') == 'close':
                link.close()
            else:
                self._links.link = link
            return answer

    def get(self, path, **query):
        return self.ask('GET', path, query=query or None)

    def post(self, path, body=None, **more):
        return self.ask('POST', path, body, **more)

    def want(self, status, method, path, body=None, **more):
        """The JSON of an answer that must have this status."""
        answer = self.ask(method, path, body, **more)
        require(answer.status == status, lambda: f'{self.name or "nobody"}: {method} {path} gives {answer}, not {status}')
        return answer.json if answer.body else None

    # --- the door ---------------------------------------------------------------------------------------------------

    def next_code(self):
        """A code of the authenticator that was not used yet; a recovery code when the clock has no other."""
        now = int(self.page.now()) // STEP_S
        step = max(self.last_step + 1, now - 1)
        if step > now + 1:
            if self.recovery:
                return self.recovery.pop()
            wait_until(lambda: step <= int(self.page.now()) // STEP_S + 1, 40, 'time stands still', every_s=0.5)
        self.last_step = step
        return totp(self.secret, step)

    def begin(self, code):
        answer = self.want(200, 'POST', '/invitation/begin', {'name': self.name, 'code': code})
        self.secret = answer['totp_secret']
        return answer

    def take_cookie(self, answer):
        found = re.match(r'__Host-provost=([^;]+)', answer.header('set-cookie'))
        require(found, lambda: f'no cookie: {answer} {answer.headers}')
        self.cookie = found[1]
        return answer

    def accept(self, code):
        """From the invitation's one-time code to a session."""
        begun = self.begin(code)
        self.password = new_secret('Password')
        self.page.scene.secrets[f'password of {self.name}'] = self.password
        self.page.scene.secrets[f'authenticator of {self.name}'] = self.secret
        answer = self.post('/invitation/finish', {'pending': begun['pending'], 'password': self.password, 'code': self.next_code()})
        require(answer.status == 201, lambda: f'{self.name} cannot finish the invitation: {answer}')
        self.session = answer.json
        self.recovery = list(self.session['recovery_codes'])
        self.take_cookie(answer)
        return self

    def try_sign_in(self, password=None, code=None, **more):
        return self.post('/sign-in', {'name': self.name, 'password': self.password if password is None else password,
                                      'code': self.next_code() if code is None else code}, **more)

    def sign_in(self):
        answer = self.try_sign_in()
        require(answer.status == 201, lambda: f'{self.name} cannot sign in: {answer}')
        self.session = answer.json
        self.take_cookie(answer)
        return self

    def confirm(self):
        """Password and code once more."""
        return self.want(200, 'POST', '/session/confirm', {'password': self.password, 'code': self.next_code()})

    def elsewhere(self):
        """The same person at another place, not signed in there; what the authenticator has used is known to both."""
        other = Person(self.page, self.name)
        other.password, other.secret, other.last_step, other.recovery = self.password, self.secret, self.last_step, self.recovery
        return other


class Page:
    """The page of a scene's appliance and who is there."""

    def __init__(self, scene):
        self.scene = scene
        self.netns = scene.host('desk', address='10.20.0.2/24')
        self._last = 1
        self._lock = threading.Lock()
        self.people = {}
        self.now = time.time

    def address(self):
        """One more address of the desks' host: what is counted per address concerns nobody else."""
        with self._lock:
            self._last += 1
            number = self._last
        # The pool of the site is .100 to .199; other hosts of the tests are .20 and those from .250.
        number += (number >= 20) + 100 * (number >= 99)
        if number > 249:
            raise Trouble('the LAN of the tests has no room for more desks')
        address = f'10.20.0.{number}'
        if number > 2:
            self.scene.tools.run(['ip', 'addr', 'add', f'{address}/24', 'dev', 'eth0'], self.netns)
        return address

    def link(self, source=None, **more):
        return Link(self.netns, source, **more)

    def nobody(self):
        return Person(self)

    def setup_code(self):
        # The page starts when phones are served, and asks the store then.
        return wait_until(lambda: (self.scene.try_call('admin', 'GetSetup')[0] or {}).get('code'), 20, 'there is no setup code')

    def owner(self):
        """The first owner, who comes with the code of the console."""
        if 'owner' not in self.people:
            who = Person(self, 'olivia')
            self.people['owner'] = who.accept(self.setup_code())
        return self.people['owner']

    def invite(self, name, role):
        """Somebody new, signed in."""
        owner = self.owner()
        code = owner.want(201, 'POST', '/users', {'name': name, 'role': role})['code']
        return Person(self, name).accept(code)

    def person(self, role):
        """The one of that role, signed in."""
        if role == 'owner':
            return self.owner()
        if role not in self.people:
            self.people[role] = self.invite({'reader': 'rita', 'helpdesk': 'hugo', 'admin': 'anna'}[role], role)
        return self.people[role]

    def token(self, role, name=None, days=1):
        """A program with a token of that role."""
        answer = self.owner().want(201, 'POST', '/tokens', {'name': name or f'program-{role}', 'role': role, 'days': days})
        program = Person(self, f'token:{name or f"program-{role}"}')
        program.token = answer['token']
        self.scene.secrets[f'token {program.name}'] = answer['token'] if isinstance(answer['token'], str) else answer['token']['token']
        return program


def page_of(scene):
    """The page of the scene, made at the first call."""
    if not hasattr(scene, 'page'):
        scene.page = Page(scene)
    return scene.page
