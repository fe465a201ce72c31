"""What tests of several folders share: a PostgreSQL and a Redis of their own, and a store on either database."""

import json
import sys

import pytest
from hypothesis import settings
from plan_commands import AGENTS
from postgres import new_database, postgres
from redis_server import RedisServer

from elicit import cli
from elicit.store import Store

# No test is timed: on a busy machine each would fail sometimes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres_server():
    """The address of a PostgreSQL server that lives as long as the tests."""
    with postgres() as address:
        yield address


@pytest.fixture
def postgres_address(postgres_server):
    """The address of a new, empty PostgreSQL database."""
    return new_database(postgres_server)


@pytest.fixture
def redis_server():
    """A new, empty Redis server of the test's own, at `url`; it can be stopped and restarted."""
    server = RedisServer()
    yield server
    server.close()


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
