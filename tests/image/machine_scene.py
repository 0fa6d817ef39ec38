"""machine_scene: the scene of the site tests with the appliance as a machine, whose power can be cut.

In:   tests/site/scene.py, rootfs/run/appliance.py, the disk image.
Out:  MachineScene (power cut and on again), Workload (leases, approvals and enrolments, each noted when acknowledged).
Not:  no test.
"""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
sys.path.insert(0, str(REPOSITORY / 'tests/site'))
sys.path.insert(0, str(REPOSITORY / 'rootfs/run'))
from appliance import OUT, Appliance
from pki import Pki
from scene import Scene
from tools import Tools, stop

BOOT_S, CTL_S = 600, 300
SETTING = 'session_timer'


class MachineScene(Scene):
    """machine_options: see rootfs/run/machine.py."""

    tools_of = Tools
    appliance_of = Appliance

    def start(self, configure=True, **machine_options):
        self.lan.create()
        self.box = self.appliance_of(self.lan, via='vm', **machine_options)
        self.box.start()
        cache = OUT / 'check/site-pki'
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.tools = self.tools_of(bind=[cache])
        self.pki = Pki(self.tools, cache)
        self.box.wait_ctl(BOOT_S)
        if configure:
            self.ctl('site', 'set', *(f'{name}={value}' for name, value in self.site.items()))
            self.ctl('site', 'set', 'phone_ca=@-', stdin=self.pki.authorities_pem())
            self.box.wait_ready(BOOT_S)
        self.check_kernel()
        return self

    def try_ctl(self, *words, stdin=None, timeout_s=CTL_S):
        return super().try_ctl(*words, stdin=stdin, timeout_s=timeout_s)

    def ctl(self, *words, stdin=None, timeout_s=CTL_S):
        """An emulated machine whose phones all come back at once takes its time."""
        return super().ctl(*words, stdin=stdin, timeout_s=timeout_s)

    def power_on(self):
        self.box.start()
        self.box.wait_ctl(BOOT_S)
        took = self.box.wait_ready(BOOT_S)
        self.check_kernel()
        return took

    def check_kernel(self):
        """A panic of the kernel is a failure, but for one that only emulation knows.

        QEMU's emulator runs each virtual processor in a thread of its own, and while the kernel rewrites its own code at boot
        one of them now and then still meets the breakpoint that the rewriting leaves for an instant (`Oops: int3`, seen once in
        about forty boots with QEMU 7.2). The machine restarts by itself then, as the appliance does on metal.
        """
        text = self.box.console_text()
        if 'Kernel panic' not in text:
            return
        if 'Oops: int3' not in text:
            raise AssertionError('the kernel panicked: ' + text[text.index('Kernel panic'):][:200])
        print('  the emulated processor tripped over code being rewritten at boot; the machine restarted itself', flush=True)

    def explain(self, title):
        """As of any scene, and the journal of the last start, which needs the power to be cut."""
        text = super().explain(title)
        import measure
        with contextlib.suppress(Exception):
            self.box.kill()
            rows = measure.journal(self.box.machine.disk, pathlib.Path(os.environ.get('PROVOST_BUILD_ROOT') or REPOSITORY / 'build/root/build').parent)
            lines = [f'{int(row["__MONOTONIC_TIMESTAMP"]) / 1e6:10.3f} {row.get("SYSLOG_IDENTIFIER", "")}: {row.get("MESSAGE", "")}' for row in rows]
            (self.logs / title / 'journal').write_text('\n'.join(lines) + '\n')
        return text

    def leases_on_disk(self):
        """{MAC in lower case: address} that provostctl lists."""
        return {row['mac']: row['address'] for row in self.ctl('lease', 'list', '--json')['leases']}

    def setting_on_disk(self):
        """The number that Workload gave its setting last."""
        rows = self.ctl('settings', 'list', 'site', '--json')['settings']
        return max((int(row['value']) for row in rows if row['name'] == SETTING), default=0)


class Workload:
    """Asks for leases, approves phones and changes a setting until stop(). Each promise is noted after its answer arrived.

    mark: called at that moment; its value is kept with the promise (the length of a write log, say).
    """

    def __init__(self, scene, number, mark=None):
        self.scene, self.number = scene, number
        self.mark = mark or (lambda: 0)
        self.leases, self.approved = [], []     # (mark, mac, address), (mark, mac)
        self.settings = []                      # (mark, number): only grows
        self.ended = threading.Event()
        self.host = f'load{number}'
        scene.host(self.host)
        self.client = subprocess.Popen(
            ['ip', 'netns', 'exec', scene.lan.name + '-' + self.host, sys.executable, str(HERE / 'lease_client.py'),
             '--count', '2000', '--seconds', '120', '--parallel', '2', '--prefix', f'0250{number:04x}'],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.threads = [threading.Thread(target=self._read_leases, daemon=True),
                        threading.Thread(target=self._approve, daemon=True)]
        for thread in self.threads:
            thread.start()

    def _read_leases(self):
        for line in self.client.stdout:
            row = json.loads(line)
            self.leases.append((self.mark(), row['mac'], row['address']))

    def _approve(self):
        count = 0
        while not self.ended.is_set():
            count += 1
            mac = f'000413{self.number:02x}{count:04x}'
            status, _, _ = self.scene.try_ctl('phone', 'add', mac, '--approve', timeout_s=5)
            if status == 0:
                self.approved.append((self.mark(), mac))
            else:
                self.ended.wait(0.2)
            value = self.number * 1000 + count
            if count % 2 == 0 and self.scene.try_ctl('settings', 'set', 'site', f'{SETTING}={value}', timeout_s=5)[0] == 0:
                self.settings.append((self.mark(), value))

    def stop(self):
        self.ended.set()
        stop(self.client)
        for thread in self.threads:
            thread.join(10)
        self.scene.lan.remove_host(self.host)
        self.scene.hosts.remove(self.host)

    def wait(self, leases, approvals, timeout_s=90):
        """Until at least so many promises were made."""
        end = time.monotonic() + timeout_s
        while len(self.leases) < leases or len(self.approved) < approvals:
            if time.monotonic() > end:
                raise AssertionError(f'after {timeout_s} s only {len(self.leases)} leases and {len(self.approved)} '
                                     f'approvals were acknowledged (wanted {leases} and {approvals})')
            time.sleep(0.05)
