"""Paid answers and started plans as rows.

One rule: an answer that was stored is never asked for again, so it is stored before anything uses it. Only a call that
timed out or failed may be replaced by a later attempt.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from elicit.calls import Completion, Request, TokenLogprob
from elicit.store.engine import insert_into
from elicit.store.models import PlanRun, Run, StoredCompletion
from elicit.store.records import PlanSummary

T = TypeVar("T")
KEYS_AT_ONCE = 500  # SQLite takes some thousand parameters in a statement


def pack(value: Any) -> bytes:
    """JSON values as compressed bytes: answers may hold NUL and lone surrogates, which no text column takes."""
    return zlib.compress(json.dumps(value).encode(), level=1)


def unpack(content: bytes) -> Any:
    """What `pack` was given."""
    return json.loads(zlib.decompress(content))


def find(session: Session, keys: Iterable[str]) -> dict[str, Completion]:
    """The stored answers to these keys, by key."""
    found: dict[str, Completion] = {}
    for some in portions(keys, KEYS_AT_ONCE):
        rows = select(StoredCompletion.key, StoredCompletion.content).where(StoredCompletion.key.in_(some))
        found |= {key: completion_from(unpack(content)) for key, content in session.execute(rows)}
    return found


def paid_by(session: Session, run_id: str, keys: Iterable[str]) -> set[str]:
    """Those of the keys whose answers a run has paid for."""
    mine = select(StoredCompletion.key).where(StoredCompletion.run_id == run_id)
    return {
        key
        for some in portions(keys, KEYS_AT_ONCE)
        for key in session.scalars(mine.where(StoredCompletion.key.in_(some)))
    }


def portions(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def completion_from(fields: Mapping[str, Any]) -> Completion:
    """A completion out of its stored fields."""
    logprobs = fields["logprobs"]
    tokens = None if logprobs is None else tuple(token_from(token) for token in logprobs)
    return Completion(**(dict(fields) | {"logprobs": tokens}))


def token_from(fields: Mapping[str, Any]) -> TokenLogprob:
    """A token out of its stored fields."""
    return TokenLogprob(**(dict(fields) | {"top": tuple((token, logprob) for token, logprob in fields["top"])}))


def add(session: Session, run_id: str, answers: Sequence[tuple[Request, Completion]], now: datetime) -> None:
    """Store answers; a later one to the same key takes the place of the earlier."""
    rows = {
        request.key: {
            "key": request.key,
            "created_at": now,
            "run_id": run_id,
            "model": request.model,
            "attempts": completion.attempts,
            "cost": completion.cost,
            "content": pack(asdict(completion)),
        }
        for request, completion in answers
    }
    row = insert_into(session, StoredCompletion)
    newer = {name: row.excluded[name] for name in ("created_at", "run_id", "attempts", "cost", "content")}
    session.connection().execute(row.on_conflict_do_update(index_elements=["key"], set_=newer), list(rows.values()))


def add_plan(session: Session, run_id: str, plan: Mapping[str, Any], now: datetime) -> None:
    """Store a plan that is about to be carried out."""
    row = PlanRun(id=run_id, created_at=now, name=str(plan["name"]), plan=pack(plan))
    session.add(row)


def plans(session: Session) -> list[PlanSummary]:
    """All plans that were started, newest first."""
    finished = exists().where(Run.id == PlanRun.id)
    rows = select(PlanRun.id, PlanRun.created_at, PlanRun.name, finished)
    newest_first = rows.order_by(PlanRun.created_at.desc(), PlanRun.id.desc())
    return [PlanSummary(*row) for row in session.execute(newest_first)]
