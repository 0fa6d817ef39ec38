"""Files from elsewhere: real ones are taken, hostile ones refused in a second, and the appliance stays well (issue 3)."""
import io
import json
import os
import signal
import tarfile
import threading
import time

from scene import STATIONS, new_secret, require, search
from tools import wait_until

A = '000413E30101'
LIMIT_S = 10.0                          # of the whole command, also while other tests use the processor: a second is measured in tests/unit
WRAP = '<settings><phone-settings e="2">{}</phone-settings></settings>'
BROKEN_SAMPLE = '''<http_user perm="">admin</http_user>
<http_pass perm="">secret<http_pass>
<use_hidden_tags perm="">on<use_hidden_tags>
<service_mode_login perm="R">service<service_mode_login>
<user_savp perm="">mandatory<user_savp>
'''


def bombs():
    """(what, bytes): each must be refused by a sentence."""
    laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + ''.join(
        f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9)) + ']>'
    yield 'billion laughs', (laughs + WRAP.format('<phone_name>&j;</phone_name>')).encode()
    yield 'an entity of a file', ('<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/machine-id">]>' + WRAP.format('<phone_name>&x;</phone_name>')).encode()
    yield 'an external DTD', ('<!DOCTYPE s SYSTEM "http://10.20.0.66/x.dtd">' + WRAP.format('')).encode()
    yield 'a parameter entity', ('<!DOCTYPE s [<!ENTITY % p SYSTEM "http://10.20.0.66/p"> %p;]>' + WRAP.format('')).encode()
    yield 'a DOCTYPE in UTF-16', ('\ufeff<!DOCTYPE s [<!ENTITY a "b">]>' + WRAP.format('<phone_name>&a;</phone_name>')).encode('utf-16-le')
    yield '200,000 attributes', ('<settings ' + ' '.join(f'a{n}="1"' for n in range(200_000)) + '/>').encode()
    yield 'depth 200,000', b'<settings>' + b'<a>' * 200_000
    yield 'a name of 7 MB', b'<settings><' + b'n' * 7_000_000 + b'/></settings>'
    yield 'more than 8 MB', WRAP.format('<phone_name>' + 'x' * 9_000_000 + '</phone_name>').encode()
    yield 'control characters', b'<settings><phone-settings><phone_name>\x01\x02\x00</phone_name></phone-settings></settings>'
    yield 'not UTF-8', b'<settings><phone-settings><phone_name>\xff\xfe\xc3</phone_name></phone-settings></settings>'
    yield 'a million settings', WRAP.format('<a>1</a>' * 800_000).encode()
    yield 'an image', b'\x7fELF' + os.urandom(100_000)
    yield 'a gzip', b'\x1f\x8b\x08' + os.urandom(1000)


def prepare(scene):
    scene.phone(A).wait_current(30)
    scene.attacker = scene.host('attacker', '02:00:00:00:00:66', '10.20.0.66/24')
    scene.capture = scene.capture_lan('host 10.20.0.66 and tcp')
    scene.others = {name: scene.box.pid(f'provost-{name}.service') for name in STATIONS if name not in ('import', 'box')}


def timed(scene, *words):
    began = time.monotonic()
    status, out, err = scene.try_ctl(*words)
    return status, out + err, time.monotonic() - began


def is_well(scene):
    now = {name: scene.box.pid(f'provost-{name}.service') for name in scene.others}
    require(now == scene.others, lambda: f'a station has restarted: {scene.others} → {now}')
    require(scene.state(A) == 'current', lambda: f'{A} is {scene.state(A)}')


def test_hostile_settings_files_are_refused_at_once(scene):
    before, slowest = scene.ctl('settings', 'list', 'profile', 'foreign', '--json') if 'foreign' in scene.ctl('settings', 'list') else None, (0, '')
    for what, data in bombs():
        path = scene.put('hostile.xml', data)
        status, said, took = timed(scene, 'settings', 'import', 'profile', 'foreign', path)
        slowest = max(slowest, (took, what))
        require(status == 1 and said.strip(), lambda: f'{what}: {status} {said[:300]}')
        require(took < LIMIT_S, lambda: f'{what} took {took:.1f} s')
        machine_id = (scene.box.data_dir / 'machine-id').read_text().strip()
        require(machine_id not in said and len(said) < 20_000, lambda: f'{what}: {said[:300]}')
        status, said, took = timed(scene, 'phone', 'import', path)
        slowest = max(slowest, (took, what + ' as phones'))
        require(status == 1 and took < LIMIT_S, lambda: f'{what} as a table of phones: {status}, {took:.1f} s, {said[:300]}')
    require(before is None and 'foreign' not in scene.ctl('settings', 'list'), 'something of a hostile file was kept')
    require(not scene.capture.frames(), 'a file made the appliance talk to its author')
    is_well(scene)
    return f'slowest: {slowest[1]}, {slowest[0]:.2f} s'


