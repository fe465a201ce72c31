"""Submissions: an agent's outputs on a task set, coming in batch by batch until somebody says they are complete.

One rule: a batch is stored whole, in one transaction that holds its submission. What is stored never changes: the same
output again is a repeat, another one for the same task is refused.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select
from sqlalchemy.orm import Session

from elicit.errors import Conflict, ElicitError, InvalidInput, UnknownObject
from elicit.store.completions import pack, unpack
from elicit.store.service.listing import newest_first
from elicit.store.service.task_sets import positions
from elicit.store.service_models import Agent, StoredTask, Submission, SubmittedResponse, TaskSet


@dataclass(frozen=True)
class Output:
    """An output on its way in, and the line it came from."""

    line: int
    task_id: str
    text: str


@dataclass(frozen=True)
class Batch:
    """What became of some outputs; those after the one that `stopped` says were not looked at."""

    stored: int
    repeated: int
    stopped: ElicitError | None


def make(
    session: Session, *, submission_id: str, project_id: str, agent: Agent, task_set: TaskSet, now: datetime
) -> None:
    """A new, open submission. Raises `Conflict` for an agent that the server asks by itself."""
    if agent.spec is not None:
        raise Conflict(
            f"an agent with a model is asked by the server, nothing is submitted for it, {agent.name!r} is one"
        )
    session.add(
        Submission(
            id=submission_id,
            project_id=project_id,
            agent_id=agent.id,
            task_set_id=task_set.id,
            state="open",
            created_at=now,
        )
    )
    session.flush()


def shown() -> Select[Any]:
    """Submissions with what people want to know of them, as `schemas.Submission` has it."""
    received = select(func.count()).where(SubmittedResponse.submission_id == Submission.id).scalar_subquery()
    columns = (Submission.id, Submission.task_set_id, Submission.state, Submission.created_at, Submission.completed_at)
    more = (Agent.name.label("agent"), TaskSet.n_tasks, received.label("received"))
    return select(*columns, *more).join(Agent).join(TaskSet, TaskSet.id == Submission.task_set_id)


def find(session: Session, project_id: str, submission_id: str) -> Row[Any]:
    """A project's submission; raises `UnknownObject`."""
    mine = shown().where(Submission.project_id == project_id, Submission.id == submission_id)
    found = session.execute(mine).one_or_none()
    if found is None:
        raise UnknownObject(f"there is no submission {submission_id!r}")
    return found


def listed(session: Session, project_id: str, before: str | None, limit: int) -> Sequence[Row[Any]]:
    """A project's submissions, newest first, one more than `limit`."""
    mine = shown().where(Submission.project_id == project_id)
    return session.execute(newest_first(mine, Submission.id, before, limit)).all()


def held(session: Session, submission_id: str) -> Submission:
    """A submission that is there, held until the transaction ends."""
    return session.scalars(select(Submission).where(Submission.id == submission_id).with_for_update()).one()


def newest_open(session: Session, agent_id: str, task_set_id: str) -> Submission | None:
    """An agent's newest submission on a task set that still takes outputs."""
    mine = select(Submission).where(
        Submission.agent_id == agent_id, Submission.task_set_id == task_set_id, Submission.state == "open"
    )
    return session.scalar(mine.order_by(Submission.id.desc()).limit(1))


def received(session: Session, submission_id: str, first: int, limit: int) -> Sequence[Any]:
    """Position and id of the tasks, from a position on, that a submission has an output for; one more than `limit`."""
    rows = (
        select(SubmittedResponse.position, StoredTask.task_id)
        .join(Submission, Submission.id == SubmittedResponse.submission_id)
        .join(
            StoredTask,
            (StoredTask.task_set_id == Submission.task_set_id) & (StoredTask.position == SubmittedResponse.position),
        )
        .where(SubmittedResponse.submission_id == submission_id, SubmittedResponse.position >= first)
    )
    return session.execute(rows.order_by(SubmittedResponse.position).limit(limit + 1)).all()


