"""Work items: the requests a run waits for, each leased by one worker at a time.

One rule: an item is over in the transaction that stores its answer, and a request that was answered is never leased,
whichever run asked it first.

A worker leases items until a moment, says again and again that it is still at them, and stores what came back. One that
was killed says nothing: its items are ready again when their time is over, or parked if that has happened too often.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    UpdateBase,
    and_,
    case,
    delete,
    exists,
    func,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, aliased

from elicit.calls import Completion, Message, Request
from elicit.services.asking import MAY_PASS
from elicit.store import completions
from elicit.store.engine import insert_into
from elicit.store.service_models import ServiceRun, WorkItem

LEASE_S = 60
MOST_TRIES = 5  # workers that may be lost over an item
OPEN = ("ready", "leased")
GIVEN_UP = f"given up: {MOST_TRIES} workers were lost while they asked this"
LEASING = 0x656C_6963_6C65  # "elicle": the key of PostgreSQL's advisory lock


def enqueue(session: Session, run_id: str, requests: Sequence[Request], first: int) -> int:
    """Enter requests that a run waits for, numbered from `first`; how many of them are still to be answered.

    One that is there already stays as it is: a replay neither asks anew what failed nor gives a second worker what
    another is at.
    """
    keys = [request.key for request in requests]
    known = select(WorkItem.key, WorkItem.state).where(WorkItem.run_id == run_id, WorkItem.key.in_(keys))
    states = dict(iter(session.execute(known)))
    new = [
        {"run_id": run_id, "key": request.key, "number": number, "state": "ready", "tries": 0, "request": pack(request)}
        for number, request in enumerate(requests, start=first)
        if request.key not in states
    ]
    if new:
        session.execute(insert_into(session, WorkItem).on_conflict_do_nothing(), new)
    return len(new) + sum(state in OPEN for state in states.values())


def pack(request: Request) -> bytes:
    """A request as bytes."""
    return completions.pack(asdict(request))


def unpack(content: bytes) -> Request:
    """What `pack` was given.

    >>> request = Request("m", (Message("user", "Hello"),), params=(("temperature", 0),))
    >>> unpack(pack(request)) == request
    True
    """
    fields: dict[str, Any] = completions.unpack(content)
    messages = tuple(Message(turn["role"], content_from(turn["content"])) for turn in fields["messages"])
    params = tuple((name, value) for name, value in fields["params"])
    return Request(**(fields | {"messages": messages, "params": params}))


def content_from(content: str | list[dict[str, Any]]) -> str | tuple[dict[str, Any], ...]:
    """A message's content: text, or parts."""
    return content if isinstance(content, str) else tuple(content)


# A worker's way with items


def lease(session: Session, run_id: str, owner: str, now: datetime, most: int) -> list[Request]:
    """Give some requests of a running run to a worker, for `LEASE_S`; none where there is nothing free.

    Requests that another run has had answered meanwhile are over, and not among them.
    """
    if session.scalar(select(ServiceRun.state).where(ServiceRun.id == run_id)) != "running":
        return []
    if session.get_bind().dialect.name == "postgresql":
        # One leases at a time, or two runs could have the same request asked. SQLite's writers wait anyway.
        session.execute(select(func.pg_advisory_xact_lock(LEASING)))
    reclaim(session, now, run_id)
    found = select(WorkItem.key, WorkItem.request).where(WorkItem.run_id == run_id, WorkItem.state == "ready")
    found = found.where(~asked_elsewhere(run_id)).order_by(WorkItem.number).limit(most)
    free = session.execute(found.with_for_update(skip_locked=True, of=WorkItem)).all()
    answered = lasting(session, [key for key, _ in free])
    change(session, delete(WorkItem).where(WorkItem.run_id == run_id, WorkItem.key.in_(answered)))
    leased = {key: unpack(request) for key, request in free if key not in answered}
    values = {"state": "leased", "owner": owner, "lease_until": until(now), "tries": WorkItem.tries + 1}
    change(session, update(WorkItem).where(WorkItem.run_id == run_id, WorkItem.key.in_(leased)).values(values))
    if answered and not leased:
        return lease(session, run_id, owner, now, most)
    return list(leased.values())


def asked_elsewhere(run_id: str) -> ColumnElement[bool]:
    """Whether the same request is under way for another run: its answer will serve both."""
    twin = aliased(WorkItem)
    return exists().where(twin.key == WorkItem.key, twin.run_id != run_id, twin.state == "leased")


