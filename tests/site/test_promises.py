"""Promises 1, 2 and 3 of the design, attacked (issue 2, must show 3)."""
import concurrent.futures
import http.server
import json
import socket
import ssl
import threading
import time

from phone import ReadOnly
from pki import Authority
from scene import LAN, TUNNEL, UPLINK, ArgumentWatch, new_secret, require, search
from tools import Trouble, inside, socket_in, wait_until

A, B, C = '000413B00101', '000413B00102', '000413B00103'
STRANGER = '000413B001EE'
FORGED = ['X-SSL-Client-Verify: SUCCESS', 'X-SSL-Verify: SUCCESS', 'X-SSL-Client-S-DN: CN={mac}',
          'X-SSL-Client-Cert: {mac}', 'X-Client-Verify: SUCCESS', 'X-Provost-Verify: SUCCESS',
          'X-Provost-Subject: CN={mac}', 'X-Provost-Issuer: CN=Snom Phone 1 SHA-256',
          'X-Provost-Address: {address}', 'X-Provost-Listener: tunnel', 'X-Provost-Fingerprint: 00',
          'X-Forwarded-For: {address}', 'X-Real-IP: {address}', 'Forwarded: for={address}',
          'X-Forwarded-Client-Cert: Subject="CN={mac}"', 'X-Original-URL: /{mac}.xml', 'X-Rewrite-URL: /{mac}.xml']


def prepare(scene):
    """Two phones in their tunnels, everything watched from before the first packet."""
    scene.watched = {'lan': scene.capture_lan(), 'uplink': scene.capture_uplink()}
    scene.arguments = ArgumentWatch()
    scene.a, scene.b = scene.phone(A), scene.phone(B)
    scene.add_phone(C)
    for phone in (scene.a, scene.b):
        phone.wait_current(30)
    for phone in (scene.a, scene.b):
        for name, index, value, _ in phone.stage2.settings:
            # PINs as well, when they are too long to turn up by chance.
            if ('pass' in name or 'pwd' in name or name in ('keyboard_lock_pw', 'uboot_lock')) and len(value) >= 8:
                scene.secrets[f'{name} {index or ""} of {phone.mac}'] = value


def secrets_of(scene, phone):
    return {name: value for name, value in scene.secrets.items() if phone.mac in name}


def paths_of(mac):
    """Every way a phone, or someone who wants its settings, might write one MAC."""
    low, pairs = mac.lower(), [mac[i:i + 2] for i in range(0, 12, 2)]
    names = [mac, low, ':'.join(pairs), '-'.join(pairs), ':'.join(pairs).lower(), '-'.join(pairs).lower(),
             '.'.join(low[i:i + 4] for i in range(0, 12, 4)), f'snomD785-{mac}', f'snomD785-{low}']
    paths = [f'/{name}.{ending}' for name in names for ending in ('xml', 'htm', 'XML', 'html', 'cfg')]
    percent = ''.join(f'%{byte:02x}' for byte in mac.encode())
    paths += [f'/{percent}.xml', f'/{percent}%2exml', f'//{mac}.xml', f'/./{mac}.xml', f'/x/../{mac}.xml',
              f'/%2e/{mac}.xml', f'/{mac}.xml/', f'/{mac}.xml;x', f'/{mac}.xml%00', f'/{mac}.xml%20', f'/{mac}',
              f'/settings/{mac}.xml', f'/{low}/settings', f'/?mac={mac}', f'/{mac}.xml?mac={mac}', f'/\\{mac}.xml',
              f'/vpn/{mac}.tar', f'/vpn/{low}.tar', f'/%252e%252e/{mac}.xml', f'/{mac}.xml#x', f'/{mac}%2f.xml']
    return paths


def ask(phone, url, **options):
    """A request whose answer is not just "too many requests"."""
    while True:
        answer = phone.fetch(url, **options)
        if answer.status != 429:
            return answer
        time.sleep(0.5)


