"""Time: the machine is moved through 800 days, and boots with clocks of 1970, 2038 and 2050.

A real machine (QEMU) whose clock is set by `provostctl clock set`; 20 stand-ins with real OpenVPN and curl under libfaketime, which
are told the machine's time, as real phones are by its NTP server. What ends when is read twice: from `provostctl ends`, and from the
certificates that the phones hold.
"""
import calendar
import json
import re
import threading
import time

from machine_scene import BOOT_S, OUT, MachineScene    # first: it says where the next two are
from scene import require
from tools import Tools, wait_until

LOGS = OUT / 'check/image'
PHONES, DAY, PHONE_S = 20, 86400, 300
OFF = 19                # the phone that somebody switches off on day 20
RENEW_DAYS = 400        # the site's default: renewed when fewer are left


class OtherTime(Tools):
    """Programs that ask for the time get the machine's: libfaketime reads the distance to ours from a file, again each second."""

    SHIFTED = ('openvpn', 'curl')

    def __init__(self, *words, **options):
        super().__init__(*words, **options)
        self.shift = 0
        self.file = self.work / 'time'
        self.set(0)

    def set(self, shift_s):
        self.shift = shift_s
        new = self.file.with_suffix('.new')
        new.write_text(f'{shift_s:+.1f}\n')
        new.rename(self.file)

    def now(self):
        return time.time() + self.shift

    def command(self, argv, netns=None, cwd=None):
        if argv[0] in self.SHIFTED:
            argv = ['env', 'LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1', f'FAKETIME_TIMESTAMP_FILE={self.file}',
                    'FAKETIME_CACHE_DURATION=1', 'FAKETIME_DONT_FAKE_MONOTONIC=1', *argv]
        return super().command(argv, netns, cwd)


def utc(moment):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(moment))


def mac_of(number):
    return f'00041380{number:04X}'


class TimeScene(MachineScene):
    """20 phones and a clock."""

    tools_of = OtherTime

    def __init__(self, *words):
        super().__init__(*words)
        self.known_ends = {}

    def clock(self):
        """What box says of the clock; the phones follow it."""
        began = time.time()
        facts = self.ctl('clock', 'show', '--json')
        self.tools.set(facts['now'] - (began + time.time()) / 2)
        return facts

    def set_clock(self, moment):
        """A jump wakes everybody at once; under emulation box may answer late, so it is asked again."""
        began, said = time.monotonic(), []

        def is_set():
            status, _, why = self.try_ctl('clock', 'set', utc(moment + time.monotonic() - began))
            said.append(why)
            return not status
        wait_until(is_set, PHONE_S, lambda: f'the clock cannot be set: {said[-1]}', every_s=1)
        facts = self.clock()
        require(abs(facts['now'] - moment) < PHONE_S + 30 and facts['source'] == 'hand', f'the clock does not go: {facts}')

    def ends(self):
        """{MAC in capitals: (end, state, sentence)} of phones' certificates."""
        rows = self.ctl('ends', '--limit', '200', '--json')['ends']
        return {row['subject'].upper(): (row['not_after'], row['state'], row['text']) for row in rows if row['kind'] == 'phone'}

    def own_ends(self):
        rows = self.ctl('ca', 'show', '--json')['ends']
        return {row['subject']: row['not_after'] for row in rows}

    def held(self, phone):
        """When the certificate in the phone's own bundle ends."""
        pem = re.search(rb'<cert>\s*(-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----)', phone.bundle, re.DOTALL)
        if pem[1] not in self.known_ends:
            said = self.tools.run(['openssl', 'x509', '-noout', '-enddate'], stdin=pem[1])[1].decode()
            self.known_ends[pem[1]] = calendar.timegm(time.strptime(said.strip().partition('=')[2], '%b %d %H:%M:%S %Y GMT'))
        return self.known_ends[pem[1]]

    def wait_held(self, phones, wanted, what):
        """Until each phone is current with a certificate whose end is as wanted (a question), and the appliance agrees."""
        def late():
            known = self.ends()
            return [phone.mac for phone in phones if not (phone.is_current and wanted(self.held(phone)) and
                                                          known.get(phone.mac, (0,))[0] == self.held(phone))]
        wait_until(lambda: not late(), PHONE_S, lambda: f'{what}: not so for {late()}: '
                   + '; '.join(f'{p.mac} {p.step} {p.trouble} {p.vpn.last_line if p.vpn else ""}' for p in phones if p.mac in late()), every_s=1)

    def wait_current(self, phones, what):
        wait_until(lambda: all(phone.is_current for phone in phones), PHONE_S,
                   lambda: f'{what}: ' + '; '.join(f'{p.mac} is at "{p.step}" {p.trouble}' for p in phones if not p.is_current))

    def wait_alarm_of(self, kind, subject, words):
        """An open alarm about it whose sentence has these words."""
        def found():
            rows = self.ctl('alarm', 'list', '--json')['alarms']
            return [row for row in rows if row['kind'] == kind and row['subject'].upper() == subject.upper() and words in row['detail']]
        return wait_until(found, 30, lambda: f'no alarm {kind} about {subject} with "{words}": '
                          + json.dumps(self.ctl('alarm', 'list', '--json')['alarms'])[:600], every_s=0.5)[0]

    def off_and_on(self, rtc):
        """Switched off cleanly, and on again with another moment in its clock."""
        require(self.box.stop(BOOT_S), 'the machine does not switch itself off')
        self.box.machine.rtc = rtc
        return self.power_on()


