"""machine: QEMU with the disk image, its console, its hypervisor channel for provostctl.

In:  a state directory and the namespace that has tap0 and tap1.
Out: a QEMU process; provostctl through a virtio-serial port.
Not: nothing about sites and phones.
"""
import base64
import fcntl
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import termios
import time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = pathlib.Path(os.environ.get('O') or REPOSITORY / 'build').absolute()
IMAGE = OUT / 'image/provost-amd64.img'
KERNEL = OUT / 'image/vmlinuz'
INITRD = OUT / 'image/initrd'
CMDLINE = OUT / 'image/cmdline'
# Firmware that enforces Secure Boot once a machine has keys; its variables begin without any: setup mode.
SECURE_FIRMWARE = (('/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'),)
DISK_MB = 2048
FIRMWARE = (('/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'),
            ('/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'))
PROBE_S = 2
# What a kernel does against its processor's faults costs an emulated one a fifth of its start, and there is nothing to guard.
EMULATED = 'mitigations=off'
# How the disk is attached: what stands before it, and its device.
DISKS = {'virtio': ([], 'virtio-blk-pci'), 'sata': ([], 'ide-hd'), 'nvme': ([], 'nvme,serial=provost'),
         'usb': (['-device', 'qemu-xhci'], 'usb-storage'), 'scsi': (['-device', 'virtio-scsi-pci'], 'scsi-hd')}


