"""Twenty phones of all kinds beside a foreign DHCP server and a foreign PnP host: where each ends, why, and what an admin sees (issue 4, must show 1 and 8).

The site has its own DHCP server, with the lines of `provostctl dhcp advise`, so that every phone asks us over HTTPS. A host that
answers DHCP a little later with a source of its own, and one that answers PnP with its own URL, try to lead them astray.
"""
import dataclasses
import http.server
import json
import re
import threading
import time

import dhcp_wire as wire
from pki import capitals
from scene import LAN, require, search
from test_advice import SERVER, peers_root
from test_clients import ASK, Hand
from test_rogue import DhcpHost, PnpHost
from tools import REPOSITORY, Tools, inside, stop, wait_until

SITE = {'dhcp_mode': 'off'}
ROGUE_DHCP, ROGUE_PNP = '3c22fb00a901', '3c22fb00a902'
RELAYED = '000413A90301'
NEVER = '000413A90302'
LAPTOP = '3C22FBA90303'
OLD_TLS = {'old_tls': '1.2'}
NO_VPN = {'phone_type': 'snom720', 'can_vpn': False, 'vpn_header': None}
DECT = {'phone_type': 'snomM900', 'can_vpn': False, 'vpn_header': None}


@dataclasses.dataclass
class Case:
    """One phone: what it is, what the admin did before it came, where it has to end and what must be said."""
    what: str
    kind: str
    before: str                         # unknown, listed, approved, revoked
    state: str
    verdict: str
    words: tuple = ()
    options: dict = dataclasses.field(default_factory=dict)
    vpn_class: str = 'modern'
    mac: str = ''


CASES = [
    Case('desk phone of the delivery note', 'good', 'listed', 'current', 'genuine'),
    Case('older desk phone of the delivery note', 'good', 'listed', 'current', 'genuine', options={'phone_type': 'snom720'}),
    Case('desk phone that was approved by hand', 'good', 'approved', 'current', 'genuine'),
    Case('old phone of the old class, first factory root', 'old', 'listed', 'current', 'genuine',
         options={'phone_type': 'snom370', **OLD_TLS}, vpn_class='legacy'),
    Case('old phone that nobody moved to the old class', 'old', 'approved', 'approved', 'doubtful', ('too weak', 'legacy'),
         {'phone_type': 'snom370', **OLD_TLS}),
    Case('desk phone that nobody knows', 'good', 'unknown', 'waiting', 'genuine', ('approve it',)),
    Case('unknown phone without a VPN client', 'good', 'unknown', 'waiting', 'genuine', ('no VPN client in this firmware',), NO_VPN),
    Case('unknown old phone, first factory root', 'old', 'unknown', 'waiting', 'doubtful', ('too weak',), {'phone_type': 'snom370', **OLD_TLS}),
    Case('unknown phone that shows no certificate', 'none', 'unknown', 'waiting', 'unproven', ('shows no certificate', 'window')),
    Case('unknown phone with the certificate of another', 'other-mac', 'unknown', 'waiting', 'doubtful', ('names another phone',)),
    Case('unknown phone whose certificate has ended', 'expired', 'unknown', 'waiting', 'doubtful', ('ended',)),
    Case('unknown phone with a self-made CA', 'own-ca', 'unknown', 'waiting', 'doubtful', ('unknown CA',)),
    Case('listed phone that shows no certificate', 'none', 'listed', 'waiting', 'unproven', ('shows no certificate', 'window')),
    Case('listed phone with the certificate of another', 'other-mac', 'listed', 'waiting', 'doubtful', ('names another phone', 'window')),
    Case('listed phone whose certificate has ended', 'expired', 'listed', 'waiting', 'doubtful', ('ended', 'window')),
    Case('listed phone with a self-made CA', 'own-ca', 'listed', 'waiting', 'doubtful', ('unknown CA', 'window')),
    Case('listed phone without a VPN client', 'good', 'listed', 'approved', 'genuine', ('no VPN client in this firmware',), NO_VPN),
    Case('DECT base that nobody knows', 'good', 'unknown', 'waiting', 'genuine', ('DECT', 'approve it'), DECT),
    Case('approved phone with the certificate of another', 'other-mac', 'approved', 'approved', 'doubtful', ('names another phone',)),
    Case('phone that was put out', 'good', 'revoked', 'revoked', 'genuine'),
]
for _n, _case in enumerate(CASES, 1):
    _case.mac = f'000413A901{_n:02d}'
LET_IN = ('approved', 'enrolled', 'connected', 'current')


