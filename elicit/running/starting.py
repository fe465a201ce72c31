"""Beginning a run: what its evaluation means now becomes a plan, and the plan a queued run.

One rule: whoever has committed a new run nudges somebody to advance it, and not before.
"""

from dataclasses import replace
from datetime import datetime

from elicit.services.plan import BudgetSpec, plan_document
from elicit.services.schedules import tighter
from elicit.store import Session
from elicit.store.service import runs
from elicit.store.service_models import ServiceRun, StoredEvaluation
from elicit.stored_plans import plan_for_run


def begin(
    session: Session,
    evaluation: StoredEvaluation,
    *,
    run_id: str,
    epoch: str,
    now: datetime,
    schedule_id: str | None = None,
    due_at: datetime | None = None,
    left: BudgetSpec | None = None,
) -> ServiceRun:
    """A new run of an evaluation, with no more budget than is `left`.

    Raises `InvalidInput` where an agent outside has submitted nothing, `UnknownObject` where an agent is gone.
    """
    plan = plan_for_run(session, evaluation, epoch)
    plan = replace(plan, budget=tighter(plan.budget, left))
    return runs.create(
        session,
        run_id,
        evaluation.project_id,
        evaluation.id,
        plan_document(plan),
        now,
        schedule_id=schedule_id,
        due_at=due_at,
    )
