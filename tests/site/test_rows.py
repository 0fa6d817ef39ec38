"""A break-in at one station gains its row of docs/architecture.md and nothing else.

Each test becomes the station: its mounts, its network, its user and groups. What the sandbox forbids a process to call
(Seccomp) cannot be tried that way and is read from the kernel instead.
"""
import contextlib
import ctypes
import json
import os
import socket

from scene import require

NET_BIND, NET_ADMIN, NET_RAW, SYS_TIME = 1 << 10, 1 << 12, 1 << 13, 1 << 25
# uid, the capabilities it may have, whether it is alone with its loopback interface
ROWS = {'store': (901, 0, True), 'pki': (902, 0, True), 'responder': (903, NET_RAW, False), 'bootstrap': (904, 0, True),
        'session': (905, NET_ADMIN, False), 'settings': (906, 0, True), 'import': (907, 0, True), 'admin': (908, 0, True),
        'openvpn': (909, 0, False),
        'edge': (910, NET_BIND, False)}
# What station admin asks of the others, for people who are signed in; the last are those of which nobody else has a use.
ADMIN = ('store ListPhones store ListAlarms store ListReach store ListRenewals store CountGenerations store ListTunnels '
         'store RevokePhone store ApprovePhone store DeletePhone store OpenWindow store SetSite store SetSource store Timeline store ListAudit '
         'store SetSettings store ListSettings store SetRow store RemoveScope store PreviewDocument store DiffDocument store ListSecrets '
         'store RevealSecret store RotateSecrets store ImportPhones store ApprovePhones store RestoreRevision store ControlRollout store SetSeal '
         'store GetEvidence store OpenEnrolment store GetEnrolmentWindow store ReplacePhone store UndoReplace store ListReplacements '
         'store CloseAlarm store RaiseAlarm store ClearAlarm store KeepReceipt store ListReceipts store AddReach store RemoveReach store ListEnds '
         'import Read settings Resync settings BeginFirmware settings AppendFirmware settings FinishFirmware settings RemoveFirmware '
         'box Status box Watch box GetClock box SetClock session Status session ConfirmClosed session TryCertificate '
         'pki StepRollover pki GetRollover pki GetEnds '
         'store SearchPhones store CountPhones store SearchAudit store CheckAudit store NoteAudit store ListUsers store GetUserSecrets store SetUser '
         'store RemoveUser store UseUserCode store ListTokens store AddToken store FindToken store RemoveToken settings TryTunnel '
         'session CountTunnels session GetTunnel box ListCards box GetPage box GetFacts box ReadLog box GetSeed '
         'pki GetPageCertificate pki SetPageCertificate pki RemovePageCertificate').split()
ADMIN = [' '.join(pair) for pair in zip(ADMIN[::2], ADMIN[1::2])]
OTHERS = {'box': (0, NET_ADMIN, False), 'clock': (197, NET_BIND | SYS_TIME, False)}
READ = {'/var/lib/provost/store/provost.db': {'store'}, '/var/lib/provost/pki/authority.sealed': {'pki'},
        '/data/var/lib/provost/store/provost.db': {'store'}, '/data/var/lib/provost/pki/edge-p256.sealed': {'pki'},
        '/data/credentials/store.key': set(), '/data/credentials/pki.key': set(), '/var/lib/systemd/credential.secret': set(),
        '/run/credentials/provost-store.service/store.key': {'store'},
        '/run/credentials/provost-pki.service/pki.key': {'pki'},
        '/run/provost/tls/edge-p256.key': {'pki', 'edge'}, '/run/provost/tls/page.key': {'pki', 'edge'}, '/run/provost/tls/edge-rsa.key': {'pki', 'edge'},
        '/run/provost/openvpn/server.conf': {'session', 'openvpn'}, '/etc/shadow': set(),
        # A maker's image is no secret: who has a folder beside it sees it.
        '/var/lib/provost/firmware/image.bin': {'settings', 'store', 'pki'}, '/run/provost/firmware/image.bin': {'edge'}}
WRITE = {'/usr/planted': set(), '/etc/planted': set(), '/run/planted': set(), '/data/planted': set(),
         '/run/provost/planted': set(), '/run/systemd/network/planted.network': set(), '/run/provost/edge/nginx.conf': set(),
         '/run/provost/openvpn/server.conf': {'session'}, '/run/provost/tls/edge-p256.key': {'pki'},
         '/run/provost/clock/chrony.conf': set(), '/var/lib/provost/firmware/planted': {'settings'},
         '/run/provost/firmware/planted': set(), '/run/provost/firmware/image.bin': set(), '/usr/lib/provost/provost-store': set(),
         '/var/lib/provost/store/provost.db': {'store'}, '/var/lib/provost/pki/authority.sealed': {'pki'}}
