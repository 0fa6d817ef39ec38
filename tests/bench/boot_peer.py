"""boot_peer: Debian as its cloud images have it, with the services that the appliance has, on a disk that QEMU starts.

In:   the package set boot-peer, the build root's tools.
Out:  build() makes build/boot-peer/disk.img; Peer is that machine on the taps of an appliance that is switched off.
Not:  nothing of Provost is in it; `make bench-boot` alone makes it.

Debian's own scripts set every package up, so users, units, initramfs (generic, MODULES=most) and presets are Debian's. Written by us are
the services' few lines, certificates, fstab, the loader's menu, and one unit that says on the serial line that all of them are there.
"""
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid

import measure
from machine_scene import OUT, REPOSITORY
from machine import EMULATED, kvm_works

HOME = OUT / 'boot-peer'
DISK, KERNEL, INITRD, STAMP = HOME / 'disk.img', HOME / 'vmlinuz', HOME / 'initrd', HOME / 'stamp'
ROOT_PARTUUID = str(uuid.uuid5(uuid.NAMESPACE_URL, 'boot-peer root'))
ROOT_UUID = str(uuid.uuid5(uuid.NAMESPACE_URL, 'boot-peer file system'))
ESP_ID = 'B007BEE7'
ESP_MB, ROOT_MB = 64, 1400
LAN, UPLINK = '10.20.0.1/24', '198.51.100.2/24'
# The cloud images' own words have no `quiet`: it is in the peer's favour. With the last two a busy machine's peer is late, not broken.
WORDS = (f'root=PARTUUID={ROOT_PARTUUID} ro quiet console=tty0 console=ttyS0,115200 '
         'systemd.default_timeout_start_sec=600 systemd.default_device_timeout_sec=600')
READY = re.compile(r'^peer: ready after ([0-9.]+) ([0-9]+) ([0-9.]+)', re.MULTILINE)
# Loaders are taken from their packages as they are: their scripts want the disk that they shall start.
NOT_SET_UP = ('grub', 'shim', 'mokutil', 'os-prober', 'efibootmgr')

SET_UP = r'''
set -e
export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true LC_ALL=C.UTF-8
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
rm -f /etc/kernel/postinst.d/zz-update-grub /etc/kernel/postrm.d/zz-update-grub
mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /etc/dpkg/dpkg.cfg.d
: >/var/lib/dpkg/status
printf 'path-exclude=/usr/share/%s/*\n' doc man locale info lintian >/etc/dpkg/dpkg.cfg.d/small
cd /debs
dpkg --force-depends --install base-passwd.deb base-files.deb
dpkg --force-depends --install libc6.deb perl-base.deb mawk.deb debconf.deb
dpkg --force-depends --unpack *.deb
dpkg --force-confnew --configure -a
dpkg --audit
cd /
systemctl enable systemd-networkd nftables openvpn-server@site peer-ready
systemd-machine-id-setup
umask 077
for name in openvpn nginx; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=$name" \
                -keyout /etc/ssl/private/$name.key -out /etc/ssl/certs/$name.pem 2>/dev/null
done
rm -rf /debs /usr/sbin/policy-rc.d
'''

FILES = {
    'etc/hostname': 'debian\n',
    'etc/hosts': '127.0.0.1 localhost\n127.0.1.1 debian\n',
    'etc/fstab': f'PARTUUID={ROOT_PARTUUID} / ext4 rw,discard,errors=remount-ro 0 1\n'
                 f'UUID={ESP_ID[:4]}-{ESP_ID[4:]} /boot/efi vfat defaults 0 0\n',
    'etc/systemd/network/10-lan.network': f'[Match]\nMACAddress=52:54:00:70:72:00\n[Network]\nAddress={LAN}\n',
    'etc/systemd/network/10-uplink.network': f'[Match]\nMACAddress=52:54:00:70:72:01\n[Network]\nAddress={UPLINK}\nGateway=198.51.100.1\n',
    'etc/dnsmasq.d/site.conf': 'bind-dynamic\nexcept-interface=lo\nlisten-address=10.20.0.1\ndhcp-range=10.20.0.100,10.20.0.199,1h\n'
                               'dhcp-option=42,10.20.0.1\n',
    'etc/openvpn/server/site.conf': 'port 1194\nproto udp\ndev tun\ntopology subnet\nserver 10.64.0.0 255.255.255.0\ndh none\n'
                                    'ca /etc/ssl/certs/openvpn.pem\ncert /etc/ssl/certs/openvpn.pem\nkey /etc/ssl/private/openvpn.key\n'
                                    'keepalive 10 60\npersist-key\npersist-tun\n',
    'etc/nginx/sites-enabled/default': 'server {\n listen 80 default_server;\n listen 443 ssl default_server;\n'
                                       ' ssl_certificate /etc/ssl/certs/nginx.pem;\n ssl_certificate_key /etc/ssl/private/nginx.key;\n'
                                       ' root /var/www/html;\n}\n',
    'etc/chrony/conf.d/site.conf': 'allow 10.20.0.0/24\nlocal stratum 10\n',
    'etc/systemd/system/peer-ready.service': '''[Unit]
Description=Says that the services are there
After=dnsmasq.service nginx.service openvpn-server@site.service
Wants=dnsmasq.service nginx.service openvpn-server@site.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/peer-ready

[Install]
WantedBy=multi-user.target
''',
    'usr/local/sbin/peer-ready': r'''#!/bin/sh
# All three sockets are asked for by one look; what starts took is told after the word that is waited for.
until [ "$(ss -Hlntu | awk '$5 ~ /:(67|1194)$/ && $1 == "udp" || $5 ~ /:443$/ {found[$5]=1} END {for (i in found) n++; print n + 0}')" -ge 3 ]; do
        sleep 0.1
done
read -r up _ </proc/uptime
printf '\npeer: ready\n' >/dev/ttyS0
started=$(systemctl show -p UserspaceTimestampMonotonic --value)
init=$(dmesg | sed -n 's/^\[ *\([0-9.]*\)\] Run \/init as init process.*/\1/p')
printf 'peer: ready after %s %s %s\n' "$up" "$started" "$init" >/dev/ttyS0
''',
}
GRUB_ESP = f'search.fs_uuid {ROOT_UUID} root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n'


