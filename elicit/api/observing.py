"""What is seen of every request: an id, a line in the log, and how long its answer took.

One rule: this is plain ASGI around everything else, so that streams flow through it untouched. Metrics name a route by
its pattern, never by what a caller put into it, or there would be no end of them.
"""

import secrets
from time import perf_counter

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from elicit.api.metrics import Metrics

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
log = structlog.get_logger("elicit.api")


class Observing:
    """Gives every request an id, which its answer and every line of its log carry, and measures it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, began, seen = secrets.token_hex(8), perf_counter(), False
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_seen(message: Message) -> None:
            nonlocal seen
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
                self._see(scope, message["status"], perf_counter() - began)
                seen = True
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_seen)
            finally:
                if not seen:  # a defect: whoever called this answers with 500
                    self._see(scope, 500, perf_counter() - began)

    def _see(self, scope: Scope, status: int, seconds: float) -> None:
        """Note an answer when it begins: what streams for an hour is no slow answer."""
        route = scope["route"].path if "route" in scope else "unknown"
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.latency.labels(method, route, status).observe(seconds)
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            seconds=round(seconds, 4),
            key_id=scope["state"].get("key_id"),
            **scope.get("path_params", {}),
        )
