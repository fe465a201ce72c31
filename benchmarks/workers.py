"""How much faster a run that waits for a model gets with more workers: `python benchmarks/workers.py`.

A model takes 1 s for an answer, a worker asks 16 at once; 1, 2 and 4 workers of one process each, through litellm, on a
PostgreSQL and a Redis of the benchmark's own. The time is that from the nudge to the run's end.
"""

import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from common import ROOT, aligned
from llm import server

sys.path.append(str(ROOT / "tests"))

from celery_processes import Workers
from playing import queued_run, wait_for
from postgres import new_database, postgres
from redis_server import RedisServer

from elicit.broker import CeleryDispatcher, celery_app
from elicit.services.plan import AgentSpec, Limits, Plan, ScorerSpec
from elicit.store import Store
from elicit.types import Task

AGENTS, TASKS, CONCURRENCY, DELAY_S = 8, 160, 16, 1.0
WANTED = {2: 1.8, 4: 3.4}


def plan_of(url: str, n_tasks: int, epoch: str) -> Plan:
    """Agents that are asked about every task, and are then ranked without further calls."""
    tasks = tuple(Task(f"t{number}", f"What is known of case {number}? {'word ' * 300}") for number in range(n_tasks))
    agents = tuple(AgentSpec(f"a{number}", f"openai/mock-{number}", api_base=url) for number in range(AGENTS))
    limits = Limits(concurrency=CONCURRENCY)
    return Plan("bench", tasks, agents, ScorerSpec("lexical"), limits=limits, epoch=epoch)


def calls_per_second(n_workers: int, url: str, database: str, broker: str) -> float:
    """What so many workers get done, once they have all imported what they need."""
    with tempfile.TemporaryDirectory() as folder, Store.open(database) as store, celery_app(broker) as app:
        workers, dispatcher = Workers(Path(folder), database, broker), CeleryDispatcher(app)
        try:
            for _ in range(n_workers):
                workers.worker(processes=1)
            warm = [queued_run(store, plan_of(url, 4, f"warm {number}")) for number in range(n_workers)]
            for run_id in warm:  # as many runs as workers: each takes one, while the others still import
                dispatcher.nudge_advance(run_id)
            for run_id in warm:
                wait_for(store, run_id, "done")
            run_id = queued_run(store, plan_of(url, TASKS, "measured"))
            started = time.perf_counter()
            dispatcher.nudge_advance(run_id)
            wait_for(store, run_id, "done", timeout_s=600)
            return AGENTS * TASKS / (time.perf_counter() - started)
        finally:
            workers.stop()


def main() -> None:
    """Measure with 1, 2 and 4 workers, and compare."""
    with postgres() as postgres_server, closing(RedisServer()) as redis, server(DELAY_S) as url:
        rate = {n: calls_per_second(n, url, new_database(postgres_server), redis.url) for n in (1, 2, 4)}
    ideal = {n: n * CONCURRENCY / DELAY_S for n in rate}
    rows = [
        [str(n), f"{rate[n]:.1f}", f"{rate[n] / ideal[n]:.2f}", f"{rate[n] / rate[1]:.2f}", wanted(n)] for n in rate
    ]
    print(aligned(["workers", "calls/s", "of ideal", "times one", "wanted"], rows))


def wanted(n_workers: int) -> str:
    """The growth that is asked for."""
    return f"{WANTED[n_workers]:.1f}" if n_workers in WANTED else ""


if __name__ == "__main__":
    main()
