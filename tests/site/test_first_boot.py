"""An appliance without a site: the page alone, on every card; then it goes over to the site under who sits at it (docs/first-boot.md)."""
import json
import re
import threading
import time

from scene import LAN, SITE as VALUES, require
from tools import wait_until

SITE = None             # the scene starts its appliance itself, below
PORT = 9443
HEADERS = {'content-security-policy': "default-src 'none'", 'strict-transport-security': 'max-age=31536000', 'x-content-type-options': 'nosniff',
           'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin',
           'permissions-policy': 'camera=()', 'cache-control': ''}
QUESTION = '''
import socket, struct, sys, time
question = struct.pack('>6H', 0, 0, 1, 0, 0, 0) + b'\\x07provost\\x05local\\x00' + struct.pack('>2H', 1, 0x8001)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 5353))
own = socket.inet_aton(sys.argv[1])
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton('224.0.0.251') + own)
s.settimeout(0.5)
for _ in range(int(sys.argv[2])):
    s.sendto(question, ('224.0.0.251', 5353))
    end = time.time() + 0.5
    while time.time() < end:
        try:
            data, sender = s.recvfrom(2000)
        except TimeoutError:
            break
        if data[2] & 0x80 and sender[0] != sys.argv[1]:
            print(socket.inet_ntoa(data[-4:]))
            sys.exit(0)
'''


class Page:
    """What the tests below hand on to each other: the two hosts, the page as the console shows it."""
    lan = up = shown = None


def addresses_of(scene, card):
    cards = json.loads(scene.box.exec(['varlinkctl', 'call', '--json=short', '/run/provost/box', 'io.provost.Box.ListCards', '{}']).stdout)['cards']
    return [address.split('/')[0] for one in cards if one['name'] == card for address in one['addresses']]


def address_of(scene, card):
    """The first that is no link-local one, if there is one."""
    found = addresses_of(scene, card)
    return min(found, key=lambda address: address.startswith('169.254.')) if found else None


def fingerprint(scene, netns, address):
    """SHA-256 of the certificate there, as the console writes it."""
    _, out, _ = scene.tools.run(['sh', '-c', f'echo | openssl s_client -connect {address}:{PORT} 2>/dev/null | openssl x509 -noout -fingerprint -sha256'],
                                netns, check=False)
    return out.decode().strip().split('=')[-1]


def name_is(scene, netns, own, tries=6):
    """The address that provost.local has for a host; '' when nobody answers."""
    return scene.tools.run(['python3', '-c', QUESTION, own, str(tries)], netns, check=False, timeout_s=30)[1].decode().strip()


def test_the_console_shows_where_the_page_is_with_fingerprint_code_and_qr_code(scene):
    scene.start(configure=False)
    Page.lan = scene.host('desk', address='169.254.77.1/16')
    Page.up = scene.host('office', address='198.51.100.77/24', where='up')
    Page.shown = scene.box.wait_setup(60)
    took = scene.box.elapsed()
    # As a DHCP server would: of two link-local networks only one is reached.
    scene.tools.run(['ip', 'addr', 'add', '198.51.100.50/24', 'dev', 'eth1'], scene.lan.box)
    require(re.search('\x1b\\[37;40m[ \u2580\u2584\u2588]{33,}\x1b\\[0m', scene.box.console_text()), 'there is no QR code')
    wait_until(lambda: address_of(scene, 'eth0') and any(address_of(scene, 'eth0') in url for url in scene.box.wait_setup()['urls']), 30,
               'the first card is not shown')
    Page.shown, card = scene.box.wait_setup(), address_of(scene, 'eth0')
    require(f'https://{card}:{PORT}/' in Page.shown['urls'], lambda: f'eth0 has {card}, shown is {Page.shown["urls"]}')
    require(fingerprint(scene, Page.lan, card) == Page.shown['sha256'], lambda: f'the page has another certificate than the console says: {Page.shown}')
    return f'shown {took:.1f} s after the start'


