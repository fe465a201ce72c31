"""Runs as they are shown: of what each is, and how far it is.

One rule: many runs take as many queries as one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from elicit.schemas import Progress, Run
from elicit.services.budget import Sum
from elicit.store.models import Run as Ranked
from elicit.store.models import StoredLedger
from elicit.store.service_models import ServiceRun, StoredEvaluation, TaskSet, WorkItem

COLUMNS = set(Run.model_fields) & set(ServiceRun.__table__.columns.keys())


def of(session: Session, runs: Sequence[ServiceRun]) -> list[Run]:
    """These runs, in their order."""
    ids = [run.id for run in runs]
    subjects, counts, paid = subjects_of(session, ids), counts_of(session, ids), paid_of(session, ids)
    return [
        Run(
            **{name: getattr(run, name) for name in COLUMNS},
            **subjects[run.id],
            progress=progress(run, counts[run.id], paid[run.id]),
        )
        for run in runs
    ]


def subjects_of(session: Session, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What each run is of: evaluation, scorer, mechanism, task set, and their sizes."""
    columns = StoredEvaluation.name, StoredEvaluation.plan, TaskSet.id, TaskSet.n_tasks, Ranked.mechanism
    query = (
        select(ServiceRun.id, *columns)
        .join(StoredEvaluation, StoredEvaluation.id == ServiceRun.evaluation_id)
        .join(TaskSet, TaskSet.id == StoredEvaluation.task_set_id)
        .outerjoin(Ranked, Ranked.id == ServiceRun.id)
        .where(ServiceRun.id.in_(ids))
    )
    return {
        run_id: {
            "evaluation": name,
            "scorer": plan["scorer"]["kind"],
            "mechanism": mechanism or plan.get("mechanism"),
            "task_set_id": task_set_id,
            "n_agents": len(plan["agents"]),
            "n_tasks": n_tasks,
        }
        for run_id, name, plan, task_set_id, n_tasks, mechanism in session.execute(query)
    }


def counts_of(session: Session, ids: Iterable[str]) -> dict[str, Counter[str]]:
    """How many work items of each run are in each state."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    by_state = select(WorkItem.run_id, WorkItem.state, func.count()).where(WorkItem.run_id.in_(ids))
    for run_id, state, count in session.execute(by_state.group_by(WorkItem.run_id, WorkItem.state)):
        found[run_id][state] = count
    return found


def paid_of(session: Session, ids: Iterable[str]) -> dict[str, Sum]:
    """What each run has paid."""
    columns = StoredLedger.paid_calls, StoredLedger.paid_cost, StoredLedger.paid_unpriced
    paid = select(StoredLedger.run_id, *columns).where(StoredLedger.run_id.in_(ids))
    return {run_id: Sum(calls, cost, unpriced) for run_id, calls, cost, unpriced in session.execute(paid)}


def progress(run: ServiceRun, counts: Counter[str], paid: Sum) -> Progress:
    """How far a run is: requests of its stage, and what it has paid for."""
    return Progress(
        stage=run.stage,
        done=max(0, run.stage_total - counts["ready"] - counts["leased"]),
        total=run.stage_total,
        failed=counts["failed"],
        parked=counts["parked"],
        calls=paid.calls,
        cost=paid.known_cost,
    )
