"""The page's listener on the wire: TLS, headers, methods, bodies of any size, slow and smuggled requests (issue 5, must show 4 and 5)."""
import concurrent.futures
import contextlib
import json
import pathlib
import re
import ssl
import stat
import time
import warnings

from admin_api import HOST, ORIGIN, loose_tls, page_of, read_replies, request_bytes
from admin_contract import World, contract_of, require_same, state, target
from scene import require
from tools import wait_until

POLICY = {'default-src': "'none'", 'script-src': "'self'", 'style-src': "'self'", 'img-src': "'self' data:", 'connect-src': "'self'", 'base-uri': "'none'",
          'form-action': "'none'", 'frame-ancestors': "'none'", 'object-src': "'none'"}


def prepare(scene):
    page = page_of(scene)
    page.owner()
    scene.world = World(page)
    scene.contract = contract_of(scene)


def some_answers(scene):
    """Answers of every kind: files, the API, what the edge refuses by itself."""
    page = scene.page
    owner, nobody = page.owner(), page.nobody()
    long = {'X-Long': 'x' * 40000}
    found = {
        'the page': nobody.ask('GET', '/', prefix=''), 'a script': nobody.ask('GET', '/app.js', prefix=''), 'no such file': nobody.ask('GET', '/none.js', prefix=''),
        'an open operation': nobody.get('/setup'), 'nobody': nobody.get('/phones'), 'a list': owner.get('/phones'), 'a file': owner.get('/phones.csv'),
        'no such operation': owner.get('/none'), 'a wrong value': owner.get('/phones', limit='x'), 'a wrong method': owner.ask('DELETE', '/phones'),
        'a wrong body': owner.post('/phones', b'{'), 'a foreign origin': owner.post('/phones', {}, headers={'Origin': 'https://evil.example'}),
        'an unreadable request': nobody.ask('GET', '/%zz', prefix=''), 'a header too long': nobody.ask('GET', '/setup', headers=long),
        'a body too large': nobody.post('/sign-in', b'{"name":"' + b'x' * (13 << 20) + b'"}', patient=False), 'a way out': nobody.ask('GET', '/../../etc/passwd', prefix=''),
        'a metric': owner.get('/metrics'), 'the description': nobody.get('/openapi.yaml'), 'HEAD': nobody.ask('HEAD', '/', prefix=''),
        'OPTIONS': nobody.ask('OPTIONS', '/phones', headers={'Origin': 'https://evil.example', 'Access-Control-Request-Method': 'POST'})}
    return found


def test_every_answer_carries_the_headers_that_keep_browsers_safe(scene):
    scene.answers = some_answers(scene)
    for what, answer in scene.answers.items():
        for name, pattern in (('strict-transport-security', r'max-age=(31536000|[4-9]\d{7}|\d{9,})'), ('x-content-type-options', '^nosniff$'),
                              ('referrer-policy', '^no-referrer$'), ('cross-origin-opener-policy', '^same-origin$'),
                              ('cross-origin-resource-policy', '^same-origin$'), ('permissions-policy', '.'), ('content-security-policy', '.')):
            values = answer.all(name)
            require(len(values) == 1 and re.search(pattern, values[0]), lambda: f'{what} ({answer.status}): {name} is {values}')
        require(not answer.all('access-control-allow-origin') and not answer.all('x-powered-by'), lambda: f'{what}: {answer.headers}')
        require(not re.search(r'\d', answer.header('server')), lambda: f'{what} names a version: {answer.header("server")}')
    return f'{len(scene.answers)} kinds of answers: ' + ', '.join(f'{answer.status}' for answer in scene.answers.values())


def test_the_policy_lets_nothing_inline_and_nothing_foreign_run(scene):
    for what, answer in scene.answers.items():
        policy = dict(part.strip().split(' ', 1) for part in answer.header('content-security-policy').split(';') if part.strip())
        require({name: policy.get(name) for name in POLICY} == POLICY, lambda: f'{what}: {policy}')
        require('unsafe' not in str(policy) and 'http' not in str(policy) and '*' not in str(policy), lambda: f'{what}: {policy}')
    html = scene.answers['the page'].body.decode()
    require(not re.search(r'<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|https?://(?!www\.w3\.org)', html), lambda: f'{html[:500]}')