class SlowDhcp(DhcpHost):
    """A foreign DHCP server that is not the fastest, and lets go who chose another one."""

    def serve(self):
        send = self.hand.send

        def later(payload, **more):
            asked = self.asked[-1]
            if asked.type == wire.DISCOVER or asked.address(54) == '10.20.0.67':
                time.sleep(0.1)
                send(payload, **more)
        self.hand.send = later
        super().serve()


class FarPnp(PnpHost):
    """A PBX that answers every phone's SUBSCRIBE with a URL of its own."""

    def serve(self):
        while not self.over.is_set():
            try:
                data, sender = self.socket.recvfrom(4096)
            except TimeoutError:
                continue
            if data.startswith(b'SUBSCRIBE'):
                self.heard.append(data)
                self.reply(data.decode(), sender)

    def reply(self, text, sender):
        call = re.search(r'^Call-ID: (.*)\r$', text, re.M)[1]
        url = 'http://10.20.0.66/pbx/{mac}.xml'
        self.socket.sendto((
            f'NOTIFY sip:{sender[0]}:{sender[1]} SIP/2.0\r\nVia: SIP/2.0/UDP 10.20.0.66:5060;branch=z9hG4bKf\r\n'
            f'From: <sip:pnp@10.20.0.66>;tag=a\r\nTo: <sip:MAC@224.0.1.75>;tag=b\r\nCall-ID: {call}\r\nCSeq: 1 NOTIFY\r\nMax-Forwards: 20\r\n'
            'Event: ua-profile\r\nSubscription-State: terminated;reason=timeout\r\nContact: <sip:10.20.0.66:5060>\r\n'
            f'Content-Type: application/url\r\nContent-Length: {len(url)}\r\n\r\n{url}').encode(), sender)


