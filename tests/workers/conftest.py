"""Celery workers as processes, on a Redis and a PostgreSQL of the test's own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from playing import queued_run, small_plan, undisturbed

import elicit
from elicit.broker import CeleryDispatcher, celery_app
from elicit.store import Store

CHECKOUT = Path(elicit.__file__).parents[1]


class Workers:
    """Starts processes of Celery and sees to their end; what they say is in files of `folder`."""

    def __init__(self, folder, database_url, broker_url):
        self._folder = folder
        hidden = ("ELICIT_", "OPENAI_")
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)} | {
            "ELICIT_DATABASE_URL": database_url,
            "ELICIT_BROKER_URL": broker_url,
            "PYTHONPATH": f"{CHECKOUT / 'tests' / 'workers'}",
        }
        self._started = []

    def worker(self, processes=1, queues="llm,cpu", app="workers.app"):
        """A worker with so many processes, all in a group of their own."""
        name = f"worker{len(self._started)}@localhost"
        options = ["--concurrency", str(processes), "--queues", queues, "--hostname", name, "--loglevel", "INFO"]
        return self._start(["--app", app, "worker", "--without-gossip", "--without-mingle", *options])

    def beat(self, app="workers.app"):
        """A beat."""
        return self._start(["--app", app, "beat", "--loglevel", "INFO"])

    def said(self):
        """What all have said so far."""
        return "\n".join(file.read_text() for file in sorted(self._folder.glob("*.log")))

    def stop(self):
        """End all that still live, at once."""
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, words):
        with (self._folder / f"{len(self._started)}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", *words],
                cwd=CHECKOUT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(process)
        return process


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
    workers.stop()
    sys.stdout.write(workers.said())  # shown where a test fails


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
        plan = small_plan(server.url, n_tasks, **more)
        expected = undisturbed(plan, tmp_path)
        server.reset()
        run_id = queued_run(store, plan)
        dispatcher.nudge_advance(run_id)
        return run_id, expected

    return start
