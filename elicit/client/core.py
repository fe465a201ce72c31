"""What every operation stands on: calls that are tried again, answers that are checked, lists, the key's project.

One rule: a call may be sent twice. Whatever makes something carries an idempotency key, so when an answer is lost the
call is repeated and nothing is made twice. The API key is in the transport's headers and nowhere else.
"""

import hashlib
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from elicit.client.remembered import Remembered
from elicit.client.transport import Call, Transport
from elicit.errors import ApiError, InvalidInput, Unreachable
from elicit.schemas import Me, Page, Problem

Answer = TypeVar("Answer")
Body = TypeVar("Body", bound=BaseModel)

NOT_MODIFIED = 304
MAY_PASS = {429, 502, 503, 504}
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0
PAGE = 500  # things of a list that are asked for at once, as many as the server gives


class Core:
    """Sends calls, for the operations of the classes below."""

    def __init__(
        self,
        transport: Transport,
        url: str,
        project: str | None,
        *,
        timeout_s: float,
        patience_s: float,
        progress: bool,
    ) -> None:
        self._transport = transport
        self._url = url
        self._project = project
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._progress = progress
        self._remembered = Remembered()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._url!r}, project={self._project!r})"

    async def _at(self, *segments: str) -> str:
        """The path of something in the project, which is the key's unless another was named."""
        if self._project is None:
            self._project = project_of(await self._get("/me", Me))
        return "/".join(["/projects", *(quote(segment, safe="") for segment in (self._project, *segments))])

    async def _get(self, path: str, answer: type[Answer], **params: object) -> Answer:
        """What is at this path; parameters that are `None` are left out."""
        return from_json(await self._read(path, **params), answer)

    async def _read(self, path: str, **params: object) -> bytes:
        """The body at this path, which moves over the wire again only if it has changed."""
        known = {name: str(value) for name, value in params.items() if value is not None}
        call = Call("GET", path, known)
        kept = self._remembered.find(call)
        response = await self._exchange(call if kept is None else replace(call, headers={"If-None-Match": kept.etag}))
        if kept is not None and response.status_code == NOT_MODIFIED:
            return kept.content
        self._remembered.keep(call, response)
        return response.content

    async def _post(
        self, path: str, answer: type[Answer], body: BaseModel | None = None, *, once: str | None = None
    ) -> Answer:
        """What comes of making or doing something; all calls with the same words in `once` do it once."""
        return typed(await self._exchange(changing("POST", path, body, once)), answer)

    async def _all(
        self, path: str, page: type[Page[Answer]], limit: int | None = None, **params: object
    ) -> list[Answer]:
        """The things of a list, page by page, at most `limit` of them."""
        found: list[Answer] = []
        cursor: str | None = None
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            part = await self._get(path, page, limit=size, cursor=cursor, **params)
            found += part.items
            cursor = part.next
            if cursor is None:
                break
        return found

    async def _exchange(self, call: Call) -> httpx.Response:
        """The answer to a call, which is repeated while the server cannot be reached or asks us to wait.

        Raises `ApiError` for an answer that is an error, and `Unreachable` where patience ends without one.
        """
        give_up = time.monotonic() + self._patience_s
        for pause in pauses():
            try:
                response = await self._transport.send(call, self._timeout_s)
            except httpx.RequestError as error:
                trouble: Exception = unreachable(self._url, error)
            else:
                if not may_pass(response):
                    return checked(response)
                trouble, pause = problem_in(response), max(pause, asked_to_wait_s(response))
            if time.monotonic() + pause > give_up:
                raise trouble
            await self._transport.sleep(pause)
        raise AssertionError("there is always another pause")


def project_of(me: Me) -> str:
    """The id of the key's project."""
    if me.project is None:
        raise InvalidInput("this key is tied to no project: name one, as in Client(project='chat-agents')")
    return me.project.id


def changing(method: str, path: str, body: BaseModel | None = None, once: str | None = None) -> Call:
    """A call that changes something; what was not set is left to the server."""
    content = b"" if body is None else body.model_dump_json(exclude_unset=True).encode()
    key = uuid4().hex if once is None else hashlib.sha256(once.encode()).hexdigest()
    return Call(method, path, {}, content, {"Content-Type": "application/json", "Idempotency-Key": key})


def body(kind: type[Body], **fields: object) -> Body:
    """A body to be sent; fields that are `None` are left to the server. Raises `InvalidInput` naming a wrong field."""
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or kind.__name__
        raise InvalidInput(f"{place}: {first['msg']}, got {first['input']!r:.60}") from error


def ref(thing: Any) -> str:
    """The id of something that has one, or the id or name itself."""
    found: str = thing if isinstance(thing, str) else thing.id
    return found


@cache
def adapter(answer: Any) -> TypeAdapter[Any]:
    """What reads answers of a type."""
    return TypeAdapter(answer)


def typed(response: httpx.Response, answer: type[Answer]) -> Answer:
    """The answer's body as a value. Fields that a newer server has added are passed over."""
    return from_json(response.content, answer)


def from_json(content: bytes | str, answer: type[Answer]) -> Answer:
    """JSON from the server as a value. Raises `Unreachable` where it is not that of a server this client knows."""
    try:
        kind: Any = answer
        value: Answer = adapter(kind).validate_json(content, extra="ignore")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise Unreachable(
            f"the answer is not that of an elicit server this client knows: {place} {first['msg']}"
        ) from error
    return value


def checked(response: httpx.Response) -> httpx.Response:
    """The response, unless it is an error."""
    if not response.is_success and response.status_code != NOT_MODIFIED:
        raise problem_in(response)
    return response


def problem_in(response: httpx.Response) -> ApiError:
    """The error that a response tells of; what is no problem document is told by its status."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return ApiError(response.reason_phrase or "no success", response.status_code, "the server gave no reason")
    return ApiError(problem.title, response.status_code, problem.detail, problem.errors)


def unreachable(url: str, error: httpx.RequestError) -> Unreachable:
    """No answer, in words."""
    return Unreachable(f"{url}: the server does not answer: {error or type(error).__name__}")


def may_pass(response: httpx.Response) -> bool:
    """Whether the same call may be answered otherwise a little later."""
    return response.status_code in MAY_PASS or "Retry-After" in response.headers


def asked_to_wait_s(response: httpx.Response) -> float:
    """The seconds the server asks us to wait."""
    wish = response.headers.get("Retry-After", "")
    return float(wish) if wish.isdecimal() else 0.0


def pauses() -> Iterator[float]:
    """Seconds to wait before each next try: growing, and spread so that many clients do not come back at once."""
    chance = random.SystemRandom()
    for tries in count():
        yield min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(tries, 16)) * chance.uniform(0.5, 1)
