"""What a request may take: the size of its body.

One rule: a body is measured while it comes, since nobody has to say its size beforehand.
"""

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from elicit.api import problems
from elicit.errors import TooLarge
from elicit.settings import ServerSettings

UPLOAD = re.compile(r"/v1/projects/[^/]+/submissions/[^/]+/rows")


class BodyLimit:
    """Refuses bodies that are too large: at once where they say so, else as soon as they are."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, so_far = self._most(scope["path"]), 0
        request = Request(scope)
        refusal = f"a body must have at most {most:,} bytes"
        if int(request.headers.get("content-length", "0")) > most:
            await problems.problem_of(request, TooLarge(refusal))(scope, receive, send)
            return

        async def measured() -> Message:
            nonlocal so_far
            message = await receive()
            so_far += len(message.get("body", b""))
            if so_far > most:
                # The framework hands its own exceptions on while it reads a body, and hides all others.
                raise HTTPException(413, refusal)
            return message

        await self._app(scope, measured, send)

    def _most(self, path: str) -> int:
        return self._settings.most_upload_bytes if UPLOAD.fullmatch(path) else self._settings.most_body_bytes