def test_the_broken_sample_of_the_guide_is_explained(scene):
    status, said, _ = timed(scene, 'settings', 'import', 'profile', 'foreign', scene.put('guide.xml', BROKEN_SAMPLE.encode()))
    require(status == 1 and 'line 2' in said and 'http_pass' in said, lambda: f'{status}: {said}')
    require('secret' not in said.replace('secrets', ''), lambda: f'a value is shown: {said}')
    return next(line for line in said.splitlines() if 'line 2' in line)


def test_settings_files_of_all_three_kinds_are_taken(scene):
    kinds = {'xml': WRAP.format('<web_logout_timer perm="R">8</web_logout_timer><user_ringer idx="1" perm="">Ringer2</user_ringer>'),
             'cfg': '<html><pre>\nweb_logout_timer&: 8\nuser_ringer1&: Ringer2\n</pre></html>\n',
             'htm': '<html><body><pre>web_logout_timer&: 8\nuser_ringer1!: Ringer2\n</pre></body></html>\n'}
    for kind, text in kinds.items():
        scene.ctl('settings', 'import', 'profile', f'from-{kind}', scene.put(f'real.{kind}', text.encode()), '--replace')
        rows = scene.ctl('settings', 'list', 'profile', f'from-{kind}', '--json')['settings']
        got = {(row['name'], row.get('index'), row['value']) for row in rows}
        require(got == {('web_logout_timer', None, '8'), ('user_ringer', 1, 'Ringer2')}, lambda: f'{kind}: {got}')


def folder(members):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode='w') as archive:
        for name, content, kind in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = content.decode() if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ''
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(content) if info.size else None)
    return data.getvalue()


def test_a_folder_of_another_system_becomes_phones(scene):
    one, two = '000413E30201', '000413E30202'
    good = folder([(f'snomD785-{one}.xml', WRAP.format('<user_realname idx="1">One</user_realname>').encode(), tarfile.REGTYPE),
                   (f'sub/{two}.xml', WRAP.format('<user_realname idx="1">Two</user_realname>').encode(), tarfile.REGTYPE)])
    scene.ctl('phone', 'import-folder', scene.put('good.tar', good))
    require({one, two} <= set(scene.listed()), lambda: f'{sorted(scene.listed())}')
    rows = scene.ctl('settings', 'list', 'phone', one, '--json')['settings']
    require(('user_realname', 'One') in {(row['name'], row['value']) for row in rows}, lambda: f'{rows}')
    both = [(f'{one}.xml', WRAP.format('<user_realname idx="1">Three</user_realname>').encode(), tarfile.REGTYPE),
            ('all.xml', WRAP.format('<ring_volume perm="R">3</ring_volume>').encode(), tarfile.REGTYPE)]
    good, bad = (('snomD785.htm', f'<html><pre>\n{line}\n</pre></html>\n'.encode(), tarfile.REGTYPE)
                 for line in ('ring_volume&: 5', 'admin_mode&: off'))
    said = scene.ctl('phone', 'import-folder', scene.put('both.tar', folder([*both, good])), '--dry-run')
    require('all.xml: 1 setting of the site' in said and '1 changed' in said and 'Shared settings: 1 phone would get' in said, said)
    status, said, _ = timed(scene, 'phone', 'import-folder', scene.put('broken.tar', folder([*both, bad])))
    require(status == 1 and 'snomD785.htm' in said and 'admin_mode must' in said, lambda: f'{status}: {said}')
    require(not scene.ctl('settings', 'list', 'site', '--json')['settings'], 'shared settings of a refused folder were kept')
    rows = scene.ctl('settings', 'list', 'phone', one, '--json')['settings']
    require(('user_realname', 'One') in {(row['name'], row['value']) for row in rows}, lambda: f'a phone of a refused folder was changed: {rows}')
    evil = {'a path that climbs': [('../../etc/cron.d/x', b'x', tarfile.REGTYPE)],
            'an absolute path': [('/data/planted', b'x', tarfile.REGTYPE)],
            'a link': [('000413E30301.xml', b'/etc/machine-id', tarfile.SYMTYPE)],
            'a device': [('000413E30302.xml', b'', tarfile.CHRTYPE)],
            '50,000 files': [(f'{n:012X}.xml', b'', tarfile.REGTYPE) for n in range(15_000)]}
    for what, members in evil.items():
        status, said, took = timed(scene, 'phone', 'import-folder', scene.put('evil.tar', folder(members)))
        require(took < LIMIT_S, lambda: f'{what} took {took:.1f} s')
        require(status == 1 or 'left out' in said or 'warning' in said, lambda: f'{what}: {status} {said[:300]}')
    require(not (scene.box.data_dir / 'planted').exists() and len(scene.listed()) == 3, lambda: f'{sorted(scene.listed())}')
    is_well(scene)


