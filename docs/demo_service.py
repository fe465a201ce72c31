"""The whole service on this machine, for `make demo-service`: every part a process of its own, as operators run it.

Redis, PostgreSQL, the API, two Celery workers, beat, the dashboard and a mock LLM are started; three agents' outputs
are submitted, two more agents and the critic are asked by the workers, the leaderboard is printed, all is stopped.
`--keep` leaves it running until Ctrl-C.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from rich.console import Console

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))

from postgres import postgres  # noqa: E402
from redis_server import RedisServer  # noqa: E402

from elicit import Client  # noqa: E402
from elicit.schemas import Run  # noqa: E402
from elicit.terminal import leaderboard  # noqa: E402

SUBMITTED = ("careful", "concise", "evasive")
ASKED = ("teacher", "hurried")
N_TASKS = 12
READY_S = 60
PATIENCE_S = 300
CELERY = (sys.executable, "-m", "celery", "--app", "workers.app")


def main() -> None:
    """Start, use, show, stop."""
    with ExitStack() as parts:
        home = Path(parts.enter_context(TemporaryDirectory(prefix="elicit-demo-")))
        say("starting PostgreSQL and Redis")
        environ = {
            **os.environ,
            "ELICIT_DATABASE_URL": parts.enter_context(postgres()),
            "ELICIT_BROKER_URL": parts.enter_context(closing(RedisServer())).url,
            "ELICIT_SECRET_KEY": secrets.token_urlsafe(32),
            "ELICIT_ALLOW_PRIVATE_ENDPOINTS": "1",  # the mock LLM is on this machine
        }
        say("starting the API, two workers, beat and the mock LLM")
        elicit = (sys.executable, "-m", "elicit")
        api = parts.enter_context(process(home, "api", (*elicit, "api", "--port", "0"), environ))
        llm = parts.enter_context(process(home, "mock-llm", (*elicit, "mock-llm", "--port", "0"), environ))
        parts.enter_context(process(home, "beat", (*CELERY, "beat", "--scheduler", "celery.beat:Scheduler"), environ))
        for number in (1, 2):
            words = (*CELERY, "worker", "--queues", "llm,cpu", "--concurrency", "1", "--hostname", f"w{number}@%h")
            parts.enter_context(process(home, f"worker-{number}", words, environ))
        operator, url = api.word_after("shown this once: "), api.word_after("API at ").removesuffix("/v1")
        with Client(url, operator) as client:
            project = client.create_project("demo")
        with Client(url, operator, project.name) as client:
            key = client.create_key("dashboard", ["read", "submit", "evaluate"]).secret
        dashboard = parts.enter_context(dashboard_for(home, environ, url, key))
        with Client(url, key) as client:
            run = carried_out(client, llm.word_after("mock LLM at "))
            document = client.leaderboard(run).document
        console = Console()
        console.print(leaderboard(document, console.width))
        say(f"dashboard: {dashboard}   API: {url}/docs   workers: two, by way of Redis")
        if "--keep" in sys.argv:
            say("running until Ctrl-C")
            wait_for_ctrl_c()
        say("stopping")


def carried_out(client: Client, llm: str) -> Run:
    """Submit three agents' outputs, have two more asked and all compared, and wait for the leaderboard."""
    data = files("elicit") / "demo_data"
    tasks = [json.loads(line) for line in (data / "tasks.jsonl").read_text(encoding="utf-8").splitlines()][:N_TASKS]
    wanted = {task["task_id"] for task in tasks}
    rows = [json.loads(line) for line in (data / "responses.jsonl").read_text(encoding="utf-8").splitlines()]
    say("submitting three agents' outputs, entering two that the workers ask")
    fields = ("task_id", "prompt", "context")
    client.create_task_set("demo", [{name: task[name] for name in fields if task.get(name)} for task in tasks])
    for agent in SUBMITTED:
        mine = [row for row in rows if row["agent"] == agent and row["task_id"] in wanted]
        client.submit(agent, "demo", [{"task_id": row["task_id"], "response": row["response"]} for row in mine])
    for agent in ASKED:
        client.create_agent(agent, {"model": f"openai/mock-{agent}", "api_base": llm})
    client.create_evaluation(
        "demo",
        task_set="demo",
        agents=[*SUBMITTED, *ASKED],
        scorer={"kind": "critic", "model": "openai/mock-critic", "scale": "graded", "api_base": llm},
        design={"pairs": "full"},
    )
    say("running")
    run = client.wait(client.create_run("demo"), timeout_s=PATIENCE_S)
    if run.state != "done":
        sys.exit(f"the run ended as {run.state}: {run.reason}")
    say(f"done: {run.progress.calls} calls")
    return run


class Started:
    """A process whose output goes to a file; ends in order."""

    def __init__(self, log: Path, words: tuple[str, ...], environ: Mapping[str, str]) -> None:
        self._log = log
        with log.open("wb") as stream:
            self._process = subprocess.Popen(words, stdout=stream, stderr=stream, env=environ, cwd=ROOT)

    def word_after(self, mark: str) -> str:
        """The word that it prints after a mark, waited for."""
        give_up_at = time.monotonic() + READY_S
        while time.monotonic() < give_up_at and self._process.poll() is None:
            _, found, after = self._log.read_text(encoding="utf-8").partition(mark)
            if found and "\n" in after:
                return after.split()[0]
            time.sleep(0.1)
        sys.exit(f"{self._log.stem} did not start:\n{self._log.read_text(encoding='utf-8')}")

    def end(self) -> None:
        """Tell it to stop and wait; what does not stop in time is ended."""
        self._process.terminate()
        try:
            self._process.wait(READY_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def process(home: Path, name: str, words: tuple[str, ...], environ: Mapping[str, str]) -> Iterator[Started]:
    """A process that ends with the block."""
    started = Started(home / f"{name}.log", words, environ)
    try:
        yield started
    finally:
        started.end()


@contextmanager
def dashboard_for(home: Path, environ: Mapping[str, str], url: str, key: str) -> Iterator[str]:
    """The dashboard over the API at `url`; its address, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = ("--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true")
    words = (sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "app.py"), *options)
    with process(home, "dashboard", words, {**environ, "ELICIT_URL": url, "ELICIT_API_KEY": key}):
        wait_until_it_answers(f"{address}/_stcore/health")
        yield address


def wait_until_it_answers(address: str) -> None:
    """Wait for an HTTP address of this machine."""
    give_up_at = time.monotonic() + READY_S
    while True:
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, ConnectionError):
            if time.monotonic() > give_up_at:
                sys.exit(f"{address} does not answer")
            time.sleep(0.2)


def wait_for_ctrl_c() -> None:
    """Wait until somebody has had enough."""
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say("")


def say(what: str) -> None:
    """A line for whoever watches."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
