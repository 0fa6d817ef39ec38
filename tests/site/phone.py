"""phone: a stand-in for a Snom desk phone, from the first DHCP packet to the settings received in the tunnel and after.

In:   the site root's dhclient, curl and openvpn; a network namespace on the phone LAN; a device certificate.
Out:  what the phone did (transcript, documents), what it holds (flash), how far it is (steps, times).
Not:  nothing of the appliance: the documented protocol only. No SIP calls.

What is known of the real phone is followed (docs: provisioning order, {mac}, extra requests, X-snom-vpn, permission
flags, tarball, polling, check-sync, firmware). Where Snom's pages are silent the stand-in does the simple thing, or
has a switch; README.md lists both.
"""
import base64
import contextlib
import hashlib
import io
import json
import os
import re
import socket
import subprocess
import tarfile
import threading
import time
import urllib.parse

import notify
from document import (FACTORY_SERVER, NEEDS_REBOOT, Document, Flash, ReadOnly, firmware_image, plain_body,  # noqa: F401
                      read_image)
from pki import capitals
from tools import Trouble, inside, stop

# What each line of phones calls itself; {mac} in capitals, {low} not. The first pattern that begins the type counts.
AGENTS = (
    ('snomM', 'Mozilla/4.0 (compatible; Snom {short} {firmware} {low})', '05.20.0001'),
    ('snom7', 'Mozilla/4.0 (compatible; {type}-SIP {firmware} 1.1.5-IFX-05.01.12 {mac})', '8.7.5.35'),
    ('snomD', 'Mozilla/4.0 (compatible; {type}-SIP {firmware} 2010.12-00001-gd311851f1 (Feb 25 2019 - 14:19:43) {mac} '
     'SXM:0 UXM:0 UXMC:0)', '10.1.169.16'),
    ('snom', 'Mozilla/4.0 (compatible; {type}-SIP {firmware} SPEAr300 SNOM 1.4)', '8.4.35'),
)
# vpn.cnf is from outside: what would run programs or leave the phone's own directory is refused.
FORBIDDEN = {'up', 'down', 'plugin', 'script-security', 'route-up', 'ipchange', 'tls-verify', 'learn-address',
             'log', 'log-append', 'writepid', 'cd', 'chroot', 'daemon', 'management', 'askpass'}

# In the order of the phone's own request list: 1 3 4 6 12 15 42 43 51 66 67 120 125 132 133.
_DHCP_SETTINGS = '''option snom-125 code 125 = string;
option snom-sip code 120 = string;
option snom-132 code 132 = string;
option snom-133 code 133 = string;
send vendor-class-identifier "{type}";
send host-name "{type}";
request subnet-mask, routers, time-servers, domain-name-servers, host-name, domain-name, ntp-servers,
        vendor-encapsulated-options, dhcp-lease-time, tftp-server-name, bootfile-name, snom-sip, snom-125,
        snom-132, snom-133;
timeout 10;
retry 1;
initial-interval 1;
backoff-cutoff 3;
reboot 2;
'''
_DHCP_SCRIPT = '''#!/bin/sh
case "$reason" in
PREINIT) ip link set "$interface" up ;;
BOUND|RENEW|REBIND|REBOOT)
        [ "$old_ip_address" = "$new_ip_address" ] || ip -4 addr flush dev "$interface"
        ip -4 addr replace "$new_ip_address/$new_subnet_mask" dev "$interface"
        for r in $new_routers; do ip -4 route replace default via "$r"; break; done ;;
EXPIRE|FAIL|RELEASE|STOP) ip -4 addr flush dev "$interface" ;;
# Nobody answered: it goes on asking rather than use an old lease unasked and sleep.
TIMEOUT) exit 1 ;;
esac
env; echo "end=$reason"
'''


class Answer:
    """What one request brought."""

    def __init__(self, url, status, headers, body, error, took_s):
        self.url, self.status, self.headers, self.body = url, status, headers, body
        self.error, self.took_s = error, took_s

    def __repr__(self):
        return f'{self.url} → {self.status or self.error}'


def sip_answer(head):
    """200 OK to a SIP request."""
    kept = [line for line in head.split('\r\n') if line.split(':')[0] in ('Via', 'From', 'To', 'Call-ID', 'CSeq')]
    return '\r\n'.join(['SIP/2.0 200 OK', *kept, 'Content-Length: 0', '', '']).encode()


