"""Errors on the wire: one table from exceptions to problems (RFC 9457), used by every route.

One rule: a problem names the rule that was broken and never more: no traceback, no secret, no value of the request
beyond what the message of an `ElicitError` shows.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from elicit import errors
from elicit.logs import Scrub
from elicit.schemas import Problem

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20  # a body may break a rule in every line
SCRUB = Scrub([])
log = structlog.get_logger("elicit.api")


@dataclass(frozen=True)
class Kind:
    """A kind of problem; `detail` stands for the exception's message where that is not for the caller."""

    status: int
    slug: str
    title: str
    detail: str | None = None


PROBLEMS: dict[type[Exception], Kind] = {
    errors.NotSignedIn: Kind(401, "not-signed-in", "A good API key is needed"),
    errors.NotAllowed: Kind(403, "not-allowed", "The API key is not for this"),
    errors.UnknownObject: Kind(404, "unknown", "There is no such thing"),
    errors.Conflict: Kind(409, "conflict", "It does not fit what is there"),
    errors.TooLarge: Kind(413, "too-large", "It is too large"),
    errors.InvalidInput: Kind(422, "invalid", "The request breaks a rule"),
    errors.RateLimited: Kind(429, "rate-limited", "Too many requests"),
    errors.StoreError: Kind(503, "store", "The database does not answer", "the database cannot be used now, try again"),
    errors.ElicitError: Kind(500, "error", "It did not work"),
    RequestValidationError: Kind(422, "invalid", "The request breaks a rule"),
    ClientDisconnect: Kind(400, "disconnected", "The request was cut off", "the request was cut off"),
    Exception: Kind(500, "internal", "The server failed", "this is a defect of the server; its log says more"),
}
BY_STATUS: dict[int, Kind] = {kind.status: kind for kind in PROBLEMS.values()} | {
    400: Kind(400, "malformed", "The request cannot be read"),
    405: Kind(405, "method", "The method is not for this address"),
}
HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}


def install(app: FastAPI) -> None:
    """Answer every exception of a route with a problem."""
    for exception in (errors.ElicitError, RequestValidationError, ClientDisconnect, Exception):
        app.exception_handler(exception)(answer_exception)
    app.exception_handler(HTTPException)(answer_http_exception)


async def answer_exception(request: Request, error: Exception) -> Response:
    """The problem that an exception is."""
    if isinstance(error, errors.UploadStopped):
        return problem_of(request, error.cause, received=error.received)
    return problem_of(request, error)


def problem_of(request: Request, error: Exception, **more: Any) -> Response:
    """The row of the table for an exception, filled in."""
    kind = kind_of(error)
    if kind.status >= 500:
        log.error("request failed", error=f"{type(error).__name__}: {error}")
    places = validation_errors(error) if isinstance(error, RequestValidationError) else []
    detail = kind.detail or (in_words(places) if places else str(error))
    return response(request.scope, kind, detail, headers=headers_of(error, kind), errors=places, **more)


def headers_of(error: Exception, kind: Kind) -> Mapping[str, str]:
    """What tells the caller how to go on."""
    if isinstance(error, errors.RateLimited):
        return {"Retry-After": str(math.ceil(error.retry_after_s))}
    if isinstance(error, errors.Busy):
        return {"Retry-After": "1"}
    return HEADERS.get(kind.status, {})


def kind_of(error: Exception) -> Kind:
    """The row of the table for an exception: that of its own class, or of the nearest class above."""
    return next(PROBLEMS[above] for above in type(error).__mro__ if above in PROBLEMS)


async def answer_http_exception(request: Request, error: HTTPException) -> Response:
    """What the framework itself refuses: an unknown address, a method, a body that is no JSON."""
    kind = BY_STATUS.get(error.status_code, Kind(error.status_code, "http", "The request was refused"))
    return response(request.scope, kind, str(error.detail), headers=error.headers)


def response(
    scope: Mapping[str, Any], kind: Kind, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem as a response; `instance` names the request as the log does."""
    problem = Problem(
        type=f"urn:elicit:problem:{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=SCRUB.clean(detail),  # a key that somebody sent in the wrong place is not repeated
        instance=f"urn:elicit:request:{scope['state']['request_id']}",
        **more,
    )
    # ASCII, since a message may repeat half a character of the request.
    content = json.dumps(problem.model_dump(exclude_none=True))
    return Response(content, kind.status, headers, media_type=MEDIA_TYPE)


def validation_errors(error: RequestValidationError) -> list[dict[str, Any]]:
    """Where a body or a parameter breaks a rule, and which; what was sent is not repeated."""
    return [
        {"place": ".".join(map(str, place["loc"])), "rule": place["msg"], "type": place["type"]}
        for place in error.errors()[:MOST_ERRORS]
    ]


def in_words(places: list[dict[str, Any]]) -> str:
    """The first place in one line."""
    more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
    return f"{places[0]['place']}: {places[0]['rule']}{more}"
