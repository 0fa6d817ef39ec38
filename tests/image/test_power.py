"""Power cuts: what was acknowledged is there afterwards (docs/security.md).

The machine is killed, as a cut of the power does, while phones enrol, leases are given, phones are approved and settings
changed. And the data disk's writes are recorded, and the disk is rebuilt as it could have been at many moments.
"""
import ipaddress
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import tempfile

from machine_scene import OUT, REPOSITORY, MachineScene, Workload
from write_log import Rebuilder, WriteLog

SOAK = bool(os.environ.get('PROVOST_SOAK'))
CUTS, POINTS = (40, 400) if SOAK else (4, 60)
SITE = {'lan_address': '10.20.0.1/20', 'pool_first': '10.20.1.0', 'pool_last': '10.20.14.255', 'lease_s': '86400'}
PARTITION_AT, PARTITION_MB = 1 << 20, 96
DATABASE = '/var/lib/provost/store/provost.db'
LOGS = OUT / 'check/image'


def seed():
    """PROVOST_SEED makes a run again; the report names it."""
    return int(os.environ.get('PROVOST_SEED') or random.SystemRandom().randrange(1 << 30))


def missing(scene, leases, approved, settings):
    """Sentences about promises that the running appliance does not keep."""
    have_leases, have_phones = scene.leases_on_disk(), scene.listed()
    number = scene.setting_on_disk()
    last = max((value for _, value in settings), default=0)
    lost = [] if number >= last else [f'the setting {last} (now {number})']
    lost += [f'lease of {mac} at {address} (now {have_leases.get(mac)})' for _, mac, address in leases
            if have_leases.get(mac) != address]
    return lost + [f'approval of {mac}' for _, mac in approved
                   if have_phones.get(mac.upper(), {}).get('state') not in ('approved', 'enrolled', 'connected', 'current')]


def test_power_cuts_during_enrolments_lose_nothing_acknowledged(say):
    number = seed()
    chance = random.Random(number)
    scene = MachineScene('power', LOGS, SITE)
    leases, approved, settings = [], [], []
    try:
        scene.start(firmware=False)
        phones = [scene.phone(f'00041366000{i}') for i in range(2)]
        for cut in range(CUTS):
            load = Workload(scene, cut)
            for phone in phones:
                phone.factory_reset()
            try:
                load.wait(1, 1)
                load.ended.wait(chance.uniform(0, 4))
                scene.box.kill()
            finally:
                load.stop()
            leases += load.leases
            approved += load.approved
            settings += load.settings
            took = scene.power_on()
            lost = missing(scene, leases, approved, settings)
            say(f'cut {cut + 1} of {CUTS}: ready again after {took:.0f} s; {len(leases)} leases, {len(approved)} '
                f'approvals and {len(settings)} settings acknowledged so far, {len(lost)} lost')
            assert not lost, f'seed {number}, cut {cut + 1}: lost {lost[:5]}'
        for phone in phones:
            phone.wait_current(120)
        return f'{CUTS} cuts: {len(leases)} leases, {len(approved)} approvals, {len(settings)} settings, 0 lost, phones current; seed {number}'
    except Exception:
        print(scene.explain('power'), flush=True)
        raise
    finally:
        scene.close()


def build_tool(*argv, check=True):
    """A program of the build root (e2fsprogs), which every host has."""
    root = os.environ.get('PROVOST_BUILD_ROOT') or REPOSITORY / 'build/root/build'
    return subprocess.run([REPOSITORY / 'rootfs/host/in-root', root, *map(str, argv)], cwd=REPOSITORY, check=check,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def make_data_disk(path, size_mb=PARTITION_MB):
    """A disk with one partition, provost-data, that holds an empty ext4."""
    with open(path, 'wb') as disk:
        disk.truncate((size_mb + 2) << 20)
    subprocess.run(['sfdisk', '-q', path], check=True, text=True,
                   input=f'label: gpt\nstart={PARTITION_AT // 512}, size={size_mb * 2048}, name=provost-data\n')
    build_tool('mke2fs', '-q', '-F', '-t', 'ext4', '-E', f'offset={PARTITION_AT}', path, f'{size_mb}M')


def facts_of(partition, work):
    """(leases {mac: address}, approved MACs) in the database of a rebuilt partition, after the journal's replay."""
    checked = build_tool('e2fsck', '-fy', partition, check=False)
    if checked.returncode > 1:
        raise AssertionError(f'the file system cannot be repaired: {checked.stdout[-300:]}')
    for end in ('', '-wal'):
        target = pathlib.Path(work) / f'found.db{end}'
        target.unlink(missing_ok=True)
        build_tool('debugfs', '-R', f'dump {DATABASE}{end} {target}', partition)
    (pathlib.Path(work) / 'found.db-shm').unlink(missing_ok=True)
    with sqlite3.connect(pathlib.Path(work) / 'found.db') as database:
        broken = database.execute('PRAGMA integrity_check').fetchone()[0]
        if broken != 'ok':
            raise AssertionError(f'the database is damaged: {broken}')
        try:
            leases = {mac: str(ipaddress.ip_address(address))
                      for mac, address in database.execute('SELECT mac, address FROM lease')}
            approved = {mac for (mac,) in database.execute('SELECT mac FROM phone WHERE trust = 2')}
        except sqlite3.OperationalError as error:
            raise AssertionError(f'nothing of what was acknowledged is in the database: {error}') from None
    database.close()
    return leases, approved


def test_the_disk_of_any_moment_holds_all_that_was_acknowledged(say):
    number = seed()
    chance = random.Random(number)
    scene = MachineScene('writes', LOGS, SITE)
    # Inside the repository: the build root's programs see that.
    LOGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=LOGS) as work:
        work = pathlib.Path(work)
        disk, start, log_path = work / 'data.img', work / 'start.img', work / 'writes.log'
        make_data_disk(disk)
        shutil.copyfile(disk, start)
        try:
            scene.start(firmware=False, data_disk=disk, write_log=log_path)
            log = WriteLog(log_path)
            load = Workload(scene, 1, log.follow)
            try:
                load.wait(60, 30)
            finally:
                scene.box.kill()
                load.stop()
        except Exception:
            print(scene.explain('writes'), flush=True)
            raise
        finally:
            scene.close()
        total = log.follow()
        first = min(load.leases[0][0], load.approved[0][0])
        say(f'{total} writes recorded; {len(load.leases)} leases and {len(load.approved)} approvals acknowledged')
        rebuilder = Rebuilder(log, start, work, PARTITION_AT, PARTITION_MB << 20)
        points = sorted(chance.randint(first, total) for _ in range(POINTS))
        for count, point in enumerate(points):
            leases, approved = facts_of(rebuilder.at(point, number + count), work)
            lost = [mac for mark, mac, address in load.leases if mark <= point and leases.get(mac) != address]
            lost += [mac for mark, mac in load.approved if mark <= point and mac not in approved]
            assert not lost, f'seed {number}, write {point} of {total}: lost {lost[:5]}'
            if count % 20 == 19:
                say(f'{count + 1} of {POINTS} moments rebuilt')
    return f'{POINTS} moments of {total} writes, 0 of {len(load.leases) + len(load.approved)} promises lost; seed {number}'
