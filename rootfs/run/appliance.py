"""appliance: one running appliance, in a container or in a virtual machine.

In:  a SiteLan, the root directory or disk image that `make image` made. Needs root.
Out: start, provostctl, processes, console, power cut, clean end. State lives in build/run/NAME/.
Not: no site is configured here, no phone started (provost-run does that).

All output of one appliance is in its state directory: console.log, data/ (the data partition), pid.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import machine
from sitelan import LanError, SiteLan, ip, popen, run  # noqa: F401: part of this module's interface

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = pathlib.Path(os.environ.get('O') or REPOSITORY / 'build').absolute()
TREE = OUT / 'image/root'
RUN = OUT / 'run'
PROVOSTCTL = '/usr/bin/provostctl'


class ApplianceError(Exception):
    """A sentence for a person."""


def choose_via(wanted=None):
    """('container' or 'vm', why): what `make run` uses; wanted is what the person asked for."""
    if wanted in ('container', 'vm'):
        kvm, why = machine.kvm_works()
        if wanted == 'vm':
            return 'vm', f'you asked for it; {"with KVM" if kvm else f"emulated, which is slow: {why}"}'
        return 'container', 'you asked for it'
    if wanted:
        raise ApplianceError(f'VIA={wanted} is unknown: use VIA=container or VIA=vm')
    kvm, why = machine.kvm_works()
    if kvm:
        return 'vm', 'KVM works here'
    if shutil.which('systemd-nspawn'):
        return 'container', why
    return 'vm', f'{why}, and systemd-nspawn is not installed, so the machine is emulated, which is slow'


def process_identity(pid):
    """What tells a process from a later one with the same number, or None when there is none."""
    try:
        text = pathlib.Path(f'/proc/{pid}/stat').read_text()
    except OSError:
        return None
    fields = text.rsplit(')', 1)[1].split()
    return None if fields[0] in 'ZX' else f'{pid} {fields[19]}'


def children(pid):
    try:
        words = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()
    except OSError:
        return []
    return [int(word) for word in words]


def namespace_pids(pid):
    """The numbers a process has, outermost namespace first."""
    try:
        status = pathlib.Path(f'/proc/{pid}/status').read_text()
    except OSError:
        return []
    match = re.search(r'^NSpid:\s*(.*)$', status, re.MULTILINE)
    return [int(word) for word in match[1].split()] if match else []


class Appliance:
    """One appliance on a SiteLan.

    via        'container' or 'vm'
    data_dir   container: the directory that is /data; kept when given or when keep is set, else made fresh
    keep       keep the data of the last run of this name
    seed       a file: the provost-setup.json of an unattended site, given as the credential provost.setup
    machine_options  see machine.Machine
    """

    def __init__(self, lan, via='container', data_dir=None, keep=False, state_dir=None, seed=None, **machine_options):
        self.lan = lan
        self.name = lan.name
        self.via = via
        self.state_dir = pathlib.Path(state_dir) if state_dir else RUN / self.name
        self.data_dir = pathlib.Path(data_dir) if data_dir else self.state_dir / 'data'
        self.console_path = self.state_dir / 'console.log'
        self.started = None
        self.process = None
        self.pid_number = None
        self.machine_options = machine_options
        self.seed = seed
        self.machine = None
        self.waiting_for = ''
        self.fresh = not keep and not data_dir
        if via not in ('container', 'vm'):
            raise ApplianceError(f'an appliance runs in a container or in a vm, not in "{via}"')

    # --- life ----------------------------------------------------------------

    def start(self):
        """Start it and return at once. Data of the last run is deleted the first time unless kept."""
        if self.is_running():
            raise ApplianceError(f'an appliance named {self.name} is running already: `make stop` ends it')
        self.state_dir.mkdir(parents=True, exist_ok=True)
        if self.via == 'container':
            self._start_container()
        else:
            self._start_machine()
        self.fresh = False
        self._remember()

    def _start_container(self):
        if not TREE.is_dir():
            raise ApplianceError(f'{TREE} is not there: run `make image` first')
        self.lan.renew_box()
        if self.fresh:
            shutil.rmtree(self.data_dir, ignore_errors=True)
        (self.data_dir / 'var').mkdir(parents=True, exist_ok=True)
        self.data_dir.chmod(0o755)
        machine_id = self.data_dir / 'machine-id'
        if not machine_id.exists():
            machine_id.write_text(uuid.uuid4().hex + '\n')
        root = self._own_root()
        command = ['systemd-nspawn', '--quiet', '--register=no', f'--machine={self.name}', f'--directory={root}',
                   '--read-only', '--boot', '--capability=CAP_NET_ADMIN', '--console=read-only', '--link-journal=no',
                   '--resolv-conf=off', '--timezone=off', f'--network-namespace-path=/run/netns/{self.lan.box}',
                   f'--uuid={machine_id.read_text().strip()}', f'--bind={self.data_dir}:/data',
                   f'--bind={self.data_dir / "var"}:/var', f'--bind-ro={machine_id}:/etc/machine-id']
        if self.seed:
            command.append(f'--load-credential=provost.setup:{pathlib.Path(self.seed).absolute()}')
        if not os.path.isdir('/run/systemd/system'):
            command = cgroup_of_its_own(self.name, command + ['--keep-unit'])
        self.started = time.monotonic()
        with open(self.console_path, 'wb') as console:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                                            start_new_session=True,
                                            env={**os.environ, 'SYSTEMD_NSPAWN_API_VFS_WRITABLE': 'network'})
        self.pid_number = self.process.pid

    def _own_root(self):
        """The root directory as it is now, linked, so that a new build does not pull it away from under us."""
        root = self.state_dir / 'root'
        if root.exists():
            shutil.rmtree(root)
        subprocess.run(['cp', '-a', '-l', str(TREE), str(root)], check=True)
        return root

    def _start_machine(self):
        self.lan.renew_box()
        self.lan.without_taps()
        self.lan.with_taps()
        if not self.machine:
            self.machine = machine.Machine(self.state_dir, self.lan.box, fresh=self.fresh, seed=self.seed, **self.machine_options)
        self.console_path.write_bytes(b'')
        self.started = time.monotonic()
        self.process = self.machine.start()
        self.pid_number = self.process.pid

    def stop(self, timeout_s=30):
        """End it cleanly; after timeout_s by force. True when it ended by itself."""
        if not self.is_running():
            self._after()
            return True
        if self.via == 'vm':
            self.ctl(['poweroff'], timeout_s=timeout_s)
        else:
            os.kill(self.pid_number, signal.SIGTERM)
        clean = self._wait_gone(timeout_s)
        if not clean:
            os.kill(self.pid_number, signal.SIGKILL)
            self._wait_gone(10)
        self._after()
        return clean

    def kill(self):
        """Cut the power: every process of it ends at once, nothing is written any more."""
        leader = self.leader()
        for pid in (leader, self.pid_number):
            if pid and process_identity(pid):
                os.kill(pid, signal.SIGKILL)
        self._wait_gone(10)
        self._after()

    def remove(self):
        """Stop it and delete its state directory."""
        self.stop()
        shutil.rmtree(self.state_dir, ignore_errors=True)

    def is_running(self):
        if self.process:
            return self.process.poll() is None
        return bool(self._recall())

    def _wait_gone(self, timeout_s):
        end = time.monotonic() + timeout_s
        while self.is_running():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def _after(self):
        self.process = self.pid_number = None
        (self.state_dir / 'pid').unlink(missing_ok=True)
        forget_cgroup(self.name)
        if self.via == 'vm':
            self.lan.without_taps()
        shutil.rmtree(self.state_dir / 'root', ignore_errors=True)

    def _remember(self):
        state = {'process': process_identity(self.pid_number), 'via': self.via, 'name': self.name,
                 'data_dir': str(self.data_dir)}
        (self.state_dir / 'pid').write_text(json.dumps(state) + '\n')

    def _recall(self):
        """The pid an earlier process wrote down, when it is still that appliance."""
        try:
            state = json.loads((self.state_dir / 'pid').read_text())
            pid = int(state['process'].split()[0])
        except (OSError, ValueError, KeyError, AttributeError):
            return None
        return pid if process_identity(pid) == state['process'] else None

    @classmethod
    def attach(cls, name):
        """The running appliance of that name, started by another process."""
        state_dir = RUN / name
        try:
            state = json.loads((state_dir / 'pid').read_text())
        except (OSError, ValueError):
            raise ApplianceError(f'no appliance named {name} is running') from None
        self = cls(SiteLan(name), state['via'], data_dir=state['data_dir'])
        self.pid_number = self._recall()
        if not self.pid_number:
            raise ApplianceError(f'no appliance named {name} is running')
        if self.via == 'vm':
            self.machine = machine.Machine(self.state_dir, self.lan.box, fresh=False)
        return self

    def elapsed(self):
        """Seconds since start()."""
        return time.monotonic() - self.started

    # --- waiting -------------------------------------------------------------

    def wait_ctl(self, timeout_s=30):
        """Wait until provostctl is answered. Returns the seconds since start()."""
        return self._wait('provostctl is not answered', timeout_s,
                          lambda: self.ctl(['site', 'show', '--json'], timeout_s=10)[0] == 0)

    def wait_ready(self, timeout_s=60):
        """Wait until everything the configured site needs runs. Returns the seconds since start()."""
        return self._wait(lambda: f'it is not ready: {self.waiting_for or "it does not say why"}', timeout_s,
                          self.is_ready)

    def is_ready(self):
        exit_status, out, _ = self.ctl(['status', '--wait', '2', '--json'], timeout_s=30)
        try:
            self.waiting_for = json.loads(out).get('waiting_for', '')
            return exit_status == 0 and bool(json.loads(out).get('ready'))
        except ValueError:
            return False

    def wait_console(self, pattern, timeout_s=60):
        """Wait for a regular expression on the console. Returns the seconds since start()."""
        return self._wait(f'the console does not say /{pattern}/', timeout_s,
                          lambda: re.search(pattern, self.console_text()))

    def wait_setup(self, timeout_s=60):
        """Wait until the console asks for somebody to set the appliance up: {'urls', 'sha256', 'code'}, as a person reads them there."""
        self.wait_console('provost: setup code ', timeout_s)
        text = self.console_text()
        urls = re.findall(r'provost: set this appliance up at (\S+)(?: \(also ([^)]*)\))?', text)[-1]
        return {'urls': [urls[0], *(urls[1].split(', ') if urls[1] else [])],
                'sha256': re.findall(r'provost: certificate SHA-256 ([0-9A-F:]+)', text)[-1],
                'code': re.findall(r'provost: setup code ([0-9A-Z]+-[0-9A-Z]+)', text)[-1]}

    def _wait(self, sentence, timeout_s, is_so):
        end = time.monotonic() + timeout_s
        while True:
            if not self.is_running():
                raise ApplianceError(f'the appliance {self.name} has ended: see {self.console_path}')
            if is_so():
                return time.monotonic() - (self.started or time.monotonic())
            if time.monotonic() > end:
                text = sentence() if callable(sentence) else sentence
                raise ApplianceError(f'after {timeout_s} s {text} (console: {self.console_path})')
            time.sleep(0.05)

    # --- inside --------------------------------------------------------------

    def ctl(self, args, stdin=None, timeout_s=60):
        """Run provostctl in it: (exit status, stdout, stderr). stdin: text or bytes. 124: no answer in time; 125: not reachable."""
        if self.via == 'vm':
            return self.machine.ctl(args, stdin, timeout_s) if self.machine else (125, '', 'not started')
        try:
            result = self.exec([PROVOSTCTL, *args], stdin=stdin, timeout_s=timeout_s)
        except ApplianceError as error:
            return 125, '', str(error)
        except subprocess.TimeoutExpired:
            return 124, '', f'no answer within {timeout_s} s'
        return result.returncode, result.stdout, result.stderr

    def exec(self, argv, stdin=None, timeout_s=60):
        """Container only: run a program of the appliance's inside, as root. Returns a CompletedProcess with text."""
        if not isinstance(stdin, bytes):
            stdin = (stdin or '').encode()
        result = subprocess.run(self.inside(argv), input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout_s,
                                env={'PATH': '/usr/sbin:/usr/bin', 'LANG': 'C.UTF-8', 'TERM': 'dumb'})
        result.stdout, result.stderr = (text.decode(errors='replace') for text in (result.stdout, result.stderr))
        return result

    def inside(self, argv):
        """Container only: the command line, on this machine, that runs argv inside."""
        leader = self.leader()
        if not leader:
            raise ApplianceError(f'nothing runs in {self.name} yet')
        return ['nsenter', '-t', str(leader), '-m', '-u', '-i', '-n', '-p', '-r', '-w', '--', *argv]

    def leader(self):
        """Container only: its process 1, as this machine numbers it; None while there is none."""
        if self.via != 'container' or not self.pid_number:
            return None
        todo = children(self.pid_number)
        while todo:
            pid = todo.pop()
            if namespace_pids(pid)[1:][-1:] == [1]:
                return pid
            todo += children(pid)
        return None

    def pid(self, unit):
        """Container only: the main process of a unit as this machine numbers it; None when it has none."""
        inner = int(self.exec(['systemctl', 'show', '-p', 'MainPID', '--value', unit]).stdout.strip() or 0)
        leader = self.leader()
        if not inner or not leader:
            return None
        space = os.readlink(f'/proc/{leader}/ns/pid')
        for entry in os.listdir('/proc'):
            if entry.isdigit() and namespace_pids(entry)[1:][-1:] == [inner]:
                try:
                    if os.readlink(f'/proc/{entry}/ns/pid') == space:
                        return int(entry)
                except OSError:
                    continue
        return None

    def kill_unit(self, unit, number=signal.SIGKILL):
        """Container only: send a signal to a unit's main process. Returns its pid."""
        pid = self.pid(unit)
        if not pid:
            raise ApplianceError(f'{unit} does not run in {self.name}')
        os.kill(pid, number)
        return pid

    def journal(self, unit=None):
        """Container only: the journal of this boot, or of one unit, oldest first."""
        words = ['journalctl', '-b', '--no-pager', '-o', 'short-monotonic']
        return self.exec(words + (['-u', unit] if unit else [])).stdout

    def console_text(self):
        try:
            return self.console_path.read_text(errors='replace')
        except OSError:
            return ''


# --- cgroups of a machine without systemd ------------------------------------

CGROUP_SCRIPT = '''
mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
mkdir -p "/sys/fs/cgroup/$0" &&
echo $$ >"/sys/fs/cgroup/$0/cgroup.procs" || exit 125
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec "$@"
'''


def cgroup_of_its_own(name, command):
    """The command in a cgroup of its own, with a cgroup2 hierarchy where systemd-nspawn looks for it."""
    return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', CGROUP_SCRIPT, f'provost.{name}', *command]


def forget_cgroup(name):
    """Remove the empty cgroups that cgroup_of_its_own() left."""
    if not os.path.isdir('/run/systemd/system'):
        script = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup && cd "/sys/fs/cgroup/$0" 2>/dev/null && ' \
                 'find . -depth -type d -exec rmdir {} + 2>/dev/null; cd .. && rmdir "$0" 2>/dev/null; :'
        subprocess.run(['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, f'provost.{name}'],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
