"""The stand-in itself: what it takes and refuses, without an appliance (a stand-in that takes everything proves nothing)."""
import gzip
import hashlib

import notify
from document import Document, Flash, firmware_image, plain_body, read_image
from phone import Answer, Phone, agent
from scene import require
from tools import Trouble

SITE = None
SENDER = ('10.64.0.1', 40000)


class Ear:
    """A phone as far as its SIP side needs one."""

    challenge_qop = False

    def __init__(self, **settings):
        self.settings, self.synced, self.faults, self.notes = Flash().settings, [], [], []
        for name, value in {'http_user': 'admin', 'http_pass': 'correct', **settings}.items():
            self.settings.provision(name, None, value, 'R')

    def accounts(self):
        return [('admin', 'correct')]

    def is_silent_to(self, address):
        return self.settings.get('filter_registrar') == 'on'

    def check_sync(self, reboot):
        self.synced.append(reboot)

    def fault(self, text):
        self.faults.append(text)

    def note(self, what, **facts):
        self.notes.append((what, facts))


def a_notify(event='check-sync;reboot=false', branch='z9hG4bKa1', number=1, more=(), method='NOTIFY'):
    lines = [f'{method} sip:10.64.0.9:5060 SIP/2.0', f'Via: SIP/2.0/UDP 10.64.0.1:40000;branch={branch};rport',
             'From: <sip:provost@10.64.0.1>;tag=a', 'To: <sip:10.64.0.9>', 'Call-ID: c1', f'CSeq: {number} {method}',
             'Max-Forwards: 70', 'Contact: <sip:provost@10.64.0.1>', f'Event: {event}', 'Subscription-State: terminated',
             *more, 'Content-Length: 0', '', '']
    return '\r\n'.join(lines).encode()


def status(answer):
    return int(answer.split(b' ')[1])


def answered(challenge, user='admin', password='correct', uri='sip:10.64.0.9:5060', qop=False):
    """An Authorization header, computed with RFC 2617 in hand."""
    nonce = challenge.split(b'nonce="')[1].split(b'"')[0].decode()
    md5 = lambda text: hashlib.md5(text.encode()).hexdigest()
    first, second = md5(f'{user}:snom:{password}'), md5(f'NOTIFY:{uri}')
    rest = f'{nonce}:00000001:0a0b:auth' if qop else nonce
    return (f'Authorization: Digest username="{user}", realm="snom", nonce="{nonce}", uri="{uri}", '
            f'response="{md5(f"{first}:{rest}:{second}")}"' + (', qop=auth, nc=00000001, cnonce="0a0b"' if qop else ''))


def test_a_notify_is_taken_once_and_answered_again_when_it_is_sent_again(scene):
    ear = Ear(filter_registrar='off')
    talk = notify.Conversation(ear)
    first = talk.hear(a_notify(), SENDER)
    require(status(first) == 200 and talk.hear(a_notify(), SENDER) == first, lambda: f'{first}')
    require(ear.synced == [False] and not ear.faults, lambda: f'{ear.synced} {ear.faults}')
    require(b';rport=40000' in first and b'received=10.64.0.1' in first, lambda: f'{first}')
    require(status(talk.hear(a_notify('check-sync;reboot=true', 'z9hG4bKa2', 2), SENDER)) == 200 and ear.synced == [False, True],
            lambda: f'{ear.synced}')
    require(status(talk.hear(a_notify('talk', 'z9hG4bKa3', 3), SENDER)) == 489, 'it takes any event')


def test_the_filter_keeps_others_out(scene):
    ear = Ear(filter_registrar='on')
    require(notify.Conversation(ear).hear(a_notify(), SENDER) is None and not ear.synced, 'it answers somebody who is not its registrar')


