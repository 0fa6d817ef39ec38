"""What stands between somebody at the machine, or one station that was taken over, and the appliance: sandboxes, kernel, console, watchdog."""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

from machine_scene import BOOT_S, OUT, MachineScene        # first: it says where the next ones are
import machine
from common import IMAGE_ROOT, REPOSITORY, TREE, in_root, tool
from scene import TUNNEL, require
from tools import wait_until

LOGS = OUT / 'check/image'
HERE = pathlib.Path(__file__).resolve().parent
UNITS = 'usr/lib/systemd/system'
MOST = 1.5
# Why a unit stays above MOST, or its process could not do its work.
REASONS = {
    'provost-box.service': 'root, because systemd takes jobs from root alone (its own socket, no D-Bus); adjtimex, to read whether the clock '
                           'is in step; netlink and CAP_NET_ADMIN for cards and firewall',
    'provost-clock.service': 'chrony: sets the clock (CAP_SYS_TIME and three system calls) and serves UDP 123 to every phone',
    'provost-update-disk@.service': 'root with CAP_SYS_ADMIN and all disks: writes slots and partition tables through systemd-sysupdate; no network, runs while an update is written',
}


# --- the units ---------------------------------------------------------------

def scores():
    """{unit: exposure} of all services of ours, by systemd-analyze of the image's systemd."""
    found = {}
    for path in sorted((TREE / UNITS).glob('provost-*.service')):
        if 'ExecStart=' not in path.read_text():
            continue                    # no process
        said = in_root(IMAGE_ROOT, ['systemd-analyze', 'security', '--offline=true', f'--root={TREE}', '--no-pager', path.name],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        match = re.search(r'Overall exposure level for \S+: ([0-9.]+)', said)
        require(match, lambda: f'systemd-analyze says nothing of {path.name}: {said[-300:]}')
        found[path.name] = float(match[1])
    return found


def table_of(found):
    lines = ['| unit | exposure | what keeps it there |', '| --- | --- | --- |']
    lines += [f'| {name.removesuffix(".service")} | {score:.1f} | {REASONS.get(name, "")} |' for name, score in found.items()]
    return '\n'.join(lines)


def test_every_unit_of_ours_is_closed_as_far_as_its_work_allows(say):
    found = scores()
    table = table_of(found)
    print(table, flush=True)
    text = (REPOSITORY / 'docs/hardening.md').read_text()
    stands = re.search(r'<!-- units: .*?-->\n(.*?)\n<!-- units: end -->', text, re.DOTALL)
    high = [name for name, score in found.items() if score > MOST and name not in REASONS]
    require(not high, lambda: f'above {MOST} and without a reason: {high}')
    idle = [name for name in REASONS if found.get(name, 9) <= MOST]
    require(not idle, lambda: f'have a reason to be above {MOST} and are not, or are gone: {idle}')
    require(stands and stands[1].strip() == table.strip(), 'the table of docs/hardening.md is another one: put the one above in its place')
    return f'{sum(score <= MOST for score in found.values())} of {len(found)} at {MOST} or less'


def test_no_unit_takes_what_the_hypervisor_hands_over_but_the_setup_file(_say):
    """SMBIOS carries credentials; systemd's own units would take files, sysctls and sinks of the journal from them."""
    taken = {}
    for path in sorted((TREE / UNITS).glob('*.service')):
        wanted = []
        for part in [path, *sorted((TREE / UNITS / f'{path.name}.d').glob('*.conf')), *sorted((TREE / UNITS / 'service.d').glob('*.conf'))]:
            for line in part.read_text().splitlines():
                match = re.fullmatch(r'(ImportCredential|LoadCredential|SetCredential)\w*=(.*)', line.strip())
                if match:
                    wanted = wanted + [match[2]] if match[2] else []
        if wanted:
            taken[path.name] = wanted
    require(taken.pop('provost-seed.service', None) == ['provost.setup'], 'provost-seed.service does not take the setup file')
    foreign = {name: words for name, words in taken.items() if not all(':/data/credentials/' in word for word in words)}
    require(not foreign, lambda: f'{foreign}')
    generators = [str(path) for path in (TREE / 'usr/lib/systemd').glob('*-generators/*')]
    require(not generators, lambda: f'generators make units of credentials and of the command line: {generators}')
    names = {path.name for path in (TREE / UNITS).rglob('*')}
    doors = [name for name in names if re.match(r'(ctrl-alt-del|rescue|debug-shell|emergency\.service|.*getty)', name)]
    require(not doors, lambda: f'units that open something at the console: {doors}')
    return f'{len(taken)} further units take keys of the data partition alone'


# --- a machine that is looked at from within -----------------------------------

def make_probe(folder):
    """The initramfs with the probe before it."""
    tree = folder / 'probe'
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    tool('gcc', '-std=gnu17', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-O2', '-static', '-s', '-o', tree / 'probe', HERE / 'probe.c')
    spare = next((OUT / 'image/modules').rglob('dummy.ko'), None)
    require(spare, 'the image has no module dummy, which this test would load')
    shutil.copyfile(spare, tree / 'spare.ko')
    (tree / 'sysctls').write_text(''.join(f'{name.replace(".", "/")}\n' for name in wanted_sysctls()))
    tool('sh', '-c', 'cd "$1" && find . | cpio --quiet -o -H newc -R 0:0 > "$2"', 'cpio', tree, folder / 'probe.cpio')
    whole = folder / 'initrd.probe'
    whole.write_bytes((folder / 'probe.cpio').read_bytes() + machine.INITRD.read_bytes())
    return whole


def wanted_sysctls():
    found = {}
    for path in (TREE / 'usr/lib/sysctl.d/90-provost.conf', TREE / 'usr/lib/provost/lock.conf'):
        for line in path.read_text().splitlines():
            if '=' in line and not line.startswith('#'):
                name, value = (word.strip() for word in line.lstrip('-').split('=', 1))
                found[name] = value
    return found


def probed(scene):
    """{word: [values]} of the probe's lines."""
    found = {}
    for line in scene.box.console_text().splitlines():
        match = re.search(r'probe (\S+) ?(.*)', line)
        if match:
            found.setdefault(match[1], []).append(match[2].strip())
    return found


def judge_kernel(found):
    wanted, wrong = wanted_sysctls(), []
    have = dict(row.split(' ', 1) if ' ' in row else (row, '') for row in found['sysctl'])
    for name, value in wanted.items():
        got = have.get(name.replace('.', '/'), 'nothing')
        if got != value and 'No such file' not in got:
            wrong.append(f'{name} is {got}, not {value}')
    tried = dict(row.split(' ', 1) for row in found['try'])
    wrong += [f'root can still: {what} ({said})' for what, said in tried.items()
              if said in ('loaded', 'opened') or (what == 'sysrq' and said != '0')]
    if '[integrity]' not in found['lockdown'][0]:
        wrong.append(f'lockdown is {found["lockdown"][0]}')
    absent = [name for name in wanted if 'No such file' in have.get(name.replace('.', '/'), '')]
    require(not wrong, lambda: '; '.join(wrong))
    return f'{len(wanted) - len(absent)} sysctls' + (f', not in this kernel: {" ".join(absent)}' if absent else '')


def judge_mounts(found):
    """What can be written can hold no program, no device and no set-user-id file."""
    rows = [row.split() for row in found['mount']]
    rights = {row[1]: set(row[3].split(',')) for row in rows}
    kinds = {row[1]: row[2] for row in rows}
    wrong = []
    for place, options in rights.items():
        wanted = {'nosuid', 'nodev', 'noexec'} - ({'nodev'} if kinds[place] == 'devtmpfs' else set())
        if 'ro' not in options and kinds[place] not in ('devpts', 'autofs', 'rootfs') and not wanted <= options:
            wrong.append(f'{place} ({kinds[place]}) lacks {" ".join(sorted(wanted - options))}')
    require('/data' in rights and '/tmp' in rights and '/run' in rights and '/dev/shm' in rights, lambda: f'not mounted: {sorted(rights)}')
    require('ro' in rights['/'], 'the root file system can be written')
    require(not wrong, lambda: '; '.join(wrong))
    return f'{sum("ro" not in options for options in rights.values())} mounts that can be written'


def judge_words(found):
    line = found['cmdline'][0]
    require('debug_shell' not in line and 'rescue' not in line and 'quiet' in line, lambda: f'systemd was shown {line}')
    require(found['arguments'] == ['/usr/lib/systemd/systemd'], lambda: f'systemd was started with {found["arguments"]}')
    require('SYSTEMD_UNIT_PATH' not in found['environment'][0] and 'LD_PRELOAD' not in found['environment'][0],
            lambda: f'systemd has the environment {found["environment"]}')


def test_a_running_machine_is_locked_and_its_kernel_carries_the_tunnels(say):
    """One start: phones in tunnels of the kernel, a revoke, ways to a shell, what root may still do, and in the soak a hang that the watchdog ends."""
    scene = MachineScene('hardening', LOGS)
    usual = machine.INITRD
    try:
        LOGS.mkdir(parents=True, exist_ok=True)
        machine.INITRD = make_probe(LOGS)
        folder = LOGS / 'hardening-words'
        folder.mkdir(exist_ok=True)
        scene.start(firmware=False, extra=door_words(folder), append=f'loglevel=5 printk.devkmsg=on rdinit=/probe {WORDS}')
        say(f'ready after {scene.box.elapsed():.0f} s')
        tunnels_of_the_kernel(scene, say)
        _, log, _ = scene.try_ctl('log', '--text', OPENED, '--limit', '50')
        text = scene.box.console_text()
        require(OPENED not in text and OPENED not in log, lambda: f'a word or a credential was obeyed: {text[text.find(OPENED) - 300:][:600]}')
        say(f'{len(WORDS.split())} words and {len(CREDENTIALS)} credentials of the hypervisor were not obeyed')
        monitor = Monitor(folder / 'qmp.sock')
        monitor.ask('set_link', name='n0', up=False)
        monitor.close()
        scene.box.wait_console('probe end', BOOT_S)
        found = probed(scene)
        say(judge_kernel(found))
        say(judge_mounts(found))
        judge_words(found)
        require(found['watchdog'] and 'active' in found['watchdog-state'][0], lambda: f'the watchdog: {found["watchdog"]}, {found["watchdog-state"]}')
        said = f'{found["watchdog"][0]}, {found["watchdog-timeout"][0]} s'
        if not os.environ.get('PROVOST_SOAK'):
            return said                 # a minute of waiting for the watchdog
        scene.box.wait_console('hangs process 1', 120)
        began = time.monotonic()
        wait_until(lambda: scene.box.console_text().count('Linux version') > 1, 200, 'the machine that hangs is not restarted')
        say(f'hung, and restarted after {time.monotonic() - began:.0f} s by {said}')
        return said
    except Exception:
        print(scene.explain('hardening'), flush=True)
        raise
    finally:
        machine.INITRD = usual
        scene.close()


def tunnels_of_the_kernel(scene, say):
    a, b = scene.phone('000413D10101'), scene.phone('000413D10102')
    for phone in (a, b):
        phone.wait_current(BOOT_S)
    rows = scene.tunnels()
    wanted = 'kernel' if 'PROVOST_KERNEL_VPN=y' in (OUT / 'auto.conf').read_text() else 'user'
    for phone in (a, b):
        row = rows[phone.mac]
        require(row['data_channel'] == wanted, lambda: f'{row}')
        require(row['bytes_in'] > 1000 and row['bytes_out'] > 1000, lambda: f'nothing is counted: {row}')
    died = scene.ctl('log', '--text', 'openvpn-fatal')
    require('openvpn-fatal' not in died, lambda: f'OpenVPN died under the first phone: {died[-400:]}')
    say(f'two phones are current in tunnels, data channel: {wanted} ({rows[a.mac]["cipher"]})')
    scene.ctl('phone', 'resync', b.mac)                 # fails when the NOTIFY is not answered out of the tunnel
    before = a.fetch(f'https://{TUNNEL}/{a.mac}.xml')
    require(before.status == 200, lambda: f'{before}')
    said = scene.ctl('phone', 'revoke', a.mac)
    require(re.search('closed', said), lambda: f'it said: {said}')
    require(a.mac not in scene.tunnels(), 'its tunnel is there after the reply')
    after = a.fetch(f'https://{TUNNEL}/{a.mac}.xml', timeout_s=5)
    require(not after.status, lambda: f'settings came after the revoke: {after}')
    # A new rule of reach is told at admission only: session asks the phone to begin anew, and it comes back.
    scene.ctl('reach', 'add', 'site', '192.0.2.0/24', 'tcp', '5061')
    wait_until(lambda: b.vpn and any('192.0.2.0' in line for line in b.vpn.lines), 60, 'the phone was not asked to begin anew')
    b.wait_current(60)
    require(b.fetch(f'https://{TUNNEL}/{b.mac}.xml').status == 200, 'the other phone has no settings')
    say('a revoke ended the one at once, the other began anew when it was asked to')


# --- ways to a shell ---------------------------------------------------------------

OPENED = 'OPENED42'              # what a credential that is obeyed writes, and nobody else
SHELL_UNIT = '[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sh\nStandardInput=tty-force\nTTYPath=/dev/ttyS0\n'
# What systemd does on a word. With Secure Boot as well the kernel image's stub takes such words from the hypervisor.
WORDS = ('systemd.debug_shell=ttyS0 systemd.debug-shell systemd.unit=rescue.target single emergency init=/bin/sh '
         'systemd.wants=shell.service systemd.run=/bin/sh systemd.crash_shell=1 systemd.confirm_spawn=/dev/ttyS0 '
         'systemd.setenv=LD_PRELOAD=/data/x.so LD_PRELOAD=/data/x.so SYSTEMD_UNIT_PATH=/data/units '
         'systemd.set_credential=tmpfiles.extra:f+=/dev/kmsg systemd.mask=provost-console@ttyS0.service lockdown=none')
# What systemd would take from SMBIOS and fw_cfg; the lines of tmpfiles show themselves on the console.
CREDENTIALS = {
    'systemd.extra-unit.shell.service': SHELL_UNIT,
    'systemd.unit-dropin.provost-console@ttyS0.service~door': '[Service]\nExecStart=\nExecStart=/bin/sh\n',
    'tmpfiles.extra': 'w /dev/kmsg - - - - <2>OPENED42 by tmpfiles\nL /run/systemd/system/sysinit.target.wants/shell.service - - - - ../shell.service\n',
    'sysctl.extra': 'kernel.sysrq=1\nkernel.printk=7 7 7 7\n',
    'passwd.hashed-password.root': '$1$x$x', 'passwd.shell.root': '/bin/sh', 'getty.ttys.serial': 'ttyS0', 'agetty.autologin': 'root',
    'shell.prompt.prefix': OPENED, 'fstab.extra': '/dev/vda1 /usr vfat', 'udev.rules.door': 'RUN+="/bin/sh"',
}


def door_words(folder):
    """QEMU's words: what a hypervisor may hand over, and its monitor."""
    words = ['-qmp', f'unix:{folder / "qmp.sock"},server=on,wait=off']
    for i, (name, text) in enumerate(CREDENTIALS.items()):
        path = folder / f'smbios-{i}'
        path.write_text(f'io.systemd.credential:{name}={text}')
        words += ['-smbios', f'type=11,path={path}']
        raw = folder / f'fw-{i}'
        raw.write_text(text)
        if len(name) < 30:
            words += ['-fw_cfg', f'name=opt/io.systemd.credentials/{name},file={raw}']
    return words


class Monitor:
    """QEMU's monitor."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.file = self.socket.makefile('rw')
        self.file.readline()
        self.ask('qmp_capabilities')

    def ask(self, command, **arguments):
        self.file.write(json.dumps({'execute': command, 'arguments': arguments}) + '\n')
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if 'return' in answer or 'error' in answer:
                return answer

    def close(self):
        self.file.close()
        self.socket.close()
