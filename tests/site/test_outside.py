"""What somebody types who has never seen the code: answers, refusals and exit statuses (issue 2)."""
import os
import subprocess
import sys

from appliance import OUT, REPOSITORY
from scene import require

MAC = '000413A0AB01'
REFUSED = (                                             # words, exit status, what the one sentence must say
    ('frob', 2, '`provostctl help`'),
    ('phone frob', 2, 'choose one of those above'),
    ('phone', 2, 'needs a second word'),
    ('phone show', 2, 'the line above shows the whole command'),
    ('phone add 000413AABBZZ', 2, 'write it like 000413AABBCC'),
    ('phone add 01005e000001', 2, 'of a group or of nobody'),
    ('phone approve 000413A0ABFF', 1, '`provostctl phone list`'),
    ('site set colour=blue', 1, '`provostctl site show`'),
    ('site set lan_address=10.20.0.1/33', 1, 'prefix of 8 to 30'),
    ('site set pool_first=10.99.0.5', 1, 'not a host address of the phone LAN'),
    ('site set bootstrap_url=https://evil.example/{mac}.xml', 1, 'under no trusted source'),
    ('site set unknown_clients=perhaps', 1, 'plain or silent'),
    ('site set phone_ca=hello', 1, 'BEGIN CERTIFICATE'),
    ('source set x http://', 1, 'https://host/path/'),
    ('source remove appliance', 1, 'cannot be removed'),
    ('profile set p setting_server=https://evil.example/', 1, 'decided by the appliance'),
)


def test_every_refusal_is_one_sentence_with_its_status(scene):
    before = scene.ctl('site', 'show', '--json')
    for words, status, says in REFUSED:
        got, out, err = scene.try_ctl(*words.split())
        last = err.strip().splitlines()[-1] if err.strip() else ''
        require(got == status and not out and last.startswith('provostctl: ') and says in last and last.endswith('.'),
                lambda: f'{words}: {got}, "{last}"')
    require(scene.ctl('site', 'show', '--json') == before, 'a refused value changed the site')
    return f'{len(REFUSED)} refusals'


def test_the_list_shows_where_a_phone_is_and_when_it_asked(scene):
    phone = scene.phone(MAC)
    phone.wait_current(60)
    row = next(line for line in scene.ctl('phone', 'list').splitlines() if line.startswith(MAC.lower()))
    for what in (phone.address, phone.tunnel_address, 'current'):
        require(what in row.split(), lambda: f'{what} is not in "{row}"')
    require(row.split()[-1].count(':') == 2, lambda: f'no time in "{row}"')


def test_make_ctl_waits_for_no_input(scene):
    """Its standard input may be a pipe that nobody closes."""
    run = [sys.executable, str(REPOSITORY / 'rootfs/run/provost-run'), 'ctl']
    environment = {**os.environ, 'O': str(OUT), 'NETNS': scene.name}
    process = subprocess.Popen([*run, 'phone', 'list', '--json'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, env=environment, text=True)
    try:
        status = process.wait(30)
    finally:
        process.kill()
        process.stdin.close()
    require(status == 0 and process.stdout.read().startswith('{"phones":'), lambda: f'exit {status}')
    result = subprocess.run([*run, 'site', 'set', 'phone_ca=@-'], input=scene.pki.authorities_pem(), text=True, env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    require(result.returncode == 0 and 'Stored' in result.stdout, lambda: result.stdout)