def test_ten_thousand_phones_are_one_table(scene):
    secret = new_secret('Sip')
    scene.secrets['sip secret of the table'] = secret
    rows = ['mac,name,model,sip_user,sip_secret'] + [f'000413F{n:05X},Desk {n},snomD785,{100000 + n},{secret}{n}' for n in range(10_000)]
    path = scene.put('many.csv', '\n'.join(rows).encode())
    status, said, dry = timed(scene, 'phone', 'import', '--dry-run', path)
    require(status == 0 and '10000' in said.replace(',', ''), lambda: f'{said[:300]}')
    wrong = scene.put('wrong.csv', '\n'.join(rows[:5000] + ['000413F0000,short,snomD785,1,x'] + rows[5000:-1]).encode())
    status, said, _ = timed(scene, 'phone', 'import', wrong)
    require(status == 1 and '5001' in said and len(scene.listed()) == 3, lambda: f'one wrong line of ten thousand: {said[:300]}')
    status, said, _ = timed(scene, 'phone', 'import', scene.put('more.csv', '\n'.join([*rows, '000413E99999,one,snomD785,1,x']).encode()))
    require(status == 1 and '10,000' in said.replace('10000', '10,000'), lambda: f'10,001 lines: {said[:300]}')
    status, said, took = timed(scene, 'phone', 'import', path)
    require(status == 0 and len(scene.listed()) == 10_003, lambda: f'{said[:300]}')
    require(not search(said.encode() + scene.box.journal().encode(), scene.secrets), 'a secret of the table is shown')
    for name, data in scene.database_bytes().items():
        require(secret.encode() not in data, f'a secret of the table is readable in {name}')
    is_well(scene)
    return f'preview {dry:.1f} s, kept {took:.1f} s'


def test_the_station_comes_back_when_it_dies_and_reads_the_next_file(scene):
    path = scene.put('real.xml', WRAP.format('<web_logout_timer perm="R">3</web_logout_timer>').encode())
    scene.ctl('settings', 'import', 'profile', 'again', path)
    for _ in range(5):
        pid = wait_until(lambda: scene.box.pid('provost-import.service'), 10, 'station import does not run')
        os.kill(pid, signal.SIGKILL)
        status, said, took = timed(scene, 'settings', 'import', 'profile', 'again', path)
        if status:                      # the call that hit the dead one
            scene.ctl('settings', 'import', 'profile', 'again', path)
    big = scene.put('big.xml', next(data for what, data in bombs() if what == 'a million settings'))
    worker = threading.Thread(target=lambda: scene.try_ctl('settings', 'import', 'profile', 'again', big))
    worker.start()
    time.sleep(0.05)
    pid = scene.box.pid('provost-import.service')
    if pid:
        os.kill(pid, signal.SIGKILL)
    worker.join()
    status, said, took = timed(scene, 'settings', 'import', 'profile', 'again', path)
    if status:
        scene.ctl('settings', 'import', 'profile', 'again', path)
    require('3' in json.dumps(scene.ctl('settings', 'list', 'profile', 'again', '--json')), 'nothing was read afterwards')
    is_well(scene)