def refused(answer, what, scene, owner):
    """No success, and nothing of the owner in the answer."""
    found = search(answer.body + json.dumps(answer.headers).encode(), secrets_of(scene, owner))
    require(not found, lambda: f'{what}: holds {found}')
    require(answer.status != 200 or owner.mac.lower().encode() not in answer.body.lower(),
            lambda: f'{what}: 200 with something about {owner.mac}')
    require(answer.status != 200, lambda: f'{what}: answered with 200')
    require(answer.status < 500, lambda: f'{what}: answered with {answer.status}')


HOSTS = {'attacker': ('02:00:00:00:00:66', '10.20.0.66/24', 'lan'), 'thief': ('02:00:00:00:00:88', '10.20.0.88/24', 'lan'),
         'outside': ('02:00:00:00:00:77', '198.51.100.77/24', 'up')}


def host(scene, name):
    """A host on the LAN or the uplink that is no phone; made when it is first needed."""
    return scene.lan.hosts.get(name) or scene.host(name, *HOSTS[name])


def together(check, cases):
    """All cases at once: each waits in vain for an answer."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for one in [pool.submit(check, *case) for case in cases]:
            one.result()


def silent(scene, netns, url, certificate, *more):
    code, _ = scene.curl(netns, url, *more, certificate=certificate, timeout_s=3)
    require(code == 0, f'{url} answers in {netns}: {code}')


# --- promise 1: settings only in the tunnel, only to their phone -----------------------------------------------------

def test_each_phone_has_its_own_secrets_in_its_tunnel(scene):
    """The control of all that follows: the secrets do exist and do arrive."""
    for phone in (scene.a, scene.b):
        values = [value for _, _, value, _ in phone.stage2.settings]
        require(scene.secrets[f'sip secret of {phone.mac}'] in values, f'{phone.mac} did not get its SIP secret')
        answer = ask(phone, f'https://{TUNNEL}/{phone.mac}.xml')
        require(answer.status == 200, lambda: f'{answer}')
        require(search(answer.body, {'own': scene.secrets[f'sip secret of {phone.mac}']}), 'its SIP secret is missing')


def test_another_phones_settings_are_refused_in_the_tunnel(scene):
    """A, in its tunnel, writes B's MAC in every way, with its own certificate, none, and B's."""
    n = 0
    for path in paths_of(B):
        for certificate in ('own', None, scene.b.certificate):
            answer = ask(scene.a, f'https://{TUNNEL}{path}', certificate=certificate)
            refused(answer, path, scene, scene.b)
            n += 1
    return f'{n} requests'


def test_forged_headers_open_nothing_in_the_tunnel(scene):
    facts = {'mac': B, 'address': scene.b.tunnel_address}
    for header in FORGED:
        for path in (f'/{B}.xml', f'/{B.lower()}.xml'):
            answer = ask(scene.a, f'https://{TUNNEL}{path}', headers=[header.format(**facts)])
            refused(answer, f'{path} with {header}', scene, scene.b)
    together = [header.format(**facts) for header in FORGED]
    refused(ask(scene.a, f'https://{TUNNEL}/{B}.xml', headers=together), 'all at once', scene, scene.b)
    own = ask(scene.a, f'https://{TUNNEL}/{A}.xml', headers=together)
    require(not search(own.body, secrets_of(scene, scene.b)), "its own URL with forged headers gave B's secrets")
    return f'{2 * len(FORGED) + 2} requests'


def test_the_other_phones_certificate_opens_nothing_in_my_tunnel(scene):
    """The tunnel address decides: B's stolen factory certificate is worth nothing in A's tunnel."""
    answer = ask(scene.a, f'https://{TUNNEL}/{B}.xml', certificate=scene.b.certificate)
    refused(answer, "B's certificate in A's tunnel", scene, scene.b)


def test_other_methods_and_request_tricks_open_nothing(scene):
    for method in ('POST', 'PUT', 'DELETE', 'PROPFIND', 'TRACE', 'CONNECT', 'get', 'XYZ'):
        answer = ask(scene.a, f'https://{TUNNEL}/{B}.xml', method=method)
        refused(answer, method, scene, scene.b)
    tricks = [['--request-target', f'https://{TUNNEL}/{B}.xml'], ['--request-target', f'https://{LAN}/{B}.xml'],
              ['--header', f'Host: {LAN}'], ['--header', f'Host: {B}.xml'], ['--http1.0'],
              ['--header', 'Transfer-Encoding: chunked', '--data', f'0\r\n\r\nGET /{B}.xml HTTP/1.1\r\n\r\n'],
              ['--header', f'Range: bytes=0-10'], ['--header', 'Connection: Upgrade, HTTP2-Settings']]
    for trick in tricks:
        answer = ask(scene.a, f'https://{TUNNEL}/{B}.xml', more=trick)
        refused(answer, ' '.join(trick), scene, scene.b)


def test_a_foreign_tunnel_address_gets_no_answer(scene):
    """A takes B's tunnel address on its own tun: OpenVPN must drop these packets."""
    tun = json.loads(scene.tools.run(['ip', '-json', 'route', 'get', TUNNEL], scene.a.netns)[1])[0]['dev']
    with scene.capture_tunnel() as capture:
        for address in (scene.b.tunnel_address, '10.64.200.200', LAN, '8.8.8.8'):
            scene.tools.run(['ip', 'addr', 'add', f'{address}/32', 'dev', tun], scene.a.netns)
            try:
                answer = ask(scene.a, f'https://{TUNNEL}/{B}.xml', timeout_s=2,
                                       more=['--interface', f'host!{address}'])
                require(answer.status == 0, lambda: f'from {address}: {answer}')
                scene.tools.run(['ping', '-c', '1', '-W', '1', '-I', address, TUNNEL], scene.a.netns, check=False)
            finally:
                scene.tools.run(['ip', 'addr', 'del', f'{address}/32', 'dev', tun], scene.a.netns)
        own = ask(scene.a, f'https://{TUNNEL}/{A}.xml')
        require(own.status == 200, lambda: f'the control, its own address: {own}')
        time.sleep(0.2)
    sources = {socket.inet_ntoa(frame[12:16]) for _, frame in capture.frames() if frame[0] >> 4 == 4}
    require(scene.a.tunnel_address in sources, 'the capture saw nothing of phone A at all')
    strange = sources - {scene.a.tunnel_address, scene.b.tunnel_address, TUNNEL}
    require(not strange, lambda: f'accepted from {strange}')


