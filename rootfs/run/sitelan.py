"""sitelan: the phone LAN and the uplink of one appliance, in network namespaces.

In:  a name. Needs root.
Out: namespaces NAME (bridge lan0), NAME-up (bridge up0), NAME-box (the appliance's eth0 and eth1), and one per
     attached host; all of them gone after remove().
Not: no addresses on lan0 and none for hosts: those are the business of whoever attaches.
"""
import hashlib
import re
import subprocess

UPLINK_ADDRESS = '198.51.100.1/24'
NAME = re.compile('[A-Za-z0-9][A-Za-z0-9-]{0,59}')      # also a host name, for systemd-nspawn


class LanError(Exception):
    """A sentence for a person."""


def ip(*words, check=True):
    result = subprocess.run(['ip', *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if check and result.returncode:
        raise LanError(f'`ip {" ".join(words)}` failed: {result.stderr.strip()}')
    return result.stdout


def namespaces():
    return [line.split()[0] for line in ip('netns', 'list', check=False).splitlines() if line.strip()]


def is_empty(netns):
    """Whether a namespace holds no network card and no process: somebody made it for us to use."""
    links = ip('-n', netns, '-o', 'link', 'show', check=False).splitlines()
    return all(line.split(': ')[1] == 'lo' for line in links) and not ip('netns', 'pids', netns, check=False).strip()


def run(netns, argv, **options):
    """subprocess.run() of a command inside a namespace."""
    return subprocess.run(['ip', 'netns', 'exec', netns, *argv], **options)


def popen(netns, argv, **options):
    """subprocess.Popen() of a command inside a namespace; its pid is the command's own."""
    return subprocess.Popen(['ip', 'netns', 'exec', netns, *argv], **options)


class SiteLan:
    def __init__(self, name):
        if not NAME.fullmatch(name):
            raise LanError(f'"{name}" cannot be the name of a network namespace: use up to 60 letters, digits and hyphens')
        self.name = name
        self.box = f'{name}-box'
        self.up = f'{name}-up'
        self.cards = 2          # 1: the next start of the appliance finds no uplink card
        self.hosts = {}

    def create(self):
        """Make the namespaces and both bridges. What an earlier run of this name left behind goes first."""
        if self.name in namespaces() and not ip('-n', self.name, 'link', 'show', 'lan0', check=False) \
                and not is_empty(self.name):
            raise LanError(f'the network namespace {self.name} exists and is not ours: give NETNS another name')
        self.remove()
        for netns in (self.name, self.up):
            ip('netns', 'add', netns)
            ip('-n', netns, 'link', 'set', 'lo', 'up')
        self._bridge(self.name, 'lan0')
        self._bridge(self.up, 'up0')
        ip('-n', self.up, 'address', 'add', UPLINK_ADDRESS, 'dev', 'up0')
        self.renew_box()

    def add_host(self, host, mac=None, where='lan'):
        """A namespace NAME-host whose eth0 is on the phone LAN, or with where='up' on the uplink. Returns its name."""
        netns = f'{self.name}-{host}'
        ip('netns', 'add', netns)
        self.hosts[host] = netns
        ip('-n', netns, 'link', 'set', 'lo', 'up')
        if where == 'lan':
            self._cable(self.name, 'lan0', host, netns, 'eth0', mac)
        else:
            self._cable(self.up, 'up0', host, netns, 'eth0', mac)
        ip('-n', netns, 'link', 'set', 'eth0', 'up')
        return netns

    def remove_host(self, host):
        """Take a host away; processes still inside keep their namespace, without its cable."""
        netns = self.hosts.pop(host, f'{self.name}-{host}')
        ip('-n', netns, 'link', 'delete', 'eth0', check=False)
        ip('netns', 'delete', netns, check=False)

    def with_taps(self):
        """Join the appliance's eth0 and eth1 with taps tap0 and tap1, for a virtual machine in NAME-box."""
        for i in (0, 1):
            self._bridge(self.box, f'br{i}')
            ip('-n', self.box, 'tuntap', 'add', 'dev', f'tap{i}', 'mode', 'tap')
            for port in (f'tap{i}', f'eth{i}'):
                ip('-n', self.box, 'link', 'set', port, 'master', f'br{i}', 'up')

    def without_taps(self):
        """Undo with_taps()."""
        for i in (0, 1):
            for port in (f'tap{i}', f'br{i}'):
                ip('-n', self.box, 'link', 'delete', port, check=False)

    def renew_box(self):
        """The appliance's namespace as new: nothing that it set up before it ended is left in there."""
        ip('-n', self.name, 'link', 'delete', port_name('box'), check=False)
        ip('-n', self.up, 'link', 'delete', port_name('box'), check=False)
        ip('netns', 'delete', self.box, check=False)
        ip('netns', 'add', self.box)
        ip('-n', self.box, 'link', 'set', 'lo', 'up')
        for number in range(self.cards):
            self.add_card(number)

    def add_card(self, number):
        """Plug the appliance's card eth0 (phone LAN) or eth1 (uplink) in."""
        netns, bridge = ((self.name, 'lan0'), (self.up, 'up0'))[number]
        own = hashlib.sha256(self.name.encode()).hexdigest()
        mac = ':'.join(('02', '70', own[0:2], own[2:4], own[4:6], f'{number:02x}'))
        self._cable(netns, bridge, 'box', self.box, f'eth{number}', mac)

    def remove(self):
        """Delete every namespace of this site."""
        for netns in namespaces():
            if netns == self.name or netns.startswith(f'{self.name}-'):
                ip('netns', 'delete', netns, check=False)
        self.hosts = {}

    @staticmethod
    def _bridge(netns, bridge):
        ip('-n', netns, 'link', 'add', bridge, 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0',
           'mcast_snooping', '0')
        ip('-n', netns, 'link', 'set', bridge, 'up')

    @staticmethod
    def _cable(netns, bridge, host, to, interface, mac):
        port = port_name(host)
        address = ['address', mac] if mac else []
        ip('-n', netns, 'link', 'add', port, 'type', 'veth', 'peer', 'name', interface, *address, 'netns', to)
        ip('-n', netns, 'link', 'set', port, 'master', bridge, 'up')


def port_name(host):
    """The bridge's side of a host's cable: at most 15 characters."""
    return f'p-{host}' if len(host) <= 13 else f'p-{hashlib.sha256(host.encode()).hexdigest()[:12]}'
