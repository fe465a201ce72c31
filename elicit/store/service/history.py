"""The history of scores: one row for each agent and finished run of a schedule.

One rule: a row is written in the transaction that ends the run, and never changes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from elicit.store.records import RunRecord
from elicit.store.service.listing import newest_first
from elicit.store.service_models import Score, ServiceRun


def record(
    session: Session, run: ServiceRun, result: RunRecord, moved: Mapping[str, bool | None], at: datetime
) -> None:
    """Write down the scores of a run; `moved` says which agents moved since the run before."""
    session.add_all(
        Score(
            run_id=run.id,
            agent=row["agent"],
            project_id=run.project_id,
            schedule_id=run.schedule_id,
            at=at,
            moved=moved.get(row["agent"]),
            **{name: row[name] for name in ("rank", "score", "low", "high")},
        )
        for row in result.result["agents"]
    )


def last_run(session: Session, schedule_id: str) -> str | None:
    """The run of a schedule that finished last, `None` where none has."""
    newest = select(Score.run_id).where(Score.schedule_id == schedule_id).order_by(Score.at.desc(), Score.run_id.desc())
    return session.scalar(newest.limit(1))


def of_agent(
    session: Session, project_id: str, agent: str, schedule_id: str | None, before: str | None, limit: int
) -> Sequence[Score]:
    """An agent's scores, newest run first, one more than `limit`; those of one schedule if it is given."""
    its = select(Score).where(Score.project_id == project_id, Score.agent == agent)
    its = its if schedule_id is None else its.where(Score.schedule_id == schedule_id)
    return session.scalars(newest_first(its, Score.run_id, before, limit)).all()
