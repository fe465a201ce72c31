"""The API, carrying out runs, in a process of its own: `python api_process.py DATABASE PORT`.

It prints its port and, the first time, the operator's key.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from ports import free_port


def main(database, port):
    import uvicorn

    from elicit import logs
    from elicit.api import create_app
    from elicit.running.runner import InProcessRunner
    from elicit.settings import ServerSettings
    from elicit.up.listening import listening
    from elicit.wiring import first_key, opened, opened_engine

    settings = ServerSettings(database, secret_key="s" * 40, most_body_bytes=2**20, allow_private_endpoints=True)
    logs.set_up(secrets=[settings.secret_key])
    with (
        opened(settings) as parts,
        opened_engine(parts, os.environ) as engine,
        InProcessRunner(engine),
        listening("127.0.0.1", port) as door,
    ):
        json.dump({"port": door.getsockname()[1], "key": first_key(parts)}, sys.stdout)
        sys.stdout.write("\n")
        sys.stdout.flush()
        uvicorn.Server(uvicorn.Config(create_app(parts), log_config=None)).run(sockets=[door])


class Process:
    """A running API: its port, the operator's key if this was the first start, and how to end it."""

    def __init__(self, database, port=0, log=subprocess.DEVNULL, **environ):
        command = [sys.executable, __file__, database, str(port or free_port())]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "NO_COLOR": "1", **environ}
        )
        started = json.loads(self._process.stdout.readline())
        self.port, self.key = started["port"], started["key"]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def resident_mb(self):
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def end(self, how=signal.SIGTERM):
        self._process.send_signal(how)
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def api(database, port=0, **options):
    """A running API that is ended with the block."""
    process = Process(database, port, **options)
    try:
        yield process
    finally:
        process.end(signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
