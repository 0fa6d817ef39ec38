"""Old phones: OpenVPN restricted to what they speak, against the process for them and against the modern one; and off means off."""
import re
import socket

from scene import LAN, TUNNEL, require
from test_traps_openvpn import Client
from tools import inside, wait_until

CBC = ('--cipher', 'AES-256-CBC', '--data-ciphers', 'AES-256-CBC', '--tls-version-max', '1.2', '--tls-cipher', 'DEFAULT:@SECLEVEL=0')
TLS10 = (*CBC[:4], '--tls-version-min', '1.0', '--tls-version-max', '1.0', '--tls-cert-profile', 'insecure', '--tls-cipher', 'ALL:@SECLEVEL=0')
BLOWFISH = ('--providers', 'legacy', 'default', '--cipher', 'BF-CBC', '--data-ciphers', 'BF-CBC', '--tls-version-max', '1.2')
MODERN, OLD, OLDER, OLDEST, UNNAMED = '000413A60101', '000413A60102', '000413A60103', '000413A60104', '000413A60105'
NEW26, NEW27, BARE = '000413A60106', '000413A60107', '000413A60108'
PORTS = {'udp': 1195, 'tcp': 8443}
UNIT = 'provost-openvpn-legacy.service'


def legacy(scene, mac, model='snom720'):
    scene.add_phone(mac, '--model', model, approve=False)
    scene.ctl('phone', 'class', mac, 'legacy')
    scene.ctl('phone', 'approve', mac)


def prepare(scene):
    scene.ctl('site', 'set', 'phone_ca=@-', stdin=scene.pki.authorities_pem(old=True))
    scene.bundles = {}
    scene.modern = scene.phone(MODERN)
    scene.modern.wait_current(40)
    scene.bundles[MODERN] = scene.modern.bundle


def unit_runs(scene):
    return scene.box.exec(['systemctl', 'is-active', UNIT]).stdout.strip() == 'active'


def listens(scene):
    """Which of the old phones' ports have a listener in the appliance, on any address."""
    said = scene.tools.run(['ss', '-Hlntu'], scene.lan.box)[1].decode()
    return {kind for kind, port in PORTS.items() if re.search(rf'^{kind}\s.*[:\]]{port}\s', said, re.M)}


def told(scene, mac, word, *texts, timeout_s=15):
    """The timeline's sentence about a refusal."""
    def found():
        return [row['detail'] for row in scene.timeline(mac) if row['word'] == word and all(text in row['detail'] for text in texts)]
    return wait_until(found, timeout_s, lambda: f'the timeline of {mac} does not say {word} with {texts}: {scene.timeline(mac)[-6:]}')[-1]


def refused(scene, client, timeout_s=40):
    signs = ('AUTH_FAILED', 'TLS Error', 'VERIFY ERROR', 'alert', 'Initialization Sequence')
    wait_until(lambda: any(client.count_of(sign) for sign in signs), timeout_s, lambda: f'it hears nothing: {client.lines[-5:]}')
    require(not client.count_of('Initialization Sequence Completed'), 'it came in')


# --- while there is nothing for them ---------------------------------------------------------------------------------

def test_off_means_not_running_and_not_listening(scene):
    require(not unit_runs(scene) and not scene.box.pid(UNIT), 'the process runs')
    require(not listens(scene), lambda: f'{listens(scene)}')
    links = scene.tools.run(['ip', '-o', 'link'], scene.lan.box)[1].decode()
    require('tun-legacy' not in links, links)
    host = scene.host('looker', '02:00:00:00:00:71', '10.20.0.71/24')
    status, _ = scene.curl(host, f'https://{LAN}:8443/{MODERN}.xml')
    require(status == 0, lambda: f'8443 answers {status}')
    require(not scene.call('session', 'Status')['legacy_up'], 'session says that it runs')


def test_off_an_old_phone_is_refused_with_the_reason(scene):
    legacy(scene, OLD)
    phone = scene.phone(OLD, 'old', known=False, phone_type='snom720', old_tls='1.2', vpn_options=CBC)
    scene.old = phone
    wait_until(lambda: 'old phones' in scene.row(OLD)['waiting_for'] or any('legacy' in row['detail'] or 'old phones' in row['detail']
                                                                              for row in scene.timeline(OLD)), 30,
               lambda: f'nobody says why: {scene.row(OLD)["waiting_for"]!r} {scene.timeline(OLD)[-4:]}')
    require(not phone.bundle, 'it got a bundle')


def test_a_phone_that_speaks_only_cbc_is_refused_by_the_modern_process_with_the_reason(scene):
    scene.modern.stop()
    client = Client(scene, MODERN, options=CBC)
    try:
        refused(scene, client)
        return told(scene, MODERN, 'tunnel-refused', 'reason=cipher', 'cipher')
    finally:
        client.close()


def test_a_phone_that_speaks_only_tls_1_0_is_refused_by_the_modern_process_with_the_reason(scene):
    """It fails before session is asked: what OpenVPN logs is put down to the phone by its address."""
    client = Client(scene, MODERN, netns=scene.modern.netns, options=TLS10)
    try:
        text = told(scene, MODERN, 'tunnel-refused', 'reason=tls-version', 'TLS', timeout_s=40)
        require(not client.count_of('Initialization Sequence Completed'), 'it came in')
        return text
    finally:
        client.close()
        scene.modern.start()


# --- with it ---------------------------------------------------------------------------------------------------------