def test_a_phone_reaches_no_other_phone_in_the_tunnel(scene):
    heard = []
    with inside(scene.b.netns):
        tcp = socket.create_server((scene.b.tunnel_address, 8080))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((scene.b.tunnel_address, 8080))
    for listener in (tcp, udp):
        listener.settimeout(0.1)

    with tcp, udp, scene.capture_tunnel(f'host {scene.b.tunnel_address} and host {scene.a.tunnel_address}') as capture:
        status, out, _ = scene.tools.run(['ping', '-c', '3', '-i', '0.2', '-W', '1', scene.b.tunnel_address],
                                         scene.a.netns, check=False)
        require(status, 'B answers a ping of A')
        with socket_in(scene.a.netns, socket.AF_INET, socket.SOCK_DGRAM) as mine:
            for _ in range(5):
                mine.sendto(b'hello', (scene.b.tunnel_address, 8080))
        code, _ = scene.curl(scene.a.netns, f'http://{scene.b.tunnel_address}:8080/', timeout_s=2)
        require(code == 0, f'A reaches B by TCP: {code}')
        for listener in (lambda: tcp.accept(), lambda: udp.recv(100)):
            try:
                heard.append(listener())
            except (TimeoutError, BlockingIOError):
                pass
        # B itself reaches its own server: the server works.
        code, _ = scene.curl(scene.b.netns, f'http://{scene.b.tunnel_address}:8080/', timeout_s=1)
    require(not heard, lambda: f'B heard {heard}')
    to_b = [frame for _, frame in capture.frames() if frame[16:20] == socket.inet_aton(scene.b.tunnel_address)]
    replies = [frame for _, frame in capture.frames() if frame[12:16] == socket.inet_aton(scene.b.tunnel_address)]
    require(not replies, lambda: f'{len(replies)} packets came back from B, of {len(to_b)} sent')


