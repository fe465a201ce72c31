"""A TCP proxy that can be told to cut connections, as networks do."""

import socket
import struct
import threading
from collections import deque
from contextlib import contextmanager, suppress

RESET = struct.pack("ii", 1, 0)  # linger for no time: close() sends a reset


class Proxy:
    """Passes bytes on to `port`. Each new connection takes one of `cuts`, if there are any.

    ("up", n) resets the connection once n bytes of requests have passed, ("down", n) once n bytes of answers have.
    """

    def __init__(self, port):
        self.port = port
        self.cuts = deque()
        self.happened = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listening.close()

    def _accept(self):
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._connect, args=[client], daemon=True).start()

    def _connect(self, client):
        cut = self.cuts.popleft() if self.cuts else None
        try:
            server = socket.create_connection(("127.0.0.1", self.port))
        except OSError:
            reset(client)
            return
        for way, source, sink in (("up", client, server), ("down", server, client)):
            limit = cut[1] if cut and cut[0] == way else None
            threading.Thread(target=self._pump, args=[way, source, sink, limit], daemon=True).start()

    def _pump(self, way, source, sink, limit):
        passed = 0
        with suppress(OSError):
            while piece := source.recv(65536 if limit is None else min(65536, limit - passed)):
                sink.sendall(piece)
                passed += len(piece)
                if passed == limit:
                    self.happened.append((way, limit))
                    reset(source)
                    break
        reset(sink)


def reset(connection):
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def proxied(port):
    """A proxy to this port until the block ends."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