def test_answers_of_the_api_are_stored_nowhere(scene):
    for what, answer in scene.answers.items():
        if answer.header('content-type').startswith(('application/json', 'application/problem', 'text/csv')):
            require('no-store' in answer.header('cache-control'), lambda: f'{what}: {answer.header("cache-control")}')
    require(scene.answers['the page'].etag, 'the page has no ETag')


def test_the_cookie_belongs_to_this_host_and_no_script(scene):
    page = scene.page
    who = page.person('reader').elsewhere()
    answer = who.try_sign_in(code=page.person('reader').recovery.pop())
    line = answer.header('set-cookie')
    require(answer.status == 201 and len(answer.all('set-cookie')) == 1, lambda: f'{answer}')
    parts = [part.strip().lower() for part in line.split(';')]
    require(re.match(r'__host-provost=[\w-]{43,}$', parts[0]), lambda: line)
    for part in ('secure', 'httponly', 'samesite=strict', 'path=/'):
        require(part in parts, lambda: f'{part} is missing: {line}')
    require(not any(part.startswith('domain') for part in parts), line)


def tls_of(low, high, ciphers=None):
    context = loose_tls()
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        context.minimum_version, context.maximum_version = low, high
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def may_connect(scene, tls):
    try:
        with scene.page.link(tls=tls, timeout_s=5) as link:
            return link.socket.version(), link.socket.cipher()[0]
    except (ssl.SSLError, ConnectionError):
        return None


def test_tls_is_1_2_or_later_with_forward_secrecy(scene):
    version = ssl.TLSVersion
    require(may_connect(scene, tls_of(version.TLSv1_2, version.TLSv1_2)) and may_connect(scene, tls_of(version.TLSv1_3, version.TLSv1_3)), 'TLS 1.2 and 1.3')
    for low in (version.TLSv1, version.TLSv1_1):
        got = may_connect(scene, tls_of(low, low, 'ALL:@SECLEVEL=0'))
        require(not got, lambda: f'{got} was taken')
    weak = 'AES128-SHA:AES256-SHA:AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA:' \
           'ECDHE-ECDSA-AES256-SHA384:DHE-RSA-AES128-SHA:NULL-SHA256:PSK-AES128-CBC-SHA:ADH-AES128-SHA:ADH-AES128-SHA256'
    tried = []
    for name in weak.split(':'):
        try:
            context = tls_of(version.TLSv1_2, version.TLSv1_2, f'{name}:@SECLEVEL=0')
        except ssl.SSLError:
            continue                    # this machine's OpenSSL does not know it
        tried.append(name)
        got = may_connect(scene, context)
        require(not got, lambda: f'{got} was taken')
    with scene.page.link() as link:
        plain = link.socket.compression()
        require(plain is None, 'TLS compression')
    return f'TLS 1.0, 1.1 and {len(tried)} suites without forward secrecy or integrity refused'


def test_headers_that_only_the_edge_may_write_are_worth_nothing(scene):
    """Names and addresses that the edge tells the stations, sent by a stranger."""
    nobody = scene.page.nobody()
    for name, value in (('X-Provost-Address', '127.0.0.1'), ('X-Provost-Host', HOST), ('X-Provost-User', 'olivia'), ('X-Provost-Role', 'owner'), ('X-SSL-Client-Verify', 'SUCCESS'),
                        ('X-Client-Cert', 'olivia'), ('X-Forwarded-For', '127.0.0.1'), ('X-Forwarded-User', 'olivia'), ('X-Real-IP', '127.0.0.1'), ('Remote-User', 'olivia'),
                        ('X-Original-URL', '/api/v1/setup'), ('X-Rewrite-URL', '/api/v1/setup'), ('X-HTTP-Method-Override', 'GET'), ('Authorization', 'Basic b2xpdmlhOm9saXZpYQ=='),
                        ('Authorization', 'Bearer '), ('Authorization', 'Bearer x'), ('Cookie', '__Host-provost='), ('Cookie', 'provost=1; __Host-provost=' + 'A' * 43)):
        answer = nobody.ask('GET', '/phones', headers={name: value})
        require(answer.status in (400, 401), lambda: f'{name}: {value}: {answer}')
    stranger = scene.page.nobody()
    stranger.post('/sign-in', {'name': 'forger', 'password': 'violet harbour tractor', 'code': '000000'},
                  headers={'X-Provost-Address': '192.0.2.99', 'X-Forwarded-For': '192.0.2.99', 'X-Real-IP': '192.0.2.99'})
    lines = scene.box.journal('provost-admin.service')
    require('192.0.2.99' not in lines and stranger.source in lines, 'a stranger chose the address that is written down')