class Phone:
    """One phone. lan: an object with add_host(name, mac) -> network namespace and remove_host(name)."""

    def __init__(self, tools, lan, mac, certificate, phone_type='snomD785', report=None, patience=(0.2, 4.0),
                 firmware=None, factory=None, gzip=False, etags=False, minute_s=60.0, can_vpn=True, vpn_header='available',
                 heeds_filter=False, challenge_accepts=('account',), challenge_qop=False, auto_reboots=False, old_tls='',
                 vpn_tools=None, vpn_options=(), bundle_patience_s=15.0, slow_times=1):
        """factory: settings that differ from Snom's factory values. gzip: it says Accept-Encoding. etags: it says If-None-Match.
        minute_s: how long a minute of its polling timer takes. can_vpn, vpn_header: X-snom-vpn and what it stands for.
        heeds_filter: filter_registrar keeps NOTIFYs of others out. challenge_accepts: whose name and password answer a
        challenge: http, account; challenge_qop: whether it has qop=auth. auto_reboots: auto_reboot_on_setting_change works.
        old_tls: its HTTPS speaks this version of TLS at most, with any key. vpn_tools, vpn_options: another root's OpenVPN,
        further words on its command line. bundle_patience_s: how long a new bundle has to bring the tunnel up.
        slow_times: it waits so many times as long for HTTP answers, where an emulated machine gives them."""
        self.tools, self.lan = tools, lan
        self.mac = capitals(mac)
        self.name = 'phone-' + self.mac[-4:].lower()
        self.type, self.firmware = phone_type, firmware or agent(phone_type)[1]
        self.certificate = certificate
        self.report, self.patience = report, patience
        self.factory = factory or {}
        self.gzip, self.etags, self.minute_s = gzip, etags, minute_s
        self.slow_times = slow_times
        self.can_vpn, self.vpn_header = can_vpn, vpn_header
        self.heeds_filter, self.challenge_accepts, self.challenge_qop = heeds_filter, challenge_accepts, challenge_qop
        self.auto_reboots, self.old_tls = auto_reboots, old_tls
        self.vpn_tools, self.vpn_options, self.bundle_patience_s = vpn_tools or tools, tuple(vpn_options), bundle_patience_s
        self.away = None
        self.received, self.spoils_bundles = [], 0
        self.work = tools.work / self.name
        self.netns = None
        self.transcript, self.times, self.trouble, self.faults = [], {}, '', []
        self.documents, self.firmware_updates, self.reboots = [], [], []
        self.lease, self.leases_seen = {}, []
        self.fetches_in_tunnel = 0
        self.breaks, self.deaf = [], False
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._over = False
        self._refresh = self._synced = False
        self._reboot = ''
        self._tags = {}
        (self.work / 'dhcp.leases').unlink(missing_ok=True)
        self._thread = self._dhcp = None
        self.vpn = self.sip = None
        self._blank()

    def _blank(self):
        self.flash = Flash()
        for name, value in self.factory.items():
            self.settings.provision(name, None, value, '')
        self.stage1 = self.stage2 = None
        self.step = 'start'
        self.is_current = False
        self.deaf = False
        self._image_url = ''
        self._tags = {}
        self._refused_bundles = []

    # --- what others see ---------------------------------------------------------------------------------------

    @property
    def mac_colons(self):
        return ':'.join(self.mac[i:i + 2] for i in range(0, 12, 2)).lower()

    @property
    def settings(self):
        return self.flash.settings

    @property
    def authorities(self):
        return self.flash.authorities

    @property
    def bundle(self):
        return self.flash.bundle

    @property
    def user_agent(self):
        return agent(self.type)[0].format(type=self.type, short=self.type.removeprefix('snom'), firmware=self.firmware,
                                          mac=self.mac, low=self.mac.lower())

    @property
    def address(self):
        return self.lease.get('new_ip_address')

    @property
    def tunnel_address(self):
        return self.vpn.address if self.vpn and self.vpn.up else None

    def wait(self, question, timeout_s, what):
        """Until question(self) is true."""
        end = time.monotonic() + timeout_s
        with self._wake:
            while not question(self):
                left = end - time.monotonic()
                if left <= 0:
                    raise Trouble(f'{self.mac}: waited {timeout_s:.0f} s for {what}; it is at "{self.step}"'
                                  + (f': {self.trouble}' if self.trouble else ''))
                self._wake.wait(min(left, 0.5))

    def wait_current(self, timeout_s=30):
        self.wait(lambda me: me.is_current, timeout_s, 'settings received in the tunnel')

    def fetched(self, since=0.0):
        """The settings documents that came in the tunnel after that moment of time.monotonic()."""
        with self._wake:
            return [row for row in self.documents if row['at'] > since]

    def fault(self, text):
        """Something the other side may not do."""
        with self._wake:
            self.faults.append(text)
        self.note('fault', text=text)

    def note(self, what, **facts):
        with self._wake:
            self.transcript.append({'at': time.monotonic(), 'what': what, **facts})
            self._wake.notify_all()

    def _reach(self, step, detail=''):
        with self._wake:
            self.step, self.trouble = step, ''
            self.times.setdefault(step, time.monotonic())
            self.note('step', step=step, detail=detail)
        if self.report:
            self.report(self, step, detail)

    def _complain(self, text):
        with self._wake:
            changed, self.trouble = text != self.trouble, text
            self.note('trouble', text=text)
        if changed and self.report:
            self.report(self, 'trouble', text)

    # --- life --------------------------------------------------------------------------------------------------

    def start(self):
        self.work.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.netns is None:
            self.netns = self.lan.add_host(self.name, self.mac_colons, 'up' if self.away else 'lan')
            # Snom's own service is out of reach here, as behind a firewall that refuses.
            self.tools.run(['ip', 'route', 'add', 'unreachable', '192.0.2.1/32'], self.netns)
        self._over = False
        self._start_dhcp()
        self._thread = threading.Thread(target=self._live, name=self.name, daemon=True)
        self._thread.start()
        return self

    def stop(self):
        """Power off: flash (settings, bundle) stays."""
        with self._wake:
            self._over = True
            self._wake.notify_all()
        self._tunnel_off()
        if self._thread:
            self._thread.join(30)
        self._tunnel_off()              # a reboot under way may have begun one
        stop(self._dhcp)
        self._thread = self._dhcp = None
        with self._wake:
            self.is_current, self.lease, self._reboot = False, {}, ''

    def _tunnel_off(self):
        vpn, sip, self.vpn, self.sip = self.vpn, self.sip, None, None
        if sip:
            sip.close()
        if vpn:
            vpn.close()

    def remove(self):
        self.stop()
        if self.netns:
            with contextlib.suppress(Exception):
                self.lan.remove_host(self.name)
            self.netns = None

    def power_cycle(self):
        self.stop()
        self._refused_bundles = []
        self.start()

    def move(self, address=None, router=None):
        """Unplugged, carried to another network (the uplink's) and plugged in there, where it is given this address; back without one."""
        self.stop()
        self.lan.remove_host(self.name)
        self.netns, self.away = None, (address, router) if address else None
        self.start()

    def factory_reset(self):
        self.stop()
        self._blank()
        self.times = {}
        (self.work / 'dhcp.leases').unlink(missing_ok=True)
        self.start()

    def breaks_on(self, name, value, how='gone', for_s=0.0, index=None):
        """Settings that this phone does not survive, once it has taken them:
        gone: its tunnel never comes up again while it holds them; deaf: it never fetches again; late: it is away for for_s."""
        self.breaks.append({'key': (name, index), 'value': value, 'how': how, 'for_s': for_s, 'new': True})

    def repair(self):
        """What broke it does so no more; it starts anew."""
        self.breaks, self.deaf = [], False
        self.power_cycle()

    def check_sync(self, reboot):
        """A NOTIFY was taken: fetch again, or reboot. checksync_action overrides what it asks."""
        if self.deaf:
            return
        action = self.settings.get('checksync_action')
        with self._wake:
            if action in ('reboot', 'factory-reset') or reboot and not action:
                self._reboot = action if action == 'factory-reset' else 'NOTIFY'
            else:
                self._refresh, self._synced, self.is_current = True, True, False
            self._wake.notify_all()

    def is_silent_to(self, address):
        """filter_registrar on: only the registrar is heard."""
        registrar = self.settings.get('user_host', 1).split(';')[0].split(':')[0]
        return self.heeds_filter and self.settings.get('filter_registrar') == 'on' and address != registrar

    def accounts(self):
        """(name, password) pairs that answer a challenge."""
        get = self.settings.get
        known = {'http': (get('http_user'), get('http_pass')), 'account': (get('user_pname', 1) or get('user_name', 1), get('user_pass', 1))}
        return [known[word] for word in self.challenge_accepts]

    def refresh(self):
        """Asks for the settings again, as polling or check-sync would."""
        with self._wake:
            self._refresh, self.is_current = True, False
            self._wake.notify_all()

    def _sleep(self, seconds):
        end = time.monotonic() + seconds
        with self._wake:
            while not self._over and not self._reboot and time.monotonic() < end:
                self._wake.wait(end - time.monotonic())

    def _live(self):
        pause = self.patience[0]
        self._reach('start')
        while not self._over:
            try:
                if self._reboot:
                    self._boot()
                done = self._inside() if self.bundle else self._outside()
            except Trouble as trouble:
                if self._over:
                    return
                self._complain(str(trouble))
                done = False
            except Exception as error:      # a stand-in that dies in silence helps nobody
                if self._over:
                    return
                self._complain(f'{type(error).__name__}: {error}')
                done = False
            if done or self._reboot:
                pause = self.patience[0]
            else:
                self._sleep(pause)
                pause = min(2 * pause, self.patience[1])

    def _boot(self):
        """The phone restarts by itself: its tunnel goes, its flash stays, the whole way begins again."""
        with self._wake:
            why, self._reboot, self.is_current, self.lease = self._reboot, '', False, {}
            self.reboots.append(why)
        self.note('reboot', why=why)
        self._tunnel_off()
        stop(self._dhcp)
        self.settings.forget_volatile()
        if why == 'factory-reset':
            self._blank()
            (self.work / 'dhcp.leases').unlink(missing_ok=True)
        self._reach('start', why)
        if not self._over:
            self._start_dhcp()

    def _wait_for_lease(self):
        with self._wake:
            while not self.lease and not self._over and not self._reboot:
                self._wake.wait(1)
        return bool(self.lease) and not self._over

    def _outside(self):
        """Before the bundle: the provisioning chain on the LAN."""
        if not self._wait_for_lease():
            return True
        # A bundle that did not come is asked for again: the settings name the tunnel by now, so nothing else could help.
        if not self._wants_tunnel():
            if not self.provision():
                raise Trouble(self.trouble or 'no provisioning source answered')
            if self._update_firmware():
                return True
            if not self._wants_tunnel():
                raise Trouble('the settings bring no tunnel')
        if not self.can_vpn:
            raise Trouble('its firmware has no VPN client')
        self._take_bundle()
        return True

    def _wants_tunnel(self):
        return self.settings.get('vpn_on') == 'on' and bool(self.settings.get('vpn_tarball_url'))

    def _inside(self):
        """With a bundle: tunnel, then settings, again whenever the tunnel came back or someone asks."""
        if self._broken('gone'):
            return True
        if not self.vpn:
            if not self._wait_for_lease():
                return True
            self.vpn = Vpn(self)
        if not self.vpn.wait_up(self, 5):
            raise Trouble(f'the tunnel does not come up: {self.vpn.last_line}')
        turn = self.vpn.turn
        self._reach('tunnel', self.vpn.address)
        self._listen()
        with self._wake:
            self._refresh, synced, self._synced = False, self._synced, False
        before = len(self.transcript)
        changed = self.provision(in_tunnel=True)
        if changed is None:
            last = [row for row in self.transcript[before:] if row['what'] == 'request']
            raise Trouble('settings refused in the tunnel: ' + (str(last[-1]['answer']) if last else 'no source'))
        url = self.settings.get('vpn_tarball_url')
        if url and url not in (self.flash.bundle_url, *self._refused_bundles) and self._change_bundle():
            return True
        if self._broken('gone') or self._broken('late') or self._update_firmware():
            return True
        wishes = self.auto_reboots and self.settings.get('auto_reboot_on_setting_change') == 'on'
        if (synced or wishes) and changed & NEEDS_REBOOT:
            self._reboot = 'changed settings'
            return True
        with self._wake:
            self.is_current = True
            self.fetches_in_tunnel += 1
            self.deaf = self.deaf or self._holds('deaf') is not None
        self._listen()
        self._reach('current', self.vpn.address)
        self._rest(turn)
        return True

    def _change_bundle(self):
        """The settings name another bundle: fetched while the tunnel is there, and kept when it brings the tunnel up."""
        old = self.flash.bundle, self.flash.bundle_url
        try:
            self._take_bundle()
        except Trouble as trouble:
            self._complain(str(trouble))
            return False
        if self.spoils_bundles:                     # a test's wish: so many new bundles are of no use to this phone
            self.spoils_bundles -= 1
            self.flash.bundle = re.sub(rb'^remote \S+', b'remote 192.0.2.1', self.flash.bundle, flags=re.M)
        self._tunnel_off()
        self.vpn = Vpn(self)
        if not self.vpn.wait_up(self, self.bundle_patience_s) and not self._over and not self._reboot:
            self.note('bundle refused', url=self.flash.bundle_url, line=self.vpn.last_line)
            self._refused_bundles.append(self.flash.bundle_url)
            self._tunnel_off()
            self.flash.bundle, self.flash.bundle_url = old
        return True

    def _rest(self, turn):
        """Until the polling timer, a NOTIFY, a person or the end of the tunnel wants something."""
        poll_s = 0 if self.deaf else self._polling_period() * self.minute_s / 60
        end = time.monotonic() + poll_s
        with self._wake:
            while not self._over and not self._refresh and not self._reboot and self.vpn.up and self.vpn.turn == turn:
                if poll_s and time.monotonic() >= end:
                    break
                self._wake.wait(max(0.01, min(5, end - time.monotonic())) if poll_s else 5)
            if not self.vpn.up or self.vpn.turn != turn:
                self.is_current = False

    def _holds(self, how):
        """The break of this kind whose settings the phone holds."""
        return next((one for one in self.breaks if one['how'] == how and self.settings.get(*one['key'], None) == one['value']), None)

    def _broken(self, how):
        """Breaks as breaks_on() said; true when it did."""
        one = self._holds(how)
        if one is None or how == 'late' and not one['new']:
            return False
        with self._wake:
            one['new'], self.is_current = False, False
        self._tunnel_off()
        self._reach('broken', how)
        if how == 'late':
            self._sleep(one['for_s'])
        else:
            with self._wake:
                while not self._over and not self._reboot:
                    self._wake.wait(5)
        return True

    def _polling_period(self):
        """Seconds; 0: it does not poll."""
        if self.settings.get('prov_polling_enabled') == 'on' and self.settings.get('prov_polling_mode') in ('rel', 'random'):
            return int(self.settings.get('prov_polling_period') or 0)
        return int(self.settings.get('settings_refresh_timer') or 0)

    def _listen(self):
        """SIP on the tunnel address."""
        place = self.vpn.address, int(self.settings.get('network_id_port') or notify.PORT)
        if self.sip and self.sip.place != place:
            self.sip.close()
            self.sip = None
        if not self.sip and place[0]:
            self.sip = notify.Listener(self, place)

    # --- DHCP --------------------------------------------------------------------------------------------------

    def _start_dhcp(self):
        if self.away:
            address, router = self.away
            self.tools.run(['ip', 'address', 'replace', address, 'dev', 'eth0'], self.netns)
            if router:
                self.tools.run(['ip', 'route', 'replace', 'default', 'via', router], self.netns)
            self._dhcp_event({'reason': 'BOUND', 'new_ip_address': address.split('/')[0]})
            return
        script, settings = self.work / 'dhcp-event', self.work / 'dhcp.conf'
        script.write_text(_DHCP_SCRIPT)
        script.chmod(0o700)
        settings.write_text(_DHCP_SETTINGS.replace('{type}', self.type))
        self._dhcp = self.tools.start(
            ['dhclient', '-4', '-d', '-q', '-cf', settings, '-lf', self.work / 'dhcp.leases', '-pf', self.work / 'dhcp.pid',
             '-sf', script, 'eth0'], self.netns, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self._read_dhcp, args=(self._dhcp,), daemon=True).start()

    def _read_dhcp(self, process):
        facts = {}
        for line in process.stdout:
            name, _, value = line.rstrip('\n').partition('=')
            if name == 'end':
                self._dhcp_event(facts)
                facts = {}
            else:
                facts[name] = value

    def _dhcp_event(self, facts):
        event = facts.get('reason')
        if event in ('BOUND', 'RENEW', 'REBIND', 'REBOOT'):
            with self._wake:
                first = not self.lease
                self.lease = facts
                self.leases_seen.append(facts.get('new_ip_address'))
            self.note('lease', event=event, address=self.address, source=self.dhcp_source())
            if first and not self.bundle:
                self._reach('lease', self.address)
                if self.dhcp_source():
                    self._reach('source', self.dhcp_source())
        elif event in ('EXPIRE', 'FAIL', 'RELEASE', 'STOP'):
            with self._wake:
                self.lease = {}

    def dhcp_source(self):
        """The URL that DHCP names: 43 with encapsulated 66/67 wins over 66 and 67."""
        server, path = self.lease.get('new_tftp_server_name', ''), self.lease.get('new_bootfile_name', '')
        inner = encapsulated(self.lease.get('new_vendor_encapsulated_options', ''))
        server, path = inner.get(66, server), inner.get(67, path)
        if not server:
            return ''
        if not path:
            return server
        return server.rstrip('/') + '/' + path.lstrip('/')

    # --- the chain ---------------------------------------------------------------------------------------------

    def provision(self, in_tunnel=False):
        """One walk along provisioning_order: the names of the settings that changed, None when no source brought any."""
        found = None
        for word in self.settings.get('provisioning_order').split():
            kind, _, action = word.partition(':')
            worked = self._source(kind, in_tunnel)
            if worked is not None:
                found = (found or set()) | worked
                if action == 'stop':
                    break
        return found

    def _source(self, kind, in_tunnel):
        if kind == 'redirection':
            server = self.settings.get('setting_server')
            changed = self._settings_from(server, in_tunnel) if server else None
            return None if server == FACTORY_SERVER else changed
        if kind == 'pnp' and self.settings.get('pnp_config') == 'on':
            url = self._ask_pnp()
            if url and not in_tunnel:
                self._reach('pnp', url)
            return self._settings_from(url, in_tunnel) if url else None
        if kind == 'dhcp':
            url = self.dhcp_source()
            if not url:
                self._complain(f'lease {self.address} without a provisioning source')
                return None
            return self._settings_from(url, in_tunnel)
        return None

    def expand(self, text):
        return text.replace('{mac}', self.mac).replace('{phone_type}', self.type)

    def requests_for(self, url):
        """The URLs a phone really asks for when it was given this one."""
        parts = urllib.parse.urlsplit(url)
        folder, _, name = parts.path.rpartition('/')
        start = f'{parts.scheme}://{parts.netloc}{folder}/'
        if not name:
            return [f'{start}{self.type}.htm', f'{start}{self.type}-{self.mac}.htm']
        rest = '?' + parts.query if parts.query else ''
        if '{mac}' in url:
            return [self.expand(start + name + rest)]
        stem, dot, ending = name.rpartition('.')
        own = f'{stem}-{self.mac}.{ending}' if dot else f'{name}-{self.mac}'
        return [self.expand(start + name + rest), self.expand(start + own + rest)]

    def _settings_from(self, url, in_tunnel):
        """Fetches all documents behind a URL and applies them in order; the settings that changed, None when none came."""
        waiting, seen, changed, late = self.requests_for(url), set(), None, []
        while waiting and len(seen) < 20:
            one = waiting.pop(0)
            if one in seen:
                continue
            seen.add(one)
            answer = self._ask(one)
            if answer.status == 304 and one in self._tags:
                changed = changed or set()
                continue
            if answer.status != 200:
                if not one.startswith(FACTORY_SERVER):
                    self._complain(f'{one}: {answer.status or answer.error}')
                continue
            document = self._read(answer, in_tunnel)
            waiting = [self.expand(more) for more in document.files] + waiting
            late += [('certificate', more, None) for more in document.certificate_urls]
            late += [('upload', more, kind) for more, kind in document.uploads]
            with self._wake:
                if in_tunnel:
                    self.stage2 = document
                elif document.settings:
                    self.stage1 = document
            if document.settings and not in_tunnel:
                self._reach('stage 1', one)
            changed = (changed or set()) | self.flash.apply(document)
            self._write_authorities()
        self._fetch_parts(late)
        return changed

    def _ask(self, url):
        """A request for settings, with what this phone says in its headers."""
        headers = ['Accept-Encoding: gzip'] if self.gzip else []
        if self.etags and url in self._tags:
            headers.append(f'If-None-Match: {self._tags[url]}')
        answer = self.fetch(url, headers=headers)
        if self.etags and answer.status == 200 and answer.headers.get('etag'):
            self._tags[url] = answer.headers['etag'][0]
        return answer

    def _read(self, answer, in_tunnel):
        body = plain_body(answer, self.gzip)
        document = Document(body)
        if document.firmware:
            raise Trouble('<firmware-settings> where settings are expected')
        if in_tunnel:
            with self._wake:
                self.documents.append({'at': time.monotonic(), 'url': answer.url, 'document': document, 'bytes': len(body),
                                       'hash': hashlib.sha256(body).hexdigest(),
                                       'etag': (answer.headers.get('etag') or [''])[0]})
        return document

    def _fetch_parts(self, parts):
        """What a document names besides settings comes after all of them."""
        for what, url, kind in parts:
            answer = self.fetch(self.expand(url))
            if answer.status != 200:
                self._complain(f'{what} {url}: {answer.status or answer.error}')
            elif what == 'upload':
                self.flash.uploads[kind] = answer.body
            elif answer.body not in self.authorities:
                self.authorities.append(answer.body)

    # --- firmware ------------------------------------------------------------------------------------------------

    def _update_firmware(self):
        """update_policy and firmware_status; true when the phone now restarts with another image."""
        status_url = self.settings.get('firmware_status')
        if self.settings.get('update_policy') != 'auto_update' or not status_url:
            return False
        answer = self.fetch(self.expand(status_url))
        if answer.status != 200:
            self._complain(f'firmware {status_url}: {answer.status or answer.error}')
            return False
        for url in Document(answer.body).firmware:
            if url != self._image_url and self._flash_image(self.expand(url)):
                self._image_url = url
                with self._wake:
                    self._reboot = 'firmware'
                return True
        return False

    def _flash_image(self, url):
        answer = self.fetch(url, timeout_s=60)
        if answer.status != 200:
            self._complain(f'firmware {url}: {answer.status or answer.error}')
            return False
        model, version = read_image(answer.body)
        if model != self.type:
            self.fault(f'an image for {model} is offered to a {self.type}')
            return False
        if version == 'vpn-feature':
            if self.can_vpn:
                return False
            self.can_vpn, self.vpn_header = True, 'available'
        elif version == self.firmware:
            return False
        self.firmware_updates.append((self.firmware, version))
        self.note('firmware', was=self.firmware, now=version, url=url)
        if version != 'vpn-feature':
            self.firmware = version
        return True

    def _write_authorities(self):
        pem = ''.join('-----BEGIN CERTIFICATE-----\n' + base64.encodebytes(der).decode() + '-----END CERTIFICATE-----\n'
                      for der in self.authorities)
        (self.work / 'authorities.pem').write_text(pem)

    def _ask_pnp(self, wait_s=0.15):
        """SIP PnP: one SUBSCRIBE to the multicast group; the URL of a NOTIFY, or nothing."""
        with inside(self.netns):
            talk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with talk:
            talk.settimeout(wait_s)
            try:
                talk.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(self.address))
                talk.bind((self.address, 0))
                port = talk.getsockname()[1]
                talk.sendto((
                    f'SUBSCRIBE sip:MAC%3a{self.mac}@{self.address} SIP/2.0\r\n'
                    f'Via: SIP/2.0/UDP {self.address}:{port};branch=z9hG4bK-{os.urandom(6).hex()};rport\r\n'
                    f'From: <sip:MAC%3a{self.mac}@{self.address}>;tag={os.urandom(4).hex()}\r\n'
                    f'To: <sip:MAC%3a{self.mac}@{self.address}>\r\nCall-ID: {os.urandom(8).hex()}\r\n'
                    'CSeq: 1 SUBSCRIBE\r\nMax-Forwards: 1\r\n'
                    f'Contact: <sip:{self.address}:{port}>\r\n'
                    f'Event: ua-profile;profile-type="device";vendor="snom";model="{self.type}";'
                    f'version="{self.firmware}"\r\nAccept: application/url\r\nExpires: 0\r\nContent-Length: 0\r\n\r\n'
                ).encode(), ('224.0.1.75', 5060))
                end = time.monotonic() + wait_s
                while time.monotonic() < end:
                    data, sender = talk.recvfrom(4096)
                    head, _, body = data.decode(errors='replace').partition('\r\n\r\n')
                    if head.startswith('NOTIFY '):
                        talk.sendto(sip_answer(head), sender)
                        self.note('pnp', url=body.strip())
                        return body.strip()
            except OSError:
                pass
        return ''

    # --- HTTP --------------------------------------------------------------------------------------------------

    def fetch(self, url, verify=None, certificate='own', headers=(), method=None, timeout_s=10, more=()):
        """One request with curl. certificate: 'own', None, or another Certificate. verify: None follows the setting."""
        if verify is None:
            verify = self.settings.get('tls_server_authentication') == 'on'
        if certificate == 'own':
            certificate = self.certificate
        argv = ['curl', '--silent', '--globoff', '--path-as-is', '--http1.1', '--proto', '=http,https', '--noproxy', '*',
                '--max-time', str(timeout_s * self.slow_times), '--connect-timeout', str(4 * self.slow_times), '--user-agent', self.user_agent,
                '--resolve', 'secure-provisioning.snom.com:443:192.0.2.1',
                '--write-out', '%{stderr}%{json}\n%{header_json}']
        if self.vpn_header is not None:
            argv += ['--header', f'X-snom-vpn: {self.vpn_header}']
        for header in headers:
            argv += ['--header', header]
        if method:
            argv += ['--request', method]
        if certificate:
            argv += ['--cert', certificate.chain, '--key', certificate.key]
        if self.old_tls:
            argv += ['--ciphers', 'ALL:@SECLEVEL=0', '--tlsv1.0', '--tls-max', self.old_tls]
        if verify:
            self._write_authorities()
            argv += ['--cacert', self.work / 'authorities.pem']
        else:
            argv.append('--insecure')
        began = time.monotonic()
        _, out, err = self.tools.run([*argv, *more, url], self.netns, check=False, timeout_s=timeout_s * self.slow_times + 10)
        if out:
            self.received.append(out)
        try:
            facts, received = _two_objects(err.decode(errors='replace'))
        except ValueError:
            facts, received = {'errormsg': err.decode(errors='replace')[:200]}, {}
        answer = Answer(url, facts.get('http_code') or 0, received, out, facts.get('errormsg') or '',
                        time.monotonic() - began)
        self.note('request', url=url, answer=answer.status or answer.error, took_s=round(answer.took_s, 3),
                  bytes=len(out))
        return answer

    # --- bundle ------------------------------------------------------------------------------------------------

    def _take_bundle(self):
        url = self.expand(self.settings.get('vpn_tarball_url'))
        answer = self.fetch(url)
        if answer.status != 200:
            raise Trouble(f'no bundle from {url}: {answer.status or answer.error}')
        self.flash.bundle, self.flash.bundle_url = unpack_bundle(answer.body), self.settings.get('vpn_tarball_url')
        self._reach('bundle', f'{len(answer.body)} bytes')