class PeerError(Exception):
    """A sentence for a person."""


def in_root(root, *words, **more):
    result = measure.in_root(root, *words)
    if result.returncode:
        raise PeerError(f'{words[0]} in {pathlib.Path(root).name} failed ({result.returncode}): {(result.stderr or result.stdout).strip()[-600:]}')
    return result.stdout


def words():
    """The kernel's command line: what an emulated processor leaves out, it leaves out for both."""
    return WORDS if kvm_works()[0] else f'{WORDS} {EMULATED}'


def fetch(*command):
    subprocess.run([str(REPOSITORY / 'rootfs/packages/fetch'), *map(str, command)], check=True)


def make_root(roots, root):
    """The root directory, set up by Debian's scripts inside of it."""
    subprocess.run(['cp', '-a', '--reflink=auto', str(roots / 'boot-peer'), str(root)], check=True)
    fetch('debs', 'boot-peer', root / 'debs')
    for deb in (root / 'debs').iterdir():
        if deb.name.startswith(NOT_SET_UP):
            deb.unlink()
    for name, text in FILES.items():
        if not name.startswith(('etc/nginx', 'etc/hosts')):
            write(root / name, text)
    (root / 'set-up').write_text(SET_UP)
    in_root(root, 'sh', '/set-up')
    (root / 'set-up').unlink()
    for name, text in FILES.items():
        write(root / name, text)
    write(root / 'boot/grub/grub.cfg', 'set timeout=0\nmenuentry Debian {\n'
          f' linux /boot/{kernel_name(root)} {words()}\n initrd /boot/{kernel_name(root).replace("vmlinuz", "initrd.img")}\n}}\n')
    (root / 'boot/efi').mkdir(exist_ok=True)
    for folder in (REPOSITORY, *map(pathlib.Path, os.environ.get('PROVOST_BIND', '').split())):
        try:
            os.removedirs(root / folder.relative_to('/'))
        except OSError:
            pass                # in use by Debian as well
    (root / 'tmp').mkdir(exist_ok=True)
    (root / 'tmp').chmod(0o1777)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(0o755 if text.startswith('#!') else 0o644)


def kernel_name(root):
    name, = (path.name for path in (root / 'boot').glob('vmlinuz-*'))
    return name