def test_unknown_methods_are_refused_everywhere(scene):
    owner, before = scene.page.owner(), state(scene)
    count = 0
    for operation in scene.contract.operations:
        values, _, _ = scene.world.right(operation)
        path = target(operation, values)
        known = {o.method for o in scene.contract.operations if o.path == operation.path}
        for method in sorted({'GET', 'POST', 'PUT', 'PATCH', 'DELETE'} - known):
            answer = owner.ask(method, path, {} if method in ('POST', 'PUT', 'PATCH') else None, match='*')
            # /phones/bulk is a phone of no MAC to the others, /backup/run a backup of no session.
            other = path == '/phones/bulk' and answer.status == 400 or method == 'GET' and path.startswith('/backup/') and answer.status == 404
            require(answer.status == 405 and answer.header('allow') or other, lambda: f'{method} {path}: {answer}')
            count += 1
    for method in ('TRACE', 'CONNECT', 'PROPFIND', 'LOCK', 'MKCOL', 'PURGE', 'get', 'G E T', 'DEBUG', 'TRACK', 'X' * 60):
        for path in ('/api/v1/phones', '/', '/app.js'):
            with scene.page.link() as link:
                link.send(request_bytes(method, path, [('Host', HOST), ('Connection', 'close')]))
                data = link.rest()
                require(re.match(rb'HTTP/1.1 (400|403|405|501) ', data), lambda: f'{method} {path}: {data[:200]!r}')
                count += 1
    require_same(before, state(scene), 'an unknown method')
    return f'{count} requests'


def test_a_write_without_json_is_refused(scene):
    owner, before = scene.page.owner(), state(scene)
    body, count = json.dumps({'mac': '000413ADAA09'}).encode(), 0
    for kind in ('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'application/json; charset=utf-16', 'text/json',
                 'application/jsonx', 'application/json, text/plain', '', None):
        answer = owner.post('/phones', body, headers={'Content-Type': kind})
        require(answer.status in (400, 415), lambda: f'{kind}: {answer}')
        count += 1
    for bad in (b'', b'[]', b'"x"', b'null', b'{', b'{"mac":"000413ADAA09"', b'{"mac":"000413ADAA09"}x', b'{"mac":"000413ADAA09","mac":"000413ADAA0A"}', b'\xff\xfe{}',
                b'{"mac":"000413ADAA09","name":"\\ud800"}', b'{"mac":"000413ADAA09","name":"a\\u0000b"}', b'{"mac":"000413ADAA09","name":"a\x00b"}',
                b'[' * 100000, b'{"a":' * 20000, b'{"mac":"000413ADAA09",}', b"{'mac':'000413ADAA09'}", b'{"mac":"000413ADAA09","name":"\xc3\x28"}',
                b'{"mac":NaN}', b'{"mac":"000413ADAA09"/**/}'):
        answer = owner.post('/phones', bad)
        require(answer.status in (400, 413, 422) and answer.code, lambda: f'{bad[:60]!r}: {answer}')
        count += 1
    require_same(before, state(scene), 'a body that is none')
    return f'{count} bodies'