def test_the_page_is_on_every_card_and_nothing_for_phones_is(scene):
    for netns, card in ((Page.lan, 'eth0'), (Page.up, 'eth1')):
        address = address_of(scene, card)
        status, body = scene.curl(netns, f'https://{address}:{PORT}/')
        require(status == 200 and b'<!DOCTYPE html>' in body, lambda: f'{card}: {status}')
        for port in (22, 443, 1194):
            status, _ = scene.curl(netns, f'https://{address}:{port}/')
            require(status == 0, lambda: f'{card}: port {port} answers with {status}')
    with scene.capture_lan('udp port 67 or udp port 68') as capture:
        phone = scene.host('lost', mac='00:04:13:a0:ff:01')
        scene.tools.run(['sh', '-c', 'busybox udhcpc -n -q -t 2 -T 1 -i eth0 -s /bin/true || true'], phone, check=False, timeout_s=20)
        answers = [m for m in capture.stop().dhcp() if m.op == 2]
    require(not answers, lambda: f'{len(answers)} DHCP answers without a site')


def test_every_answer_of_the_page_has_its_headers(scene):
    address = address_of(scene, 'eth0')
    seen = []
    for path, more, wanted in (('/', [], 200), ('/nothing-here', [], 404), ('/', ['-X', 'POST'], 405), ('/api/v1/setup', [], 200),
                               ('/api/v1/phones', [], 401), ('/api/nothing', [], 404), ('/api/v1/sign-in', ['-X', 'DELETE'], 405),
                               ('/app.js', ['-H', 'Accept-Encoding: gzip'], 200), (f'/{"x" * 9000}', ['--http1.1'], 414)):
        status, out = scene.curl(Page.lan, f'https://{address}:{PORT}{path}', '-i', *more)
        head = out.decode(errors='replace').split('\r\n\r\n')[0].lower()
        seen.append(status)
        require(status == wanted, lambda: f'{path[:40]}: {status}, not {wanted}')
        for name, value in HEADERS.items():
            lines = re.findall(f'^{name}: (.*)$', head, re.MULTILINE)
            require(len(lines) == 1 and value in lines[0], lambda: f'{path[:40]} ({status}): {name} is {lines}')
        require('server: nginx/' not in head, lambda: f'{path[:40]} tells a version')
    status, out = scene.curl(Page.lan, f'http://{address}:{PORT}/', '-i')
    require(status == 302 and f'https://{address}:{PORT}/'.encode() in out, lambda: f'without TLS: {status}')
    return f'{len(seen)} answers: {seen}'


def test_its_name_is_answered_on_both_cards(scene):
    wait_until(lambda: any('provost.local' in url for url in scene.box.wait_setup(30)['urls']), 30, 'the console does not show the name')
    for netns, card, own in ((Page.lan, 'eth0', '169.254.77.1'), (Page.up, 'eth1', '198.51.100.77')):
        addresses, said = addresses_of(scene, card), name_is(scene, netns, own)
        require(said in addresses, lambda: f'{card} has {addresses}, provost.local is {said!r}')


def test_who_sits_at_the_page_stays_there_while_the_site_comes(scene):
    """The phone LAN's link-local address goes on, with the same certificate, and the site's address has the page as well."""
    before, answers, over = address_of(scene, 'eth0'), [], threading.Event()

    def ask():
        while not over.is_set():
            answers.append((time.monotonic(), scene.curl(Page.lan, f'https://{before}:{PORT}/', timeout_s=3)[0]))
            time.sleep(0.05)

    asking = threading.Thread(target=ask)
    asking.start()
    began = time.monotonic()
    scene.configure()
    took = time.monotonic() - began
    time.sleep(1)
    over.set()
    asking.join()
    lost = [at for at, status in answers if status != 200]
    require(answers[-1][1] == 200 and len({status for _, status in answers} | {0}) == 2, lambda: f'it was answered with {answers}')
    require(fingerprint(scene, Page.lan, before) == Page.shown['sha256'], 'it has another certificate now')
    scene.tools.run(['ip', 'addr', 'add', '10.20.0.250/24', 'dev', 'eth0'], Page.lan)
    require(scene.curl(Page.lan, f'https://{LAN}:{PORT}/')[0] == 200, 'it is not at the address of the site')
    require(scene.curl(Page.lan, f'https://{LAN}/')[0] == 404, 'phones are not answered')
    return f'ready {took:.1f} s after the site was set; of {len(answers)} requests meanwhile {len(lost)} had no answer'


