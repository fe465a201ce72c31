"""The door of the embedded server: pages are for whoever holds the link that was printed, and the API for its keys.

One rule: the link opens once. What it leaves behind is a cookie that no script can read and no other site can send.
"""

import hmac
import secrets
from http.cookies import SimpleCookie
from typing import Any, TypeAlias
from urllib.parse import parse_qs

Scope: TypeAlias = dict[str, Any]
App: TypeAlias = Any  # an ASGI application

SIGN_IN = "/sign-in"
COOKIE = "elicit_session"
API_PATHS = ("/v1", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs")
CLOSED = (
    "<!doctype html><meta charset=utf-8><title>elicit</title>"
    "<body style='font:16px/1.5 system-ui;margin:15vh auto;max-width:32em'><h1>Sign in</h1>"
    "<p>Open the link that <code>elicit up</code> printed when it started. It opens once; "
    "start <code>elicit up</code> again for a new one.</p>"
)


class Door:
    """An ASGI application that sends API calls to `api` and those who are signed in to `pages`."""

    def __init__(self, api: App, pages: App) -> None:
        self._api, self._pages = api, pages
        self._ticket: str | None = secrets.token_urlsafe(32)
        self._session = secrets.token_urlsafe(32)

    @property
    def path(self) -> str:
        """The path of the link that signs in."""
        return f"{SIGN_IN}?token={self._ticket}"

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and is_api(scope["path"]):
            await self._api(scope, receive, send)
        elif scope["type"] == "lifespan" or self._signed_in(scope):
            await self._pages(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["path"] == SIGN_IN and self._redeem(scope):
            await self._welcome(send)
        else:
            await respond(send, 401, {"content-type": "text/html; charset=utf-8"}, CLOSED)

    def _signed_in(self, scope: Scope) -> bool:
        cookies = SimpleCookie(header(scope, b"cookie"))
        return COOKIE in cookies and hmac.compare_digest(cookies[COOKIE].value, self._session)

    def _redeem(self, scope: Scope) -> bool:
        """Whether the link is the one that was printed and was not used yet; it is used then."""
        (given,) = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[:1]
        fits = self._ticket is not None and hmac.compare_digest(given.encode(), self._ticket.encode())
        if fits:
            self._ticket = None
        return fits

    async def _welcome(self, send: Any) -> None:
        cookie = f"{COOKIE}={self._session}; Path=/; HttpOnly; SameSite=Strict"
        # A page of its own, not a redirect: a cookie for the same site only is not sent along with a redirect that
        # another program's link began.
        page = '<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>elicit</title>'
        headers = {"content-type": "text/html; charset=utf-8", "set-cookie": cookie, "cache-control": "no-store"}
        await respond(send, 200, headers, page)


def is_api(path: str) -> bool:
    """Whether a path is the API's.

    >>> is_api("/v1/me"), is_api("/healthz"), is_api("/v1x"), is_api("/")
    (True, True, False, False)
    """
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in API_PATHS)


def header(scope: Scope, name: bytes) -> str:
    """A header's value, "" where it is not there."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def respond(send: Any, status: int, headers: dict[str, str], body: str) -> None:
    """Send a whole answer."""
    raw = [(key.encode(), value.encode("latin-1")) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body.encode()})
