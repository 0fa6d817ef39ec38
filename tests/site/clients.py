"""clients: four DHCP clients that nobody of us wrote, run as they are used in the field.

In:   the site root's dhclient, dhcpcd, busybox udhcpc and systemd-networkd; a network namespace each.
Out:  a running client; what it did is judged from the wire, not from what it says.
Not:  no judgement.
"""
import os
import signal
import subprocess

from tools import Tools, wait_until

CLASS = 'snomD785'


class Client:
    """stop(): power off without RELEASE; start() again: what it remembers is still there."""

    name = None
    remembers = True        # asks for its old address with INIT-REBOOT

    def __init__(self, netns, vendor_class=CLASS, cable=None):
        """cable(plugged): pulls and plugs the host's cable."""
        self.netns, self.vendor_class, self.cable = netns, vendor_class, cable
        # Each has its own /run, /tmp and /var/lib: they would tread on each other's files.
        self.tools = Tools()
        self.process = None
        self.log = open(self.tools.work / 'log', 'wb')
        self.prepare()

    def prepare(self):
        pass

    def start(self):
        self.process = self.tools.start(self.command(), self.netns, stdout=self.log, stderr=subprocess.STDOUT)
        return self

    def stop(self):
        """As when the power goes: no message to the server."""
        if self.process and self.process.poll() is None:
            for pid in [*descendants(self.process.pid), self.process.pid]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()
        self.process = None

    def reboot(self):
        self.stop()
        self.start()

    def close(self):
        self.stop()
        self.log.close()
        self.tools.close()

    def said(self):
        return (self.tools.work / 'log').read_text(errors='replace')


def descendants(pid):
    try:
        with open(f'/proc/{pid}/task/{pid}/children') as file:
            own = [int(word) for word in file.read().split()]
    except OSError:
        return []
    return [one for child in own for one in [*descendants(child), child]]


class Dhclient(Client):
    name = 'dhclient'

    def prepare(self):
        sends = f'send vendor-class-identifier "{self.vendor_class}";\n' if self.vendor_class else ''
        (self.tools.work / 'conf').write_text(
            sends + 'request subnet-mask, routers, domain-name-servers, domain-name, ntp-servers, tftp-server-name,\n'
            '        bootfile-name, vendor-encapsulated-options, dhcp-lease-time;\n'
            'timeout 20; retry 2; initial-interval 1; backoff-cutoff 2; reboot 5;\n')
        script = self.tools.work / 'script'
        script.write_text('#!/bin/sh\n[ "$reason" = PREINIT ] && ip link set "$interface" up\n'
                          '[ -n "$new_ip_address" ] && ip -4 addr replace "$new_ip_address/24" dev "$interface"\nexit 0\n')
        script.chmod(0o755)

    def command(self):
        work = self.tools.work
        return ['dhclient', '-4', '-d', '-cf', work / 'conf', '-lf', work / 'leases', '-pf', work / 'pid', '-sf',
                work / 'script', 'eth0']


class Dhcpcd(Client):
    name = 'dhcpcd'

    def prepare(self):
        (self.tools.work / 'conf').write_text(
            'ipv4only\nnoarp\nnoipv4ll\nnohook resolv.conf, hostname, timesyncd, ntp.conf\n'
            + (f'vendorclassid {self.vendor_class}\n' if self.vendor_class else '') +
            'option subnet_mask, routers, domain_name_servers, domain_name, ntp_servers\n'
            'option tftp_server_name, bootfile_name, vendor_encapsulated_options\n')

    def command(self):
        # A power cut empties /run; a number left there may be another process by now, to which dhcpcd would send commands instead of starting.
        return ['sh', '-c', 'rm -rf /run/dhcpcd /run/dhcpcd-*; exec "$@"', 'sh',
                'dhcpcd', '-B', '-4', '-f', self.tools.work / 'conf', '-c', '/bin/true', 'eth0']


class Udhcpc(Client):
    name = 'udhcpc'
    remembers = False       # it has no INIT-REBOOT: it discovers again and names its old address in option 50

    def prepare(self):
        script = self.tools.work / 'script'
        script.write_text('#!/bin/sh\n[ -n "$ip" ] && ip -4 addr replace "$ip/24" dev "$interface" && '
                          f'echo "$ip" >{self.tools.work}/address\nexit 0\n')
        script.chmod(0o755)

    def command(self):
        last = self.tools.work / 'address'
        words = ['busybox', 'udhcpc', '-f', '-i', 'eth0', '-t', '4', '-T', '1', '-A', '2', '-s', self.tools.work / 'script',
                 '-O', '66', '-O', '67', '-O', '43', '-O', '42']
        words += ['-V', self.vendor_class] if self.vendor_class else []
        return words + (['-r', last.read_text().strip()] if last.exists() else [])


class Networkd(Client):
    name = 'networkd'

    def prepare(self):
        folder = self.tools.work / 'network'
        folder.mkdir()
        (folder / 'eth0.network').write_text(
            '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=no\nLinkLocalAddressing=no\n'
            '[DHCPv4]\nClientIdentifier=mac\nSendHostname=no\nSendRelease=no\nRequestOptions=66 67 43 42\n'
            + (f'VendorClassIdentifier={self.vendor_class}\n' if self.vendor_class else ''))
        # networkd reads /run/systemd/network; it must be able to write beside it.
        self.tools.run(['sh', '-c', f'mkdir -p /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases '
                        f'/run/systemd/netif/lldp && cp {folder}/eth0.network /run/systemd/network/ && '
                        'chmod -R a+rX /run/systemd && chown -R systemd-network:systemd-network /run/systemd/netif'])

    def command(self):
        return ['/usr/lib/systemd/systemd-networkd']

    def reboot(self):
        """A new networkd has forgotten its address, but a link that comes back asks for it with INIT-REBOOT."""
        self.cable(False)
        wait_until(lambda: 'Lost carrier' in self.said(), 10, 'networkd does not see the pulled cable')
        self.cable(True)


ALL = (Dhclient, Dhcpcd, Udhcpc, Networkd)
