"""The whole way once in a machine: firmware, loader, kernel, appliance, a phone with its settings."""
from machine_scene import BOOT_S, OUT, MachineScene    # first: it says where the next two are
from appliance import Appliance
from measure import MeasuredScene
from machine import DISKS

LOGS = OUT / 'check/image'
PHONE_S = 300
DISK_S = 120
PROMPT_S = 60
MEMORY_MIB = 192


def test_the_root_is_found_on_every_kind_of_disk(say):
    """Only so far: the initramfs has the driver, finds the partitions by their names and mounts them."""
    for kind in DISKS:
        scene = MachineScene(f'disk-{kind}', LOGS)
        scene.lan.create()
        scene.box = Appliance(scene.lan, via='vm', firmware=False, disk_kind=kind, append='loglevel=7')
        try:
            scene.box.start()
            took = scene.box.wait_console('provost: /dev/[a-z0-9]+ is the root file system', DISK_S)
            say(f'{kind}: after {took:.0f} s')
        finally:
            scene.box.kill()
            scene.close()
    return ', '.join(DISKS)


def test_from_firmware_to_a_current_phone(say):
    scene = MeasuredScene('boot', LOGS)
    try:
        scene.start()
        say(f'configured and ready {scene.box.elapsed():.0f} s after the power came')
        scene.box.wait_console('provost: ready ', BOOT_S)           # so what people use runs as well
        memory = scene.box.memory_mb()
        say(f'{memory:.0f} MiB of memory are in use, kernel and all')
        if memory > MEMORY_MIB:
            raise AssertionError(f'without phones {memory:.0f} MiB of memory are in use, the goal is {MEMORY_MIB}')
        phone = scene.phone('000413B00001')
        phone.wait_current(PHONE_S)
        took = scene.box.elapsed()
        say(f'a phone is current after {took:.0f} s')
        scene.wait_state('000413B00001', 'current', 30)
        scene.box.machine.type('\r')
        scene.box.wait_console('provost> ', PROMPT_S)
        scene.box.machine.type('phone show 000413b00001\rexit\r')
        scene.box.wait_console(r'state +current', PROMPT_S)
        say('the serial line takes commands')
        if not scene.box.stop(BOOT_S):
            raise AssertionError('the machine does not switch itself off')
        say('switched itself off')
        return f'firmware to current: {took:.0f} s, {memory:.0f} MiB of memory before'
    except Exception:
        print(scene.explain('boot'), flush=True)
        raise
    finally:
        scene.close()