def complete(session: Session, submission_id: str, now: datetime) -> bool:
    """Say that a submission is whole; from then on it takes nothing. Whether it was not before.

    Raises `Conflict` for one without any output.
    """
    submission = held(session, submission_id)
    if submission.state == "complete":
        return False
    if count(session, submission_id) == 0:
        raise Conflict("a submission must hold an output before it is complete, this one holds none")
    submission.state, submission.completed_at = "complete", now
    return True


def count(session: Session, submission_id: str) -> int:
    """How many outputs a submission holds."""
    mine = select(func.count()).where(SubmittedResponse.submission_id == submission_id)
    return session.scalars(mine).one()


def add(session: Session, submission_id: str, outputs: Sequence[Output]) -> Batch:
    """Store outputs up to the first that breaks a rule."""
    submission = held(session, submission_id)
    if submission.state == "complete":
        return Batch(0, 0, Conflict("a submission that is complete takes no outputs, make another"))
    places = positions(session, submission.task_set_id, list({output.task_id for output in outputs}))
    known = hashes(session, submission_id, list(places.values()))
    fitting, stopped = until_stopped(outputs, places, known)
    new = {places[output.task_id]: output.text for output in fitting if places[output.task_id] not in known}
    if new:
        session.execute(insert(SubmittedResponse), [row_of(submission_id, *placed) for placed in new.items()])
    return Batch(len(new), len(fitting) - len(new), stopped)


def until_stopped(
    outputs: Sequence[Output], places: Mapping[str, int], known: Mapping[int, bytes]
) -> tuple[list[Output], ElicitError | None]:
    """The outputs before the first that breaks a rule, and which rule that is."""
    there = dict(known)
    for index, output in enumerate(outputs):
        place, hash_ = places.get(output.task_id), hash_of(output.text)
        if place is None:
            problem = f"line {output.line}: a task must be in the task set, {output.task_id!r} is not"
            return list(outputs[:index]), InvalidInput(problem)
        if there.setdefault(place, hash_) != hash_:
            problem = f"line {output.line}: a task has one output, {output.task_id!r} has another already"
            return list(outputs[:index]), Conflict(problem)
    return list(outputs), None


def row_of(submission_id: str, position: int, text: str) -> dict[str, Any]:
    """An output as a row."""
    return {
        "submission_id": submission_id,
        "position": position,
        "content_hash": hash_of(text),
        "content": pack(text),
    }


def hash_of(text: str) -> bytes:
    """What tells a repeat from a change."""
    return hashlib.sha256(text.encode()).digest()


def hashes(session: Session, submission_id: str, places: Sequence[int]) -> dict[int, bytes]:
    """The hashes of what a submission holds at these positions."""
    rows = select(SubmittedResponse.position, SubmittedResponse.content_hash).where(
        SubmittedResponse.submission_id == submission_id, SubmittedResponse.position.in_(places)
    )
    return dict(session.execute(rows).all())


def newest_complete(session: Session, agent_id: str, task_set_id: str) -> Submission | None:
    """An agent's newest complete submission on a task set."""
    mine = select(Submission).where(
        Submission.agent_id == agent_id, Submission.task_set_id == task_set_id, Submission.state == "complete"
    )
    return session.scalar(mine.order_by(Submission.completed_at.desc(), Submission.id.desc()).limit(1))


def answers(session: Session, submission: Submission) -> tuple[tuple[str, str], ...]:
    """What a submission holds: (task id, text) pairs in the tasks' order."""
    rows = (
        select(StoredTask.task_id, SubmittedResponse.content)
        .join(StoredTask, StoredTask.position == SubmittedResponse.position)
        .where(StoredTask.task_set_id == submission.task_set_id, SubmittedResponse.submission_id == submission.id)
        .order_by(StoredTask.position)
    )
    return tuple((task_id, unpack(content)) for task_id, content in session.execute(rows))
