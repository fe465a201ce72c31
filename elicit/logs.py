"""Structured logs: a JSON object a line, the same for the API, the workers and what they are built on.

One rule: nothing is written that was not scrubbed: no API key, no password of an address, no setting that is a secret.
"""

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from elicit.llm.keys import LOOKS_LIKE_A_KEY, SHORTEST_SECRET

OUR_KEY = re.compile(r"\b(el_[0-9a-z]+)_[\w-]{16,}")
PASSWORD = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
HIDDEN = "***"


class Scrub:
    """Blots out secrets wherever they stand in what is to be written.

    >>> Scrub(["s3cr3t-setting"])(None, "info", {"event": "s3cr3t-setting", "url": "redis://:pw@host/0"})
    {'event': '***', 'url': 'redis://:***@host/0'}
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)

    def __call__(self, _: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {name: self.clean(value) for name, value in event.items()}

    def clean(self, value: Any) -> Any:
        """The value without secrets, however deep they stand."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {self.clean(name): self.clean(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean(part) for part in value]
        return value if value is None or isinstance(value, bool | int | float) else self._text(str(value))

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = OUR_KEY.sub(rf"\1_{HIDDEN}", text)
        text = PASSWORD.sub(rf"\1:{HIDDEN}@", text)
        return LOOKS_LIKE_A_KEY.sub(HIDDEN, text)


def set_up(stream: TextIO | None = None, *, level: str = "INFO", secrets: Iterable[str] = ()) -> None:
    """Write the logs of this process to `stream` (standard error, by default), those of libraries among them."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    after: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        Scrub(secrets),
        structlog.processors.JSONRenderer(),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=after))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each call
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    take_over_servers()


def take_over_servers() -> None:
    """Have the lines of HTTP servers written as all others are; Streamlit gives them handlers when it is imported."""
    for name in ("uvicorn", "uvicorn.access", "uvicorn.asgi", "uvicorn.error", "websockets"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        # A line for each request is written already.
        logger.setLevel(logging.WARNING if name == "uvicorn.access" else logging.NOTSET)
