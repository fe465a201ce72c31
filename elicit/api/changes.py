"""Requests that change something: one transaction with the change, its entry in the audit log, and its answer.

One rule: the answer to a request with an Idempotency-Key is stored in the transaction of its change: both are there or
neither is. A request that was refused changed nothing; sent again, it is judged again.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from elicit.api import problems
from elicit.api.auth import Caller, Operator, PartsOf, allowed
from elicit.errors import Busy, Conflict, InvalidInput
from elicit.schemas import Scope, Wire
from elicit.store import Session
from elicit.store.service import audit, idempotency
from elicit.store.service.idempotency import Answer
from elicit.store.service_models import ApiKey
from elicit.wiring import Parts

JSON_TYPE = "application/json"
SHOWN_ONCE = (
    "this request was answered before, with a secret that is shown once: revoke what was made, and make another"
)


class Replayed(Exception):
    """Not an error: the request was answered before, and `answer` is sent once more."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class UnderWay:
    """The Idempotency-Keys of requests that this process is answering right now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[tuple[str, str]] = set()

    @contextmanager
    def only(self, key_id: str, idempotency_key: str) -> Iterator[None]:
        """Hold the key for the block. Raises `Busy` where another request holds it."""
        held = (key_id, idempotency_key)
        with self._lock:
            if held in self._held:
                raise Busy("a request with this Idempotency-Key is under way, wait for its answer")
            self._held.add(held)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(held)


@dataclass(frozen=True)
class Change:
    """A request to change something of a project (`None`: of the server), by the holder of `key`."""

    parts: Parts
    key: ApiKey
    project_id: str | None
    request: Request
    idempotency_key: str | None
    fingerprint: str

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The transaction of the change. Raises `Replayed` where the request was answered before."""
        under_way: UnderWay = self.request.app.state.under_way
        hold = under_way.only(self.key.id, self.idempotency_key) if self.idempotency_key else nullcontext()
        with hold, self.parts.store.writing() as session:
            self._replay(session)
            yield session

    def answer(
        self,
        session: Session,
        body: Wire | None,
        *,
        did: str | None,
        to: str,
        status: int = 201,
        location: str | None = None,
        has_secret: bool = False,
        **detail: Any,
    ) -> Response:
        """The answer, noted in the audit log as `did` something `to` an object; with `did=None` nothing was changed."""
        if did is not None:
            self._record(session, did, to, detail)
        headers = {} if location is None else {"Location": location}
        content = b"" if body is None else body.model_dump_json().encode()
        answer = Answer(status, headers, content)
        if self.idempotency_key:
            self._keep(session, self._without_secret() if has_secret else answer)
        return response_of(answer)

    def _record(self, session: Session, action: str, object_: str, detail: dict[str, Any]) -> None:
        audit.add(
            session,
            at=self.parts.now(),
            project_id=self.project_id,
            key_id=self.key.id,
            action=action,
            object_=object_,
            detail=detail,
        )

    def _keep(self, session: Session, answer: Answer) -> None:
        idempotency.keep(
            session,
            key_id=self.key.id,
            idempotency_key=self.idempotency_key or "",
            fingerprint=self.fingerprint,
            answer=answer,
            now=self.parts.now(),
        )

    def _replay(self, session: Session) -> None:
        found = self.idempotency_key and idempotency.find(session, self.key.id, self.idempotency_key)
        if not found:
            return
        fingerprint, answer = found
        if fingerprint != self.fingerprint:
            raise InvalidInput("an Idempotency-Key must not be used for another request, this one was")
        raise Replayed(answer)

    def _without_secret(self) -> Answer:
        problem = problems.problem_of(self.request, Conflict(SHOWN_ONCE))
        return Answer(problem.status_code, {"Content-Type": problems.MEDIA_TYPE}, bytes(problem.body))


@dataclass(frozen=True)
class ProjectChange(Change):
    """A request to change something of a project."""

    project_id: str


def response_of(answer: Answer) -> Response:
    """A stored or new answer as a response."""
    return Response(answer.body, answer.status, answer.headers, media_type=JSON_TYPE if answer.body else None)


async def answer_replayed(_: Request, replayed: Replayed) -> Response:
    """The answer that a request got before."""
    return response_of(replayed.answer)


async def fingerprint_of(request: Request) -> str:
    """What tells whether two requests ask for the same: the hash of method, address and body."""
    head = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(head.encode() + await request.body()).hexdigest()


Fingerprint = Annotated[str, Depends(fingerprint_of)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Any text of your own. The same request with the same key is done once, and answered the same.",
    ),
]


def changing(*scopes: Scope) -> Callable[..., ProjectChange]:
    """A dependency: a change of the project in the path, by a key that has one of these scopes."""

    def change(
        request: Request,
        parts: PartsOf,
        caller: Annotated[Caller, Depends(allowed(*scopes))],
        fingerprint: Fingerprint,
        idempotency_key: IdempotencyKey = None,
    ) -> ProjectChange:
        return ProjectChange(parts, caller.key, caller.project.id, request, idempotency_key, fingerprint)

    return change


def changing_server(
    request: Request,
    parts: PartsOf,
    key: Operator,
    fingerprint: Fingerprint,
    idempotency_key: IdempotencyKey = None,
) -> Change:
    """A dependency: a change of what no project owns, by an operator."""
    return Change(parts, key, None, request, idempotency_key, fingerprint)
