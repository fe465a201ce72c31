"""The two ways to the server: blocking and awaited. They differ in nothing else.

One rule: what is decided, is decided in `core`; here a call goes out and its answer comes back.
"""

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import httpx

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """A request as plain data; `path` counts from the API's root."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self, http: httpx.Client | httpx.AsyncClient, timeout_s: float) -> httpx.Request:
        """The request as the HTTP library wants it."""
        return http.build_request(
            self.method,
            self.path,
            params=self.params,
            content=self.content or None,
            headers=self.headers,
            timeout=timeout_s,
        )


@dataclass(frozen=True)
class Stream:
    """An answer that is read line by line as it comes, and whether it is one of server-sent events."""

    tells_events: bool
    lines: AsyncIterator[str]


class Transport(Protocol):
    """What the core asks of either. `send` and `stream` raise `httpx.RequestError` where no answer comes."""

    async def send(self, call: Call, timeout_s: float) -> httpx.Response: ...

    def stream(self, call: Call, timeout_s: float) -> AbstractAsyncContextManager[Stream]: ...

    async def sleep(self, seconds: float) -> None: ...

    def each(self, items: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]: ...

    async def close(self) -> None: ...


class BlockingTransport:
    """Blocks the thread."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    async def send(self, call: Call, timeout_s: float) -> httpx.Response:
        return self._http.send(call.request(self._http, timeout_s))

    @asynccontextmanager
    async def stream(self, call: Call, timeout_s: float) -> AsyncIterator[Stream]:
        response = self._http.send(call.request(self._http, timeout_s), stream=True)
        try:
            yield stream_of(response, self.each(response.iter_lines()))
        finally:
            response.close()

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def each(self, items: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]:
        if isinstance(items, AsyncIterable):
            raise TypeError("an asynchronous generator needs an AsyncClient")
        for item in items:
            yield item

    async def close(self) -> None:
        self._http.close()


class AwaitedTransport:
    """Lets the event loop do other things."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def send(self, call: Call, timeout_s: float) -> httpx.Response:
        return await self._http.send(call.request(self._http, timeout_s))

    @asynccontextmanager
    async def stream(self, call: Call, timeout_s: float) -> AsyncIterator[Stream]:
        response = await self._http.send(call.request(self._http, timeout_s), stream=True)
        try:
            yield stream_of(response, response.aiter_lines())
        finally:
            await response.aclose()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def each(self, items: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]:
        if isinstance(items, AsyncIterable):
            async for item in items:
                yield item
        else:
            for item in items:
                yield item

    async def close(self) -> None:
        await self._http.aclose()


def stream_of(response: httpx.Response, lines: AsyncIterator[str]) -> Stream:
    """A streamed answer with its lines."""
    kind = response.headers.get("Content-Type", "")
    return Stream(response.is_success and kind.startswith("text/event-stream"), lines)
