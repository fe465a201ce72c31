"""PostgreSQL goes away in the middle of a run and comes back: workers keep what they have paid for until it does."""

import time
from contextlib import closing

import pytest
from playing import check_undisturbed, wait_until
from postgres import PostgresServer

from elicit.mock_llm import Rule, serve


@pytest.fixture
def own_postgres():
    """A server that the test may stop and start."""
    with closing(PostgresServer()) as server:
        yield server


@pytest.fixture
def database(own_postgres):
    """The address of the database that all share."""
    return own_postgres.address


def test_postgresql_restarted(store, workers, started, own_postgres):
    workers.worker(app="quick")
    workers.beat(app="quick")
    with serve([Rule(delay_s=0.25)]) as server:
        run_id, expected = started(server)
        wait_until(lambda: len(server.requests()) > 10)
        own_postgres.stop()
        time.sleep(1)
        own_postgres.start()
        check_undisturbed(store, run_id, expected, server)