def all_of(phones, what):
    """Each phone does it at the same time."""
    threads = [threading.Thread(target=getattr(phone, what)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def boot_at_1970(scene, say):
    scene.start(firmware=False, rtc='1970-01-01T00:00:00')
    clock = scene.clock()
    require(clock['source'] == 'floor' and clock['said'] < 10 * DAY, f'a clock of 1970 is believed: {clock}')
    require(clock['now'] > 1735689600, f'it goes on in the past: {clock}')
    scene.wait_alarm_of('clock', 'appliance', '1970-01-01')
    say(f'ready at the floor, {utc(clock["now"])}, {scene.box.elapsed():.0f} s after the power came')
    return clock['now']


def enrol(scene, say):
    for number in range(PHONES):
        scene.add_phone(mac_of(number))
    phones = [scene.phone(mac_of(number), known=False, start=False, minute_s=20, slow_times=5, bundle_patience_s=90) for number in range(PHONES)]
    took = scene.fleet(phones, at_once=5, timeout_s=PHONE_S)
    say(f'{PHONES} phones are current after {took:.0f} s')
    return phones


def roll_over(scene, phones, say):
    """The whole rollover; one phone is away when it begins, so nobody may go on before it is back."""
    away = phones[0]
    away.stop()
    root = scene.ctl('ca', 'show', '--json')['root_sha256']
    scene.ctl('ca', 'rollover', 'start')
    count = lambda: scene.ctl('ca', 'show', '--json')['count']
    wait_until(lambda: count()['holding'] == PHONES - 1, PHONE_S, lambda: f'the new CA does not spread: {count()}', every_s=1)
    status, _, said = scene.try_ctl('ca', 'rollover', 'switch')
    require(status and '1 phone' in said, f'the rollover goes on while a phone would be lost: {status} {said}')
    away.start()
    wait_until(lambda: count()['holding'] == PHONES, PHONE_S, lambda: f'the late phone does not take it: {count()}', every_s=1)
    scene.ctl('ca', 'rollover', 'switch')
    scene.ctl('ca', 'rollover', 'finish')
    for phone in phones:
        phone.refresh()
    scene.wait_current(phones, 'after the rollover')
    require(scene.ctl('ca', 'show', '--json')['root_sha256'] != root, 'the root is the same')
    say(f'rollover finished: {PHONES} of {PHONES} phones hold the new CA')


def test_800_days_and_clocks_of_1970_2038_and_2050(say):
    scene = TimeScene('time', LOGS)
    try:
        boot_at_1970(scene, say)
        phones = enrol(scene, say)
        start = scene.clock()['now']
        day = lambda number: start + number * DAY
        scene.set_clock(day(20))
        roll_over(scene, phones, say)
        first = {phone.mac: scene.held(phone) for phone in phones}
        others, off = [phone for phone in phones if phone is not phones[OFF]], phones[OFF]
        off.stop()

        scene.set_clock(min(first.values()) - (RENEW_DAYS + 1) * DAY)
        scene.wait_held(others, lambda end: end in first.values(), 'a day before anything is due')
        require({mac: row[0] for mac, row in scene.ends().items()} == first, 'something was renewed before its day')
        say('a day before: nothing renewed')
        scene.set_clock(max(first.values()) - (RENEW_DAYS - 1) * DAY)
        scene.wait_held(others, lambda end: end > max(first.values()), 'a day after')
        require(scene.ends()[off.mac][0] == first[off.mac], 'a phone that is off has its next certificate')
        say(f'a day after: {len(others)} of {len(others)} renewed through their tunnels')

        for days in (30, 14, 3):
            scene.set_clock(first[off.mac] - days * DAY + 3600)
            scene.wait_alarm_of('ends-soon', off.mac, f'in {days} day')
            say(f'the phone that is off is warned of {days} days before')
        scene.set_clock(day(800))
        scene.wait_alarm_of('ended', off.mac, 'ended')
        second = scene.tools.now() + RENEW_DAYS * DAY
        scene.wait_held(others, lambda end: end > second, 'on day 800')
        off.factory_reset()
        scene.wait_held(phones, lambda end: end > second, 'on day 800, the phone that was off with them')
        for subject, end in scene.own_ends().items():
            require(end > scene.tools.now(), f'{subject} has ended')
        say(f'day 800: {PHONES} of {PHONES} phones are current')
        all_of(phones[2:], 'stop')
        return then_2038_and_2050(scene, phones[:2], say)
    except Exception:
        print(scene.explain('time'), flush=True)
        raise
    finally:
        scene.close()


def then_2038_and_2050(scene, phones, say):
    for year, moment in ((2038, '2038-01-20T00:00:00'), (2050, '2050-01-01T00:00:00')):
        before = scene.tools.now()
        scene.off_and_on(moment)
        clock = scene.clock()
        require(clock['source'] == 'floor' and before - 700 < clock['now'] < before + DAY, f'a clock of {year} is believed: {clock}')
        scene.wait_alarm_of('clock', 'appliance', str(year))
        scene.box.wait_console('clock', 30)
        scene.wait_current(phones, f'at the floor, while the machine says {year}')
        say(f'{year}: not believed, said so, and the phones are up at {utc(clock["now"])}')
    scene.set_clock(calendar.timegm(time.strptime('2050-01-01T00:00:00', '%Y-%m-%dT%H:%M:%S')))
    scene.wait_alarm_of('ended', phones[0].mac, 'ended')
    for phone in phones:
        phone.factory_reset()
        wait_until(lambda: any(row['word'] == 'stage1-refused' and 'expired' in row['detail'] for row in scene.timeline(phone.mac)), PHONE_S,
                   lambda: f'the timeline does not say that the factory certificate has ended: {scene.timeline(phone.mac)[-3:]}', every_s=1)
        # It asks again by itself; reset now, it could lose the one bundle of its window.
        scene.ctl('phone', 'window', phone.mac, '600')
    scene.wait_held(phones, lambda end: end > scene.tools.now() + DAY, 'in 2050')
    say('2050, set by hand: the certificates of the maker have ended as well, which is said; a window each brings the phones back')
    return f'800 days, {PHONES} of {PHONES} phones; 1970, 2038-01-20 and 2050 with phones up'
