"""Option 66 judged on the wire, for four DHCP clients that nobody of us wrote (issue 2, must show 2)."""
import socket
import struct
import subprocess
import time

import clients
import dhcp_wire as wire
from scene import LAN, SITE as DEFAULT_SITE, require
from sitelan import port_name
from tools import socket_in, wait_until

LEASE_S = 60                            # the smallest there is: clients renew after 30 s
SITE = {'lease_s': str(LEASE_S), 'router': '10.20.0.254', 'option_132': '114', 'option_133': '5'}
URL = f'https://{LAN}/{{mac}}.xml'
POOL = (wire.ip(DEFAULT_SITE['pool_first']), wire.ip(DEFAULT_SITE['pool_last']))
TRUSTED = {client.name: f'000413E0010{n}' for n, client in enumerate(clients.ALL, 1)}
UNTRUSTED = {client.name: f'000413E0020{n}' for n, client in enumerate(clients.ALL, 1)}
LAPTOPS = {client.name: f'3C22FB00030{n}' for n, client in enumerate(clients.ALL, 1)}
REST = 0x35, 0x36, 0x33, 0x3a, 0x3b, 0x34, 0x01     # not asked for, or before the list: 53 54 51 58 59 52 1


def colons(mac):
    return ':'.join(mac[i:i + 2] for i in range(0, 12, 2)).lower()


def prepare(scene):
    """Twelve clients at once: each kind as a trusted phone, as an unapproved one and as a laptop."""
    scene.capture = scene.capture_lan('udp port 67 or udp port 68')
    scene.clients = {}
    for mac in TRUSTED.values():
        scene.add_phone(mac)
    for group, macs, vendor_class in (('t', TRUSTED, 'snomD785'), ('u', UNTRUSTED, 'snomD785'), ('l', LAPTOPS, None)):
        for kind in clients.ALL:
            host = f'{group}{kind.name}'
            netns = scene.host(host, colons(macs[kind.name]))

            def cable(plugged, port=port_name(host)):
                subprocess.run(['ip', '-n', scene.lan.name, 'link', 'set', port, 'up' if plugged else 'down'], check=True)

            client = kind(netns, vendor_class, cable)
            scene.closers.append(client.close)
            scene.clients[macs[kind.name]] = client.start()
    scene.started = time.time()


def answers(scene, mac, name='ACK'):
    return [m for m in scene.capture.dhcp(mac) if m.op == 2 and m.name == name]


def asked(scene, mac, answer):
    """The client's message that this is the answer to."""
    return [m for m in scene.capture.dhcp(mac) if m.op == 1 and m.xid == answer.xid and m.at <= answer.at][-1]


def first_ack(scene, mac):
    rows = wait_until(lambda: answers(scene, mac), 30, lambda: f'{mac} gets no ACK; it said {scene.clients[mac].said()[:1500]}')
    return rows[0]


