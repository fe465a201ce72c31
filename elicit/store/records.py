"""What is remembered of a run: enough to show it, to compare it and to repeat it.

One rule: a record holds JSON values and arrays, checked when it is made. What is unknown is `None`; a NaN may stand in
an array only.
"""

import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from numpy.typing import NDArray

from elicit.errors import InvalidInput
from elicit.types import Source

RUN_KEYS = ("mechanism", "scorer", "seed", "n_agents", "n_tasks", "agents")
AGENT_KEYS = ("agent", "rank", "rank_low", "rank_high", "score", "low", "high", "n_tasks", "coverage", "cluster")
LONGEST_NAME = 500  # characters; PostgreSQL indexes no text beyond 2704 bytes
LARGEST_SEED = 2**63 - 1
ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32: in order, and no i, l, o, u to misread
ID_EPOCH = 1_577_836_800  # 2020-01-01 UTC; six letters of seconds last until 2054


@dataclass(frozen=True)
class RunSummary:
    """One line of the list of runs; `input_hash` names the stored input, `created_at` is in UTC."""

    id: str
    created_at: datetime
    mechanism: str
    scorer: str
    seed: int
    n_agents: int
    n_tasks: int
    input_hash: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class PlanSummary:
    """A plan that was started; the run that finishes it has the same `id`. `created_at` is in UTC."""

    id: str
    created_at: datetime
    name: str
    finished: bool


@dataclass(frozen=True)
class RunRecord:
    """A whole run.

    `result` is the document that `elicit rank --format json` writes: it has the `RUN_KEYS`, its `agents` are in rank
    order and have the `AGENT_KEYS` first, and both may have more. `parameters` and `versions` are what repeats the run;
    `arrays` hold the matrices behind it, such as "pairwise" (n, n) or "task_scores" (m, n). `created_at` must know its
    time zone. Raises `InvalidInput` where a value could not be stored and read back the same.
    """

    id: str
    created_at: datetime
    input_hash: str
    parameters: Mapping[str, Any]
    versions: Mapping[str, str]
    sources: tuple[Source, ...]
    result: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        check_json("parameters", self.parameters)
        check_json("result", self.result)
        check_keys("result", self.result, RUN_KEYS)
        check_seed(self.result["seed"])
        for row in self.result["agents"]:
            check_keys("agent", row, AGENT_KEYS)
            check_name(row["agent"])


def new_run_id(now: datetime, rng: random.Random) -> str:
    """A short name for a run, ten letters: six of time, so that names sort by age, and four of chance.

    >>> from datetime import UTC
    >>> new_run_id(datetime(2026, 11, 23, tzinfo=UTC), random.Random(7))
    '6ff880mq6p'
    """
    seconds = int(now.timestamp()) - ID_EPOCH
    return base32(seconds % 32**6, letters=6) + base32(rng.randrange(32**4), letters=4)


class Ids:
    """Makes names as `new_run_id` does; those of one `Ids` sort by age within a second too, and are never the same.

    >>> from datetime import UTC
    >>> ids = Ids(random.Random(7))
    >>> [ids.new(datetime(2026, 11, 23, tzinfo=UTC)) for _ in range(2)]
    ['6ff880mq6p', '6ff880mq6q']
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._lock = threading.Lock()
        self._last = ""

    def new(self, now: datetime) -> str:
        """A name that comes after all before it, also where the clock was set back."""
        with self._lock:
            self._last = max(new_run_id(now, self._rng), following(self._last))
            return self._last


def following(name: str) -> str:
    """The next name in the order of names.

    >>> following("6ff880mqzz")
    '6ff880mr00'
    """
    head, last = name[:-1], name[-1:]
    if last == ID_ALPHABET[-1]:
        return following(head) + ID_ALPHABET[0]
    return head + ID_ALPHABET[ID_ALPHABET.index(last) + 1] if last else ""


def base32(number: int, *, letters: int) -> str:
    """`number` in so many letters of `ID_ALPHABET`, the most significant first."""
    return "".join(ID_ALPHABET[number >> 5 * place & 31] for place in reversed(range(letters)))


def check_json(field: str, value: Any) -> None:
    """Raise `InvalidInput` where a value is not JSON: NaN, infinity, a numpy number."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"a run's {field} must be JSON, with None for what is unknown: {error}") from error


def check_keys(field: str, value: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    """Raise `InvalidInput` unless every key is there."""
    if missing := [key for key in keys if key not in value]:
        raise InvalidInput(f"a run's {field} must have {', '.join(keys)}; got no {', '.join(missing)}")


def check_seed(seed: int) -> None:
    """Raise `InvalidInput` unless the seed fits a database's integer."""
    if not 0 <= seed <= LARGEST_SEED:
        raise InvalidInput(f"a seed must lie between 0 and {LARGEST_SEED}, got {seed}")


def check_name(name: str) -> None:
    """Raise `InvalidInput` unless an agent's name is a text that every database takes and indexes."""
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"an agent's name must have at most {LONGEST_NAME} characters, got {len(name)}")
    if "\0" in name or any("\ud800" <= character <= "\udfff" for character in name):
        raise InvalidInput(f"an agent's name must be free of NUL and of lone surrogates, got {name!r}")
