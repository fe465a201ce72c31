"""Answers that are not sent twice: what came of a run has an ETag, and whoever has that answer is told so instead.

One rule: an ETag names all that an answer was made of, and is looked at before the answer is made.
"""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

VERSION = version("elicit")  # another version may say more
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is still the one whose ETag was sent as If-None-Match."},
}


class NotModified(Exception):
    """Not an error: the caller has the answer already."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers


@dataclass(frozen=True)
class Cached:
    """What a request says of the answers its sender has kept, and the response that gets an ETag."""

    response: Response
    known: str | None

    def unless_known(self, *made_of: str) -> dict[str, str]:
        """Name what the answer is made of; returns its headers. Raises `NotModified` where the sender has it."""
        etag = f'"{"-".join([*made_of, VERSION])}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if is_among(etag, self.known):
            raise NotModified(headers)
        self.response.headers.update(headers)
        return headers


def cached(response: Response, if_none_match: Annotated[str | None, Header(max_length=1000)] = None) -> Cached:
    """A dependency: for routes whose answers have an ETag."""
    return Cached(response, if_none_match)


Etag = Annotated[Cached, Depends(cached)]


async def answer_not_modified(_: Request, unchanged: NotModified) -> Response:
    """The answer to whoever has it already."""
    return Response(status_code=304, headers=unchanged.headers)


def is_among(etag: str, known: str | None) -> bool:
    """Whether an ETag is one of those in an If-None-Match header.

    >>> is_among('"b"', '"a", W/"b"'), is_among('"b"', "*"), is_among('"b"', None)
    (True, True, False)
    """
    tags = [tag.strip().removeprefix("W/") for tag in (known or "").split(",")]
    return etag in tags or "*" in tags
