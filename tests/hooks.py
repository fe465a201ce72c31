"""A server that takes messages, for tests that send some."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Posted:
    """A request that came."""

    path: str
    headers: dict
    body: bytes


@dataclass
class Hook:
    """A running server: its port, the status it answers with, and what was posted so far."""

    port: int = 0
    status: int = 204
    posted: list = field(default_factory=list)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"


@contextmanager
def hook(status=204, tls=None):
    """A server that answers every POST with a status, and a redirect where that asks for an address."""
    told = Hook(status=status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.posted.append(Posted(self.path, self.headers, body))
            self.send_response(told.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_address[1]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