def test_bodies_have_their_bounds_and_names_make_no_paths(scene):
    owner, before = scene.page.owner(), state(scene)
    require(owner.post('/phones', b'{"mac":"000413ADAA09","name":"' + b'x' * (300 << 10) + b'"}').status == 413, 'more than 256 KiB')
    answer = owner.post('/imports', b'{"kind":"phones","name":"x","content":"' + b'QUFB' * (4 << 20) + b'"}')
    require(answer.status == 413, lambda: f'more than 12 MiB: {answer}')
    with scene.page.link() as link:                     # said to be large, nothing of it sent
        link.send(request_bytes('POST', '/api/v1/imports', [('Host', HOST), ('Content-Type', 'application/json'), ('Content-Length', '99999999999')]))
        require(link.reply().status == 413, 'a body of 99 GB is waited for')
    names = ('../../etc/passwd', '/etc/passwd', '..', '.', 'a/../b', '%2e%2e%2f', 'x\x00.bin', 'a\nb', '-rf', '~/x', 'C:\\x', 'con', '.hidden', 'x' * 300, '')
    for name in names:
        body = {'model': 'snomD785', 'version': '10.1.1.1', 'kind': 'firmware', 'file': name, 'size': 8, 'sha256': '0' * 64}
        answer = owner.post('/firmware', body)
        if answer.status == 201:
            require(not re.search(r'[/\\\x00-\x1f]|\.\.', name) and name, lambda: f'{name!r} was taken: {answer}')
        else:
            require(answer.status in (400, 409, 422), lambda: f'{name!r}: {answer}')
    for path in ('/firmware/..%2F..%2Fetc%2Fpasswd', '/firmware/%2e%2e', '/sources/..%2fx', '/phones/..%2Fusers', '/users/..%2f..%2f', '/advice/..%2F..%2Fetc%2Fpasswd',
                 '/advice/%00', '/scopes/site/..%2F../settings'):
        for method in ('GET', 'DELETE'):
            answer = owner.ask(method, path, match='*')
            require(answer.status in (400, 404, 405, 409, 422), lambda: f'{method} {path}: {answer}')
    for path in ('/../../../etc/passwd', '/..%2f..%2fetc/passwd', '/.git/config', '/api/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/app.js/../../../../etc/passwd',
                 '/vendor/', '/pages/', '/.', '//etc/passwd', '/index.html%00.js', '/api/v1/../../etc/passwd'):
        answer = owner.ask('GET', path, prefix='')
        require(b'root:' not in answer.body and answer.status in (200, 301, 302, 400, 403, 404) and b'<title>Index of' not in answer.body, lambda: f'{path}: {answer}')
    after = state(scene)
    require_same({name: rows for name, rows in before.items() if 'firmware' not in name and name != 'files'},
                 {name: rows for name, rows in after.items() if 'firmware' not in name and name != 'files'}, 'a name')
    return f'{len(names)} names of files'


# --- smuggling -------------------------------------------------------------------------------------------------------

HIDDEN = b'DELETE /api/v1/users/hidden HTTP/1.1\r\nHost: x\r\nX-Hidden: 1\r\n\r\n'
SPLIT = {
    'CL.TE': [('Content-Length', '{n}'), ('Transfer-Encoding', 'chunked')],
    'TE.CL': [('Transfer-Encoding', 'chunked'), ('Content-Length', '4')],
    'two lengths': [('Content-Length', '0'), ('Content-Length', '{n}')],
    'two equal lengths': [('Content-Length', '{n}'), ('Content-Length', '{n}')],
    'a list of lengths': [('Content-Length', '0, {n}')],
    'a signed length': [('Content-Length', '+{n}')],
    'a length in hex': [('Content-Length', '0x10')],
    'a length with a blank': [('Content-Length', '1 {n}')],
    'a negative length': [('Content-Length', '-1')],
    'a blank before the colon': [('Content-Length ', '{n}')],
    'a tab before chunked': [('Transfer-Encoding', '\tchunked')],
    'xchunked': [('Transfer-Encoding', 'xchunked')],
    'chunked twice': [('Transfer-Encoding', 'chunked'), ('Transfer-Encoding', 'identity')],
    'identity': [('Transfer-Encoding', 'identity'), ('Content-Length', '{n}')],
    'chunked, identity': [('Transfer-Encoding', 'chunked, identity')],
    'a fold': [('Transfer-Encoding', '\r\n chunked')],
    'vertical tab': [('Transfer-Encoding', '\x0bchunked')],
    'a bare line feed': [('X', 'a\nTransfer-Encoding: chunked')],
    'a bare carriage return': [('X', 'a\rTransfer-Encoding: chunked')],
    'NUL in a header': [('X', 'a\x00b'), ('Content-Length', '{n}')],
    'an underscore': [('Content_Length', '{n}')],
    'an upgrade': [('Connection', 'Upgrade, HTTP2-Settings'), ('Upgrade', 'h2c'), ('HTTP2-Settings', 'AAMAAABkAAQAAP__')],
    'Expect': [('Expect', '100-continue'), ('Content-Length', '{n}')],
    'connection drops the length': [('Connection', 'close, Content-Length'), ('Content-Length', '{n}')],
}
CHUNKS = {'size with a sign': b'+5\r\nhello\r\n0\r\n\r\n', 'size in 0x': b'0x5\r\nhello\r\n0\r\n\r\n', 'no size': b'\r\nhello\r\n0\r\n\r\n', 'overflow': b'fffffffffffffffff\r\nhello\r\n0\r\n\r\n',
          'too short': b'3\r\nhello\r\n0\r\n\r\n', 'line feeds': b'5\nhello\n0\n\n', 'an extension': b'5;a="\r\n\r\nhello\r\n0\r\n\r\n', 'a trailer': b'0\r\nContent-Length: 50\r\n\r\n'}


