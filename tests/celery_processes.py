"""Celery's workers and beats as processes, started as an operator starts them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import elicit

CHECKOUT = Path(elicit.__file__).parents[1]


class Workers:
    """Starts processes of Celery and sees to their end; what they say is in files of `folder`."""

    def __init__(self, folder, database_url, broker_url):
        self._folder = folder
        hidden = ("ELICIT_", "OPENAI_")
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)} | {
            "ELICIT_DATABASE_URL": database_url,
            "ELICIT_BROKER_URL": broker_url,
            "ELICIT_ALLOW_PRIVATE_ENDPOINTS": "1",  # the mock server's
            "PYTHONPATH": f"{CHECKOUT / 'tests' / 'workers' / 'apps'}",
        }
        self._started = []

    def worker(self, processes=1, queues="llm,cpu", app="workers.app"):
        """A worker with so many processes, all in a group of their own."""
        name = f"worker{len(self._started)}@localhost"
        options = ["--concurrency", str(processes), "--queues", queues, "--hostname", name, "--loglevel", "INFO"]
        return self._start(["--app", app, "worker", "--without-gossip", "--without-mingle", *options])

    def beat(self, app="workers.app"):
        """A beat."""
        return self._start(["--app", app, "beat"])

    def said(self):
        """What all have said so far."""
        return "\n".join(file.read_text() for file in sorted(self._folder.glob("*.log")))

    def fates(self):
        """A line for each process: whether it lives, and how it ended if not."""
        codes = [process.poll() for process in self._started]
        return "".join(f"{n}.log: {'lives' if code is None else f'ended: {code}'}\n" for n, code in enumerate(codes))

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