def test_a_challenge_wants_the_right_password_a_fresh_nonce_and_a_higher_number(scene):
    for qop in (False, True):
        ear = Ear(filter_registrar='off', challenge_checksync='on')
        ear.challenge_qop = qop
        talk = notify.Conversation(ear)
        challenge = lambda branch, number: talk.hear(a_notify(branch=branch, number=number), SENDER)
        one = challenge('z9hG4bKb1', 1)
        require(status(one) == 401 and not ear.synced, lambda: f'{one}')
        wrong = talk.hear(a_notify(branch='z9hG4bKb2', number=2, more=[answered(one, password='wrong', qop=qop)]), SENDER)
        require(status(wrong) == 401, 'a wrong password is taken')
        stale = talk.hear(a_notify(branch='z9hG4bKb3', number=3, more=[answered(one, qop=qop)]), SENDER)
        require(status(stale) == 401, 'a nonce is good twice')
        low = talk.hear(a_notify(branch='z9hG4bKb4', number=3, more=[answered(stale, qop=qop)]), SENDER)
        require(status(low) == 401, 'CSeq need not be raised')
        other = talk.hear(a_notify(branch='z9hG4bKb5', number=4, more=[answered(low, uri='sip:10.64.0.8', qop=qop)]), SENDER)
        require(status(other) == 401 and not ear.synced, 'an answer for another phone is taken')
        right = talk.hear(a_notify(branch='z9hG4bKb6', number=5, more=[answered(other, qop=qop)]), SENDER)
        require(status(right) == 200 and ear.synced == [False], lambda: f'{right}')


def test_what_rfc_3261_forbids_is_seen(scene):
    ear = Ear(filter_registrar='off')
    talk = notify.Conversation(ear)
    talk.hear(a_notify(branch='old').replace(b'Max-Forwards: 70\r\n', b'').replace(b'Content-Length: 0', b'Content-Length: 7'), SENDER)
    require(len(ear.faults) == 3, lambda: f'{ear.faults}')


def refuses(body):
    try:
        Document(body)
    except Trouble as trouble:
        return str(trouble)
    raise AssertionError(f'a phone would not take {body!r}')


def test_documents_that_no_phone_reads_are_refused(scene):
    require('well-formed' in refuses(b'<settings><phone-settings><a perm="R">1<a></phone-settings></settings>'), 'a wrong end tag')
    require('DTD' in refuses(b'<!DOCTYPE x><settings/>'), 'a DTD')
    require('no phone knows' in refuses(b'<html/>'), 'html')
    require('twice' in refuses(b'<settings><phone-settings><a idx="1">1</a><a idx="1">2</a></phone-settings></settings>'), 'one twice')
    require('alone' in refuses(b'<firmware-settings><other>x</other></firmware-settings>'), 'more than firmware')


def test_permissions_decide_what_provisioning_changes(scene):
    flash = Flash()
    take = lambda text: flash.apply(Document(f'<settings><phone-settings e="2">{text}</phone-settings></settings>'.encode()))
    require(take('<a perm="!">1</a><b perm="V">1</b><c perm="R" idx="1">1</c>') == {'a', 'b', 'c'}, 'first values')
    require(take('<a perm="!">1</a>') == set(), 'the same value is no change')
    flash.settings.user_set('a', 'mine')
    require(take('<a perm="">2</a><c perm="" idx="1">2</c>') == {'c'} and flash.settings.get('a') == 'mine', 'a value of the user is overwritten')
    flash.settings.forget_volatile()
    require(flash.settings.get('b') == '' and flash.settings.get('c', 1) == '2', 'V survives a reboot')


def test_gzip_is_read_only_by_those_who_asked(scene):
    body = gzip.compress(b'<settings/>')
    answer = Answer('u', 200, {'content-encoding': ['gzip']}, body, '', 0)
    require(plain_body(answer, True) == b'<settings/>', 'gzip')
    try:
        plain_body(answer, False)
    except Trouble:
        return
    raise AssertionError('a phone that did not ask for gzip read it')


def test_images_name_their_model_and_version(scene):
    require(read_image(firmware_image('snomD785', '10.1.184.15')) == ('snomD785', '10.1.184.15'), 'an image')
    try:
        read_image(b'\x7fELF' + bytes(300))
    except Trouble:
        return
    raise AssertionError('anything is an image')


def test_each_line_of_phones_names_itself_as_documented(scene):
    class Nowhere:
        work = scene.logs
    names = {}
    for kind in ('snomD785', 'snomD865', 'snom720', 'snom370', 'snomM900'):
        names[kind] = Phone(Nowhere, None, '00:04:13:B6:06:80', None, phone_type=kind).user_agent
    require(names['snomM900'] == 'Mozilla/4.0 (compatible; Snom M900 05.20.0001 000413b60680)', lambda: f'{names}')
    require('000413B60680 SXM' in names['snomD785'] and '000413' not in names['snom370'], lambda: f'{names}')
    require(agent('snom720')[1].startswith('8.7.5') and names['snom720'].endswith('000413B60680)'), lambda: f'{names}')