def test_in_the_tunnel_nothing_but_the_documented_ports_answers(scene):
    open_ports = []
    for port in (22, 25, 53, 67, 80, 111, 161, 514, 3306, 5060, 5432, 8080, 8443, 1194, 9090):
        with inside(scene.a.netns):
            probe = socket.socket()
        with probe:
            probe.settimeout(0.25)
            for address in (TUNNEL, LAN):
                try:
                    probe.connect((address, port))
                    open_ports.append(f'{address}:{port}')
                except OSError:
                    pass
    require(not open_ports, lambda: f'open from the tunnel: {open_ports}')


def test_the_settings_url_is_not_there_on_the_lan(scene):
    """From the LAN the tunnel's address does not answer, and the LAN address serves no settings, to anyone."""
    attacker = host(scene, 'attacker')
    scene.tools.run(['ip', 'route', 'add', '10.64.0.0/16', 'via', LAN], attacker)
    together(lambda path, certificate: silent(scene, attacker, f'https://{TUNNEL}{path}', certificate),
             [(path, certificate) for path in (f'/{A}.xml', '/', f'/{A.lower()}.xml')
              for certificate in (None, scene.a.certificate)])
    # The phone's own tunnel address as source, on the LAN side.
    scene.tools.run(['ip', 'addr', 'add', f'{scene.a.tunnel_address}/32', 'dev', 'eth0'], attacker)
    together(lambda target: silent(scene, attacker, f'https://{target}/{A}.xml', scene.a.certificate, '--interface',
                                   f'host!{scene.a.tunnel_address}'), [(TUNNEL,), (LAN,)])
    n = 0
    for path in paths_of(A):
        for certificate in (None, scene.a.certificate):
            _, body = scene.curl(attacker, f'https://{LAN}{path}', certificate=certificate)
            require(not search(body, secrets_of(scene, scene.a)), f'{path} on the LAN holds a secret')
            require(b'user_pass' not in body and b'user_name' not in body, f'{path} on the LAN holds an account')
            n += 1
    return f'{n} requests on the LAN'


def test_the_uplink_serves_nothing(scene):
    outside = host(scene, 'outside')
    for network in ('10.64.0.0/16', '10.20.0.0/24'):
        scene.tools.run(['ip', 'route', 'add', network, 'via', UPLINK], outside)
    together(lambda address, scheme, certificate: silent(scene, outside, f'{scheme}://{address}/{A}.xml', certificate),
             [(address, scheme, certificate) for address in (UPLINK, LAN, TUNNEL)
              for scheme, certificate in (('https', None), ('https', scene.a.certificate), ('http', None))])


# --- promise 3 (enrolment): who gets stage 1 ---------------------------------------------------------------------------

def stage1(scene, host, mac, certificate, path=None, *more):
    return scene.curl(host, f'https://{LAN}{path or f"/{mac}.xml"}', *more, certificate=certificate)


