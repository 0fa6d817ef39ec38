"""tools: programs of the site root (a Debian 13 directory) run in network namespaces.

In:   the site root, names of network namespaces.
Out:  processes, known by their id, that end with this one whatever happens to it.
Not:  nothing of the appliance; no test.
"""
import concurrent.futures
import contextlib
import ctypes
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CLONE_NEWNET = 0x40000000
PATH = '/usr/sbin:/usr/bin:/sbin:/bin'

# PR_SET_PDEATHSIG looks at the *thread* that forked: all children come from this one, which lives as long as we do.
_spawner = concurrent.futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix='spawner')
_libc = ctypes.CDLL(None, use_errno=True)


class Trouble(Exception):
    """Something the person who runs this must know, as one sentence."""


def site_root():
    path = pathlib.Path(os.environ.get('PROVOST_SITE_ROOT') or REPOSITORY / 'build' / 'root' / 'site')
    if not (path / 'usr/bin').is_dir():
        raise Trouble(f'no site root in {path}: run `make root-site`')
    return path


def spawn(argv, **options):
    """A child that the kernel kills when this process dies."""
    wrapped = ['setpriv', '--pdeathsig', 'KILL', '--'] + [str(a) for a in argv]
    options.setdefault('stdin', subprocess.DEVNULL)
    return _spawner.submit(subprocess.Popen, wrapped, **options).result()


def stop(process, grace_s=2.0):
    """Ends a child of ours: politely, then not."""
    if process is None or process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(grace_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


@contextlib.contextmanager
def inside(netns):
    """This thread is in the network namespace for a while: sockets made in it stay there."""
    home = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
    try:
        there = os.open(f'/run/netns/{netns}', os.O_RDONLY)
        try:
            if _libc.setns(there, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f'cannot enter the network namespace {netns}')
        finally:
            os.close(there)
        try:
            yield
        finally:
            _libc.setns(home, CLONE_NEWNET)
    finally:
        os.close(home)


def socket_in(netns, family, kind, protocol=0):
    with inside(netns):
        return socket.socket(family, kind, protocol)


def wait_until(question, timeout_s, what, every_s=0.05):
    """Polls until the question has a true answer; gives it back."""
    end = time.monotonic() + timeout_s
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Trouble(f'waited {timeout_s:.0f} s in vain: {what() if callable(what) else what}')
        time.sleep(every_s)


# What a holder does in its private mount namespace before it becomes the root directory. The root itself stays
# as it is: what programs write goes to tmpfs.
_PREPARE = r'''
set -e
cd "$ROOT"
mount --bind . . && cd "$ROOT"
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/net dev/pts dev/shm
for node in null zero full random urandom tty net/tun; do touch dev/$node; mount --bind /dev/$node dev/$node; done
ln -s /proc/self/fd dev/fd
mount --rbind /proc proc
mount --bind /sys sys; mount -o remount,bind,ro sys
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs var/lib
for folder in $FOLDERS; do mkdir -p "./$folder"; mount --bind "$folder" "./$folder"; done
# Users that packages' scripts would have made.
for file in passwd group; do cp etc/$file run/$file; done
for row in systemd-network:998 dhcpcd:997 tcpdump:996; do
        echo "${row%:*}:x:${row#*:}:${row#*:}::/:/usr/sbin/nologin" >>run/passwd
        echo "${row%:*}:x:${row#*:}:" >>run/group
done
# No name server: a look-up ends at once instead of waiting for one.
echo "127.0.0.1 localhost $(uname -n)" >run/hosts
echo "nameserver 127.0.0.1" >run/resolv.conf
for file in passwd group hosts resolv.conf; do
        [ -e etc/$file ] || : >etc/$file
        mount --bind run/$file etc/$file
done
mount -o remount,bind,ro .
exec unshare --root="$ROOT" --wd=/ -- /bin/sh -c 'echo ready; exec sleep infinity'
'''


class Tools:
    """The site root, ready to run programs in; `work` and `bind` are seen at the same path inside and outside."""

    def __init__(self, root=None, work=None, bind=()):
        self.root = pathlib.Path(root or site_root()).resolve()
        self._own = None if work else tempfile.TemporaryDirectory(prefix='provost-site-', dir='/tmp')
        self.work = pathlib.Path(work or self._own.name)
        os.chmod(self.work, 0o700)
        environment = {**os.environ, 'ROOT': str(self.root),
                       'FOLDERS': ' '.join(str(folder) for folder in [self.work, *bind])}
        for folder in ('dev', 'proc', 'sys', 'run', 'tmp', 'var/lib'):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        self.holder = spawn(['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', _PREPARE],
                            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline().strip() != 'ready':
            raise Trouble('the site root cannot be entered (root needed): ' + self.holder.stderr.read().strip())
        self._lock = threading.Lock()
        self._running = []

    def command(self, argv, netns=None, cwd=None):
        enter = ['nsenter', f'--target={self.holder.pid}', '--mount']
        if netns:
            enter.append(f'--net=/run/netns/{netns}')
        enter += [f'--root=/proc/{self.holder.pid}/root', f'--wd=/proc/{self.holder.pid}/root{cwd or "/"}']
        return enter + ['--'] + [str(a) for a in argv]

    def start(self, argv, netns=None, cwd=None, **options):
        """A program that keeps running; its id is process.pid."""
        options.setdefault('env', {'PATH': PATH, 'LC_ALL': 'C.UTF-8', 'HOME': '/tmp'})
        process = spawn(self.command(argv, netns, cwd), **options)
        with self._lock:
            self._running = [p for p in self._running if p.poll() is None] + [process]
        return process

    def run(self, argv, netns=None, cwd=None, stdin=None, timeout_s=30, check=True):
        """A program that ends; (exit status, output, error output) as bytes."""
        process = self.start(argv, netns, cwd, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(stdin, timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Trouble(f'{argv[0]} did not end within {timeout_s} s') from None
        if check and process.returncode:
            raise Trouble(f'`{shlex.join(str(a) for a in argv[:3])} …` failed: {err.decode(errors="replace").strip()}')
        return process.returncode, out, err

    def close(self):
        with self._lock:
            running, self._running = self._running, []
        for process in running:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
        for process in running:
            stop(process)
        stop(self.holder)
        if self._own:
            self._own.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