def test_on_an_old_phone_comes_the_whole_way(scene):
    """Factory certificate of the first root (RSA 1024, SHA-1), TLS with low security, CBC."""
    scene.ctl('site', 'set', 'legacy=on')
    wait_until(lambda: unit_runs(scene) and listens(scene) == set(PORTS), 30, lambda: f'{unit_runs(scene)} {listens(scene)}')
    phone = scene.old
    phone.power_cycle()
    phone.wait_current(60)
    scene.bundles[OLD] = phone.bundle
    require(phone.tunnel_address.startswith('10.65.'), lambda: f'{phone.tunnel_address}')
    require(f'{LAN} 1195' in phone.bundle.decode() and scene.secrets[f'sip secret of {OLD}'] in [row[2] for row in phone.stage2.settings],
            'it does not hold what it should')
    row = wait_until(lambda: scene.tunnels().get(OLD), 10, 'session does not list it')
    require(row['vpn_class'] == 'legacy' and row['cipher'] == 'AES-256-CBC', lambda: f'{row}')
    scene.wait_state(OLD, 'current')
    return f'{row["version"]} with {row["cipher"]}'


def test_the_other_phones_notice_nothing(scene):
    scene.modern.wait_current(60)
    row = scene.tunnels()[MODERN]
    require(row['cipher'] == 'AES-256-GCM' and row['vpn_class'] == 'modern', lambda: f'{row}')
    status, _ = scene.curl(scene.modern.netns, f'https://{LAN}/{MODERN}.xml', '--tls-max', '1.1', '--tlsv1.0', '--ciphers', 'ALL:@SECLEVEL=0')
    require(status == 0, 'the listener of the modern phones speaks TLS 1.1')


def test_a_modern_phone_is_refused_by_the_old_process(scene):
    text = scene.bundles[MODERN].decode()
    scene.bundles['moved'] = re.sub(r'^(remote \S+) 1194', r'\1 1195', text, flags=re.M).encode()
    client = Client(scene, 'moved')
    try:
        refused(scene, client, 70)
        require(MODERN not in [mac for mac, row in scene.tunnels().items() if row['vpn_class'] == 'legacy'], 'it is in')
    finally:
        client.close()


def test_an_old_phone_is_refused_by_the_modern_process(scene):
    scene.old.stop()
    text = scene.bundles[OLD].decode()
    scene.bundles['astray'] = re.sub(r'^(remote \S+) 1195', r'\1 1194', text, flags=re.M).encode()
    client = Client(scene, 'astray')
    try:
        refused(scene, client, 70)
        require(scene.tunnels().get(OLD, {}).get('vpn_class') != 'modern', lambda: f'{scene.tunnels()}')
    finally:
        client.close()
        scene.old.start()


def test_blowfish_and_tls_1_0_are_for_named_models_alone(scene):
    for mac, model in ((OLDER, 'snom370'), (UNNAMED, 'snom720')):
        legacy(scene, mac, model)
        phone = scene.phone(mac, 'old', known=False, phone_type=model, old_tls='1.0', vpn_options=CBC)
        phone.wait_current(60)
        scene.bundles[mac] = phone.bundle
        phone.stop()
    before = Client(scene, OLDER, options=BLOWFISH)
    try:
        refused(scene, before)
    finally:
        before.close()
    scene.ctl('site', 'set', 'legacy_tls10_models=snom370')
    wait_until(lambda: unit_runs(scene) and scene.call('session', 'Status')['legacy_up'], 30, 'the process does not come back')
    for options in (BLOWFISH, TLS10):       # from one place: a tunnel counts as alive for 25 s
        client = Client(scene, OLDER, netns=before.netns, options=options)
        try:
            client.wait_up(60)
        finally:
            client.close()
    client = Client(scene, UNNAMED, options=BLOWFISH)
    try:
        refused(scene, client)
        return told(scene, UNNAMED, 'tunnel-refused', 'reason=')
    finally:
        client.close()


def test_openvpn_2_6_and_2_7_are_served_by_the_modern_process(scene):
    said = []
    for mac, tools in ((NEW26, scene.tools), (NEW27, scene.tools27())):
        phone = scene.phone(mac, vpn_tools=tools)
        phone.wait_current(40)
        row = wait_until(lambda: scene.tunnels().get(phone.mac), 10, 'session does not list it')
        require(row['cipher'] == 'AES-256-GCM', lambda: f'{row}')
        said.append(row['version'])
    require(said[0].startswith('2.6') and said[1].startswith('2.7'), lambda: f'{said}')
    return ' and '.join(said)


def test_the_counter_says_who_still_needs_it(scene):
    said = scene.ctl('legacy', 'show')
    require(OLD in said.replace(':', '').upper() and '3' in said, lambda: said)
    return said.splitlines()[0]


def test_switched_off_again_nothing_is_left(scene):
    scene.old.wait_current(60)
    scene.ctl('site', 'set', 'legacy=off')
    wait_until(lambda: not unit_runs(scene) and not listens(scene), 30, lambda: f'{unit_runs(scene)} {listens(scene)}')
    wait_until(lambda: 'tun-legacy' not in scene.tools.run(['ip', '-o', 'link'], scene.lan.box)[1].decode(), 20, 'tun-legacy is still there')
    with inside(scene.modern.netns):
        probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with probe:
        probe.settimeout(2)
        require(probe.connect_ex((LAN, 8443)) != 0, '8443 answers')
    scene.modern.wait_current(30)
    require(scene.modern.fetch(f'https://{TUNNEL}/{MODERN}.xml').status == 200, 'a modern phone is not served any more')
