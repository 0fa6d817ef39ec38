"""notify: the SIP side of the stand-in: it listens on its tunnel address and takes NOTIFY check-sync.

In:   UDP datagrams to the phone's SIP port inside its tunnel.
Out:  an answer as RFC 3261 asks for; check_sync(reboot) of the phone when one was taken; faults of the sender.
Not:  no registration, no calls. Nothing of the appliance: the digest (RFC 2617) is computed here once more.
"""
import contextlib
import hashlib
import re
import secrets
import socket
import threading

from tools import inside

PORT = 5060
COMPACT = {'v': 'via', 'f': 'from', 't': 'to', 'i': 'call-id', 'm': 'contact', 'o': 'event', 'l': 'content-length',
           'c': 'content-type'}


class Request:
    """One SIP request, taken apart; faults: what RFC 3261 does not allow in it."""

    def __init__(self, data):
        head, _, self.body = data.decode(errors='replace').partition('\r\n\r\n')
        first, *lines = head.split('\r\n')
        self.method, self.uri, self.version = (first.split(' ') + ['', '', ''])[:3]
        self.rows = []
        for line in lines:
            name, colon, value = line.partition(':')
            if colon:
                name = name.strip().lower()
                self.rows.append((COMPACT.get(name, name), value.strip()))
        self.faults = list(self._faults(data))

    def get(self, name):
        return next((value for key, value in self.rows if key == name), '')

    @property
    def number(self):
        """Of CSeq."""
        word = self.get('cseq').split(' ')[0]
        return int(word) if word.isdigit() else 0

    def _faults(self, data):
        for name in ('via', 'from', 'to', 'call-id', 'cseq', 'max-forwards'):
            if not self.get(name):
                yield f'{self.method} without {name}'
        if self.version != 'SIP/2.0':
            yield f'the first line ends with {self.version!r}'
        if 'branch=z9hG4bK' not in self.get('via'):
            yield 'Via has no branch of RFC 3261'
        if ';tag=' not in self.get('from'):
            yield 'From has no tag'
        if self.get('cseq').split(' ')[1:] != [self.method]:
            yield f'CSeq {self.get("cseq")!r} in a {self.method}'
        length = self.get('content-length')
        if not length.isdigit() or int(length) != len(data.partition(b'\r\n\r\n')[2]):
            yield f'Content-Length is {length!r}'
        if self.method == 'NOTIFY' and not (self.get('event') and self.get('contact') and self.get('subscription-state')):
            yield 'NOTIFY without Event, Contact or Subscription-State (RFC 6665)'

    def transaction(self):
        return self.get('via').split('branch=')[-1].split(';')[0], self.get('cseq'), self.get('call-id')


