"""The service under load: `python benchmarks/load.py [upload] [results]`, against a PostgreSQL of its own.

upload: 50 clients at once submit 200,000 responses in all; errors, lost rows, rows a second, the API's memory.
results: how long what came of a run of 200 agents on 800 tasks takes to be read, for the first time and again. The API
runs in a process of its own; clients and database share the machine with it.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from common import ROOT

sys.path.append(str(ROOT / "tests"))

from api_process import Process, api
from postgres import postgres

from elicit import AsyncClient, Client
from elicit.evidence import Labels
from elicit.local import as_record, rank_evaluation
from elicit.services.document import document
from elicit.services.scoring import Options
from elicit.store import Store
from elicit.store.service import runs
from elicit.types import Evaluation, Task

CLIENTS, ROWS = 50, 200_000
AGENTS, TASKS, CATEGORIES, READS = 200, 800, 8, 20


@dataclass(frozen=True)
class Place:
    """A running API, and a project on it with a key that may do everything there."""

    process: Process
    database: str
    project: str
    key: str

    @property
    def url(self) -> str:
        """The API's address."""
        return self.process.url


@contextmanager
def running_api() -> Iterator[Place]:
    """An API over a new PostgreSQL server."""
    with postgres() as database, api(database) as process:
        with Client(process.url, process.key) as operator:
            project = operator.create_project("load").id
        with Client(process.url, process.key, project) as operator:
            key = operator.create_key("load", ["admin"], requests_per_minute=1_000_000).secret
        yield Place(process, database, project, key)


@dataclass(frozen=True)
class Upload:
    """What became of an upload by many clients; memory is the API's, in MB."""

    errors: list[str]
    lost: int
    seconds: float
    memory: list[float]


def upload(place: Place, clients: int, rows: int) -> Upload:
    """Submit `rows` responses in all, every client those of an agent of its own, and count what arrived."""
    each = rows // clients
    tasks = [{"task_id": f"t{number}", "prompt": f"question {number}"} for number in range(each)]
    with Client(place.url, place.key, progress=False) as client:
        client.create_task_set("load", tasks)
    return asyncio.run(upload_all(place, clients, each))


async def upload_all(place: Place, clients: int, each: int) -> Upload:
    """All clients at once, while the API's memory is watched."""
    memory: list[float] = []
    watching = asyncio.create_task(watch(place.process, memory))
    started = time.perf_counter()
    ends = await asyncio.gather(*(submit(place, f"agent-{i}", each) for i in range(clients)), return_exceptions=True)
    seconds = time.perf_counter() - started
    watching.cancel()
    memory.append(place.process.resident_mb)
    errors = [f"{type(end).__name__}: {end}" for end in ends if isinstance(end, BaseException)]
    return Upload(errors, clients * each - await arrived(place), seconds, memory)


async def submit(place: Place, agent: str, each: int) -> None:
    """One client's outputs, made as they are sent."""
    async with AsyncClient(place.url, place.key, progress=False) as client:
        await client.submit(agent, "load", outputs(agent, each))


def outputs(agent: str, each: int) -> Iterator[dict[str, str]]:
    """An answer of about 300 characters to every task."""
    rng = random.Random(agent)
    for number in range(each):
        yield {"task_id": f"t{number}", "response": " ".join(f"word{rng.randrange(5000)}" for _ in range(35))}


async def arrived(place: Place) -> int:
    """How many different outputs the server holds in complete submissions."""
    async with AsyncClient(place.url, place.key, progress=False) as client:
        whole = [found for found in await client.submissions() if found.state == "complete"]
        return sum([len(await client.received(submission)) for submission in whole])


async def watch(process: Process, memory: list[float]) -> None:
    """The API's memory, once a second."""
    while True:
        memory.append(process.resident_mb)
        await asyncio.sleep(1)