CALL = {'store GetDocument': {'settings'}, 'store MarkServed': {'settings'}, 'store GetEnrolment': {'bootstrap'},
        'store SetEnrolment': {'bootstrap'}, 'store MarkEnrolled': {'bootstrap'}, 'store CommitLeases': {'responder'},
        'store ReportTunnel': {'session'}, 'store ListTunnels': {'session'}, 'store ListPhones': {'responder'},
        'store RevokePhone': set(), 'store ApprovePhone': set(), 'store DeletePhone': set(), 'store OpenWindow': set(),
        'store SetSite': set(), 'store SetSource': set(), 'store Timeline': set(), 'store ListAudit': set(),
        'store SetSettings': set(), 'store ListSettings': set(), 'store SetRow': set(), 'store RemoveScope': set(),
        'store PreviewDocument': set(), 'store DiffDocument': set(), 'store ListSecrets': set(), 'store RevealSecret': set(),
        'store RotateSecrets': set(), 'store ImportPhones': set(), 'store ApprovePhones': set(), 'store RestoreRevision': set(),
        'store ControlRollout': set(), 'store SetSeal': set(), 'store AddFirmware': {'settings'}, 'store RemoveFirmware': {'settings'},
        'import Read': set(), 'settings Resync': set(), 'settings BeginFirmware': set(), 'settings AppendFirmware': set(),
        'settings FinishFirmware': set(), 'settings RemoveFirmware': set(), 'pki IssueClient': {'bootstrap'}, 'pki GetVpnServer': {'session'},
        'pki GetVpnKeys': {'session', 'bootstrap'}, 'pki PrepareEdge': set(), 'box Status': set(), 'box Watch': set(),
        'session Status': set(), 'session ConfirmClosed': set(), 'session TryCertificate': set(),
        'store GetEvidence': set(), 'store OpenEnrolment': set(), 'store GetEnrolmentWindow': set(), 'store ReplacePhone': set(),
        'store UndoReplace': set(), 'store ListReplacements': set(), 'store ListAlarms': {'responder'}, 'store CloseAlarm': set(),
        'store RaiseAlarm': {'pki', 'responder', 'bootstrap', 'session', 'settings'}, 'store ClearAlarm': {'pki', 'responder', 'bootstrap', 'session', 'settings'}, 'store KeepReceipt': set(), 'store ListReceipts': set(),
        'store ListReach': {'session'}, 'store AddReach': set(), 'store RemoveReach': set(), 'store ListEnds': set(),
        'store ListRenewals': {'bootstrap'}, 'store ReportEnds': {'bootstrap'}, 'store SetAuthorities': {'bootstrap'},
        'store CountGenerations': {'bootstrap'}, 'pki StepRollover': set(), 'pki TellTime': set(), 'pki GetRollover': {'bootstrap', 'session'},
        'pki GetEnds': {'bootstrap', 'session'}, 'box GetClock': set(), 'box SetClock': set(), 'admin GetSetup': set(), 'admin ResetUser': set()}
for key in ADMIN:
    CALL.setdefault(key, set()).add('admin')
ASK = {'bootstrap': {'edge'}, 'settings': {'edge'}, 'admin': {'edge'}}  # the HTTP sockets


def prepare(scene):
    scene.phone('000413F00101').wait_current(30)
    scene.ctl('firmware', 'add', '-', '--name', 'image.bin', '--model', 'snomD785', '--version', '10.1.1.1', stdin='an image')
    scene.try_ctl('settings', 'import', 'profile', 'none', '-', '--dry-run', stdin='<settings/>')       # import runs when it is asked
    scene.pids = {name: scene.box.pid(f'provost-{name}.service') for name in {**ROWS, **OTHERS}}
    missing = [name for name, pid in scene.pids.items() if not pid]
    require(not missing, lambda: f'not running: {missing}')


def facts(pid):
    with open(f'/proc/{pid}/status') as file:
        return {line.split(':')[0]: line.split(':')[1].split() for line in file if ':' in line}


def become(pid):
    """This process, for good, is what runs in the station's sandbox."""
    status = facts(pid)
    spaces = [os.open(f'/proc/{pid}/ns/{name}', os.O_RDONLY) for name in ('ipc', 'net', 'mnt')]
    for space in spaces:
        if ctypes.CDLL(None, use_errno=True).setns(space, 0):
            raise OSError(ctypes.get_errno(), 'setns')
    os.chdir('/')
    os.setgroups([int(word) for word in status['Groups']])
    os.setresgid(*[int(word) for word in status['Gid'][:3]])
    os.setresuid(*[int(word) for word in status['Uid'][:3]])


def inside(pid, act):
    """The JSON of what act() gives in the station's place."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        said = None
        try:
            become(pid)
            said = act()
        except BaseException as error:
            said = {'broken': repr(error)}
        finally:
            os.write(write, json.dumps(said).encode())
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        said = json.load(file)
    os.waitpid(child, 0)
    require('broken' not in said, lambda: f'the test could not become the station: {said}')
    return said


def can_open(path, flags):
    there = os.path.lexists(path)
    try:
        os.close(os.open(path, flags | os.O_CLOEXEC, 0o600))
    except OSError:
        return False
    if not there and flags & os.O_CREAT:
        with contextlib.suppress(OSError):
            os.unlink(path)
    return True


def may_call(station, method):
    """Whether it gets anything but a refusal of the caller."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(5)
        try:
            peer.connect(f'/run/provost/{station}')
            peer.sendall(json.dumps({'method': f'io.provost.{station.capitalize()}.{method}', 'parameters': {}}).encode() + b'\0')
            answer = b''
            while not answer.endswith(b'\0'):
                part = peer.recv(65536)
                if not part:
                    return False
                answer += part
        except (PermissionError, FileNotFoundError):      # not there: hidden from it, see the control of the test
            return False
    return json.loads(answer[:-1]).get('error') != 'org.varlink.service.PermissionDenied'


