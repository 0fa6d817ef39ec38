"""measure: what a start takes and what runs afterwards: stages, memory, processes, sizes.

In:   a machine with a balloon (its guest tells QEMU how much memory is left), the journal on a machine's data partition, the image's files.
Out:  MeasuredAppliance, memory_mb(), journal(), stages(), unit_peaks(), processor_s(), processes(), sizes().
Not:  no test, no table (tests/bench/boot prints them).
"""
import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time

from machine_scene import OUT, REPOSITORY, MachineScene         # first: it says where the next ones are
from appliance import TREE, Appliance, namespace_pids  # noqa: F401: TREE is for who imports us
from machine import Machine, MachineError

IN_ROOT = REPOSITORY / 'rootfs/host/in-root'
MIB = 1024 * 1024
INIT, SYSTEMD, SERVED = 'Run /init as init process', re.compile(r'systemd \d+\S* running in system mode'), re.compile(r'\bsite-served\b')


class MeasuredMachine(Machine):
    """A machine that can be asked how much memory is left in it."""

    def command(self):
        return super().command() + ['-device', 'virtio-balloon-pci,id=balloon', '-qmp', f'unix:{self.dir / "qmp.sock"},server=on,wait=off']

    def ask(self, *questions):
        """Answers of QEMU's own protocol, one per question (command, arguments)."""
        answers = []
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(30)
            line.connect(str(self.dir / 'qmp.sock'))
            file = line.makefile('rw')
            for name, arguments in (('qmp_capabilities', {}), *questions):
                file.write(json.dumps({'execute': name, 'arguments': arguments}) + '\n')
                file.flush()
                answer = {}
                while 'return' not in answer:
                    answer = json.loads(file.readline() or '{"error": {"desc": "QEMU has ended"}}')
                    if 'error' in answer:
                        raise MachineError(f'QEMU refuses {name}: {answer["error"]["desc"]}')
                answers.append(answer['return'])
        return answers[1:]

    def used_mb(self, timeout_s=120):
        """MiB of the machine's memory that are not available to a new program: the kernel and everything that runs."""
        where = {'path': '/machine/peripheral/balloon'}
        end = time.monotonic() + timeout_s
        self.ask(('qom-set', {**where, 'property': 'guest-stats-polling-interval', 'value': 1}))
        while time.monotonic() < end:
            stats, = self.ask(('qom-get', {**where, 'property': 'guest-stats'}))
            left = stats['stats']['stat-available-memory']
            if stats['last-update'] and 0 < left < self.memory_mb * MIB:
                return self.memory_mb - left / MIB
            time.sleep(0.5)
        raise MachineError(f'the machine tells nothing of its memory within {timeout_s} s')


class MeasuredAppliance(Appliance):
    def _start_machine(self):
        if not self.machine:
            self.machine = MeasuredMachine(self.state_dir, self.lan.box, fresh=self.fresh, seed=self.seed, **self.machine_options)
        super()._start_machine()

    def memory_mb(self, timeout_s=120):
        return self.machine.used_mb(timeout_s)


class MeasuredScene(MachineScene):
    appliance_of = MeasuredAppliance


def in_root(root, *words):
    return subprocess.run([str(IN_ROOT), str(root), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, cwd=REPOSITORY, text=True, errors='replace')


def data_offset(disk):
    table = json.loads(subprocess.run(['sfdisk', '-J', str(disk)], stdout=subprocess.PIPE, check=True, text=True).stdout)['partitiontable']
    return next(part['start'] for part in table['partitions'] if part.get('name') == 'provost-data') * table.get('sectorsize', 512)


def journal(disk, roots):
    """The journal of the last start on the data partition of a disk that no machine uses, oldest first."""
    with tempfile.TemporaryDirectory(dir=pathlib.Path(disk).parent) as folder:
        in_root(roots / 'build', 'debugfs', '-R', f'rdump /var/log/journal {folder}', f'{disk}?offset={data_offset(disk)}')
        out = in_root(roots / 'image', 'journalctl', f'--directory={folder}/journal', '-b', '-o', 'json', '--no-pager').stdout
    return [json.loads(line) for line in out.splitlines()]


def stages(rows):
    """Seconds after the kernel's start, by a journal: {'initramfs': its first program, 'systemd': the root's, 'served': the site}."""
    found = {}
    for row in rows:
        text = row.get('MESSAGE')
        at = int(row.get('_SOURCE_MONOTONIC_TIMESTAMP') or row['__MONOTONIC_TIMESTAMP']) / 1e6
        if not isinstance(text, str):
            continue
        if text.startswith(INIT):
            found['initramfs'] = at
        elif SYSTEMD.match(text):
            found.setdefault('systemd', at)
        elif SERVED.search(text):
            found.setdefault('served', at)
    return found


def unit_peaks(rows):
    """[(unit, KiB)]: the most memory that each unit had, by what systemd says in a journal when it ends; the largest first."""
    found = {row['UNIT']: int(row['MEMORY_PEAK']) // 1024 for row in rows if row.get('UNIT') and str(row.get('MEMORY_PEAK', '')).isdigit()}
    return sorted(found.items(), key=lambda item: -item[1])


def processor_s(pid):
    """Seconds of processor time that a process has used, all of its threads."""
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def processes(box):
    """[(name, KiB of memory that are its own share)] of a container, largest first."""
    leader, rows = box.leader(), []
    space = pathlib.Path(f'/proc/{leader}/ns/pid').readlink()
    for entry in pathlib.Path('/proc').iterdir():
        if entry.name.isdigit() and namespace_pids(entry.name)[1:]:
            with contextlib.suppress(OSError):
                if (entry / 'ns/pid').readlink() == space:
                    share = re.search(r'^Pss: +(\d+)', (entry / 'smaps_rollup').read_text(), re.MULTILINE)
                    rows.append(((entry / 'cmdline').read_text().split('\0')[0].split(':')[0].rsplit('/', 1)[-1], int(share[1])))
    return sorted(rows, key=lambda row: -row[1])


def sizes(image=OUT / 'image'):
    """{what: bytes} of what `make image` leaves behind; an update is the slot, the kernel image and the loader."""
    found = {what: (image / name).stat().st_size for what, name in
             (('root file system with its hash tree', 'slot'), ('kernel image', 'provost.efi'), ('boot loader', 'systemd-boot.efi'))}
    bundle = next(iter(image.glob('provost-*.update')), None)
    found['update bundle'] = bundle.stat().st_size if bundle else sum(found.values())
    return found
