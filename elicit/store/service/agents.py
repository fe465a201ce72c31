"""Agents: models that the server asks (`spec` set), and outside ones that submit their outputs.

One rule: what an agent is may change; what a run asked is in that run's plan.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from elicit.errors import UnknownObject
from elicit.store.engine import insert_into
from elicit.store.service.listing import newest_first
from elicit.store.service_models import Agent


def ensure(
    session: Session, *, agent_id: str, project_id: str, name: str, spec: Mapping[str, Any] | None, now: datetime
) -> tuple[Agent, bool]:
    """The project's agent of this name, made with this spec if there is none; and whether it was."""
    row = insert_into(session, Agent).values(id=agent_id, project_id=project_id, name=name, spec=spec, created_at=now)
    made = session.scalar(row.on_conflict_do_nothing(index_elements=["project_id", "name"]).returning(Agent))
    return (find(session, project_id, name), False) if made is None else (made, True)


def find(session: Session, project_id: str, name: str) -> Agent:
    """The project's agent of this name; raises `UnknownObject`."""
    found = session.scalar(select(Agent).where(Agent.project_id == project_id, Agent.name == name))
    if found is None:
        raise UnknownObject(f"there is no agent {name!r}")
    return found


def listed(session: Session, project_id: str, before: str | None, limit: int) -> Sequence[Agent]:
    """A project's agents, newest first, one more than `limit`."""
    mine = select(Agent).where(Agent.project_id == project_id)
    return session.scalars(newest_first(mine, Agent.id, before, limit)).all()