def answer_to(request, status, sender, more=()):
    """The bytes of an answer."""
    lines = [f'SIP/2.0 {status}']
    for name, value in request.rows:
        if name == 'via':
            value = re.sub(r';rport(?=;|$)', f';received={sender[0]};rport={sender[1]}', value, count=1)
        if name == 'to' and ';tag=' not in value:
            value += f';tag={secrets.token_hex(4)}'
        if name in ('via', 'from', 'to', 'call-id', 'cseq'):
            lines.append({'call-id': 'Call-ID', 'cseq': 'CSeq'}.get(name, name.capitalize()) + ': ' + value)
    return '\r\n'.join([*lines, *more, 'Content-Length: 0', '', '']).encode()


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Challenge:
    """Digest authentication (RFC 2617 as RFC 3261 22.4 uses it)."""

    def __init__(self, realm, qop):
        self.realm, self.qop, self.nonces = realm, qop, {}

    def header(self, call_id, number):
        nonce = secrets.token_hex(12)
        self.nonces[nonce] = (call_id, number)
        return (f'WWW-Authenticate: Digest realm="{self.realm}", nonce="{nonce}", algorithm=MD5'
                + (', qop="auth"' if self.qop else ''))

    def judge(self, request, accounts):
        """'' when the request carries the right answer, otherwise what is wrong with it."""
        header = request.get('authorization')
        if not header.lower().startswith('digest '):
            return 'no answer'
        said = {name.lower(): quoted or word for name, quoted, word in
                re.findall(r'(\w+)\s*=\s*(?:"([^"]*)"|([^",\s]+))', header[7:])}
        if said.get('nonce') not in self.nonces:
            return 'a nonce that is not ours'
        call_id, number = self.nonces.pop(said['nonce'])        # good for one answer
        if call_id == request.get('call-id') and request.number <= number:
            return 'CSeq was not raised'
        if said.get('realm') != self.realm or said.get('uri') != request.uri:
            return f'realm or uri of another request: {said.get("realm")}, {said.get("uri")}'
        if said.get('algorithm', 'MD5').upper() != 'MD5':
            return f'algorithm {said["algorithm"]}'
        rest = said['nonce']
        if self.qop:
            if said.get('qop') != 'auth' or said.get('nc') != '00000001' or not said.get('cnonce'):
                return 'no qop, nc or cnonce'
            rest += f':{said["nc"]}:{said["cnonce"]}:auth'
        for user, password in accounts:
            known = md5(f'{user}:{self.realm}:{password}')
            if said.get('username') == user and said.get('response') == md5(f'{known}:{rest}:' + md5(f'{request.method}:{request.uri}')):
                return ''
        return 'wrong name or password'


class Conversation:
    """What one phone answers, without a socket."""

    def __init__(self, phone):
        self.phone, self.challenge, self.done = phone, Challenge('snom', phone.challenge_qop), {}

    def hear(self, data, sender, send=lambda answer: None):
        """The answer to one datagram, sent before the phone acts on it; None: it says nothing."""
        request = Request(data)
        for fault in request.faults:
            self.phone.fault(fault)
        if not request.get('via') or request.method == 'ACK' or self.phone.is_silent_to(sender[0]):
            self.phone.note('notify ignored', sender=sender[0], method=request.method)
            return None
        transaction, act = request.transaction(), None
        if transaction not in self.done:                # a retransmission hears the same once more
            status, more, act = self._decide(request)
            self.done[transaction] = answer_to(request, status, sender, more)
            self.phone.note('notify', sender=sender[0], event=request.get('event'), answer=status)
        send(self.done[transaction])
        if act:
            act()
        return self.done[transaction]

    def _decide(self, request):
        """(status line, more headers, what to do then)"""
        if request.method != 'NOTIFY':
            return ('200 OK' if request.method == 'OPTIONS' else '405 Method Not Allowed'), [], None
        event, *words = [word.strip().lower() for word in request.get('event').split(';')]
        if event != 'check-sync':
            return '489 Bad Event', [], None
        reboot = 'reboot=true' in words
        guard = 'challenge_reboot' if reboot else 'challenge_checksync'
        if self.phone.settings.get(guard) == 'on':
            wrong = self.challenge.judge(request, self.phone.accounts())
            if wrong:
                if wrong != 'no answer':
                    self.phone.note('notify refused', why=wrong)
                return '401 Unauthorized', [self.challenge.header(request.get('call-id'), request.number)], None
        return '200 OK', [], lambda: self.phone.check_sync(reboot)


class Listener:
    """Answers on the phone's tunnel address until it is closed."""

    def __init__(self, phone, place):
        """place: (address, port)"""
        self.place, self.conversation = place, Conversation(phone)
        with inside(phone.netns):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(place)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)      # wakes the thread; says "not connected" all the same
        if self.thread is not threading.current_thread():
            self.thread.join(5)
        self.socket.close()

    def _listen(self):
        while True:
            try:
                data, sender = self.socket.recvfrom(8192)
                if not data:
                    return
                self.conversation.hear(data, sender, lambda answer: self.socket.sendto(answer, sender))
            except OSError:
                return
