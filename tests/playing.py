"""Runs to carry out in tests: a small plan on a mock server, its run in a store, and what came of it."""

import random
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime

from plan_commands import scores

from elicit import local
from elicit.io.plans import limited, plan_of
from elicit.llm import KeptGateways, open_gateway
from elicit.mock_llm import serve
from elicit.running.dispatch import LocalDispatcher
from elicit.running.engine import Engine, patiently
from elicit.schemas import ENDED
from elicit.services.plan import plan_document
from elicit.store import Store, new_run_id
from elicit.store.service import items, runs
from elicit.store.service_models import Project, StoredEvaluation, TaskSet

AGENTS = ("careful", "concise", "hurried")
START = datetime(2026, 11, 24, tzinfo=UTC)


def small_plan(url, n_tasks=6, agents=AGENTS, **more):
    """A plan on the first demo tasks, all models at one address."""
    values = {
        "name": "small",
        "tasks": "demo",
        "agents": [{"name": agent, "model": f"openai/mock-{agent}", "api_base": url} for agent in agents],
        "scorer": {"kind": "critic", "model": "openai/mock-critic", "scale": "graded", "api_base": url},
        "design": {"pairs": "rotating", "peers": 2},
        "limits": {"concurrency": 4, "timeout_s": 10, "retries": 4},
    }
    return limited(plan_of(values | more), n_tasks)


def queued_run(store, plan, now=None):
    """A queued run of a plan, in a project of its own; returns its id."""
    now = now or datetime.now(UTC)
    ids = {name: new_run_id(now, random.SystemRandom()) for name in ("project", "tasks", "evaluation", "run")}
    with store.writing() as session:
        project = {"project_id": ids["project"], "created_at": now}
        session.add(Project(id=ids["project"], name=ids["project"], created_at=now))
        session.flush()
        session.add(TaskSet(id=ids["tasks"], name="tasks", version="0" * 64, n_tasks=len(plan.tasks), **project))
        session.flush()
        evaluation = {"id": ids["evaluation"], "name": "small", "task_set_id": ids["tasks"], "plan": {}}
        session.add(StoredEvaluation(**evaluation, **project))
        session.flush()
        runs.create(session, ids["run"], ids["project"], ids["evaluation"], plan_document(plan), now)
    return ids["run"]


@contextmanager
def engine_on(store, **more):
    """An engine of this process; nudges go to its `dispatcher`."""
    gateways = KeptGateways({})
    yield Engine(**{"store": store, "dispatcher": LocalDispatcher(), "gateways": gateways, "now": utc_now} | more)
    gateways.close()


def utc_now():
    return datetime.now(UTC)


def run_row(store, run_id):
    """A run as it stands; a connection that was cut is made anew."""

    def look():
        with store.reading() as session:
            return runs.now_as(session, run_id)

    return patiently(look)


def wait_for(store, run_id, *states, timeout_s=180):
    """The run once it is in one of these states, by default in a final one."""
    states, give_up_at = states or ENDED, time.monotonic() + timeout_s
    while (run := run_row(store, run_id)).state not in states:
        assert run.state not in ENDED, f"{run.state}: {run.reason}"
        assert time.monotonic() < give_up_at, f"still {run.state}: {run.reason}; work items: {counted(store, run_id)}"
        time.sleep(0.05)
    return run


def wait_until(so, timeout_s=180):
    """Come back when it is so."""
    give_up_at = time.monotonic() + timeout_s
    while not so():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def counted(store, run_id):
    """The work items of a run by state."""
    with store.reading() as session:
        return items.counts(session, run_id)


def undisturbed(folder, n_tasks=6, **more):
    """The leaderboard of a small plan that one process carries out with nothing in its way, before any other gateway.

    The server that it asks answers at once: delays change no answer.
    """
    with serve() as server, Store.open(f"sqlite:///{folder}/undisturbed.db") as store:
        plan = small_plan(server.url, n_tasks, **more)
        with open_gateway(plan, {}) as gateway:
            run_id = local.start_plan(plan, store)
            outcome = local.carry_out(plan, run_id, store, gateway, local.budget_of(plan, store, run_id))
    assert outcome.stop == "done"
    return scores(outcome.document)


def asked(server):
    """How often each request was sent to a mock server."""
    return Counter(received.key for received in server.requests())


def check_undisturbed(store, run_id, expected, *servers, sent_again=0, timeout_s=180):
    """The run ends as if nothing had happened, and so many requests at most were sent again."""
    assert wait_for(store, run_id, timeout_s=timeout_s).state == "done"
    assert scores(store.run(run_id).result) == expected
    sent = sum((asked(server) for server in servers), Counter())
    assert sent.total() - len(sent) <= sent_again