def lasting(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these requests have an answer that is not asked for again."""
    found = completions.find(session, keys)
    return {key for key, completion in found.items() if completion.failure not in MAY_PASS}


def until(now: datetime) -> datetime:
    """When a lease of now ends."""
    return now + timedelta(seconds=LEASE_S)


def extend(session: Session, run_id: str, owner: str, now: datetime) -> None:
    """The worker is still at its items."""
    change(session, update(WorkItem).where(taken(held_by(run_id, owner))).values(lease_until=until(now)))


def held_by(run_id: str, owner: str) -> ColumnElement[bool]:
    """The items a worker has leased."""
    return and_(WorkItem.run_id == run_id, WorkItem.state == "leased", WorkItem.owner == owner)


def taken(which: ColumnElement[bool]) -> ColumnElement[bool]:
    """These items but for those that somebody is about to change: nobody waits, so nobody waits for each other."""
    keys = select(WorkItem.run_id, WorkItem.key).where(which).with_for_update(skip_locked=True)
    return tuple_(WorkItem.run_id, WorkItem.key).in_(keys)


def change(session: Session, statement: UpdateBase) -> int:
    """Carry out an UPDATE or DELETE; how many rows it met."""
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return result.rowcount if isinstance(result, CursorResult) else 0


def finish(session: Session, run_id: str, answers: Sequence[tuple[Request, Completion]], now: datetime) -> set[str]:
    """Store answers and be done with their items, in every run that waits for them; the other runs among these.

    Of two answers to one request the first stays. A call that failed in a way that may pass keeps its item, so that a
    replay does not ask it again.
    """
    ours = dict(sorted({request.key: (request, completion) for request, completion in answers}.items()))
    # Whoever stores first holds these rows: another answer to the same request waits here, then finds the first.
    same = select(WorkItem.key).where(WorkItem.key.in_(ours)).order_by(WorkItem.key, WorkItem.run_id)
    session.execute(same.with_for_update())
    known = lasting(session, list(ours))
    new = {key: answer for key, answer in ours.items() if key not in known}
    if new:
        completions.add(session, run_id, list(new.values()), now)
    failed = {key: told.failure for key, (_, told) in new.items() if told.failure in MAY_PASS}
    over = [key for key in ours if key not in failed]
    for key, failure in failed.items():
        values = {"state": "failed", "owner": None, "lease_until": None, "error": failure}
        change(session, update(WorkItem).where(WorkItem.run_id == run_id, WorkItem.key == key).values(values))
    served = session.scalars(delete(WorkItem).where(WorkItem.key.in_(over)).returning(WorkItem.run_id))
    return set(served) - {run_id}


def release(session: Session, run_id: str, owner: str) -> None:
    """Give back what a worker has leased and did not ask: that is no try."""
    values = {"state": "ready", "owner": None, "lease_until": None, "tries": WorkItem.tries - 1}
    change(session, update(WorkItem).where(held_by(run_id, owner)).values(values))


def reclaim(session: Session, now: datetime, run_id: str | None = None) -> None:
    """Make items ready again whose worker was lost, of one run or of all; park those that it happened to too often.

    A lease that reaches further than any can was given before a clock was set back: it is cut to a whole one, so that
    a worker that lives has the time to say so.
    """
    leased = and_(WorkItem.state == "leased", WorkItem.run_id == run_id if run_id else true())
    too_long = taken(and_(leased, WorkItem.lease_until > until(now)))
    change(session, update(WorkItem).where(too_long).values(lease_until=until(now)))
    given_up = WorkItem.tries >= MOST_TRIES
    values = {
        "state": case((given_up, "parked"), else_="ready"),
        "owner": None,
        "lease_until": None,
        "error": case((given_up, GIVEN_UP), else_="a worker was lost while it asked this"),
    }
    lost = taken(and_(leased, WorkItem.lease_until <= now))
    change(session, update(WorkItem).where(lost).values(values))


def ask_again(session: Session, run_id: str, *states: str) -> None:
    """Make items ready again that failed or were parked."""
    values = {"state": "ready", "tries": 0, "error": None}
    change(session, update(WorkItem).where(WorkItem.run_id == run_id, WorkItem.state.in_(states)).values(values))


# What is counted and shown


def counts(session: Session, run_id: str) -> Counter[str]:
    """How many items of a run are in each state."""
    by_state = select(WorkItem.state, func.count()).where(WorkItem.run_id == run_id).group_by(WorkItem.state)
    return Counter(dict(iter(session.execute(by_state))))


def given_up(session: Session, run_id: str, after: str | None, limit: int) -> Sequence[WorkItem]:
    """The items of a run that were parked, with the last error, in the order of their keys; one more than `limit`."""
    parked = select(WorkItem).where(WorkItem.run_id == run_id, WorkItem.state == "parked").order_by(WorkItem.key)
    return session.scalars((parked if after is None else parked.where(WorkItem.key > after)).limit(limit + 1)).all()
