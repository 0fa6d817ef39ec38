"""Every station, OpenVPN and the edge killed while phones are connected and one is enrolling (issue 2, must show 5)."""
import time

from scene import UNITS, require
from tools import Trouble, wait_until

CONNECTED = [f'000413D0010{n}' for n in range(1, 4)]
ENROLLING = '000413D00109'
LIMIT_S = 90


def prepare(scene):
    scene.connected = [scene.phone(mac) for mac in CONNECTED]
    scene.enrolling = scene.phone(ENROLLING)
    for phone in scene.phones:
        phone.wait_current(30)
    scene.addresses = scene.leases()
    scene.tunnels = {phone.mac: phone.tunnel_address for phone in scene.phones}


def all_current(scene):
    """None when every phone is current, on both sides; else who is not."""
    listed = scene.listed()
    late = [f'{phone.mac}: {phone.step}, {phone.trouble or "no trouble"}, the appliance says {listed.get(phone.mac, {}).get("state")}'
            for phone in scene.phones
            if not (phone.is_current and phone.tunnel_address and listed.get(phone.mac, {}).get('state') == 'current')]
    return '; '.join(late)


def settle(scene, unit, timeout_s=LIMIT_S):
    """Until all is well again; the seconds that took."""
    began, last = time.monotonic(), 'provostctl is not answered'
    while time.monotonic() - began < timeout_s:
        try:
            last = all_current(scene)
            if not last:
                return time.monotonic() - began
        except Trouble as trouble:
            last = str(trouble)
        time.sleep(0.2)
    raise Trouble(f'{timeout_s} s after {unit} was killed: {last}')


def kill_and_settle(scene, unit):
    scene.enrolling.factory_reset()
    # In the middle of the enrolment: at the latest when it has its lease.
    scene.enrolling.wait(lambda me: me.lease, 20, 'a lease')
    old = scene.kill_unit(unit)
    wait_until(lambda: scene.box.pid(unit) not in (None, old), 30, f'{unit} does not start again')
    took = settle(scene, unit)
    require(scene.leases() == scene.addresses,
            lambda: f'leases were {scene.addresses} and are {scene.leases()}')
    now = {phone.mac: phone.tunnel_address for phone in scene.phones}
    require(now == scene.tunnels, lambda: f'tunnel addresses were {scene.tunnels} and are {now}')
    # What is said to be current can really fetch.
    for phone in scene.phones:
        answer = phone.fetch(f'https://10.64.0.1/{phone.mac}.xml')
        require(answer.status == 200, lambda: f'{phone.mac}: {answer}')
    return f'all current after {took:.1f} s'


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
    for unit in UNITS:
        if 'openvpn' not in unit:
            scene.kill_unit(unit)
    took = settle(scene, 'everything but OpenVPN')
    now = {phone.mac: phone.vpn.turn for phone in scene.connected}
    require(now == turns, lambda: f'tunnels were renewed: {turns} → {now}')
    return f'all current after {took:.1f} s'


def test_a_restart_of_the_whole_appliance_loses_nothing(scene):
    """A power cut of the container: every process killed at once."""
    scene.box.kill()
    scene.box.start()
    scene.box.wait_ctl(60)
    took = settle(scene, 'the whole appliance')
    require(scene.leases() == scene.addresses, lambda: f'leases were {scene.addresses} and are {scene.leases()}')
    now = {phone.mac: phone.tunnel_address for phone in scene.phones}
    require(now == scene.tunnels, lambda: f'tunnel addresses were {scene.tunnels} and are {now}')
    return f'all current after {took:.1f} s'
