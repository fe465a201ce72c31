"""What came of runs: leaderboards and the matrices behind them, found through the project.

One rule: nothing is read that is not shown; a leaderboard is read without its matrices, a task without the others.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from elicit.errors import Conflict
from elicit.schemas import ENDED
from elicit.store import rows
from elicit.store.models import Run
from elicit.store.service import runs


def kept_at(session: Session, project_id: str, run_id: str) -> datetime:
    """When a run's leaderboard was stored, which tells one from the one before the run was resumed.

    Raises `UnknownRun`, and `Conflict` where the run has no leaderboard.
    """
    run = runs.find(session, project_id, run_id)
    moment = session.scalar(select(Run.created_at).where(Run.id == run_id))
    if moment is None:
        raise Conflict(f"run {run_id} is {run.state}: it has no leaderboard{'' if run.state in ENDED else ' yet'}")
    return moment


def leaderboard(session: Session, run_id: str) -> dict[str, Any]:
    """The document of a run that has one."""
    return rows.result(session, session.get_one(Run, run_id))


def ranked(session: Session, run_id: str) -> list[tuple[str, int | None]]:
    """The agents of a run that has a leaderboard, in its order, each with its rank."""
    return [(row["agent"], row["rank"]) for row in rows.agents(session, run_id)]


def input_of(session: Session, run_id: str) -> str:
    """The hash of what a run with a leaderboard has ranked."""
    return session.scalars(select(Run.input_hash).where(Run.id == run_id)).one()
