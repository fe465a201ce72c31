"""What a mock server is told to do: rules, tried in order, and the file they come from.

The first rule that fits a request and whose turn it is decides; where none does, the server's models answer as they
always do. Every chance follows from the script's seed and the request, never from the order in which requests arrive.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from elicit.errors import InvalidInput

Endpoint: TypeAlias = Literal["chat", "completions", "embeddings"]
Fault: TypeAlias = Literal[
    "hang", "cut", "malformed", "unparsable", "empty", "refusal", "filtered", "truncated", "no logprobs"
]
ENDPOINTS: tuple[Endpoint, ...] = get_args(Endpoint)
FAULTS: tuple[Fault, ...] = get_args(Fault)


@dataclass(frozen=True)
class Ask:
    """A request as the server reads it: `text` is the last message or the prompt, `key` the SHA-256 of the body."""

    endpoint: Endpoint
    model: str
    text: str
    body: Mapping[str, Any]
    key: str


@dataclass(frozen=True)
class Rule:
    """When it applies, and what happens then.

    It fits requests to `endpoint` for a model that `model` describes (with `*` and `?`) and whose text holds
    `contains` and is found by the regular expression `matches`. Of those it takes every `every`-th, at most `times`
    of them, and of these a random `share`, drawn afresh for each attempt; if `sticky`, the same requests every time.

    Then, after `delay_s` seconds, the server sends `answer` (in which `{model}` and `{text}` are filled in; from
    Python it may be a function), or its model's own answer where `answer` is None; `chances` are the probabilities of
    the first token, shown if log-probabilities are asked for. A `status` of 400 or more sends an error instead,
    with `answer` as its message and `retry_after_s` as its Retry-After. A `fault` spoils the answer:

    "hang" never answers; "cut" closes the connection half way; "malformed" is no JSON; "unparsable" holds no verdict;
    "empty" holds no text; "refusal" and "filtered" say so as OpenAI does; "truncated" ends half way with
    finish_reason "length"; "no logprobs" is a server that takes `echo` and `logprobs` and does not honour them.
    """

    endpoint: Endpoint | None = None
    model: str = "*"
    contains: str = ""
    matches: str = ""
    every: int = 1
    times: int | None = None
    share: float = 1.0
    sticky: bool = False
    delay_s: float = 0.0
    answer: str | Callable[[Ask], str] | None = None
    chances: Mapping[str, float] | None = None
    status: int = 200
    retry_after_s: float | None = None
    fault: Fault | None = None

    def __post_init__(self) -> None:
        check("endpoint", self.endpoint, self.endpoint is None or self.endpoint in ENDPOINTS, f"one of {ENDPOINTS}")
        check("fault", self.fault, self.fault is None or self.fault in FAULTS, f"one of {FAULTS}")
        check("model", self.model, isinstance(self.model, str), "text, with * for any")
        check("contains", self.contains, isinstance(self.contains, str), "text")
        check("matches", self.matches, is_pattern(self.matches), "a regular expression")
        check("every", self.every, is_number(self.every, int, 1), "a whole number from 1")
        check("times", self.times, self.times is None or is_number(self.times, int, 0), "a whole number from 0")
        check("share", self.share, is_number(self.share, float, 0, 1), "a number between 0 and 1")
        check("sticky", self.sticky, isinstance(self.sticky, bool), "true or false")
        check("delay_s", self.delay_s, is_number(self.delay_s, float, 0), "seconds, from 0")
        check("answer", self.answer, self.answer is None or isinstance(self.answer, str | Callable), "text")
        check("chances", self.chances, is_distribution(self.chances), "probabilities of tokens, summing to at most 1")
        check("status", self.status, is_number(self.status, int, 200, 599), "an HTTP status between 200 and 599")
        wait = self.retry_after_s
        check("retry_after_s", wait, wait is None or is_number(wait, float, 0), "seconds, from 0")

    def fits(self, ask: Ask) -> bool:
        """Whether the request is one that this rule is about."""
        return (
            self.endpoint in (None, ask.endpoint)
            and fnmatchcase(ask.model, self.model)
            and self.contains in ask.text
            and re.search(self.matches, ask.text) is not None
        )


@dataclass(frozen=True)
class Script:
    """Rules in the order they are tried, and the seed of every chance."""

    rules: tuple[Rule, ...] = ()
    seed: int = 0


class Director:
    """Decides which rule is to answer each request, and counts so that `every`, `times` and `share` hold."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.fitted: Counter[int] = Counter()
        self.applied: Counter[int] = Counter()
        self.attempts: Counter[tuple[int, str]] = Counter()

    def choose(self, ask: Ask) -> Rule | None:
        """The first rule that fits and whose turn it is; `None` where there is none."""
        for number, rule in enumerate(self.script.rules):
            if rule.fits(ask) and self._takes(number, rule, ask):
                self.applied[number] += 1
                return rule
        return None

    def _takes(self, number: int, rule: Rule, ask: Ask) -> bool:
        self.fitted[number] += 1
        if self.fitted[number] % rule.every or (rule.times is not None and self.applied[number] >= rule.times):
            return False
        if rule.share >= 1:
            return True
        attempt = 0 if rule.sticky else self.attempts[number, ask.key]
        self.attempts[number, ask.key] += 1
        return chance(self.script.seed, number, ask.key, attempt) < rule.share