def other_web(scene, netns):
    """The foreign host's web server: it has nothing for anybody, and remembers who asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, str(self.headers)))
            self.send_error(404)

        def log_message(self, *_):
            pass

    with inside(netns):
        server = http.server.ThreadingHTTPServer(('10.20.0.66', 80), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    scene.closers.append(lambda: (server.shutdown(), server.server_close()))
    return asked


def start_site_server(scene):
    """dnsmasq with the lines that provostctl gives."""
    peers = Tools(root=peers_root())
    scene.closers.append(peers.close)
    netns = scene.host('siteserver', '02:00:00:00:02:50', f'{SERVER}/24')
    lines = scene.ctl('dhcp', 'advise', 'dnsmasq')
    (peers.work / 'dnsmasq.conf').write_text(f'port=0\ninterface=eth0\nno-ping\ndhcp-authoritative\ndhcp-range=10.20.0.150,10.20.0.199,255.255.255.0,600\n{lines}')
    log = open(peers.work / 'log', 'wb')
    scene.closers.append(log.close)
    peers.start(['dnsmasq', '--keep-in-foreground', '--user=root', '--log-facility=-', f'--conf-file={peers.work / "dnsmasq.conf"}',
                 f'--dhcp-leasefile={peers.work / "leases"}', f'--pid-file={peers.work / "pid"}'], netns, stdout=log, stderr=log)


def announce(scene, case):
    """What the admin did before the phone came."""
    model = case.options.get('phone_type', 'snomD785')
    if case.before == 'listed':
        scene.expect(case.mac, model=model, vpn_class=case.vpn_class)
    elif case.before != 'unknown':
        scene.add_phone(case.mac, '--model', model)
    if case.before == 'revoked':
        scene.ctl('phone', 'revoke', case.mac)


def prepare(scene):
    scene.lan_capture = scene.capture_lan()
    scene.ctl('site', 'set', 'phone_ca=@-', stdin=scene.pki.authorities_pem(old=True))
    scene.ctl('site', 'set', 'legacy=on')
    start_site_server(scene)
    scene.rogue = SlowDhcp(scene, 'roguedhcp', ROGUE_DHCP, {66: b'http://10.20.0.67/{mac}.xml'})
    scene.pnp = FarPnp(scene, [ROGUE_PNP])
    scene.foreign = other_web(scene, scene.pnp.hand.netns)
    for case in CASES:
        announce(scene, case)
    scene.expect(NEVER)
    scene.box.wait_ready(60)
    wait_until(lambda: scene.call('session', 'Status')['legacy_up'], 30, 'the old phones\' process does not run')
    scene.by_mac = {case.mac: scene.phone(case.mac, case.kind, known=False, start=False, **case.options) for case in CASES}
    for phone in scene.by_mac.values():
        phone.start()
    scene.relay = Hand(scene, 'relay', '3c22fb00a903', '10.20.0.40/24')
    scene.laptop = Hand(scene, 'laptop', LAPTOP, '10.20.0.41/24')


def evidence(scene, mac):
    return scene.store('GetEvidence', mac=mac.lower())


def values(answer, kind):
    return [row['value'] for row in answer['evidence'] if row['kind'] == kind]


def reason_of(answer):
    """What an admin reads: what the phone waits for, and what stands between it and its settings."""
    phone = answer['phone']
    waits = phone['waiting_for']
    return '; '.join([waits] * bool(waits) + [part for part in answer['missing'] if part not in waits])


CERTIFICATES = {'factory': 'factory certificate', 'SUCCESS': 'factory certificate', 'none': 'no certificate', 'other-phone': 'certificate of another phone',
                'expired': 'certificate has ended', 'certificate chain': 'certificate of an unknown CA', 'issuer certificate': 'certificate of an unknown CA',
                'weak': 'certificate of RSA 1024'}


def shown(answer):
    """What its certificates were, in words."""
    found = [next((words for part, words in CERTIFICATES.items() if part.lower() in value.lower()), value) for value in values(answer, 'certificate')]
    return list(dict.fromkeys(sorted(found, key=lambda words: words != 'factory certificate')))


def said(scene, case):
    answer = evidence(scene, case.mac)
    return answer['phone']['state'], answer['verdict'], reason_of(answer)


def test_every_phone_ends_where_it_should(scene):
    began = time.monotonic()

    def wrong():
        return [f'{case.what} ({case.mac}) is {got[0]}, {got[1]}, not {case.state}, {case.verdict}: {got[2]!r}; '
                f'it is at "{scene.by_mac[case.mac].step}" {scene.by_mac[case.mac].trouble}'
                for case in CASES if (got := said(scene, case))[:2] != (case.state, case.verdict)]
    wait_until(lambda: not wrong(), 60, lambda: '\n'.join(wrong()))
    for case in CASES:
        if case.state == 'current':
            scene.by_mac[case.mac].wait_current(10)
    scene.at_end = {case.mac: evidence(scene, case.mac) for case in CASES}
    counts = {state: sum(case.state == state for case in CASES) for state in dict.fromkeys(case.state for case in CASES)}
    return f'{len(CASES)} of {len(CASES)} after {time.monotonic() - began:.1f} s: ' + ', '.join(f'{n} {state}' for state, n in counts.items())


def test_every_phone_that_is_not_in_says_why(scene):
    for case in CASES:
        text = reason_of(scene.at_end[case.mac])
        for word in case.words:
            require(word in text, lambda: f'{case.what}: {word!r} is not in {text!r}')
        if case.state not in ('current', 'revoked'):
            require(len(text.split()) >= 2 and not re.search(r'[{}<>]|_ok|errno|\bnull\b', text), lambda: f'{case.what}: {text!r}')
        if case.state == 'current':
            require(not scene.at_end[case.mac]['phone']['waiting_for'], lambda: f'{case.what} waits for {text!r}')


def test_nobody_who_was_not_let_in_received_a_secret(scene):
    """All that each of them was sent, in any spelling; and everything that went over the LAN in clear."""
    count = size = 0
    for case in CASES:
        phone = scene.by_mac[case.mac]
        if case.state == 'current':
            require(search(b'\n'.join(phone.received), {'own': scene.secrets[f'sip secret of {case.mac}']}), f'{case.what}: the control')
            others = {name: value for name, value in scene.secrets.items() if case.mac not in name}
            require(not search(b'\n'.join(phone.received), others), f'{case.what} received another one\'s secret')
            continue
        data = b'\n'.join(phone.received)
        found = search(data, scene.secrets)
        require(not found and b'PRIVATE KEY' not in data and not phone.bundle, lambda: f'{case.what} received {found}')
        if case.before in ('unknown', 'listed') and case.state == 'waiting':
            require(not phone.stage1, f'{case.what} was given stage 1')
        count, size = count + 1, size + len(data)
    require(not search(scene.lan_capture.data(), scene.secrets), 'a secret in clear on the LAN')
    require(not search(json.dumps(scene.foreign).encode(), scene.secrets), 'a secret reached the foreign host')
    return f'0 of {len(scene.secrets)} planted secrets in {size} bytes to {count} phones'


def test_the_evidence_is_what_was_seen(scene):
    good = scene.at_end[CASES[5].mac]           # nobody knows it, but its certificate is genuine
    require({'dhcp', 'pnp'} <= set(values(good, 'how')), lambda: f'{values(good, "how")}')
    for kind, part in (('vendor_class', 'snomD785'), ('hostname', 'snomD785'), ('agent', '10.1.169.16'), ('vpn_header', 'available'),
                       ('subject', CASES[5].mac), ('issuer', 'Snom Phone 1 SHA-256'), ('pnp_model', 'snomD785'), ('lan_address', '10.20.0.')):
        require(any(part in value for value in values(good, kind)), lambda: f'{kind}: {values(good, kind)}')
    require(good['vendor'] == 'Snom' and good['phone']['model'] == 'snomD785' and good['phone']['firmware'] == '10.1.169.16', lambda: f'{good["phone"]}')
    require(all(row['first_at'] <= row['last_at'] and row['count'] >= 1 for row in good['evidence']), 'times')
    for case in CASES:
        wanted = {'good': 'factory certificate', 'none': 'no certificate', 'other-mac': 'certificate of another phone', 'expired': 'certificate has ended',
                  'own-ca': 'certificate of an unknown CA',
                  'old': 'factory certificate' if case.vpn_class == 'legacy' else 'certificate of RSA 1024'}[case.kind]
        got = shown(scene.at_end[case.mac])
        require(wanted in got, lambda: f'{case.what}: {got}')
    old = scene.at_end[CASES[3].mac]
    require(any('Snom Phone 1' in value and 'SHA-256' not in value for value in values(old, 'issuer')), lambda: f'{values(old, "issuer")}')


def test_a_phone_behind_a_relay_shows_its_switch_port(scene):
    """Heard by DHCP alone: it is seen, and nothing more."""
    scene.ctl('site', 'set', 'rogue_watch=on')
    option82 = b'\x01\x08ge-0/0/7' + b'\x02\x06' + bytes.fromhex('00aabbccddee')
    payload = wire.build(wire.DISCOVER, RELAYED, giaddr='10.20.0.40', options={**ASK, 12: b'snomD785-a\x1b[2J', 82: option82})
    scene.relay.socket.send(wire.frame(payload, scene.relay.mac, source='10.20.0.40', target=LAN, ports=(67, 67)))
    wait_until(lambda: RELAYED in scene.listed(), 10, 'it is not seen')
    answer = wait_until(lambda: values(a := evidence(scene, RELAYED), 'circuit_id') and a, 10, lambda: f'{evidence(scene, RELAYED)}')
    require(answer['phone']['state'] == 'seen' and answer['verdict'] == 'unknown', lambda: f'{answer["phone"]["state"]} {answer["verdict"]}')
    require(any('ge-0/0/7' in value for value in values(answer, 'circuit_id')) and '10.20.0.40' in values(answer, 'relay'), lambda: f'{answer["evidence"]}')
    require(not any('\x1b' in row['value'] for row in answer['evidence']), 'a terminal would obey it')
    require('approve it' in reason_of(answer), lambda: reason_of(answer))


def test_a_laptop_is_no_phone_that_waits(scene):
    """It asks by DHCP as laptops do, and a person types a phone's URL into it."""
    scene.laptop.ask(wire.DISCOVER, LAPTOP, timeout_s=2, flags=0x8000, options={**ASK, 60: b'MSFT 5.0'})
    for path in (f'/{LAPTOP}.xml', f'/{CASES[0].mac}.xml', f'/{CASES[8].mac}.xml', f'/vpn/{CASES[0].mac}.tar'):
        status, body = scene.curl(scene.laptop.netns, f'https://{LAN}{path}', '--user-agent', 'Mozilla/5.0 (Windows NT 10.0)')
        require(status in (403, 404) and not search(body, scene.secrets), lambda: f'{path}: {status}')
    row = scene.listed().get(LAPTOP)
    require(row is None or row['state'] == 'seen', lambda: f'the laptop is {row["state"]}')


