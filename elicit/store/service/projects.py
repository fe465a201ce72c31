"""Projects: what a team shares."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from elicit.errors import Conflict
from elicit.store.engine import insert_into
from elicit.store.service.listing import newest_first
from elicit.store.service_models import Project


def make(session: Session, *, project_id: str, name: str, now: datetime) -> Project:
    """A new project; raises `Conflict` where the name is taken."""
    row = insert_into(session, Project).values(id=project_id, name=name, created_at=now)
    made = session.scalar(row.on_conflict_do_nothing(index_elements=["name"]).returning(Project))
    if made is None:
        raise Conflict(f"a project's name must be new, there is one named {name!r}")
    return made


def find(session: Session, reference: str) -> Project | None:
    """The project with this id, or else with this name."""
    return session.get(Project, reference) or session.scalar(select(Project).where(Project.name == reference))


def listed(session: Session, before: str | None, limit: int) -> Sequence[Project]:
    """All projects, newest first, one more than `limit`."""
    return session.scalars(newest_first(select(Project), Project.id, before, limit)).all()
