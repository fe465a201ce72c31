"""Answers that are kept to be asked for only once: those with an ETag, for as long as they are the same.

One rule: nothing is kept that the server did not mark so. An answer with a secret never is: it comes of a change.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import httpx

from elicit.client.transport import Call

MOST_ANSWERS = 256
MOST_BYTES = 32 << 20  # a page of the dashboard draws a few MB


@dataclass(frozen=True)
class Kept:
    """An answer, and what the server calls it."""

    etag: str
    content: bytes = field(repr=False)


class Remembered:
    """The answers that were read last, at most so many and so many bytes; threads may share them."""

    def __init__(self, most_answers: int = MOST_ANSWERS, most_bytes: int = MOST_BYTES) -> None:
        self._most_answers = most_answers
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def find(self, call: Call) -> Kept | None:
        """What is kept of the answer to a call."""
        with self._lock:
            kept = self._kept.get(address(call))
            if kept is not None:
                self._kept.move_to_end(address(call))
            return kept

    def keep(self, call: Call, response: httpx.Response) -> None:
        """Keep the answer to a call, if it has an ETag, in the place of those that were not asked for the longest."""
        etag, size = response.headers.get("ETag"), len(response.content)
        if etag is None or "no-store" in response.headers.get("Cache-Control", "") or size > self._most_bytes:
            return
        with self._lock:
            self._drop(address(call))
            self._kept[address(call)] = Kept(etag, response.content)
            self._bytes += size
            while len(self._kept) > self._most_answers or self._bytes > self._most_bytes:
                self._drop(next(iter(self._kept)))

    def _drop(self, place: str) -> None:
        dropped = self._kept.pop(place, None)
        self._bytes -= len(dropped.content) if dropped else 0


def address(call: Call) -> str:
    """What an answer is found by.

    >>> address(Call("GET", "/me", {"b": "2", "a": "1"}))
    '/me?a=1&b=2'
    """
    return f"{call.path}?{httpx.QueryParams(sorted(call.params.items()))}"