def show_upload(place: Place) -> None:
    """Print what became of it."""
    found = upload(place, CLIENTS, ROWS)
    print(f"{CLIENTS} clients, {ROWS:,} rows: {len(found.errors)} errors, {found.lost} lost rows")
    for error in found.errors[:5]:
        print(f"  {error}")
    print(f"  {ROWS / found.seconds:,.0f} rows/s over {found.seconds:.1f} s")
    quarters = " ".join(f"{found.memory[-1 - len(found.memory) * left // 4]:.0f}" for left in (3, 2, 1, 0))
    print(f"  API memory in MB: {found.memory[0]:.0f} before, then after each quarter {quarters}")


READ: dict[str, Callable[[Client, str], Any]] = {
    "leaderboard": lambda client, run: client.leaderboard(run),
    "pairs": lambda client, run: client.pairs(run),
    "categories": lambda client, run: client.categories(run),
    "agreement": lambda client, run: client.agreement(run),
    "agent": lambda client, run: client.agent_in_run(run, "agent-7"),
    "tasks": lambda client, run: client.run_tasks(run),
    "task": lambda client, run: client.task_detail(run, "t7"),
    "difference": lambda client, run: client.difference(run, agent="agent-7", baseline="agent-8"),
    "difference by task": lambda client, run: client.difference_by_task(run, agent="agent-7", baseline="agent-8"),
    "runs": lambda client, run: client.runs(),
}


def show_results(place: Place) -> None:
    """Print how long each part of a large run takes to be read."""
    run_id = large_run(place)
    print(f"{AGENTS} agents x {TASKS} tasks in {CATEGORIES} categories, {READS} reads by clients:")
    for name, read in READ.items():
        times = [first_and_again(place, read, run_id) for _ in range(READS)]
        first, again = (statistics.median(column) * 1e3 for column in zip(*times, strict=True))
        print(f"  {name:20} median {first:5.0f} ms, again {again:4.0f} ms, slowest {max(max(times)) * 1e3:5.0f} ms")


def first_and_again(place: Place, read: Callable[[Client, str], Any], run_id: str) -> tuple[float, float]:
    """Seconds that a read takes a client that knows nothing, and the same client again."""
    with Client(place.url, place.key, place.project) as client:
        client.me()  # opens the connection
        return timed(lambda: read(client, run_id)), timed(lambda: read(client, run_id))


def timed(call: Any) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def large_run(place: Place) -> str:
    """A finished run with a large leaderboard, which takes the place of a small one."""
    names = ["a", "b", "c"]
    with Client(place.url, place.key, progress=False) as client:
        tasks = [
            {"task_id": f"t{t}", "prompt": f"question {t}", "category": f"category {t % CATEGORIES}"}
            for t in range(TASKS)
        ]
        client.create_task_set("many", tasks)
        for name in names:
            client.submit(name, "many", outputs(name, TASKS))
        client.create_evaluation("many", task_set="many", agents=names, scorer={"kind": "lexical"})
        run = client.wait(client.create_run("many"))
    ranking = rank_evaluation(large_evaluation(), Options(seed=0))
    with Store.open(place.database) as store, store.writing() as session:
        runs.keep_leaderboard(session, ranking.evaluation, as_record(ranking, document(ranking), run.id))
    return run.id


def large_evaluation() -> Evaluation:
    """Agents who know the class of a task the less often the later they come."""
    rng = np.random.default_rng(0)
    truth, guess = rng.integers(4, size=(TASKS, 1)), rng.integers(4, size=(TASKS, AGENTS))
    codes = np.where(rng.random((TASKS, AGENTS)) < np.linspace(0.9, 0.1, AGENTS), truth, guess)
    tasks = tuple(Task(f"t{t}", f"question {t}") for t in range(TASKS))
    return Evaluation(tasks, tuple(f"agent-{i}" for i in range(AGENTS)), Labels(codes, ("A", "B", "C", "D")))


PARTS = {"upload": show_upload, "results": show_results}


def main(words: list[str]) -> None:
    """Run the parts asked for, by default all."""
    with running_api() as place:
        for name in words or PARTS:
            PARTS[name](place)


if __name__ == "__main__":
    main(sys.argv[1:])