def test_stage_1_needs_the_phones_own_certificate(scene):
    thief = host(scene, 'thief')
    good = scene.pki.device(C)
    code, body = stage1(scene, thief, C, good)
    require(code == 200 and b'vpn_tarball_url' in body, f'the control, the right certificate: {code}')
    tarball = body.split(b'<vpn_tarball_url')[1].split(b'>')[1].split(b'<')[0].decode()
    tarball = tarball.replace('{mac}', C)
    for kind in ('wrong-issuer', 'other-mac', 'expired', 'early', 'self-signed', 'server-only', None):
        certificate = scene.pki.device(C, kind) if kind else None
        for url in (f'https://{LAN}/{C}.xml', f'https://{LAN}/{C.lower()}.xml', f'https://{LAN}/snomD785-{C}.htm', tarball):
            code, body = scene.curl(thief, url, certificate=certificate)
            require(code in (400, 401, 403, 404, 495, 496, 0), f'{kind or "no certificate"}, {url}: {code}')
            require(b'vpn' not in body.lower() and b'BEGIN' not in body, f'{kind}: the answer tells something')
    for other in (scene.a, scene.b):
        for url in (f'https://{LAN}/{C}.xml', tarball):
            code, body = scene.curl(thief, url, certificate=other.certificate)
            require(code in (403, 404), f'with the certificate of {other.mac}, {url}: {code}')


def test_forged_headers_replace_no_certificate(scene):
    thief = host(scene, 'thief')
    n = 0
    for certificate in (None, scene.pki.device(C, 'wrong-issuer'), scene.a.certificate):
        facts = {'mac': C, 'address': '10.64.0.99'}
        for header in [*FORGED, None]:
            headers = [header] if header else FORGED
            more = [word for one in headers for word in ('--header', one.format(**facts))]
            code, body = stage1(scene, thief, C, certificate, None, *more)
            require(code != 200, f'{header or "all headers"}: 200')
            require(b'vpn' not in body.lower(), f'{header}: the answer tells something')
            n += 1
    return f'{n} requests'


def test_an_unknown_phone_gets_nothing(scene):
    """A genuine certificate of a phone nobody approved."""
    thief = host(scene, 'thief')
    certificate = scene.pki.device(STRANGER)
    n = 0
    for path in paths_of(STRANGER) + ['/', '/index.html', '/vpn/', f'/vpn/{STRANGER.lower()}-00.tar']:
        code, body = stage1(scene, thief, STRANGER, certificate, path)
        require(400 <= code < 500, f'{path}: {code}')
        require(b'vpn_tarball' not in body and b'BEGIN' not in body, f'{path} tells something')
        n += 1
    code, body = stage1(scene, thief, STRANGER, certificate, '/snomD785.htm')
    require(code != 200 or b'phone-settings' not in body, 'the general file of a phone type holds settings')
    waiting = '000413B001DD'
    scene.add_phone(waiting, approve=False)
    code, body = stage1(scene, thief, waiting, scene.pki.device(waiting))
    require(code in (403, 404), f'a phone that waits for approval: {code}')
    return f'{n} requests'


def test_hostile_paths_get_a_clean_refusal(scene):
    thief = host(scene, 'thief')
    paths = ['/../../../../etc/passwd', '/..%2f..%2fetc/passwd', '/%00', '/%', '/%zz', '/' + 'A' * 7000, '/%7f',
             f'/{C}.xml%0d%0aX:y', '/{mac}.xml', '/%7bmac%7d.xml', '/000413B0010.xml', '/000413B001031.xml',
             '/000413B0010G.xml', "/000413B00103'.xml", '/vpn/../../x.tar', '/?', '/;', '/~root', '/.git/config',
             '//', '///', '/./', '/vpn/' + 'f' * 500 + '.tar']
    for path in paths:
        for certificate in (None, scene.a.certificate):
            code, body = scene.curl(thief, f'https://{LAN}{path}', certificate=certificate)
            require(400 <= code < 500, f'{path[:60]}: {code}')
            require(b'nginx/' not in body, f'{path[:60]}: the answer names the version of nginx')
            require(b'root:' not in body, f'{path[:60]}: a file of the system')


# --- promise 2: what option 66 may name --------------------------------------------------------------------------------

