"""What must not slip between two stations: a thief in a tunnel whose right was taken or given away meanwhile.

The appliance's session is stopped in each test, so that nothing closes the old tunnel: what is asked in it must be
refused by those who still run.
"""
import contextlib

from scene import LAN, TUNNEL, require, search

A, NEXT, C, D = '000413F10101', '000413F10102', '000413F10103', '000413F10104'
UNITS = ('provost-session.socket', 'provost-session.service')


def prepare(scene):
    scene.a, scene.c = scene.phone(A), scene.phone(C)
    for phone in (scene.a, scene.c):
        phone.wait_current(30)


@contextlib.contextmanager
def without_session(scene):
    scene.box.exec(['systemctl', 'stop', *reversed(UNITS)])
    try:
        yield
    finally:
        scene.box.exec(['systemctl', 'start', *UNITS])


def ask(scene, phone, path):
    """The answer to a request in the phone's old tunnel; nobody's secrets may be in it."""
    answer = phone.fetch(f'https://{TUNNEL}{path}')
    found = search(answer.body, scene.secrets)
    require(not found, lambda: f'{path}: holds {found}')
    require(b'user_pass' not in answer.body and b'http_pass' not in answer.body, f'{path} holds settings')
    require(answer.status in (403, 404, 503), lambda: f'{path}: {answer}')
    return answer.status


def test_the_tunnel_of_a_deleted_phone_is_not_the_next_phones(scene):
    """A is deleted, and another phone approved, while A's tunnel is still there."""
    with without_session(scene):
        scene.try_ctl('phone', 'delete', A)
        require(A not in scene.listed(), 'it is not deleted')
        scene.add_phone(NEXT)
        address = scene.listed()[NEXT]['tunnel_address']
        require(address != scene.a.tunnel_address, lambda: f'the new phone has the address {address} of the deleted one')
        said = [ask(scene, scene.a, f'/{mac}.xml') for mac in (NEXT, A)]
    return f'answers {said}'


def test_a_phone_approved_again_is_not_the_one_in_its_old_tunnel(scene):
    """C is stolen: revoked, and approved again for the one found under the desk, while the thief's tunnel is there."""
    with without_session(scene):
        scene.try_ctl('phone', 'revoke', C)
        require(scene.state(C) == 'revoked', lambda: f'it is {scene.state(C)}')
        said = [ask(scene, scene.c, f'/{C}.xml')]
        scene.ctl('phone', 'approve', C)
        scene.ctl('phone', 'change', C, '--sip-secret-file', '-', stdin=scene.secrets[f'sip secret of {C}'])
        said.append(ask(scene, scene.c, f'/{C}.xml'))
    # Session is back: the old tunnel ends, and its certificate stays dead.
    scene.c.wait(lambda me: me.vpn and (me.vpn.refusals or not me.vpn.up), 60, 'the end of the old tunnel')
    scene.c.factory_reset()
    scene.c.wait_current(60)
    return f'answers {said}'


def test_a_window_gives_its_bundle_once(scene):
    """Whoever was second gets nothing, whatever was shown."""
    thief = scene.host('window', '02:00:00:00:00:99', '10.20.0.99/24')
    scene.add_phone(D)
    scene.ctl('phone', 'window', D, '60')
    status, body = scene.curl(thief, f'https://{LAN}/{D}.xml')
    require(status == 200, lambda: f'the control, the window: {status}')
    bundle = body.split(b'<vpn_tarball_url')[1].split(b'>')[1].split(b'<')[0].decode()
    first, _ = scene.curl(thief, bundle)
    require(first == 200, lambda: f'the control, the bundle: {first}')
    for certificate in (None, scene.pki.device(D, 'wrong-issuer')):
        for url in (bundle, f'https://{LAN}/{D}.xml'):
            status, body = scene.curl(thief, url, certificate=certificate)
            require(status == 403 and b'BEGIN' not in body, lambda: f'{url}: {status}')
    scene.wait_words(D, 'bundle-refused')