def test_no_request_hides_in_another(scene):
    """What the edge and the station could read differently: one answer, or an error and the end of the connection."""
    page, before, count = scene.page, state(scene), 0
    cookie = ('Cookie', f'__Host-provost={page.owner().cookie}')
    own = [('Origin', ORIGIN), ('Sec-Fetch-Site', 'same-origin'), ('X-Provost-Request', '1'), ('Content-Type', 'application/json')]
    for chunk in (None, *CHUNKS):
        for what, fields in SPLIT.items() if chunk is None else ((chunk, [('Transfer-Encoding', 'chunked')]),):
            for path in ('/api/v1/sign-out-none', '/api/v1/rogues/none', '/'):
                body = CHUNKS[chunk] if chunk else b'0\r\n\r\n' + HIDDEN
                headers = [('Host', HOST), cookie, *own, *((name, value.replace('{n}', str(len(body)))) for name, value in fields)]
                with page.link(page.owner().source, timeout_s=3) as link:
                    link.send(request_bytes('POST', path, headers, body + (HIDDEN if chunk else b'')))
                    data = link.rest(0.4)
                replies, _ = read_replies(data)
                # The hidden request names Host x and no cookie of ours: when it is taken for one of its own, it gets an answer of its own, never as us.
                require(all(reply.status not in (200, 201, 202, 204) or path == '/' for reply in replies), lambda: f'{what} {path}: {replies}')
                require(not any(reply.status >= 500 and reply.status != 501 for reply in replies), lambda: f'{what} {path}: {replies}')
                count += 1
    require_same(before, state(scene), 'a hidden request')
    return f'{count} requests'


def test_answers_never_go_to_the_wrong_request(scene):
    """Two hundred pipelined requests of two people over connections that the edge shares: each has its own answer."""
    page = scene.page
    rita, owner = page.person('reader'), page.owner()

    def ask(who, n):
        with page.link(who.source) as link:
            for _ in range(n):
                link.send(request_bytes('GET', '/api/v1/session', who.headers('GET', None)))
            names = []
            while len(names) < n:
                found, used = read_replies(link.data)
                del link.data[:used]
                names += [reply.json['name'] if reply.status == 200 else reply.status for reply in found]
                require(len(names) >= n or link.more(), 'the connection ended')
            return {name for name in names if name != 429}

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = [(who, pool.submit(ask, who, 25)) for _ in range(4) for who in (rita, owner)]
    for who, future in asked:
        require(future.result() <= {who.name}, lambda: f'{who.name} was answered as {future.result()}')


