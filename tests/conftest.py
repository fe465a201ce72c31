"""What tests of several folders share: a PostgreSQL and a Redis of their own, and a store on either database."""

import sys
from itertools import count

import psycopg
import pytest
from postgres import postgres
from redis_server import RedisServer

from elicit import cli
from elicit.store import Store

database_number = count()


@pytest.fixture(scope="session")
def postgres_server():
    """The address of a PostgreSQL server that lives as long as the tests."""
    with postgres() as address:
        yield address


@pytest.fixture
def postgres_address(postgres_server):
    """The address of a new, empty PostgreSQL database."""
    name = f"elicit_{next(database_number)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres_server.replace("/postgres?", f"/{name}?")


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