def test_an_expected_phone_that_never_came_is_still_expected(scene):
    answer = evidence(scene, NEVER)
    require(answer['phone']['state'] == 'expected' and 'connect it' in reason_of(answer), lambda: reason_of(answer))


def test_the_foreign_hosts_are_told_of(scene):
    """The site's own server is none: it names our source."""
    scene.ctl('rogue', 'ask')                           # else it asks once a minute
    wait_until(lambda: scene.alarms('rogue-dhcp') and scene.alarms('rogue-pnp'), 30, lambda: f'{scene.alarms()}')
    rows = scene.alarms('rogue-dhcp') + scene.alarms('rogue-pnp')
    subjects = {re.sub('[^0-9a-f]', '', row['subject'].lower()) for row in rows}
    require(subjects == {ROGUE_DHCP, ROGUE_PNP}, lambda: f'{rows}')
    require(scene.pnp.heard and scene.foreign, 'the foreign PnP host was not even asked')


def test_approval_is_one_step_with_everything_in_it(scene):
    """The genuine one that waited is approved and comes up by itself; the others go on waiting."""
    case = CASES[5]
    phone = scene.by_mac[case.mac]
    before = scene.row(case.mac)
    require(not before['tunnel_address'] and not before['certificate_serial'], lambda: f'{before}')
    scene.ctl('phone', 'approve', case.mac)
    after = scene.row(case.mac)
    require(after['state'] in LET_IN and after['tunnel_address'] and not after['waiting_for'], lambda: f'{after}')
    phone.wait_current(60)
    scene.wait_state(case.mac, 'current')
    others = [other.what for other in CASES if other is not case and scene.state(other.mac) != other.state]
    require(not others, lambda: f'{others} changed too')