def chance(*parts: object) -> float:
    """A number in [0, 1) that follows from the parts and looks like chance.

    >>> chance(0, "a") == chance(0, "a") != chance(0, "b")
    True
    """
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def read_script(path: Path) -> Script:
    """The script in a YAML or JSON file: a mapping with `rules`, a list, and perhaps `seed`.

    Raises InvalidInput, naming the file, the rule and the field, where it breaks a rule of the format.
    """
    return script_of(load_mapping(path), name=str(path))


def load_mapping(path: Path) -> object:
    """What the file holds, as plain Python values."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: a script must be a readable UTF-8 file: {error}") from error
    if path.suffix.lower() not in (".yaml", ".yml"):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise InvalidInput(f"{path}, line {error.lineno}: must be JSON: {error.msg}") from error
    import yaml  # comes with the llm extra; JSON scripts do without it

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInput(f"{path}: must be YAML: {' '.join(str(error).split())}") from error


def script_of(value: object, *, name: str = "script") -> Script:
    """A script from plain values, as a file holds them.

    >>> script_of({"rules": [{"model": "gpt-*", "times": 2, "status": 429, "retry_after_s": 1}]}).rules[0].status
    429
    """
    mapping = checked_mapping(value, {"rules", "seed"}, name)
    rules, seed = mapping.get("rules", []), mapping.get("seed", 0)
    if not isinstance(rules, list):
        raise InvalidInput(f"{name}: rules must be a list, got {rules!r}")
    if not is_number(seed, int, 0):
        raise InvalidInput(f"{name}: seed must be a whole number from 0, got {seed!r}")
    return Script(tuple(rule_of(rule, f"{name}, rule {number}") for number, rule in enumerate(rules, 1)), seed)


def rule_of(value: object, place: str) -> Rule:
    """One rule from plain values; `place` is what errors call it."""
    mapping = checked_mapping(value, {field.name for field in fields(Rule)}, place)
    try:
        return Rule(**mapping)
    except InvalidInput as error:
        raise InvalidInput(f"{place}: {error}") from error


def checked_mapping(value: object, known: set[str], place: str) -> dict[str, Any]:
    """The value if it is a mapping whose keys are all known."""
    if not isinstance(value, dict):
        raise InvalidInput(f"{place}: must be a mapping, got {value!r}")
    for key in value:
        if key not in known:
            raise InvalidInput(f"{place}: {key!r} is no field; the fields are {', '.join(sorted(known))}")
    return value


def check(name: str, value: object, good: bool, rule: str) -> None:
    """Raise InvalidInput unless the value is good."""
    if not good:
        raise InvalidInput(f"{name} must be {rule}, got {value!r}")


def is_number(value: object, kind: type, low: float, high: float = float("inf")) -> bool:
    """Whether the value is a number of that kind (a whole one passes for a float) between low and high."""
    kinds = (int, float) if kind is float else (int,)
    return isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high


def is_pattern(value: object) -> bool:
    """Whether the value is a regular expression."""
    try:
        re.compile(value)  # type: ignore[call-overload]
    except (re.error, TypeError):
        return False
    return True


def is_distribution(value: object) -> bool:
    """Whether the value is `None` or tokens with positive probabilities that sum to at most 1."""
    if value is None:
        return True
    if not isinstance(value, Mapping) or not value:
        return False
    shares = list(value.values())
    positive = all(is_number(share, float, 0, 1) and share > 0 for share in shares)
    return positive and all(isinstance(token, str) for token in value) and sum(shares) <= 1 + 1e-9
