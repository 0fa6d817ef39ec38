"""fleet: several phones at once, and one live line on the screen for each.

In:   a phone LAN (rootfs/run/appliance.py: SiteLan), device certificates.
Out:  a line per phone, redrawn in place on a terminal; one plain line per step otherwise.
Not:  nothing of the appliance.
"""
import shutil
import sys
import threading
import time

from phone import Phone
from tools import Trouble

SHORT = {'start': 'on', 'lease': 'dhcp', 'pnp': 'PnP', 'source': 'option 66', 'stage 1': 'stage 1', 'bundle': 'bundle',
         'tunnel': 'tunnel', 'current': 'settings received in tunnel', 'broken': 'broken'}


class Lines:
    """The screen: who says what, in place if it can be redrawn."""

    def __init__(self, out=None, began=None):
        self.out = out or sys.stdout
        self.tty = self.out.isatty()
        self.began = began or time.monotonic()
        self._lock = threading.Lock()
        self._rows, self._drawn = {}, 0

    def report(self, phone, step, detail):
        after = time.monotonic() - self.began
        with self._lock:
            row = self._rows.setdefault(phone.mac, {'words': [], 'trouble': '', 'after': 0.0})
            row['after'], row['trouble'] = after, ''
            if step == 'trouble':
                row['trouble'] = detail
            else:
                self._advance(row, step, detail)
            if self.tty:
                self._redraw()
            else:
                word = detail if step == 'trouble' else SHORT[step] + (f' {detail}' if detail else '')
                self.out.write(f'{after:6.1f} s  {phone.mac}  {"! " if step == "trouble" else ""}{word}\n')
                self.out.flush()

    @staticmethod
    def _advance(row, step, detail):
        word = SHORT[step]
        if step in ('lease', 'tunnel'):
            word += ' ' + detail
        for at, known in enumerate(row['words']):
            if known.split(' ')[0:1] == word.split(' ')[0:1] and (step != 'stage 1' or known == word):
                del row['words'][at:]
                break
        row['words'].append(word)

    def _redraw(self):
        width = shutil.get_terminal_size().columns - 1
        if self._drawn:
            self.out.write(f'\x1b[{self._drawn}A')
        for mac, row in sorted(self._rows.items()):
            self.out.write('\r' + self._line(mac, row, width) + '\x1b[K\n')
        self._drawn = len(self._rows)
        self.out.flush()

    @staticmethod
    def _line(mac, row, width):
        """One line that fits: the oldest steps give way to the newest."""
        if row['trouble']:
            end, colour = f'  … {row["trouble"]}', 33
        elif row['words'] and row['words'][-1] == SHORT['current']:
            end, colour = f'  ✓ {row["after"]:.1f} s', 32
        else:
            end, colour = ' …', 0
        end = end[:max(10, width - len(mac) - 30)]
        words = row['words'][1:] or row['words'][:1]
        room = width - len(mac) - 4 - len(end)
        text = ' → '.join(words)
        while len(text) > room and len(words) > 1:
            words = words[1:]
            text = '… → ' + ' → '.join(words)
        return f'  {mac}  {text[:max(0, room)]}\x1b[{colour}m{end}\x1b[0m'


class Fleet:
    """Phones that live together. devices: (MAC, Certificate) pairs; began: time.monotonic() the lines count from."""

    def __init__(self, tools, lan, devices, out=None, began=None, **options):
        self.lines = Lines(out, began)
        self.lines.tty = self.lines.tty and len(devices) <= shutil.get_terminal_size().lines - 4
        self.began = self.lines.began
        self.phones = [Phone(tools, lan, mac, certificate, report=self.lines.report, **options)
                       for mac, certificate in devices]

    def start(self, at_once=None, patience_s=60):
        """All of them, or at_once of them at a time: the next ones when these are current or patience_s is over."""
        slices = [self.phones[i:i + at_once] for i in range(0, len(self.phones), at_once)] if at_once else [self.phones]
        for some in slices:
            starters = [threading.Thread(target=phone.start) for phone in some]
            for starter in starters:
                starter.start()
            for starter in starters:
                starter.join()
            end = time.monotonic() + patience_s
            while some is not slices[-1] and time.monotonic() < end and not all('current' in phone.times for phone in some):
                time.sleep(0.02)
        return self

    def wait_current(self, timeout_s):
        """(seconds of the first, seconds of the last); a Trouble that names the late ones otherwise."""
        end = time.monotonic() + timeout_s
        while not all('current' in phone.times for phone in self.phones):
            if time.monotonic() > end:
                late = [f'{p.mac} is at "{p.step}"' + (f' ({p.trouble})' if p.trouble else '')
                        for p in self.phones if 'current' not in p.times]
                raise Trouble(f'not all phones are current after {timeout_s:.0f} s: ' + '; '.join(late))
            time.sleep(0.02)
        times = [phone.times['current'] - self.began for phone in self.phones]
        return min(times), max(times)

    def remove(self):
        workers = [threading.Thread(target=phone.remove) for phone in self.phones]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