def may_ask(station):
    """Whether it hears more than that nobody but the edge is answered (root and admin are told so; they may try by HEAD)."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(5)
        try:
            peer.connect(f'/run/provost/http/{station}')
            peer.sendall(b'GET / HTTP/1.1\r\nHost: provost\r\n\r\n')
            answer = peer.recv(1000)
            return bool(answer) and b'A trial is a HEAD request' not in answer
        except OSError:
            return False


def judge(scene, what, table, attempt):
    """Every station tries every line of the table; gives the count."""
    wrong, n = [], 0
    for name in ROWS:
        said = inside(scene.pids[name], lambda: {key: attempt(key) for key in table})
        for key, allowed in table.items():
            n += 1
            if said[key] != (name in allowed):
                wrong.append(f'{name} {"can" if said[key] else "cannot"} {what} {key}')
    require(not wrong, lambda: '; '.join(wrong))
    return f'{n} attempts, {n - sum(len(allowed) for allowed in table.values())} refused'


def test_each_station_runs_as_its_user_with_its_capabilities_and_no_core_dumps(scene):
    wrong = []
    for name, (uid, capabilities, _) in {**ROWS, **OTHERS}.items():
        status = facts(scene.pids[name])
        if set(status['Uid']) != {str(uid)}:
            wrong.append(f'{name} runs as {status["Uid"]}')
        for kind in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
            if int(status[kind][0], 16) & ~capabilities:
                wrong.append(f'{name}: {kind} is {status[kind][0]}')
        if status['NoNewPrivs'] != ['1'] or status['Seccomp'] != ['2']:
            wrong.append(f'{name}: NoNewPrivs {status["NoNewPrivs"]}, Seccomp {status["Seccomp"]}')
        with open(f'/proc/{scene.pids[name]}/limits') as file:
            core = next(line.split()[4:6] for line in file if line.startswith('Max core file size'))
        if core != ['0', '0']:
            wrong.append(f'{name}: core dumps up to {core}')
    require(not wrong, lambda: '; '.join(wrong))
    return f'{len(ROWS) + len(OTHERS)} processes'


def test_stations_without_a_network_have_none(scene):
    for name, (_, _, alone) in ROWS.items():
        cards = inside(scene.pids[name], lambda: [card for _, card in socket.if_nameindex()])
        require((cards == ['lo']) == alone, lambda: f'{name} sees {cards}')


def test_no_station_reads_what_is_anothers(scene):
    leader = scene.box.leader()
    missing = [path for path in READ if not os.path.exists(f'/proc/{leader}/root{path}')]
    missing = [path for path in missing if not path.startswith(('/run/credentials/', '/run/provost/firmware/'))]     # mounted for their unit alone
    require(not missing, lambda: f'the control: {missing} is not there')
    return judge(scene, 'read', READ, lambda path: can_open(path, os.O_RDONLY))


def test_no_station_writes_what_is_anothers(scene):
    def attempt(path):
        return can_open(path, os.O_WRONLY | (os.O_CREAT if 'planted' in path else 0))
    return judge(scene, 'write', WRITE, attempt)


def test_no_station_calls_what_is_anothers(scene):
    missing = {key.split()[0] for key in CALL if not os.path.exists(f'/proc/{scene.box.leader()}/root/run/provost/{key.split()[0]}')}
    require(not missing, lambda: f'the control: the sockets of {missing} are not there')
    return judge(scene, 'call', CALL, lambda key: may_call(*key.split()))


def test_only_the_edge_is_heard_on_the_http_sockets(scene):
    return judge(scene, 'ask', ASK, may_ask)


def test_the_image_has_no_shell_no_password_and_nothing_privileged(scene):
    root = f'/proc/{scene.box.leader()}/root'
    shells, special, writable = [], [], []
    for folder, names, files in os.walk(f'{root}/usr'):
        for name in files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if name in ('sh', 'bash', 'dash', 'busybox', 'python3', 'perl', 'su', 'sudo', 'login', 'agetty', 'sulogin', 'sshd'):
                shells.append(path)
            if status.st_mode & 0o6000 or 'security.capability' in os.listxattr(path, follow_symlinks=False):
                special.append(path)
            if status.st_mode & 0o002 and not os.path.islink(path):
                writable.append(path)
    require(not shells and not special and not writable, lambda: f'{shells} {special} {writable}')
    with open(f'{root}/etc/shadow') as file:
        open_doors = [line for line in file if line.split(':')[1] not in ('*', '!', '!*')]
    with open(f'{root}/etc/passwd') as file:
        open_doors += [line for line in file if not line.rstrip().endswith('/nologin')]
    require(not open_doors, lambda: f'{open_doors}')