def test_the_page_is_where_the_site_says_and_never_in_the_tunnel(scene):
    uplink = VALUES['uplink_address'].split('/')[0]
    for on, wanted in (('lan', (200, 0)), ('uplink', (0, 200)), ('both', (200, 200))):
        scene.ctl('site', 'set', f'admin_on={on}')
        wait_until(lambda: (scene.curl(Page.lan, f'https://{LAN}:{PORT}/', timeout_s=2)[0],
                            scene.curl(Page.up, f'https://{uplink}:{PORT}/', timeout_s=2)[0]) == wanted, 20, f'admin_on={on} does not hold')
        said = name_is(scene, Page.lan, '10.20.0.250', 6 if wanted[0] else 2), name_is(scene, Page.up, '198.51.100.77', 6 if wanted[1] else 2)
        require(tuple(bool(one) for one in said) == tuple(status == 200 for status in wanted), lambda: f'admin_on={on}: provost.local is {said}')
    mac = '000413A0F001'
    scene.add_phone(mac)
    phone = scene.phone(mac, known=False)
    phone.wait_current(60)
    status, _ = scene.curl(phone.netns, f'https://10.64.0.1:{PORT}/', timeout_s=3)
    require(status == 0, lambda: f'in the tunnel the page answers with {status}')


def test_an_uploaded_certificate_is_shown_at_once_and_ours_comes_back(scene):
    folder = scene.tools.work
    scene.tools.run(['sh', '-c', f'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {folder}/page.key -out {folder}/page.pem '
                     f'-days 90 -subj /CN=page.example -addext subjectAltName=DNS:page.example 2>&1'])
    own = fingerprint(scene, Page.lan, LAN)

    def call(method, **parameters):
        result = scene.box.exec(['varlinkctl', 'call', '--json=short', '/run/provost/pki', f'io.provost.Pki.{method}'], stdin=json.dumps(parameters))
        return json.loads(result.stdout or '{}')

    pair = {'certificate': (folder / 'page.pem').read_text(), 'private_key': (folder / 'page.key').read_text()}
    said = call('SetPageCertificate', **pair)
    require(said.get('certificate', {}).get('uploaded'), lambda: f'it was not taken: {list(said)}')
    wanted = said['certificate']['sha256'].upper()
    wait_until(lambda: fingerprint(scene, Page.lan, LAN).replace(':', '') == wanted, 20, 'the page does not show it')
    require(scene.curl(Page.lan, f'https://{LAN}/')[0] == 404, 'phones are not answered any more')
    require('reason' in call('SetPageCertificate', certificate=pair['certificate'], private_key='nonsense'), 'a key that is none was taken')
    call('RemovePageCertificate')
    wait_until(lambda: fingerprint(scene, Page.lan, LAN) == own, 20, 'ours does not come back')


def test_lines_of_the_journal_come_page_by_page_without_gaps(scene):
    def read(**question):
        result = scene.box.exec(['varlinkctl', 'call', '--json=short', '/run/provost/box', 'io.provost.Box.ReadLog', json.dumps(question)])
        return json.loads(result.stdout)

    seen, before = [], None
    while True:
        said = read(limit=50, unit='provost-box', **({'before': before} if before else {}))
        seen += said['entries']
        before = said.get('next')
        if not before:
            break
    texts = [entry['text'] for entry in reversed(seen)]
    wanted = [line.split(': ', 1)[1] for line in scene.box.journal('provost-box').splitlines() if ']: ' in line]
    require(texts[:len(wanted)] == wanted[:len(texts)] and len(texts) >= 10, lambda: f'{len(texts)} lines came, {len(wanted)} are there: {texts[:3]} {wanted[:3]}')
    require(all(entry['unit'] == 'provost-box' for entry in seen), 'lines of others came')
    require(all('applied' in entry['text'] for entry in read(limit=5, text='APPLIED')['entries']), 'other lines came')


def test_a_site_that_nobody_visits_is_set_up_by_its_file(scene):
    folder = scene.tools.work
    seed = folder / 'provost-setup.json'
    seed.write_text(json.dumps({'format': 'provost-setup-1', 'site': {**VALUES, 'pool_first': '10.99.0.1'}, 'phones': [{'mac': '000413A0F002', 'approve': True}]}))
    scene.box.stop()
    scene.box.fresh, scene.box.seed = True, seed
    scene.box.start()
    scene.box.wait_console(r'was not taken, at site\.pool_first: ', 60)
    scene.box.stop()
    seed.write_text(json.dumps({'format': 'provost-setup-1', 'site': VALUES, 'phones': [{'mac': '000413A0F002', 'approve': True}]}))
    scene.box.start()
    took = scene.box.wait_ready(60)
    wait_until(lambda: '000413a0f002' in scene.ctl('phone', 'list'), 20, 'the phone of the file is not there')
    scene.box.wait_setup(30)            # nobody can sign in: the file named no owner
    return f'ready {took:.1f} s after the start, without a person'