class MachineError(Exception):
    """A sentence for a person."""


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def kvm_works():
    """(True, '') when a virtual machine with KVM really starts here, else (False, why not)."""
    if not (os.path.isdir('/sys/module/kvm_intel') or os.path.isdir('/sys/module/kvm_amd')):
        return False, 'no KVM: neither kvm_intel nor kvm_amd is loaded'
    if not os.access('/dev/kvm', os.R_OK | os.W_OK):
        return False, 'no KVM: /dev/kvm cannot be opened'
    firmware = next((code for code, _ in FIRMWARE if os.path.exists(code)), None)
    if not firmware or not shutil.which('qemu-system-x86_64'):
        return False, 'no KVM: QEMU or its firmware is not installed'
    probe = subprocess.Popen(['qemu-system-x86_64', '-M', 'q35', '-accel', 'kvm', '-cpu', 'host', '-m', '128',
                              '-drive', f'if=pflash,format=raw,unit=0,readonly=on,file={firmware}', '-nodefaults',
                              '-display', 'none', '-no-reboot'], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _, text = probe.communicate(timeout=PROBE_S)
    except subprocess.TimeoutExpired:
        probe.kill()
        _, text = probe.communicate()
        if 'emulation failure' not in text and 'internal error' not in text:
            return True, ''
    words = text.strip().splitlines()
    return False, f'no KVM: a trial machine failed ({words[0] if words else "it ended at once"})'


class Machine:
    """One virtual machine.

    firmware    True: from the firmware, as metal does; False: QEMU loads the kernel, some seconds quicker
    image       the disk image that is copied for this machine
    fresh       copy the image anew
    cache       QEMU's cache mode of the disks
    disk_kind   virtio, sata, nvme, usb or scsi: what the image's disk is attached to
    disk_mb     how large the disk is; the image's part is the beginning, the data partition is made in the rest
    secure_boot firmware with Secure Boot, in setup mode the first time: enrol our keys there (firmware=True)
    tpm         a TPM 2.0, which keeps what it knows in the state directory (swtpm)
    data_disk   a second disk whose first partition is the data partition; on the first disk none is made
    write_log   record every write to the data disk in this file, or to the image's disk when there is no other
    rtc         what the clock of the machine says when the power comes ("1970-01-01T00:00:00", UTC); "" is now
    append      more words for the kernel's command line (not with secure_boot: there only signed words count)
    seed        a file: the provost-setup.json of an unattended site, given over SMBIOS
    stick       a file: the image of a USB stick that is plugged in
    stick_writes  what the machine writes to the stick stays in that file; else the stick is protected
    cards       the beginning of its network cards' addresses, of five octets
    extra       more words for QEMU
    memory_mb, cpus
    """

    def __init__(self, state_dir, netns, firmware=True, image=IMAGE, fresh=True, cache='writeback', disk_kind='virtio', data_disk=None,
                 write_log=None, rtc='', append='', seed=None, stick=None, stick_writes=False, memory_mb=512, cpus=2, disk_mb=DISK_MB,
                 cards='52:54:00:70:72', secure_boot=False, tpm=False, extra=()):
        self.dir = pathlib.Path(state_dir)
        self.netns = netns
        self.firmware = firmware
        self.image = pathlib.Path(image)
        self.fresh = fresh
        self.cache = cache
        self.disk_kind = disk_kind
        self.data_disk = data_disk
        self.write_log = write_log
        self.rtc = rtc
        self.append = append
        self.seed = seed
        self.stick = stick
        self.stick_writes = stick_writes
        self.cards = cards
        self.memory_mb = memory_mb
        self.cpus = cpus
        self.disk_mb = disk_mb
        self.secure_boot = secure_boot
        self.tpm = tpm
        self.extra = list(extra)
        self.disk = self.dir / 'disk.img'
        self.socket = self.dir / 'ctl.sock'
        self.console = self.dir / 'console.sock'
        self.next_id = 0

    def start(self):
        """Start QEMU; its console goes to console.log. Returns the Popen."""
        if not self.image.exists():
            raise MachineError(f'{self.image} is not there: run `make image` first')
        if self.fresh or not self.disk.exists():
            subprocess.run(['cp', '--sparse=always', '--reflink=auto', str(self.image), str(self.disk)], check=True)
            for name in ('firmware-variables.fd', 'tpm'):
                remove(self.dir / name)
            self.fresh = False
        if self.disk.stat().st_size < self.disk_mb << 20:
            os.truncate(self.disk, self.disk_mb << 20)
        if self.tpm:
            self._start_tpm()
        self.socket.unlink(missing_ok=True)
        self.console.unlink(missing_ok=True)
        with open(self.dir / 'qemu.log', 'wb') as log:
            return subprocess.Popen(['ip', 'netns', 'exec', self.netns, *self.command()], stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=log, start_new_session=True)

    def command(self):
        self.kvm = kvm = kvm_works()[0]
        words = ['qemu-system-x86_64', '-name', self.netns, '-M', 'q35,smm=on' if self.secure_boot else 'q35', '-accel', 'kvm' if kvm else 'tcg', '-cpu',
                 'host' if kvm else 'Nehalem', '-m', str(self.memory_mb), '-smp', str(self.cpus), '-nodefaults',
                 '-display', 'none', '-device', 'virtio-rng-pci',
                 '-chardev', f'socket,id=console,path={self.console},server=on,wait=off,logfile={self.dir / "console.log"},logappend=off',
                 '-serial', 'chardev:console',
                 '-device', 'virtio-serial-pci', '-chardev', f'socket,id=ctl,path={self.socket},server=on,wait=off',
                 '-device', 'virtserialport,chardev=ctl,name=org.provost.ctl', '-device', 'i6300esb']
        for i in (0, 1):
            words += ['-netdev', f'tap,id=n{i},ifname=tap{i},script=no,downscript=no',
                      '-device', f'virtio-net-pci,netdev=n{i},romfile=,mac={self.cards}:0{i}']
        before, device = DISKS[self.disk_kind]
        words += [*before, *(self._logged(self.disk, 'disk') if self.write_log and not self.data_disk else
                             ['-drive', f'if=none,id=disk,format=raw,cache={self.cache},file={self.disk}']),
                  '-device', f'{device},drive=disk,bootindex=1']
        if self.seed:
            credential = self.dir / 'credential'
            credential.write_text('io.systemd.credential.binary:provost.setup='
                                  + base64.b64encode(pathlib.Path(self.seed).read_bytes()).decode())
            credential.chmod(0o600)
            words += ['-smbios', f'type=11,path={credential}']
        if self.stick:
            words += [*([] if self.disk_kind == 'usb' else ['-device', 'qemu-xhci']),
                      '-drive', f'if=none,id=stick,format=raw,readonly={"off" if self.stick_writes else "on"},file={self.stick}', '-device', 'usb-storage,drive=stick']
        if self.tpm:
            words += ['-chardev', f'socket,id=tpm,path={self.dir / "tpm.sock"}', '-tpmdev', 'emulator,id=tpm0,chardev=tpm', '-device', 'tpm-crb,tpmdev=tpm0']
        if self.rtc:
            words += ['-rtc', f'base={self.rtc}']
        return words + self._data_words() + self._boot_words() + self.extra

    def _data_words(self):
        if not self.data_disk:
            return []
        if not self.write_log:
            return ['-drive', f'if=virtio,format=raw,cache={self.cache},file={self.data_disk}']
        return [*self._logged(self.data_disk, 'data'), '-device', 'virtio-blk-pci,drive=data']

    def _logged(self, disk, name):
        pathlib.Path(self.write_log).touch()
        return ['-blockdev', f'driver=file,node-name={name}file,filename={disk}',
                '-blockdev', f'driver=raw,node-name={name}raw,file={name}file',
                '-blockdev', f'driver=file,node-name=logfile,filename={self.write_log}',
                '-blockdev', 'driver=raw,node-name=lograw,file=logfile',
                '-blockdev', f'driver=blklogwrites,node-name={name},file={name}raw,log=lograw,log-sector-size=512']

    def _more_words(self):
        """Of the kernel's command line, behind the image's own."""
        return ' '.join(word for word in ('' if self.kvm else EMULATED, 'provost.data=/dev/vdb1' if self.data_disk else '', self.append) if word)

    def _boot_words(self):
        if not self.firmware:
            return ['-kernel', str(KERNEL), '-initrd', str(INITRD), '-append', f'{CMDLINE.read_text().strip()} {self._more_words()}']
        for code, variables in SECURE_FIRMWARE if self.secure_boot else FIRMWARE:
            if os.path.exists(code):
                own = self.dir / 'firmware-variables.fd'
                if not own.exists():
                    shutil.copyfile(variables, own)
                secure = ['-global', 'driver=cfi.pflash01,property=secure,value=on'] if self.secure_boot else []
                # The kernel image's stub takes further words from the hypervisor, with Secure Boot as well; init passes few of them on.
                return [*secure, '-drive', f'if=pflash,format=raw,unit=0,readonly=on,file={code}', '-drive', f'if=pflash,format=raw,unit=1,file={own}',
                        '-smbios', f'type=11,value=io.systemd.stub.kernel-cmdline-extra={self._more_words()}']
        raise MachineError('no UEFI firmware for QEMU: install the package ovmf')

    def _start_tpm(self):
        """A TPM ends with the machine whose it is: it has one connection, and leaves when that closes."""
        if not shutil.which('swtpm'):
            raise MachineError('no TPM for QEMU: install the package swtpm')
        (self.dir / 'tpm').mkdir(exist_ok=True)
        (self.dir / 'tpm.sock').unlink(missing_ok=True)
        with open(self.dir / 'tpm.log', 'ab') as log:
            subprocess.Popen(['swtpm', 'socket', '--tpm2', '--tpmstate', f'dir={self.dir / "tpm"}', '--ctrl',
                              f'type=unixio,path={self.dir / "tpm.sock"}', '--terminate'], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 10
        while not (self.dir / 'tpm.sock').exists():
            if time.monotonic() > end:
                raise MachineError(f'the TPM does not start: see {self.dir / "tpm.log"}')
            time.sleep(0.02)

    def type(self, text, timeout_s=60):
        """Keys on the serial line (Enter is \\r); what it answers is in console.log. QEMU forgets what it has not taken when we go."""
        end = time.monotonic() + timeout_s
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.console))
            line.sendall(text.encode())
            while struct.unpack('i', fcntl.ioctl(line, termios.TIOCOUTQ, b'\0' * 4))[0]:
                if time.monotonic() > end:
                    raise MachineError(f'the serial line took no keys within {timeout_s} s')
                time.sleep(0.02)

    def ctl(self, args, stdin=None, timeout_s=60):
        """provostctl through the hypervisor channel: (exit status, stdout, stderr)."""
        self.next_id += 1
        number = os.getpid() * 1000 + self.next_id % 1000
        request = {'id': number, 'argv': list(args)}
        if isinstance(stdin, bytes):
            request['stdin_base64'] = base64.b64encode(stdin).decode()
        else:
            request['stdin'] = stdin or ''
        end = time.monotonic() + timeout_s
        try:
            with socket.socket(socket.AF_UNIX) as channel:
                channel.settimeout(timeout_s)
                channel.connect(str(self.socket))
                # The first line ends what somebody before may have begun.
                channel.sendall(b'\n' + json.dumps(request).encode() + b'\n')
                answer = self._answer(channel, number, end)
        except TimeoutError:
            return 124, '', f'no answer within {timeout_s} s'
        except OSError as error:
            return 125, '', f'the machine cannot be reached: {error.strerror}'
        return answer['exit'], answer.get('stdout', ''), answer.get('stderr', '')

    @staticmethod
    def _answer(channel, number, end):
        """The answer with that number; late ones to earlier questions are passed over."""
        text = b''
        while True:
            channel.settimeout(max(0.01, end - time.monotonic()))
            block = channel.recv(65536)
            if not block:
                raise TimeoutError
            text += block
            while b'\n' in text:
                line, text = text.split(b'\n', 1)
                try:
                    answer = json.loads(line)
                except ValueError:
                    continue
                if isinstance(answer, dict) and answer.get('id') == number:
                    return answer