def check_lease(request, answer, before=None):
    """What holds for every answer with a lease, by the RFCs. before: the answer whose lease is asked for again: a client
    that asks within a sixteenth of it is told what is left of it, which the disk has already."""
    require(not answer.faults, lambda: f'{answer}: {answer.faults}')
    require(answer.xid == request.xid and answer.chaddr == request.chaddr, lambda: f'{answer} is not for {request}')
    require(answer.ports == (67, 68) and answer.ip_source == LAN, lambda: f'{answer} comes from {answer.ip_source}:{answer.ports}')
    require(answer.address(54) == LAN, lambda: f'server identifier {answer.address(54)}')
    require(POOL[0] <= wire.ip(answer.yiaddr) <= POOL[1], lambda: f'{answer.yiaddr} is not of the pool')
    lease = answer.number(51)
    if before is not None and lease != LEASE_S:
        rest = before.at + LEASE_S - answer.at
        require(LEASE_S * 15 // 16 <= lease <= rest + 1, lambda: f'lease of {lease} s, {rest:.1f} s are left')
    else:
        require(lease == LEASE_S, lambda: f'lease of {lease} s')
    require(answer.number(58) == lease // 2 and answer.number(59) == lease * 7 // 8,
            lambda: f'T1 {answer.number(58)}, T2 {answer.number(59)}')
    require(answer.address(1) == '255.255.255.0', lambda: f'netmask {answer.address(1)}')
    wanted = list(request.options.get(55, b''))
    if 3 in wanted:
        require(answer.address(3) == SITE['router'], lambda: f'router {answer.address(3)}')
    if 6 in wanted:
        require(answer.address(6) == LAN, lambda: f'DNS {answer.address(6)}')
    if 42 in wanted:
        require(answer.address(42) == LAN, lambda: f'NTP {answer.address(42)}')
    if 15 in wanted:
        require(answer.text(15) == DEFAULT_SITE['domain'], lambda: f'domain {answer.text(15)}')
    ordered = [code for code in answer.order if code in wanted and code not in REST]
    require(ordered == [code for code in wanted if code in ordered],
            lambda: f'options {answer.order} do not follow the list {wanted}')
    if 61 in request.options:
        require(answer.options.get(61) == request.options[61], lambda: 'the client identifier is not returned (RFC 6842)')
    else:
        require(61 not in answer.options, lambda: 'a client identifier nobody sent')


def no_source(answer):
    named = [code for code in wire.SOURCES if code in answer.options]
    require(not named and not answer.sname.strip(b'\0') and not answer.file.strip(b'\0'),
            lambda: f'{answer} names a source in {named}')


# --- four clients ------------------------------------------------------------------------------------------------------

def lease_and_66(scene, name):
    mac = TRUSTED[name]
    answer = first_ack(scene, mac)
    request = asked(scene, mac, answer)
    check_lease(request, answer)
    require(answer.text(66) == URL, lambda: f'option 66 is {answer.options.get(66)}')
    offers = answers(scene, mac, 'OFFER')
    require(offers and offers[0].yiaddr == answer.yiaddr, lambda: f'offered {offers}, got {answer}')
    check_lease(asked(scene, mac, offers[0]), offers[0])
    return f'{answer.yiaddr} after {1000 * (answer.at - request.at):.1f} ms'


def test_dhclient_gets_a_lease_with_66(scene):
    return lease_and_66(scene, 'dhclient')


def test_dhcpcd_gets_a_lease_with_66(scene):
    return lease_and_66(scene, 'dhcpcd')


def test_udhcpc_gets_a_lease_with_66(scene):
    return lease_and_66(scene, 'udhcpc')


def test_networkd_gets_a_lease_with_66(scene):
    return lease_and_66(scene, 'networkd')


def test_unapproved_phones_get_a_plain_lease(scene):
    for name, mac in UNTRUSTED.items():
        answer = first_ack(scene, mac)
        check_lease(asked(scene, mac, answer), answer)
        for one in answers(scene, mac) + answers(scene, mac, 'OFFER'):
            no_source(one)


def test_laptops_get_a_plain_lease(scene):
    for name, mac in LAPTOPS.items():
        answer = first_ack(scene, mac)
        check_lease(asked(scene, mac, answer), answer)
        for one in answers(scene, mac) + answers(scene, mac, 'OFFER'):
            no_source(one)
    addresses = [first_ack(scene, mac).yiaddr for mac in scene.clients]
    require(len(set(addresses)) == len(addresses), lambda: f'an address was given twice: {addresses}')


def test_unapproved_phones_are_known_as_seen_or_waiting_and_laptops_not(scene):
    listed = scene.listed()
    for mac in UNTRUSTED.values():
        require(mac in listed and listed[mac]['state'] in ('seen', 'waiting'), lambda: f'{mac} is {listed.get(mac)}')
    for mac in LAPTOPS.values():
        require(mac not in listed, lambda: f'the laptop {mac} is listed as a phone: {listed[mac]}')


# --- the responder's other answers, with packets by hand ----------------------------------------------------------------

class Hand:
    """A host that sends DHCP packets by hand and reads what comes back."""

    def __init__(self, scene, name, mac, address=None):
        self.mac = wire.mac_bytes(mac)
        self.netns = scene.host(name, colons(mac), address)
        self.socket = socket_in(self.netns, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind(('eth0', 0))
        scene.closers.append(self.socket.close)
        scene.tools.run(['ip', 'link', 'set', 'eth0', 'up'], self.netns)

    def send(self, payload, **fields):
        self.socket.send(wire.frame(payload, self.mac, **fields))

    def answer(self, xid, timeout_s=5.0, name=None):
        """The server's message with this number, or None."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                message = wire.parse_frame(self.socket.recv(4096), time.time())
            except TimeoutError:
                break
            if message and message.op == 2 and message.xid == xid and (not name or message.name == name):
                return message
        return None

    def ask(self, kind, mac, timeout_s=5.0, frame=None, **fields):
        payload = wire.build(kind, mac, **fields)
        xid = struct.unpack_from('!I', payload, 4)[0]
        self.send(payload, **(frame or {}))
        return self.answer(xid, timeout_s)


MINE = '000413E00403'


def mine(scene):
    """An approved phone by hand; made when it is first needed."""
    if not hasattr(scene, 'hand_of_mine'):
        scene.add_phone(MINE)
        scene.hand_of_mine = Hand(scene, 'mine', MINE)
    return scene.hand_of_mine


ASK = {55: bytes([1, 3, 4, 6, 12, 15, 42, 43, 51, 66, 67, 120, 125, 132, 133]), 60: b'snomD785'}


def test_a_relayed_request_is_answered_to_the_relay(scene):
    """RFC 2131 4.1 and 3046: to giaddr, port 67, option 82 given back unchanged, and trust is the phone's."""
    relay = Hand(scene, 'relay', '020000000401', '10.20.0.5/24')
    scene.hand = relay
    inside = bytes([1, 4]) + b'sw/7' + bytes([2, 6]) + wire.mac_bytes('020000000401')
    for mac, trusted in (('000413E00401', True), ('000413E00402', False)):
        if trusted:
            scene.add_phone(mac)
        to = {'source': '10.20.0.5', 'target': LAN, 'ports': (67, 67), 'eth_target': appliance_mac(scene)}
        offer = relay.ask(wire.DISCOVER, mac, giaddr='10.20.0.5', hops=1, options={**ASK, 82: inside}, frame=to)
        require(offer, f'no offer for the relayed {mac}')
        got = relay.ask(wire.REQUEST, mac, giaddr='10.20.0.5', hops=1, frame=to,
                        options={50: wire.ip(offer.yiaddr), 54: wire.ip(LAN), **ASK, 82: inside})
        for message in (offer, got):
            require(message and message.name in ('OFFER', 'ACK'), lambda: f'{message}')
            require(message.ip_target == '10.20.0.5' and message.ports == (67, 67), lambda: f'{message} goes to {message.ports}')
            require(message.giaddr == '10.20.0.5', 'giaddr is lost')
            require(message.options.get(82) == inside and message.order[-1] == 82, 'option 82 is not given back, last')
            require(not message.faults, lambda: f'{message.faults}')
            if trusted:
                require(message.text(66) == URL, lambda: f'66 is {message.options.get(66)}')
            else:
                no_source(message)


def appliance_mac(scene):
    return first_ack(scene, TRUSTED['dhclient']).eth_source


def test_snom_extra_options_are_decimal_text(scene):
    """132 and 133, as Snom writes them; asked for as the phone does."""
    offer = mine(scene).ask(wire.DISCOVER, MINE, options=ASK)
    require(offer and offer.text(132) == '114' and offer.text(133) == '5', lambda: f'{offer and offer.options}')


def test_inform_gets_options_without_a_lease(scene):
    hand, mac, address = mine(scene), MINE, '10.20.0.30'
    scene.tools.run(['ip', 'addr', 'add', f'{address}/24', 'dev', 'eth0'], hand.netns)
    answer = hand.ask(wire.INFORM, mac, ciaddr=address, options={60: b'snomD785', 55: bytes([43, 66, 120, 125])},
                      frame={'source': address, 'target': LAN, 'eth_target': appliance_mac(scene)})
    scene.tools.run(['ip', 'addr', 'del', f'{address}/24', 'dev', 'eth0'], hand.netns)
    require(answer and answer.name == 'ACK', lambda: f'{answer}')
    require(answer.yiaddr == '0.0.0.0' and 51 not in answer.options, lambda: f'{answer} gives a lease')
    require(answer.text(66) == URL, lambda: f'66 is {answer.options.get(66)}')


def test_a_wrong_address_after_a_move_is_refused(scene):
    """INIT-REBOOT with an address of another network: NAK, to everyone (RFC 2131 4.3.2)."""
    hand, mac = mine(scene), MINE
    answer = hand.ask(wire.REQUEST, mac, options={50: wire.ip('192.168.77.5'), **ASK})
    require(answer and answer.name == 'NAK' and answer.ip_target == '255.255.255.255', lambda: f'{answer}')
    no_source(answer)


def test_a_declined_address_is_not_offered_again(scene):
    hand, mac = mine(scene), MINE
    offer = hand.ask(wire.DISCOVER, mac, options=ASK)
    got = hand.ask(wire.REQUEST, mac, options={50: wire.ip(offer.yiaddr), 54: wire.ip(LAN), **ASK})
    require(got and got.name == 'ACK', lambda: f'{got}')
    hand.send(wire.build(wire.DECLINE, mac, options={50: wire.ip(got.yiaddr), 54: wire.ip(LAN)}))

    def another():
        offer = hand.ask(wire.DISCOVER, mac, timeout_s=1, options=ASK)
        return offer if offer and offer.yiaddr != got.yiaddr else None

    wait_until(another, 10, f'{got.yiaddr} was declined and is offered again')


def test_hostile_packets_do_not_stop_it(scene):
    """Cut, overlong and absurd messages; after them a good one is answered."""
    hand, mac = mine(scene), MINE
    good = wire.build(wire.DISCOVER, mac, options=ASK)
    for cut in range(0, len(good), 7):
        hand.send(good[:cut])
    for code in range(1, 255):
        hand.send(good[:240] + bytes([53, 1, 1, code, 255]) + b'x' * 20)
        hand.send(good[:240] + bytes([53, 1, 1, code, 0, 255]))
    for kind in (0, 9, 18, 200, 255):
        hand.send(wire.build(kind, mac, options=ASK))
    for payload in (b'', b'\x01', b'\xff' * 1400, good[:1] + b'\x01\xff' + good[3:], good[:236] + b'ABCD' + good[240:]):
        hand.send(payload)
    offer = wait_until(lambda: hand.ask(wire.DISCOVER, mac, timeout_s=2, options=ASK), 10, 'it does not answer any more')
    require(offer.name == 'OFFER' and offer.text(66) == URL, lambda: f'{offer}')


# --- INIT-REBOOT and renew, of the real clients ---------------------------------------------------------------------------

def test_clients_ask_for_their_address_again_after_a_reboot(scene):
    """INIT-REBOOT where the client has it; udhcpc has none and names its address in a DISCOVER."""
    before = {mac: answers(scene, mac)[-1] for mac in scene.clients}
    for mac, client in scene.clients.items():
        client.reboot()
    for mac, client in scene.clients.items():
        old = before[mac]
        new = wait_until(lambda: [m for m in answers(scene, mac) if m.at > old.at and m.xid != old.xid], 30,
                         lambda: f'{client.name} {mac} is not answered after its reboot: {client.said()[-300:]}')[0]
        request = asked(scene, mac, new)
        if client.remembers:
            require(50 in request.options and 54 not in request.options and request.ciaddr == '0.0.0.0',
                    lambda: f'{client.name} sent no INIT-REBOOT but {request}')
        require(new.yiaddr == old.yiaddr, f'{client.name} had {old.yiaddr} and has {new.yiaddr}')
        check_lease(request, new, before=old)
        if mac in TRUSTED.values():
            require(new.text(66) == URL, f'{client.name}: 66 is {new.options.get(66)}')
        else:
            no_source(new)


def test_clients_renew(scene):
    """RENEWING on the wire: unicast, ciaddr filled in, no 50 and no 54; the answer goes straight back."""
    def renewals(mac):
        return [m for m in scene.capture.dhcp(mac) if m.op == 1 and m.name == 'REQUEST' and m.ciaddr != '0.0.0.0'
                and m.ip_target == LAN]

    for mac, client in scene.clients.items():
        request = wait_until(lambda: renewals(mac), LEASE_S, lambda: f'{client.name} {mac} does not renew')[0]
        answer = wait_until(lambda: [m for m in answers(scene, mac) if m.xid == request.xid and m.at >= request.at], 5,
                            lambda: f'{client.name}: {request} is not answered')[0]
        require(50 not in request.options and 54 not in request.options, lambda: f'{request} is no renewal')
        require(answer.yiaddr == request.ciaddr and answer.ip_target == request.ciaddr and answer.ports == (67, 68),
                lambda: f'{answer} answers {request}')
        check_lease(request, answer)
        if mac in TRUSTED.values():
            require(answer.text(66) == URL, f'{client.name}: 66 is {answer.options.get(66)}')
        else:
            no_source(answer)


def test_a_forged_decline_or_release_takes_nothing_from_a_phone_that_is_there(scene):
    """A host on the LAN gives up the address of a phone that is alive."""
    mac = TRUSTED['dhclient']
    address = answers(scene, mac)[-1].yiaddr
    thief, living = scene.hand, wire.mac_bytes(mac)
    for n in range(20):
        for kind, fields, frame in (
                (wire.DECLINE, {'options': {50: wire.ip(address), 54: wire.ip(LAN)}}, {}),
                (wire.RELEASE, {'ciaddr': address, 'options': {54: wire.ip(LAN)}},
                 {'source': address, 'target': LAN, 'eth_target': appliance_mac(scene)})):
            payload = wire.build(kind, mac, **fields)
            thief.send(payload, **frame)
            # The perfect forgery has the phone's own address as its Ethernet source.
            thief.socket.send(wire.frame(payload, living, **frame))
    # So many packets have used up what a stranger may send: ask until it is heard again.
    other = wait_until(lambda: thief.ask(wire.DISCOVER, '020000000401', timeout_s=1, options={50: wire.ip(address), **ASK}),
                       30, 'the thief is not answered any more')
    require(other.yiaddr != address, f'the address of a living phone is offered to another: {other}')


def test_every_decision_is_in_the_timeline_with_its_reason(scene):
    for mac, wanted in ((TRUSTED['dhclient'], True), (UNTRUSTED['dhclient'], False)):
        scene.wait_words(mac, 'dhcp-ack')
        events = [row for row in scene.timeline(mac) if row['station'] == 'responder']
        plain = [row for row in events if 'ack' in row['word'] and ('plain' in row['detail'] or 'not approved' in row['detail'])]
        require(bool(plain) != wanted, lambda: f'{mac}: the timeline says {events[-3:]}')


# --- the site's choices ---------------------------------------------------------------------------------------------------

def applied(scene, *values):
    """Sets values of the site; the responder follows by subscription, so ask until it does."""
    scene.ctl('site', 'set', *values)


def offer_until(scene, what, wanted):
    hand, mac = mine(scene), MINE
    last = []

    def question():
        offer = hand.ask(wire.DISCOVER, mac, timeout_s=1, options=ASK)
        last[:] = [offer and {code: offer.options.get(code) for code in (66, 67, 43)}]
        return offer if offer and wanted(offer) else None

    return wait_until(question, 15, lambda: f'{what}: {last}')


def test_option_forms(scene):
    applied(scene, 'option_form=split')
    offer = offer_until(scene, 'split', lambda m: 67 in m.options)
    joined = offer.text(66).rstrip('/\0') + '/' + offer.text(67).lstrip('/').rstrip('\0')
    require(joined == URL and 43 not in offer.options, lambda: f'66 {offer.options[66]} and 67 {offer.options[67]}')
    applied(scene, 'option_form=both')
    offer = offer_until(scene, 'both', lambda m: 43 in m.options)
    inner = {}
    data = offer.options[43]
    while data and data[0] != 255:
        inner[data[0]] = data[2:2 + data[1]]
        data = data[2 + data[1]:]
    joined = inner[66].rstrip(b'/\0') + b'/' + inner[67].lstrip(b'/').rstrip(b'\0')
    require(joined.decode() == URL, lambda: f'43 holds {inner}')
    require(66 in offer.options and 67 in offer.options, lambda: f'{offer.order}')


def test_a_phone_comes_up_with_each_option_form(scene):
    """PnP, which a phone asks before DHCP, is off."""
    for n, form in enumerate(('both', 'split', 'url')):
        applied(scene, f'option_form={form}')
        offer_until(scene, form, lambda m: (67 in m.options, 43 in m.options) ==
                    {'both': (True, True), 'split': (True, False), 'url': (False, False)}[form])
        phone = scene.phone(f'000413E0050{n}', factory={'pnp_config': 'off'})
        phone.wait_current(30)
        require(phone.dhcp_source() == URL, f'{form}: the phone reads {phone.dhcp_source()}')


def test_unknown_clients_can_be_met_with_silence(scene):
    """Silence is only shown by what else is answered at the same time."""
    applied(scene, 'unknown_clients=silent')
    stranger = Hand(scene, 'stranger', '3C22FB0003EE')
    unapproved = '000413E002EE'
    wait_until(lambda: not stranger.ask(wire.DISCOVER, '3C22FB0003EE', timeout_s=1, options=ASK), 10,
               'a stranger is still answered')
    for mac in ('3C22FB0003EE', unapproved):
        payload = wire.build(wire.DISCOVER, mac, options=ASK)
        stranger.send(payload)
        known = mine(scene).ask(wire.DISCOVER, MINE, options=ASK)
        require(known, 'the approved phone is not answered either')
        require(not stranger.answer(struct.unpack_from('!I', payload, 4)[0], 0.5), f'{mac} was answered')
    applied(scene, 'unknown_clients=')
    wait_until(lambda: stranger.ask(wire.DISCOVER, '3C22FB0003EE', timeout_s=1, options=ASK), 10, 'no plain lease again')


def test_dhcp_can_be_off(scene):
    applied(scene, 'dhcp_mode=off')
    wait_until(lambda: not mine(scene).ask(wire.DISCOVER, MINE, timeout_s=1, options=ASK), 10, 'it still answers')
    applied(scene, 'dhcp_mode=')
    wait_until(lambda: mine(scene).ask(wire.DISCOVER, MINE, timeout_s=1, options=ASK), 10, 'it does not answer again')