def make_esp(tools, root, target):
    """What the firmware starts: Debian's signed loaders, as its cloud images have them."""
    tree = HOME / 'esp'
    shutil.rmtree(tree, ignore_errors=True)
    for name, source in (('EFI/BOOT/BOOTX64.EFI', 'usr/lib/shim/shimx64.efi.signed'),
                         ('EFI/BOOT/grubx64.efi', 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed')):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / source, tree / name)
    write(tree / 'EFI/debian/grub.cfg', GRUB_ESP)
    empty(target, ESP_MB)
    in_root(tools, 'mkfs.vfat', '-F', '32', '-s', '1', '-i', ESP_ID, target)
    in_root(tools, 'sh', '-c', 'cd "$2" && mcopy -s -Q -i "$1" EFI ::', 'esp', target, tree)
    shutil.rmtree(tree)


def empty(path, megabytes):
    path.unlink(missing_ok=True)
    with open(path, 'wb') as file:
        file.truncate(megabytes * measure.MIB)


def make_disk(tools, root):
    esp, system, fresh = HOME / 'esp.part', HOME / 'root.part', DISK.with_suffix('.new')
    make_esp(tools, root, esp)
    empty(system, ROOT_MB)
    # Nothing is left for the kernel to initialise at its first start.
    in_root(tools, 'mkfs.ext4', '-q', '-U', ROOT_UUID, '-E', 'lazy_itable_init=0,lazy_journal_init=0', '-d', root, system)
    empty(fresh, ESP_MB + ROOT_MB + 2)
    table = ['label: gpt', 'unit: sectors', '', f'start=2048, size={ESP_MB * 2048}, type=U',
             f'start={(ESP_MB + 1) * 2048}, size={ROOT_MB * 2048}, type=L, uuid={ROOT_PARTUUID}']
    subprocess.run(['sfdisk', '-q', str(fresh)], input='\n'.join(table) + '\n', text=True, check=True)
    for part, at in ((esp, 1), (system, ESP_MB + 1)):
        subprocess.run(['dd', f'if={part}', f'of={fresh}', 'bs=1M', f'seek={at}', 'conv=notrunc,sparse', 'status=none'], check=True)
        part.unlink()
    fresh.rename(DISK)


def build(roots):
    """Make the disk anew when its packages or this file changed."""
    stamp = roots / 'boot-peer.stamp'
    if not stamp.exists():
        raise PeerError('the packages of the peer are not there: run `make root-boot-peer`')
    wanted = hashlib.sha256(stamp.read_bytes() + pathlib.Path(__file__).read_bytes() + words().encode()).hexdigest()
    if DISK.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    print('boot: makes the peer, a Debian with the same services', flush=True)
    root = HOME / 'root'
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    make_root(roots, root)
    name = kernel_name(root)
    shutil.copyfile(root / 'boot' / name, KERNEL)
    shutil.copyfile(root / 'boot' / name.replace('vmlinuz', 'initrd.img'), INITRD)
    make_disk(roots / 'build', root)
    shutil.rmtree(root)
    STAMP.write_text(wanted)


class PeerMachine(measure.MeasuredMachine):
    """The same words for QEMU, another kernel and disk."""

    def _boot_words(self):
        return super()._boot_words() if self.firmware else ['-kernel', str(KERNEL), '-initrd', str(INITRD), '-append', words()]


class Peer:
    """One start of the peer in the place of an appliance that does not run: on its taps, from a disk that nobody wrote to yet."""

    def __init__(self, lan, firmware):
        self.lan, self.process = lan, None
        self.dir = HOME / f'run-{lan.name}'
        self.dir.mkdir(parents=True, exist_ok=True)
        self.machine = PeerMachine(self.dir, lan.box, firmware=firmware, image=DISK, disk_mb=DISK.stat().st_size // measure.MIB)

    def start(self, timeout_s):
        """(Seconds until it says that its services are there, QEMU's processor time until then, {stage: seconds})."""
        self.lan.renew_box()
        self.lan.without_taps()
        self.lan.with_taps()
        self.process = self.machine.start()
        began = time.monotonic()
        self._wait('peer: ready', began, timeout_s)
        ready, work = time.monotonic() - began, measure.processor_s(self.process.pid)
        found = self._wait(READY, began, timeout_s)
        up, system, kernel = float(found[1]), int(found[2]) / 1e6, float(found[3])
        return ready, work, {'firmware': ready - up, 'kernel': kernel, 'initramfs': system - kernel, 'user space': up - system}

    def _wait(self, pattern, began, timeout_s):
        console = self.dir / 'console.log'
        while True:
            text = console.read_text(errors='replace').replace('\r', '') if console.exists() else ''
            if found := re.search(pattern, text):
                return found
            if self.process.poll() is not None:
                raise PeerError(f'the peer has ended: see {console}')
            if time.monotonic() > began + timeout_s:
                raise PeerError(f'the peer is not ready after {timeout_s} s: see {console}')
            time.sleep(0.05)

    def leases(self, netns):
        """True when its DHCP server gives a client in that namespace an address."""
        out = subprocess.run(['ip', 'netns', 'exec', netns, sys.executable, str(REPOSITORY / 'tests/image/lease_client.py'), '--count', '1',
                              '--seconds', '30', '--prefix', '0250b007'], stdout=subprocess.PIPE, text=True).stdout
        return '"address": "10.20.0.' in out

    def memory_mb(self):
        return self.machine.used_mb()

    def remove(self):
        """Its power is cut, its disk deleted."""
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.lan.without_taps()
        shutil.rmtree(self.dir, ignore_errors=True)
