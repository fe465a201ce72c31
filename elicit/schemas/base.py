"""What all bodies stand on: names and texts with their limits, pages of lists, errors."""

import math
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

Scope: TypeAlias = Literal["read", "submit", "evaluate", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "submit", "evaluate", "admin")
RunState: TypeAlias = Literal["queued", "running", "waiting", "stopped", "cancelled", "failed", "done"]
RUN_STATES: tuple[RunState, ...] = ("queued", "running", "waiting", "stopped", "cancelled", "failed", "done")
ENDED: tuple[RunState, ...] = ("stopped", "cancelled", "failed", "done")
EventName: TypeAlias = Literal["run.finished", "run.stopped", "agent.moved", "schedule.skipped"]
CatchUp: TypeAlias = Literal["skip", "once", "all"]
Overlap: TypeAlias = Literal["skip", "queue", "allow"]

LONGEST_TEXT = 200_000  # characters of a prompt, a context or an output
LONGEST_NAME = 120
MOST_TASKS = 100_000

Name: TypeAlias = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f/]+$"),
]
TaskId: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text: TypeAlias = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Item = TypeVar("Item")
MOST_DEPTH = 20


def check_json(value: Any, depth: int = 0) -> Any:
    """The value itself; raises `ValueError` for what no database takes: half characters, NaN, endless nesting."""
    if depth > MOST_DEPTH:
        raise ValueError(f"values must not be nested deeper than {MOST_DEPTH}")
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("text must be free of lone surrogates")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number must be finite")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("a whole number must have at most 63 bits")
    parts = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    for part in parts:
        check_json(part, depth + 1)
    return value


JsonObject: TypeAlias = Annotated[dict[str, Any], AfterValidator(check_json)]


class Wire(BaseModel):
    """A body. Fields nobody knows are refused, so that a misspelled one is not lost without a word."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, allow_inf_nan=False)


class Page(Wire, Generic[Item]):
    """Some of a list, newest first unless said otherwise; `next` is the cursor of what follows, `None` at the end."""

    items: list[Item]
    next: str | None = None


class Problem(BaseModel):
    """An error, as RFC 9457 has it. `errors` are the places in the body that break a rule.

    `received` counts the outputs that a submission holds after an upload was stopped.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[dict[str, Any]] = []
    received: int | None = None
