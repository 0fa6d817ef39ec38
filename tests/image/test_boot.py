"""The whole way once in a machine: firmware, loader, kernel, appliance, a phone with its settings."""
from machine_scene import BOOT_S, REPOSITORY, MachineScene

LOGS = REPOSITORY / 'build/check/image'
PHONE_S = 300


def test_from_firmware_to_a_current_phone(say):
    scene = MachineScene('boot', LOGS)
    try:
        scene.start()
        say(f'configured and ready {scene.box.elapsed():.0f} s after the power came')
        phone = scene.phone('000413B00001')
        phone.wait_current(PHONE_S)
        took = scene.box.elapsed()
        say(f'a phone is current after {took:.0f} s')
        state = scene.state('000413B00001')
        if state != 'current':
            raise AssertionError(f'the appliance says {state} of it')
        if not scene.box.stop(BOOT_S):
            raise AssertionError('the machine does not switch itself off')
        say('switched itself off')
        return f'firmware to current: {took:.0f} s'
    except Exception:
        print(scene.explain('boot'), flush=True)
        raise
    finally:
        scene.close()