def test_a_bootstrap_url_outside_the_trusted_sources_is_refused(scene):
    before = scene.ctl('site', 'show', '--json')
    for url in ('https://evil.example/{mac}.xml', f'http://{LAN}/{{mac}}.xml', f'https://{LAN}:8443/{{mac}}.xml',
                f'https://{LAN}@evil.example/{{mac}}.xml', f'https://{LAN}.evil.example/{{mac}}.xml',
                f'https://{LAN}/../{{mac}}.xml', f'https://evil.example/{LAN}/{{mac}}.xml', f'//{LAN}/{{mac}}.xml',
                f'https://{LAN}\\@evil.example/', 'tftp://10.20.0.1/x', 'x', f'https://{LAN}/a b', f'https://{LAN}/%2e%2e/'):
        status, out, err = scene.try_ctl('site', 'set', f'bootstrap_url={url}')
        require(status, f'{url} was taken')
        said = (err or out).strip()
        require('bootstrap_url' in said and len(said) > 40, f'{url}: the refusal is not clear: {said!r}')
    require(scene.ctl('site', 'show', '--json') == before, 'a refused change changed the site')
    scene.ctl('source', 'set', 'second', 'https://second.example/phones')
    scene.ctl('site', 'set', 'bootstrap_url=https://second.example/phones/{mac}.xml')
    status, _, err = scene.try_ctl('source', 'remove', 'second')
    require(status, 'a source that the site names could be removed')
    scene.ctl('site', 'set', 'bootstrap_url=')
    scene.ctl('source', 'remove', 'second')


# --- promise 3: the phone is locked after stage 1 ----------------------------------------------------------------------

def test_the_phone_is_locked_after_stage_1(scene):
    phone = scene.a
    for name in ('setting_server', 'provisioning_order', 'tls_server_authentication', 'vpn_on', 'vpn_tarball_url'):
        require(phone.settings.read_only(name), f'{name} is not read-only on the phone')
        try:
            phone.settings.user_set(name, 'off')
            raise AssertionError(f'the user could change {name}')
        except ReadOnly:
            pass
    require(phone.settings.get('tls_server_authentication') == 'on', 'the phone does not check servers')
    server = phone.settings.get('setting_server')
    require(server.startswith(f'https://{TUNNEL}'), f'setting_server is {server}')
    kinds = [word.split(':')[0] for word in phone.settings.get('provisioning_order').split()]
    require(kinds == ['redirection'], f'the phone still listens to {kinds}')
    require(phone.settings.get('admin_mode') != '' and not phone.settings.read_only('admin_mode'),
            'admin_mode must not be read-only: nobody could log in on the phone any more')
    found = [name for name, _, value, _ in phone.stage1.settings
             if value and any(word in name for word in ('user_pass', 'http_pass', 'admin_mode_password', 'user_name'))]
    require(not found, f'stage 1 holds secrets: {found}')


