"""How large the image is, and what is in it that nobody starts: goals that no clock decides."""
import measure                      # first: it says where the others are
from machine_scene import REPOSITORY

BUNDLE_MIB = 64
MODULE_KINDS = {'always', 'first', 'later', 'module'}


def test_an_update_is_small_enough(say):
    sizes = measure.sizes()
    found = sizes['update bundle'] / measure.MIB
    if found > BUNDLE_MIB:
        raise AssertionError(f'an update has {found:.1f} MiB, the goal is {BUNDLE_MIB}: '
                             + ', '.join(f'{what} {size / measure.MIB:.1f}' for what, size in sizes.items()))
    return f'{found:.1f} of {BUNDLE_MIB} MiB'


def test_every_line_of_the_modules_names_its_kind_and_machine(say):
    lines = (REPOSITORY / 'rootfs/image/modules.list').read_text().splitlines()
    words = [line.split('#')[0].split()[0] for line in lines if line.split('#')[0].split()]
    wrong = [word for word in words if word.partition('@')[0] not in MODULE_KINDS or word.partition('@')[2] not in ('', 'vm', 'pc')]
    if wrong or not any(word.endswith('@vm') for word in words) or not any(word.endswith('@pc') for word in words):
        raise AssertionError(f'modules.list: {wrong or "no module is of one machine class alone"}')


def test_what_carries_phones_waits_for_nobody_who_does_not(say):
    """Page, screens and the name start after the phones' part: a unit that slips back costs every start."""
    units = measure.TREE / 'usr/lib/systemd/system'
    at_once = {path.name for path in (units / 'multi-user.target.wants').iterdir()}
    later = {path.name for path in (units / 'provost-later.target.wants').iterdir()}
    if both := at_once & later:
        raise AssertionError(f'wanted at once and later: {", ".join(sorted(both))}')
    early = [name for name in at_once if name.startswith(('provost-admin', 'provost-console', 'provost-name', 'provost-update', 'provost-backup', 'systemd-networkd'))]
    if early:
        raise AssertionError(f'started before phones are served: {", ".join(sorted(early))}')
    return f'{len(at_once)} at once, {len(later)} later'