class Vpn:
    """The phone's OpenVPN client; started again whenever it ends."""

    def __init__(self, phone):
        self.phone = phone
        self.up, self.turn, self.address, self.last_line = False, 0, None, 'not started'
        self.refusals, self.lines, self.closing, self.began = 0, [], False, time.monotonic()
        path = phone.work / 'vpn.cnf'
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        path.write_bytes(phone.bundle)
        self.process = None
        self.thread = threading.Thread(target=self._keep, daemon=True)
        self.thread.start()

    def _keep(self):
        pause = 0.5
        while not self.closing:
            began = time.monotonic()
            self.process = self.phone.vpn_tools.start(
                ['openvpn', '--config', 'vpn.cnf', '--suppress-timestamps', *self.phone.vpn_options], self.phone.netns, cwd=self.phone.work,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
            for line in self.process.stdout:
                self._line(line.strip())
            self.process.wait()
            self._down()
            if time.monotonic() - began > 30:
                pause = 0.5
            end = time.monotonic() + pause
            while not self.closing and time.monotonic() < end:
                time.sleep(0.05)
            pause = min(2 * pause, 8)

    def _line(self, line):
        self.last_line = line
        self.lines = self.lines[-400:] + [f'{time.monotonic() - self.began:8.3f} {line}']
        if 'Initialization Sequence Completed' in line:
            with self.phone._wake:
                self.address, self.up, self.turn = self._own_address(), True, self.turn + 1
            self.phone.note('tunnel', address=self.address)
        elif 'AUTH_FAILED' in line or 'TLS Error: TLS handshake failed' in line or 'auth-failure' in line:
            self.refusals += 1
            self.phone.note('refused', line=line)
        elif 'process restarting' in line or 'process exiting' in line:
            self._down()

    def _down(self):
        with self.phone._wake:
            was, self.up = self.up, False
            if was:
                self.phone.is_current = False
        if was:
            self.phone.note('tunnel down', line=self.last_line)

    def _own_address(self):
        _, out, _ = self.phone.tools.run(['ip', '-json', '-4', 'addr'], self.phone.netns)
        for link in json.loads(out):
            if 'POINTOPOINT' in link['flags']:
                for row in link['addr_info']:
                    return row['local']
        return None

    def wait_up(self, phone, timeout_s):
        end = time.monotonic() + timeout_s
        with phone._wake:
            while not self.up and not phone._over and time.monotonic() < end:
                phone._wake.wait(0.2)
        return self.up

    def close(self):
        self.closing = True
        stop(self.process)
        self.thread.join(10)


# --- small pure parts ------------------------------------------------------------------------------------------------

def agent(phone_type):
    """(pattern of the User-Agent, firmware) of this line of phones."""
    return next(row[1:] for row in AGENTS if phone_type.startswith(row[0]))


def _two_objects(text):
    reader = json.JSONDecoder()
    first, end = reader.raw_decode(text)
    rest = text[end:].strip()
    second = reader.raw_decode(rest)[0] if rest else {}
    return first, {name.lower(): values for name, values in second.items()}


def encapsulated(text):
    """Option 43 as 42:c:68:…: {66: server, 67: path, ...}; a closing NUL may be counted in the length."""
    try:
        data = bytes(int(octet, 16) for octet in text.split(':') if octet)
    except ValueError:
        return {}
    found, at = {}, 0
    while at + 2 <= len(data) and data[at] != 255:
        length = data[at + 1]
        if at + 2 + length > len(data):
            break
        found[data[at]] = data[at + 2:at + 2 + length].rstrip(b'\0').decode(errors='replace')
        at += 2 + length
    return found


def unpack_bundle(body):
    """A bundle is an uncompressed tar with one member, the plain file vpn.cnf."""
    try:
        with tarfile.open(fileobj=io.BytesIO(body), mode='r:') as archive:
            members = archive.getmembers()
            if [(m.name, m.isreg()) for m in members] != [('vpn.cnf', True)]:
                raise Trouble(f'the bundle holds {[m.name for m in members]}, not just vpn.cnf')
            text = archive.extractfile(members[0]).read()
    except tarfile.TarError as error:
        raise Trouble(f'the bundle is no plain tar: {error}') from None
    inline = None
    for line in text.decode('ascii').splitlines():
        word = (line.split() or [''])[0]
        if inline:
            inline = None if word == f'</{inline}>' else inline
        elif word.startswith('<'):
            inline = word.strip('<>')
        elif word in FORBIDDEN:
            raise Trouble(f'vpn.cnf has the directive {word}')
    if inline:
        raise Trouble(f'vpn.cnf does not end <{inline}>')
    return text
