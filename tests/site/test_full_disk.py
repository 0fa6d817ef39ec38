"""The data partition full (promise 5): phones are served meanwhile, what cannot be kept is refused with a sentence, and all is well again by itself."""
import contextlib
import os
import pathlib
import subprocess
import tempfile
import threading
import time

from scene import TUNNEL, require
from tools import wait_until

SITE = None
SIZE_MB = 64
FULL_S = 600 if os.environ.get('PROVOST_SOAK') else 12
CONNECTED = [f'000413D0F10{n}' for n in range(1, 4)]
BALLAST = 'ballast'


class SmallDisk:
    """An ext4 of its own, in a file."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='provost-full-'))
        self.place = self.folder / 'data'
        self.place.mkdir()
        disk = self.folder / 'disk.img'
        with open(disk, 'wb') as file:
            file.truncate(SIZE_MB << 20)
        subprocess.run(['mkfs.ext4', '-q', '-F', '-m', '1', disk], check=True)
        subprocess.run(['mount', '-o', 'loop,nodev,nosuid,noexec,noatime', disk, self.place], check=True)
        self._over = threading.Event()
        self._thread = None

    def free(self):
        return os.statvfs(self.place).f_bavail * os.statvfs(self.place).f_frsize

    def fill(self):
        """Every block, and again what becomes free."""
        self._thread = threading.Thread(target=self._keep_full, daemon=True)
        self._thread.start()
        wait_until(lambda: self.free() == 0, 30, 'the disk does not become full')

    def _keep_full(self):
        with open(self.place / BALLAST, 'ab', buffering=0) as file:
            while not self._over.wait(0.05):
                for size in (1 << 20, 4096):
                    with contextlib.suppress(OSError):
                        while file.write(b'x' * size):
                            pass

    def empty(self):
        self._over.set()
        self._thread.join()
        (self.place / BALLAST).unlink()

    def close(self):
        self._over.set()
        for _ in range(50):
            if subprocess.run(['umount', self.place], stderr=subprocess.DEVNULL).returncode == 0:
                break
            time.sleep(0.1)
        subprocess.run(['rm', '-rf', '--one-file-system', self.folder], check=False)


class State:
    disk, accepted, said = None, [], []


def test_phones_are_connected_on_a_small_disk(scene):
    State.disk = SmallDisk()
    scene.closers.append(State.disk.close)
    scene.start(data_dir=State.disk.place)
    for mac in CONNECTED:
        scene.phone(mac)
    for phone in scene.phones:
        phone.wait_current(30)
    return f'{State.disk.free() >> 20} of {SIZE_MB} MiB free'


def test_with_the_disk_full_phones_keep_addresses_tunnels_and_settings(scene):
    leases, tunnels = scene.leases(), {phone.mac: phone.tunnel_address for phone in scene.phones}
    State.disk.fill()
    end, number, fetched, refused = time.monotonic() + FULL_S, 0, 0, 0
    while time.monotonic() < end:
        number += 1
        for phone in scene.phones:
            answer = phone.fetch(f'https://{TUNNEL}/{phone.mac}.xml', timeout_s=5)
            require(answer.status == 200, lambda: f'{phone.mac} was refused its settings: {answer!r}')
            fetched += 1
        status, _, err = scene.try_ctl('phone', 'add', f'000413D1{number:04x}', '--approve')
        if status == 0:
            State.accepted.append(f'000413D1{number:04x}'.upper())
        else:
            refused += 1
            State.said.append(err.strip())
        time.sleep(0.5)
    require(refused, 'every change was taken although the disk is full')
    require({phone.mac: phone.tunnel_address for phone in scene.phones} == tunnels, 'a tunnel address moved')
    require(scene.leases() == leases, 'leases changed')
    return f'{FULL_S} s: {fetched} settings fetched, {refused} changes refused, {len(State.accepted)} taken'


def test_a_phone_that_restarts_meanwhile_has_its_address_and_its_settings_again(scene):
    phone = scene.phones[0]
    address = phone.address
    phone.power_cycle()
    phone.wait_current(60)
    require(phone.address == address, lambda: f'it had {address} and has {phone.address}')


def test_a_person_is_told_that_the_disk_is_full(scene):
    require(all('full' in text or 'space' in text for text in State.said), lambda: f'a refusal does not say why: {State.said[:3]}')
    wait_until(lambda: 'full' in scene.box.console_text().lower() or any('disk-full' in line or 'full' in line.lower() for line in scene.box.journal().splitlines()
                                                                        if 'provost' in line), 10, 'nobody is told')
    return State.said[0]


def test_with_room_again_everything_goes_on_by_itself(scene):
    State.disk.empty()
    began = time.monotonic()
    wait_until(lambda: scene.try_ctl('phone', 'add', '000413D2FFFF', '--approve')[0] == 0, 60, 'changes are refused although there is room again')
    took = time.monotonic() - began
    wait_until(lambda: all(state['state'] == 'current' for mac, state in scene.listed().items() if mac in CONNECTED), 60, 'phones are not current')
    lost = [mac for mac in State.accepted if mac not in scene.listed()]
    require(not lost, lambda: f'accepted while full and gone: {lost}')
    new = scene.phone('000413D0F109')
    new.wait_current(60)
    return f'the first change {took:.1f} s after there was room'


def test_what_was_accepted_survives_the_loss_of_power(scene):
    before = set(scene.listed())
    scene.box.kill()
    scene.box.start()
    scene.box.wait_ready(60)
    require(set(scene.listed()) == before, lambda: f'lost: {before - set(scene.listed())}')