class Rogue:
    """An HTTPS server on the LAN that says yes to everything."""

    def __init__(self, netns, address, chain, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        self.asked = asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                body = b'<settings><phone-settings e="2"><setting_server>http://evil</setting_server></phone-settings></settings>'
                self.send_response(200)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass

        with inside(netns):
            self.server = Server((address, 443), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def rogue_chains(scene, address):
    """Twenty chains that a locked phone must refuse: (what it is, chain, key)."""
    tools, folder = scene.tools, scene.tools.work / 'rogue'
    server = ('basicConstraints = CA:FALSE\nkeyUsage = digitalSignature, keyEncipherment\n'
              'extendedKeyUsage = serverAuth\nsubjectAltName = {san}\n')
    san = f'IP:{address},IP:{LAN},IP:{TUNNEL}'
    real = scene.a.work / 'authorities.pem'
    shown = tools.run(['openssl', 'storeutl', '-certs', '-noout', '-text', real])[1].decode()
    subjects = [line.split('Subject:')[1].strip() for line in shown.splitlines() if 'Subject:' in line]
    chains = []

    def like(name):
        """The subject of the appliance's own authority, as openssl takes it."""
        return ''.join('/' + part.strip().replace(' = ', '=').replace('/', '\\/') for part in name.split(', '))

    for n, subject in enumerate(subjects or ['CN = none']):
        for key in ('rsa:2048', 'P-256'):
            forged = Authority(tools, folder / f'like-{n}-{key[:3]}', like(subject), key=key)
            made = forged.issue('server', f'/CN={TUNNEL}', server.format(san=san), key=key)
            chains.append((f'an authority with the same name as "{subject}" ({key})', made.chain, made.key))
            sub = Authority(tools, folder / f'below-{n}-{key[:3]}', like(subjects[-1]), issuer=forged, key=key)
            made = sub.issue('server', f'/CN={LAN}', server.format(san=san), key=key)
            chains.append((f'two such authorities ({key})', made.chain, made.key))
    own = Authority(tools, folder / 'own', '/CN=Rogue', key='P-256')
    made = own.issue_for('self', f'/CN={TUNNEL}', server.format(san=san), ('20200101000000Z', '20451231235959Z'), 'P-256', None, [])
    chains.append(('a self-signed certificate', made.certificate, made.key))
    for word, subject in (('a stranger', '/CN=Rogue Server'), ('a stranger with the name of the LAN address', f'/CN={LAN}'),
                          ('a stranger with an empty name', '/CN= ')):
        made = own.issue(f's{len(chains)}', subject, server.format(san=san), key='P-256')
        chains.append((word, made.chain, made.key))
    maker = scene.pki.issuing.issue('rogue-server', f'/CN={TUNNEL}', server.format(san=san))
    chains.append(("the phone maker's own authority", maker.chain, maker.key))
    for phone in (scene.a, scene.b):
        chains.append((f'the factory certificate of {phone.mac}', phone.certificate.chain, phone.certificate.key))
    # What a thief takes out of a bundle: a certificate of the appliance's own authority, but a client's.
    for phone in (scene.a, scene.b):
        text = phone.bundle.decode()
        part = lambda tag: text.split(f'<{tag}>\n')[1].split(f'</{tag}>')[0]
        stolen, key = folder / f'{phone.mac}-stolen.chain', folder / f'{phone.mac}-stolen.key'
        for path, content in ((stolen, part('cert') + part('ca')), (key, part('key'))):
            path.touch(0o600)
            path.write_text(content)
        chains.append((f'the VPN certificate out of the bundle of {phone.mac}', stolen, key))
        leaf = folder / f'{phone.mac}-stolen.leaf'
        leaf.write_text(part('cert'))
        chains.append((f'the same without its chain, of {phone.mac}', leaf, key))
        below = folder / f'{phone.mac}-below'
        below.mkdir(exist_ok=True)
        request, made, sub = below / 'r.csr', below / 'r.crt', below / 'r.key'
        own._key(sub, 'P-256')
        tools.run(['openssl', 'req', '-new', '-key', sub, '-subj', f'/CN={TUNNEL}', '-out', request])
        (below / 'ext').write_text('[ext]\n' + server.format(san=san))
        tools.run(['openssl', 'x509', '-req', '-in', request, '-CA', leaf, '-CAkey', key, '-set_serial', '7', '-days', '99',
                   '-extfile', below / 'ext', '-extensions', 'ext', '-out', made])
        (below / 'chain').write_text(made.read_text() + stolen.read_text())
        chains.append((f'a certificate signed with the VPN key of {phone.mac}', below / 'chain', sub))
    return chains


def test_a_locked_phone_refuses_rogue_servers(scene):
    phone, address = scene.a, '10.20.0.99'
    netns = scene.host('rogue', '02:00:00:00:00:99', f'{address}/24')
    wait_until(lambda: phone.authorities, 5, 'the phone has no authority of the appliance')
    phone._write_authorities()
    chains = rogue_chains(scene, address)
    for what, chain, key in chains:
        rogue = Rogue(netns, address, chain, key)
        try:
            answer = ask(phone, f'https://{address}/{A}.xml', timeout_s=4)
            require(answer.status == 0 and not rogue.asked, f'the phone talked to {what}: {answer}')
            require('certificate' in answer.error.lower() or 'ssl' in answer.error.lower(),
                    f'{what}: not refused for its certificate: {answer.error}')
        finally:
            rogue.close()
    # The control: an unlocked phone would have taken all of them.
    rogue = Rogue(netns, address, *chains[0][1:])
    try:
        require(ask(phone, f'https://{address}/x.xml', verify=False).status == 200, 'the rogue server does not work')
    finally:
        rogue.close()
    require(len(chains) >= 20, f'only {len(chains)} chains')
    return f'{len(chains)} of {len(chains)} wrong chains refused'


def test_a_rogue_dhcp_answer_moves_no_locked_phone(scene):
    phone = scene.a
    with phone._wake:
        phone.lease = {**phone.lease, 'new_tftp_server_name': 'https://10.20.0.99/{mac}.xml'}
    before = len(phone.transcript)
    phone.refresh()
    phone.wait_current(15)
    asked = [row['url'] for row in phone.transcript[before:] if row['what'] == 'request']
    require(asked and all(url.startswith(f'https://{TUNNEL}/') for url in asked), f'it asked {asked}')


# --- the secrets, everywhere else -----------------------------------------------------------------------------------------

def test_no_secret_left_the_tunnel(scene):
    """Last: everything above has been recorded."""
    probe = new_secret('Probe')
    with socket_in(host(scene, 'attacker'), socket.AF_INET, socket.SOCK_DGRAM) as talk:
        talk.sendto(probe.encode(), (LAN, 9))
    with socket_in(host(scene, 'outside'), socket.AF_INET, socket.SOCK_DGRAM) as talk:
        talk.sendto(probe.encode(), (UPLINK, 9))
    for name, capture in scene.watched.items():
        wait_until(lambda: search(capture.data(), {'probe': probe}), 10, f'the capture of the {name} does not see a probe')
        capture.stop()
        found = search(capture.data(), scene.secrets)
        require(not found, f'on the {name}: {found}')
    packets = {name: len(capture.frames()) for name, capture in scene.watched.items()}
    require(packets['lan'] > 1000, f'the capture of the LAN has only {packets["lan"]} packets')
    return f'{len(scene.secrets)} secrets, {packets["lan"]} packets on the LAN, {packets["uplink"]} on the uplink'


def test_no_secret_in_the_journal_or_on_the_console(scene):
    journal = scene.box.journal()
    require(A.lower() in journal.lower(), 'the journal does not even name the phone')
    for name, text in (('journal', journal), ('console', scene.box.console_text())):
        found = search(text.encode(), scene.secrets)
        require(not found, f'in the {name}: {found}')
    require('PRIVATE KEY' not in journal, 'a private key in the journal')
    for phone in (scene.a, scene.b):
        events = json.dumps(scene.timeline(phone.mac)).encode()
        require(not search(events, scene.secrets), 'a secret in the timeline')
    require(not search(json.dumps(scene.ctl('audit', '--json')).encode(), scene.secrets), 'a secret in the audit')


def test_no_secret_in_the_database_or_elsewhere_on_the_disk(scene):
    files = [path for path in scene.box.data_dir.rglob('*') if path.is_file() and not path.is_symlink()]
    require(any(path.name == 'provost.db' for path in files), 'no database found')
    for path in files:
        data = path.read_bytes()
        found = search(data, scene.secrets)
        require(not found, f'in {path.name}: {found}')
        require(b'PRIVATE KEY-----' not in data, f'a private key in {path.name}')
        mode = path.stat().st_mode & 0o777
        if path.suffix in ('.db', '.key') or 'provost/' in str(path.relative_to(scene.box.data_dir)):
            require(not mode & 0o007, f'{path.name} can be read by everyone ({mode:o})')
    return f'{len(files)} files'


def test_no_secret_in_any_command_line_or_environment(scene):
    seen = scene.arguments.stop()
    require(b'openvpn' in seen and b'nginx' in seen, 'the watch saw nothing of the appliance')
    found = search(seen, scene.secrets)
    require(not found, f'in a command line or environment: {found}')
