"""Task sets: tasks under a name, versioned by their content.

One rule: a set never changes. Other tasks under the same name are a new version beside it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from elicit.errors import UnknownObject
from elicit.store.completions import KEYS_AT_ONCE, pack, portions, unpack
from elicit.store.engine import insert_into
from elicit.store.service.listing import newest_first
from elicit.store.service_models import StoredTask, TaskSet

Task = Mapping[str, Any]


def make(
    session: Session, *, task_set_id: str, project_id: str, name: str, tasks: Sequence[Task], now: datetime
) -> tuple[TaskSet, bool]:
    """The version of the set with these tasks, and whether it is new. Each task has a `task_id` of its own."""
    values = {"project_id": project_id, "name": name, "version": version_of(tasks)}
    row = insert_into(session, TaskSet).values(id=task_set_id, n_tasks=len(tasks), created_at=now, **values)
    made = session.scalar(row.on_conflict_do_nothing(index_elements=list(values)).returning(TaskSet))
    if made is None:
        return session.scalars(select(TaskSet).filter_by(**values)).one(), False
    session.execute(insert(StoredTask), [task_row(made.id, *numbered) for numbered in enumerate(tasks)])
    return made, True


def version_of(tasks: Sequence[Task]) -> str:
    """The hash of the tasks' content, their order included, as 64 hexadecimal digits.

    >>> version_of([{"task_id": "a", "prompt": "?"}]) == version_of([{"prompt": "?", "task_id": "a"}])
    True
    """
    return hashlib.sha256(json.dumps(tasks, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def task_row(task_set_id: str, position: int, task: Task) -> dict[str, Any]:
    """A task as a row: its id where it is looked for, the rest packed."""
    content = {key: value for key, value in task.items() if key != "task_id"}
    return {
        "task_set_id": task_set_id,
        "position": position,
        "task_id": task["task_id"],
        "content": pack(content),
    }


def find(session: Session, project_id: str, reference: str) -> TaskSet:
    """The project's set with this id, or the newest version under this name; raises `UnknownObject`."""
    mine = select(TaskSet).where(TaskSet.project_id == project_id)
    by_name = mine.where(TaskSet.name == reference).order_by(TaskSet.created_at.desc(), TaskSet.id.desc()).limit(1)
    found = session.scalar(mine.where(TaskSet.id == reference)) or session.scalar(by_name)
    if found is None:
        raise UnknownObject(f"there is no task set {reference!r}")
    return found


def listed(session: Session, project_id: str, before: str | None, limit: int) -> Sequence[TaskSet]:
    """A project's sets, newest first, one more than `limit`."""
    mine = select(TaskSet).where(TaskSet.project_id == project_id)
    return session.scalars(newest_first(mine, TaskSet.id, before, limit)).all()


def tasks_of(session: Session, task_set_id: str, *, first: int = 0, limit: int | None = None) -> list[dict[str, Any]]:
    """A set's tasks from the position `first` on, in their order, as they were handed in."""
    rows = select(StoredTask.task_id, StoredTask.content).where(
        StoredTask.task_set_id == task_set_id, StoredTask.position >= first
    )
    found = session.execute(rows.order_by(StoredTask.position).limit(limit))
    return [{"task_id": task_id, **unpack(content)} for task_id, content in found]


def some_of(session: Session, task_set_id: str, task_ids: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Those of these tasks that are in the set, as they were handed in, in no order."""
    rows = select(StoredTask.task_id, StoredTask.content).where(StoredTask.task_set_id == task_set_id)
    for some in portions(task_ids, KEYS_AT_ONCE):
        for task_id, content in session.execute(rows.where(StoredTask.task_id.in_(some))):
            yield {"task_id": task_id, **unpack(content)}


def positions(session: Session, task_set_id: str, task_ids: Sequence[str]) -> dict[str, int]:
    """Where those of these tasks stand that are in the set."""
    rows = select(StoredTask.task_id, StoredTask.position).where(
        StoredTask.task_set_id == task_set_id, StoredTask.task_id.in_(task_ids)
    )
    return dict(session.execute(rows).all())
