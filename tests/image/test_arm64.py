"""The image for arm64: what is in it, and one start from the firmware to the first screen, emulated."""
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import time

from common import BASE, FACTS

IMAGE = BASE / 'image/provost-arm64.img'
WORK = BASE / 'check/image/arm64'
FIRMWARE = pathlib.Path('/usr/share/AAVMF/AAVMF_CODE.fd'), pathlib.Path('/usr/share/AAVMF/AAVMF_VARS.fd')
BOOT_S = 900
MB = 1 << 20
LARGEST_UPDATE = 96 * MB        # Debian's kernel for arm64 is not compressed: 52 MB of it
# Root checked, data made, stations up: the first screen asks for the site.
FIRST_SCREEN = rb'The site is not set up yet'


def require(condition, what):
    if not condition:
        raise AssertionError(what)


def test_every_program_is_for_arm64_and_lacks_nothing(_say):
    fact = FACTS['arm64']
    found = 0
    tree = BASE / 'arm64/image/root'
    for path in tree.rglob('*'):
        if not path.is_symlink() and path.is_file():
            head = path.open('rb').read(20)
            if head[:4] == b'\x7fELF':
                found += 1
                require(struct.unpack_from('<H', head, 18)[0] == fact.elf, f'{path.relative_to(tree)} is for another machine')
    require(found > 80, f'only {found} programs and libraries')
    ours = [line for line in IMAGE.with_suffix('.hardening').read_text().splitlines() if ' provost ' in line]
    require(len(ours) > 15, f'only {len(ours)} programs of ours')
    require(not [line for line in ours if 'lacks' in line], f'a program of ours is not as hard as it can be: {[line for line in ours if "lacks" in line][:2]}')
    parts = json.loads(IMAGE.with_suffix('.sbom.json').read_text())['components']
    require('unknown' not in [part['name'] for part in parts], 'the list of parts has files of nobody')
    update = IMAGE.with_suffix('.update').stat().st_size
    require(update < LARGEST_UPDATE, f'the update has {update / MB:.0f} MB')
    return f'{found} programs and libraries, {len(ours)} of ours; update {update / MB:.0f} MB'


def start():
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    subprocess.run(['cp', '--sparse=always', IMAGE, WORK / 'disk.img'], check=True)
    os.truncate(WORK / 'disk.img', 1 << 30)
    shutil.copyfile(FIRMWARE[1], WORK / 'variables.fd')
    words = ['qemu-system-aarch64', '-M', 'virt', '-accel', 'tcg', '-cpu', 'cortex-a72', '-smp', '2', '-m', '512', '-nodefaults', '-display',
             'none', '-serial', f'file:{WORK / "console.log"}', '-device', 'virtio-rng-pci', '-nic', 'none',
             '-drive', f'if=pflash,format=raw,unit=0,readonly=on,file={FIRMWARE[0]}',
             '-drive', f'if=pflash,format=raw,unit=1,file={WORK / "variables.fd"}',
             '-drive', f'if=none,id=disk,format=raw,cache=unsafe,file={WORK / "disk.img"}', '-device', 'virtio-blk-pci,drive=disk']
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(WORK / 'qemu.log').open('wb'))


def wait_for(machine, pattern, end):
    log = WORK / 'console.log'
    while True:
        text = log.read_bytes() if log.exists() else b''
        if re.search(pattern, text):
            return
        last = text.decode(errors='replace').strip().splitlines()[-3:]
        panic = re.search(rb'(.*)\r?\n.*Kernel panic', text)
        require(not panic, f'the kernel gave up: {panic and panic[1].decode(errors="replace").strip()}')
        require(machine.poll() is None, f'QEMU ended: {(WORK / "qemu.log").read_text().strip()[-200:]} {last}')
        require(time.monotonic() < end, f'no {pattern!r} within {BOOT_S} s; the last it said: {last}')
        time.sleep(0.2)


def test_it_starts_from_the_firmware_to_the_first_screen(_say):
    machine = start()
    began = time.monotonic()
    try:
        wait_for(machine, FIRST_SCREEN, began + BOOT_S)
        took = time.monotonic() - began
    finally:
        machine.kill()
        machine.wait()
        for name in ('disk.img', 'variables.fd'):
            (WORK / name).unlink(missing_ok=True)
    return f'{took:.0f} s'
