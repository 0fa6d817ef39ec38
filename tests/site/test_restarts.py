"""Every station, OpenVPN and the edge killed while phones are connected and one is enrolling (issue 2, must show 5)."""
import time

from scene import TUNNEL, UNITS, require
from tools import Trouble, wait_until

CONNECTED = [f'000413D0010{n}' for n in range(1, 4)]
ENROLLING = '000413D00109'
LIMIT_S = 90
MOMENTS = ('lease', 'stage 1', 'bundle')


def prepare(scene):
    scene.connected = [scene.phone(mac) for mac in CONNECTED]
    scene.enrolling = scene.phone(ENROLLING)
    for phone in scene.phones:
        phone.wait_current(30)
    scene.addresses = scene.leases()
    scene.tunnels = {phone.mac: phone.tunnel_address for phone in scene.phones}


def who_is_late(scene):
    """'' when every phone is current on both sides and really reaches its settings through its tunnel."""
    listed = scene.listed()
    late = [f'{phone.mac}: {phone.step}, {phone.trouble or "no trouble"}, the appliance says '
            f'{listed.get(phone.mac, {}).get("state")}' for phone in scene.phones
            if not (phone.is_current and phone.tunnel_address and listed.get(phone.mac, {}).get('state') == 'current')]
    for phone in scene.phones if not late else []:
        answer = phone.fetch(f'https://{TUNNEL}/{phone.mac}.xml', timeout_s=3)
        if answer.status != 200:
            late.append(repr(answer))
    return '; '.join(late)


def settle(scene, what, timeout_s=LIMIT_S):
    """Until all is well again; the seconds that took."""
    began, last = time.monotonic(), ''
    while time.monotonic() - began < timeout_s:
        try:
            last = who_is_late(scene)
            if not last:
                return time.monotonic() - began
        except Trouble as trouble:
            last = str(trouble)
        time.sleep(0.2)
    raise Trouble(f'{timeout_s} s after {what} was killed: {last}')


def nothing_moved(scene):
    leases = scene.leases()
    require(leases == scene.addresses, lambda: f'leases were {scene.addresses} and are {leases}')
    now = {phone.mac: phone.tunnel_address for phone in scene.phones}
    require(now == scene.tunnels, lambda: f'tunnel addresses were {scene.tunnels} and are {now}')


def kill_and_settle(scene, unit):
    said = []
    for moment in MOMENTS if 'openvpn' not in unit else MOMENTS[:1]:
        scene.enrolling.factory_reset()
        scene.enrolling.wait(lambda me: moment in me.times, 20, f'step {moment}')
        old = scene.kill_unit(unit)
        wait_until(lambda: scene.box.pid(unit) not in (None, old), 30, f'{unit} does not start again')
        took = settle(scene, unit)
        nothing_moved(scene)
        said.append(f'{took:.1f} s (killed at its {moment})')
    return 'all current after ' + ', '.join(said)


def _test(unit):
    def test(scene):
        return kill_and_settle(scene, unit)
    test.__name__ = 'test_phones_survive_the_death_of_' + unit.removeprefix('provost-').removesuffix('.service')
    return test


for _unit in UNITS:
    globals()['test_phones_survive_the_death_of_' + _unit.removeprefix('provost-').removesuffix('.service')] = _test(_unit)


def test_tunnels_stay_up_when_stations_die(scene):
    """Only OpenVPN's own death may cost a tunnel: everything else dies at once, and no connected phone notices."""
    turns = {phone.mac: phone.vpn.turn for phone in scene.connected}
    others = [unit for unit in UNITS if 'openvpn' not in unit]
    old = {unit: scene.kill_unit(unit) for unit in others}
    for unit in others:
        wait_until(lambda: scene.box.pid(unit) not in (None, old[unit]), 30, f'{unit} does not start again')
    took = settle(scene, 'everything but OpenVPN')
    now = {phone.mac: phone.vpn.turn for phone in scene.connected}
    require(now == turns, lambda: f'tunnels were renewed: {turns} → {now}')
    return f'all current after {took:.1f} s'


def test_a_power_cut_of_the_whole_appliance_loses_nothing(scene):
    """Every process of the container killed at once, while one phone enrols."""
    scene.enrolling.factory_reset()
    scene.enrolling.wait(lambda me: 'lease' in me.times, 20, 'a lease')
    scene.box.kill()
    scene.box.start()
    scene.box.wait_ctl(60)
    took = settle(scene, 'the whole appliance')
    nothing_moved(scene)
    scene.connected[0].power_cycle()
    settle(scene, 'a phone')
    nothing_moved(scene)
    return f'all current after {took:.1f} s'
