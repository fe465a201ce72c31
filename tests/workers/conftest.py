"""Celery workers as processes, on a Redis and a PostgreSQL of the test's own."""

import sys

import pytest
from celery_processes import Workers
from playing import queued_run, small_plan, undisturbed

from elicit.broker import CeleryDispatcher, celery_app
from elicit.store import Store

collect_ignore = ["apps"]  # apps for workers, which change what they import


@pytest.fixture
def database(postgres_address):
    """The address of the database that all share."""
    return postgres_address


@pytest.fixture
def workers(tmp_path, database, redis_server):
    """Starts workers and beats on one database and one broker."""
    (tmp_path / "logs").mkdir()
    workers = Workers(tmp_path / "logs", database, redis_server.url)
    yield workers
    fates = workers.fates()
    workers.stop()
    sys.stdout.write(f"{workers.said()}\n{fates}")  # shown where a test fails


@pytest.fixture
def store(database):
    """The store that the workers share."""
    with Store.open(database) as store:
        yield store


@pytest.fixture
def dispatcher(redis_server):
    """Nudges through the broker."""
    with celery_app(redis_server.url) as app:
        yield CeleryDispatcher(app)


@pytest.fixture
def started(store, dispatcher, tmp_path):
    """A function that starts a run on a mock server; returns its id and its leaderboard with nothing in its way."""

    def start(server, n_tasks=6, **more):
        expected = undisturbed(tmp_path, n_tasks, **more)
        run_id = queued_run(store, small_plan(server.url, n_tasks, **more))
        dispatcher.nudge_advance(run_id)
        return run_id, expected

    return start
