"""page_relay: the page of an appliance in a network namespace, for the browser of this host.

In:  connections to 127.0.0.1; the namespace and address of the page.
Out: the same bytes there and back.
Not: TLS is the appliance's own, nothing is read here; nobody but this host can connect.
"""
import asyncio
import contextlib
import ctypes
import socket
import threading

CLONE_NEWNET = 0x40000000
PORTS = range(9443, 9463)
BLOCK = 65536


def enter(namespace):
    """This thread, and no other, is in the network namespace from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f'/run/netns/{namespace}') as file:
        if libc.setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f'namespace {namespace} cannot be entered')


async def pass_on(reader, writer):
    with contextlib.suppress(OSError):
        while block := await reader.read(BLOCK):
            writer.write(block)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


class PageRelay:
    """`url` while it runs; None when no port of 127.0.0.1 is free."""

    def __init__(self, namespace, address, port):
        self.namespace, self.address, self.port = namespace, address, port
        self.url = self.loop = self.thread = None

    def start(self):
        for port in PORTS:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(('127.0.0.1', port))
            except OSError:
                listener.close()
                continue
            listener.listen()
            self.url = f'https://127.0.0.1:{port}/'
            self.thread = threading.Thread(target=self._run, args=(listener,), daemon=True)
            self.thread.start()
            return self
        return self

    def stop(self):
        if self.loop:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(5)

    def _run(self, listener):
        enter(self.namespace)
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda *_: None)
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.start_server(self._connected, sock=listener))
        self.loop.run_forever()
        listener.close()

    async def _connected(self, reader, writer):
        try:
            there_reader, there_writer = await asyncio.open_connection(self.address, self.port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pass_on(reader, there_writer), pass_on(there_reader, writer))
