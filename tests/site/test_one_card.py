"""One network card is enough: the site works without any uplink, and takes one that comes later."""
from scene import LAN, UPLINK, require
from tools import wait_until


def addresses(scene):
    return scene.tools.run(['ip', '-o', 'address'], scene.lan.box)[1].decode()


def test_with_one_card_a_phone_becomes_current(scene):
    scene.box.stop()
    scene.lan.cards = 1
    scene.box.start()
    took = scene.box.wait_ready(60)
    links = scene.tools.run(['ip', '-o', 'link'], scene.lan.box)[1].decode()
    require('eth0' in links and 'eth1' not in links, lambda: f'the cards are not as the test wants them: {links}')
    phone = scene.phone('000413A00C01')
    phone.wait_current(60)
    return f'ready after {took:.1f} s, {phone.mac} has {phone.address} and {phone.tunnel_address}'


def test_an_uplink_card_that_comes_later_is_used(scene):
    phone = scene.phones[0]
    before = phone.times['current']
    scene.lan.add_card(1)
    wait_until(lambda: UPLINK in addresses(scene), 20, lambda: f'no uplink address: {addresses(scene)}')
    status, _ = scene.curl(phone.netns, f'https://{LAN}/nothing.xml')
    require(status in (400, 403, 404), f'the phone LAN is not served any more: {status}')
    require(phone.times['current'] == before, 'the phone had to come up again')