def test_slow_and_silent_clients_keep_nobody_out(scene):
    """Headers byte by byte, bodies that do not come, answers that are not read, handshakes that stop: six hundred at once from forty addresses."""
    page, links = scene.page, []
    owner = page.owner()
    sources = [page.address() for _ in range(40)]
    host = b'Host: ' + HOST.encode() + b'\r\n'
    slow_body = b'POST /api/v1/sign-in HTTP/1.1\r\n' + host + b'Content-Type: application/json\r\nContent-Length: 5000\r\nX-Provost-Request: 1\r\nOrigin: ' + ORIGIN.encode() + b'\r\n\r\n{'
    starts = [slow_body] * 6 + [b'GET /api/v1/setup HTTP/1.1\r\n' + host + b'X-', b'GET /app.js HTTP/1.1\r\n' + host + b'\r\n', b'GET /api/v1/openapi.yaml HTTP/1.1\r\n' + host + b'\r\n', None]
    try:
        for number in range(600):
            start = starts[number % 10]
            links.append(page.link(sources[number % 40], tls=loose_tls() if start else None, timeout_s=10))
            if start:
                links[-1].send(start)
        took = []
        for _ in range(30):
            began = time.monotonic()
            require(owner.get('/setup').status == 200, 'the owner is not answered')
            took.append(time.monotonic() - began)
            for link in links[::16]:
                with contextlib.suppress(OSError):
                    link.send(b'a' if isinstance(link.socket, ssl.SSLSocket) else b'\x16')
        require(scene.page.nobody().post('/sign-in', {'name': 'x', 'password': 'y', 'code': 'z'}).status in (401, 422), 'the door is not answered')
    finally:
        for link in links:
            link.close()
    require(max(took) < 3, lambda: f'others wait {max(took):.1f} s')
    return f'600 such connections; others answered within {max(took) * 1000:.0f} ms'


def test_secrets_are_in_no_log_and_no_url(scene):
    """Nothing that a person or program came in with stands in any journal; the description takes no secret in a URL."""
    page = scene.page
    program = page.token('reader', 'logged')
    program.get('/phones')
    journal = scene.box.journal()
    people = list(page.people.values()) + [program]
    for person in people:
        for value in (person.cookie, person.token, person.password, person.secret, *person.recovery):
            require(not value or value not in journal, lambda: f'{person.name}: a secret is in the journal')
    words = re.compile(r'password|secret|token|^code$|private_key|recovery', re.IGNORECASE)
    bad = [f'{operation} {name}' for operation in scene.contract.operations for place in ('query', 'path') for name in operation.fields(place) if words.search(name)]
    require(not bad, lambda: f'{bad}')
    return f'{len(people)} people, {len(journal)} characters of journal'


def test_private_keys_are_their_owners_alone(scene):
    """The page's key in the appliance: its mode and owner; no key where the page's files are."""
    root = pathlib.Path(f'/proc/{scene.box.leader()}/root')
    rows = [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in (root / 'run/provost/tls').iterdir() if path.name.endswith('.key')]
    require(any(name == 'page.key' for name, _ in rows), lambda: f'{rows}')
    require(all(mode & 0o027 == 0 for _, mode in rows), lambda: f'{[(name, oct(mode)) for name, mode in rows]}')
    web = [path for path in (root / 'usr/share/provost/web').rglob('*') if path.is_file()]
    bad = [str(path) for path in web if re.search(rb'PRIVATE KEY-----\s+[A-Za-z0-9+/]{20}', path.read_bytes())]
    require(web and not bad, lambda: f'{bad}')
    return f'{len(rows)} keys, {len(web)} files of the page'


def test_errors_fail_closed(scene):
    """Without the store nobody is let in and nobody is shown anything; afterwards all is as before."""
    page = scene.page
    owner = page.owner()
    scene.box.exec(['systemctl', 'stop', 'provost-store.socket', 'provost-store.service'])
    try:
        for path in ('/phones', '/users', '/overview', '/audit', '/site'):
            answer = owner.get(path)
            require(answer.status in (401, 503), lambda: f'{path} without the store: {answer}')
        answer = page.nobody().post('/sign-in', {'name': owner.name, 'password': owner.password, 'code': '000000'})
        require(answer.status in (401, 429, 503) and not answer.all('set-cookie'), lambda: f'{answer}')
        answer = owner.post('/phones', {'mac': '000413adaa0c'})
        require(answer.status in (401, 503), lambda: f'a write: {answer}')
        require(page.nobody().get('/phones').status == 401, 'nobody is asked to sign in')
    finally:
        scene.box.exec(['systemctl', 'start', 'provost-store.socket', 'provost-store.service'])
    wait_until(lambda: owner.get('/phones').status == 200, 20, lambda: f'{owner.get("/phones")}')
    require(owner.get('/phones/000413adaa0c').status == 404, 'an unanswered write was done')