# --- the report ------------------------------------------------------------------------------------------------------

KEPT = REPOSITORY / 'docs/site-report.md'
HEAD = '''# Twenty phones on a site: where each ends and why

Made by `tests/site/run evidence` with real DHCP, TLS and OpenVPN clients beside the site's own DHCP server (dnsmasq with our lines), a foreign
DHCP server and a foreign PnP host. The reason is what `provostctl` says. The test fails when this table is no longer what it finds, and
leaves the new one in `build/check/site/site-report.md`.

| phone | what it is | evidence | state | reason |
| --- | --- | --- | --- | --- |
'''


def told(scene, case):
    """The evidence in short, without what differs from day to day."""
    answer = scene.at_end[case.mac]
    heard = [word for kind, word in (('dhcp', 'DHCP'), ('pnp', 'PnP')) if kind in values(answer, 'how')] + ['HTTPS'] * bool(values(answer, 'agent'))
    issuer = [match[1] for value in values(answer, 'issuer') if (match := re.search(r'CN ?= ?([^,/]+)', value))]
    model = f'{answer["phone"]["model"]} {answer["phone"]["firmware"]}'.strip()
    return '; '.join([f'{answer["verdict"]}: {" and ".join(shown(answer)[:1])}' + (f' ({issuer[-1]})' if issuer else ''), model,
                      'heard by ' + ', '.join(heard)])


def report(scene):
    rows = []
    for case in CASES:
        state, _, reason = scene.at_end[case.mac]['phone']['state'], None, reason_of(scene.at_end[case.mac])
        mac = ':'.join(case.mac[i:i + 2] for i in range(0, 12, 2))
        rows.append(f'| {mac} | {case.what}{"" if case.before == "unknown" else f" ({case.before})"} | {told(scene, case)} | {state} | '
                    f'{reason.replace("|", "/") or ("put out by the admin" if state == "revoked" else "nothing: it has its settings")} |')
    return HEAD + '\n'.join(rows) + '\n'


def shape(text):
    """Phones, states and reasons of a report; dates are left out."""
    rows = [[cell.strip() for cell in line.split('|')[1:-1]] for line in text.splitlines() if line.startswith('| 00:')]
    return [(row[0], row[1], row[3], re.sub(r'\b\d{4}-\d\d-\d\d\S*|\b[A-Z][a-z]{2} +\d+ [\d:]+ \d{4} GMT', 'DATE', row[4])) for row in rows]


def test_the_report_in_docs_is_what_is_found_here(scene):
    text = report(scene)
    scene.logs.mkdir(parents=True, exist_ok=True)
    (scene.logs / 'site-report.md').write_text(text)
    require(KEPT.exists(), f'{KEPT} is not there: copy {scene.logs / "site-report.md"} to it')
    kept = shape(KEPT.read_text())
    differs = [f'{new} is {[row for row in kept if row[0] == new[0]]} in docs' for new in shape(text) if new not in kept]
    require(kept == shape(text), lambda: f'docs/site-report.md is stale, copy {scene.logs / "site-report.md"} there: {differs[:3]}')
    said = scene.ctl('site', 'report', '--markdown')
    require(all(case.mac in re.sub('[^0-9A-F]', '', said.upper()) for case in CASES), lambda: f'provostctl site report leaves some out: {said[:500]}')
    return f'{len(kept)} rows'
