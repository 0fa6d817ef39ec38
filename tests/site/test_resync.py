"""Phones are told to fetch and to restart by NOTIFY in their tunnel (issue 3, "Resync and reboot")."""
import socket
import threading
import time

import notify
from scene import require
from test_standin import a_notify
from tools import socket_in, wait_until

PLAIN, FILTERS, WRONG, QOP, AWAY = [f'000413E1010{n}' for n in range(1, 6)]


def prepare(scene):
    """One as the built-in settings want it (it challenges), one that hears its registrar alone, one that knows another
    password, one with qop."""
    scene.plain, scene.filters, scene.wrong, scene.qop = [
        scene.phone(PLAIN, start=False), scene.phone(FILTERS, start=False, heeds_filter=True),
        scene.phone(WRONG, start=False, challenge_accepts=()), scene.phone(QOP, start=False, challenge_qop=True)]
    scene.fleet(scene.phones)
    for phone in scene.phones:
        scene.wait_state(phone.mac, 'current')


def resync(scene, phone, *words, fails=False):
    """(what provostctl said, when it was asked)"""
    since = time.monotonic()
    status, out, err = scene.try_ctl('phone', 'resync', phone.mac, *words)
    require(bool(status) == fails, lambda: f'phone resync {words} gave {status}: {out}{err}')
    return out + err, since


def heard(phone, since):
    return [row['answer'] for row in phone.transcript if row['what'] == 'notify' and row['at'] > since]


def test_a_resync_makes_the_phone_fetch_and_the_timeline_says_so(scene):
    for phone in (scene.plain, scene.qop):
        require(phone.settings.get('challenge_checksync') == 'on', 'the phone is not told to challenge')
        before = len(scene.timeline(phone.mac))
        said, since = resync(scene, phone)
        wait_until(lambda: phone.fetched(since), 10, f'{phone.mac} does not fetch: {said}')
        require(heard(phone, since) == ['401 Unauthorized', '200 OK'], lambda: f'{heard(phone, since)}')
        require(not phone.faults, lambda: f'{phone.faults}')
        require(not phone.reboots, 'it restarted')
        wait_until(lambda: any('resync' in row['word'] or 'check-sync' in row['detail'] for row in scene.timeline(phone.mac)[before:]),
                   5, lambda: f'{scene.timeline(phone.mac)[before:]}')


def test_a_reboot_restarts_the_phone_and_it_comes_back(scene):
    phone = scene.plain
    turn = phone.vpn.turn
    said, since = resync(scene, phone, '--reboot')
    phone.wait(lambda me: me.reboots == ['NOTIFY'], 10, f'a restart: {said}')
    phone.wait(lambda me: me.is_current and me.fetched(since), 60, 'it to come back')
    require(phone.vpn is not None and turn, 'no tunnel')
    scene.wait_state(phone.mac, 'current', 30)


def test_what_a_phone_does_not_take_is_said(scene):
    said = {}
    # Somebody who says nothing is waited for 32 s, as RFC 3261 has it.
    silent = threading.Thread(target=lambda: said.update(silent=resync(scene, scene.filters, fails=True)))
    silent.start()
    wrong, since = resync(scene, scene.wrong, fails=True)
    require('401' in wrong, wrong)
    require(set(heard(scene.wrong, since)) == {'401 Unauthorized'} and not scene.wrong.fetched(since), lambda: f'{heard(scene.wrong, since)}')
    scene.add_phone(AWAY)
    status, _, err = scene.try_ctl('phone', 'resync', AWAY)
    require(status == 1 and 'tunnel' in err or 'not connected' in err, err)
    silent.join()
    text, since = said['silent']
    require(not heard(scene.filters, since) and 'poll' in text.lower(), text)
    return text.strip()


def test_nobody_else_in_a_tunnel_or_on_the_lan_reaches_a_phones_sip_port(scene):
    """The promise of the tunnel holds for the new port as well."""
    since = time.monotonic()
    with socket_in(scene.filters.netns, socket.AF_INET, socket.SOCK_DGRAM) as talk:
        for _ in range(3):
            talk.sendto(a_notify('check-sync;reboot=true'), (scene.qop.tunnel_address, notify.PORT))
    netns = scene.host('attacker', '02:00:00:00:00:66', '10.20.0.66/24')
    scene.tools.run(['ip', 'route', 'add', '10.64.0.0/16', 'via', '10.20.0.1'], netns)
    with socket_in(netns, socket.AF_INET, socket.SOCK_DGRAM) as talk:
        talk.sendto(a_notify('check-sync;reboot=true'), (scene.qop.tunnel_address, notify.PORT))
    time.sleep(0.5)
    require(not heard(scene.qop, since) and not scene.qop.reboots, 'a NOTIFY of a stranger arrived')
    said, since = resync(scene, scene.qop)
    wait_until(lambda: scene.qop.fetched(since), 10, 'the control: the appliance itself')
