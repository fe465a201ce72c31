"""The rules that a field of a plan file can have: which values it takes, and what is said when it gets another.

One rule: a rule checks and describes itself, so that the reader and the JSON Schema cannot disagree.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn, Protocol

from elicit.errors import InvalidInput
from elicit.io.columns import count
from elicit.io.plan_files import FieldPath, PlanFile
from elicit.untrusted import printable

Schema = dict[str, Any]

# What gives an API key away. Both patterns are also read by JSON Schema, which has no switch for letter case.
KEY_NAME = "".join(
    f"[{letter}{letter.upper()}]" if letter.isalpha() else letter
    for letter in "((api|access|secret)[-_]?key|secret|password|(^|[-_])token|authorization|credentials?)$"
)
KEY_VALUE = r"^\s*((Bearer )?[spr]k-|Bearer |gsk_|hf_|r8_|xai-|ghp_|glpat-|xox[abp]-|AKIA|AIza)\S*\s*$"
WAY_OUT = "name the environment variable that holds it: api_key_env: MY_KEY"

RESERVED = {
    "model": "it is the agent's 'model'",
    "messages": "they are made from 'system', 'template' and the task",
    "prompt": "it is made from 'template' and the task",
    "n": "ask for 'samples'",
    "stream": "answers are stored whole",
    "api_base": "it stands beside 'params'",
    "base_url": "it is 'api_base', beside 'params'",
    "timeout": "it is 'timeout_s' in 'limits'",
    "max_retries": "it is 'retries' in 'limits'",
    "num_retries": "it is 'retries' in 'limits'",
    "fallbacks": "another model would answer in this one's name",
    "drop_params": "a setting must not be lost without a word",
    "mock_response": "try a plan with 'elicit mock-llm'",
}


@dataclass(frozen=True)
class At:
    """A place in a plan, to refuse what stands there."""

    file: PlanFile
    path: FieldPath = ()

    def __truediv__(self, part: str | int) -> "At":
        return At(self.file, (*self.path, part))

    def refuse(self, rule: str, value: Any, hint: str = "") -> NoReturn:
        """Raise InvalidInput: the place, the rule, the value met and the way out."""
        self.fail(f"{rule}, got {shown(value)}{hint and '; '}{hint}")

    def fail(self, what: str) -> NoReturn:
        """Raise InvalidInput with the place before `what`."""
        raise InvalidInput(f"{self.file.place(self.path)}: {what}")


class Hidden:
    """Stands for a value that no error may repeat."""


def shown(value: Any) -> str:
    """A value as an error shows it: short, harmless to a terminal, and never what might be a key.

    >>> shown(True), shown({"a": 1}), shown("sk-12")
    ('true', 'a mapping', 'what looks like a key (not repeated here)')
    """
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return f"a list of {count(len(value), 'entry').replace('entrys', 'entries')}"
    if isinstance(value, str):
        looks_secret = re.search(KEY_VALUE, value)
        return "what looks like a key (not repeated here)" if looks_secret else repr(printable(value[:60]))
    if value is None:
        return "nothing"
    if isinstance(value, Hidden):
        return "a value that is not repeated here"
    return str(value).lower() if isinstance(value, bool) else printable(str(value)[:60])


class Rule(Protocol):
    """Which values a field takes."""

    def check(self, value: Any, at: At) -> None:
        """Raise InvalidInput where the value breaks the rule."""

    def schema(self) -> Schema:
        """The rule as JSON Schema."""


@dataclass(frozen=True)
class Text:
    """Text that is not a key. `pattern` is what all of it must match, `rule` says so in words."""

    rule: str = "must be text"
    pattern: str = r"^[\s\S]*$"
    hidden: bool = False  # the value may be a key by mistake, so it is not repeated

    def check(self, value: Any, at: At) -> None:
        if not isinstance(value, str):
            at.refuse(self.rule, value, "put it in quotes" if value is not None and is_scalar(value) else "")
        refuse_key(value, at)
        if not re.fullmatch(self.pattern, value):
            at.refuse(self.rule, Hidden() if self.hidden else value)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": self.pattern, "not": {"pattern": KEY_VALUE}}


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def check(self, value: Any, at: At) -> None:
        if not isinstance(value, str) or value not in self.words:
            at.refuse(f"must be {either(self.words)}", value, did_you_mean(value, self.words))

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Number:
    """A finite number from `low` (above it, if `above`), whole or not; a yes or no is none."""

    low: float
    whole: bool = False
    above: bool = False
    high: float | None = None

    @property
    def rule(self) -> str:
        """The rule in words."""
        kind = "a whole number" if self.whole else "a number"
        top = "" if self.high is None else f" to {self.high:,}"
        return f"must be {kind} {'above' if self.above else 'from'} {self.low}{top}"

    def check(self, value: Any, at: At) -> None:
        if not is_number(value) or (self.whole and not isinstance(value, int)):
            at.refuse(self.rule, value, as_number(value))
        too_low = value <= self.low if self.above else value < self.low
        if too_low or not math.isfinite(value) or (self.high is not None and value > self.high):
            at.refuse(self.rule, value)

    def schema(self) -> Schema:
        low = {"exclusiveMinimum" if self.above else "minimum": self.low}
        top = {} if self.high is None else {"maximum": self.high}
        return {"type": "integer" if self.whole else "number", **low, **top}


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    def check(self, value: Any, at: At) -> None:
        if not isinstance(value, bool):
            at.refuse("must be true or false", value)

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Optional:
    """A rule, or nothing at all."""

    rule: Rule

    def check(self, value: Any, at: At) -> None:
        if value is not None:
            self.rule.check(value, at)

    def schema(self) -> Schema:
        return {"anyOf": [self.rule.schema(), {"type": "null"}]}


@dataclass(frozen=True)
class ListOf:
    """A list, not empty, of values that keep one rule."""

    rule: Rule
    of: str

    def check(self, value: Any, at: At) -> None:
        if not isinstance(value, list | tuple) or not value:
            at.refuse(f"must be a list of {self.of}", value)
        for index, entry in enumerate(value):
            self.rule.check(entry, at / index)

    def schema(self) -> Schema:
        return {"type": "array", "minItems": 1, "items": self.rule.schema()}


@dataclass(frozen=True)
class MapOf:
    """Values that keep one rule, by names that are the user's own."""

    rule: Rule
    of: str

    def check(self, value: Any, at: At) -> None:
        for name, entry in as_mapping(value, f"must be {self.of}", at).items():
            self.rule.check(entry, at / name)

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": self.rule.schema()}


@dataclass(frozen=True)
class Rows:
    """Rows of a table: mappings. What is in them is the business of those who read tables."""

    def check(self, value: Any, at: At) -> None:
        if not isinstance(value, list) or not value:
            at.refuse("must be a list of rows", value)
        for index, row in enumerate(value):
            if not isinstance(row, Mapping):
                (at / index).refuse("a row must be a mapping", row)

    def schema(self) -> Schema:
        return {"type": "array", "minItems": 1, "items": {"type": "object"}}


@dataclass(frozen=True)
class Params:
    """What is passed to the model as it is: JSON values, without what elicit itself sets and without keys."""

    def check(self, value: Any, at: At) -> None:
        for name, entry in as_mapping(value, "must be a mapping of parameters", at).items():
            if name in RESERVED:
                (at / name).fail(f"a parameter must not be {name!r}: {RESERVED[name]}")
            check_json(name, entry, at / name)

    def schema(self) -> Schema:
        allowed = {"not": {"anyOf": [{"enum": list(RESERVED)}, {"pattern": KEY_NAME}]}}
        return {"type": "object", "propertyNames": allowed}


def check_json(name: str, value: Any, at: At) -> None:
    """Raise InvalidInput where a parameter is a key, or no value that JSON has."""
    if re.search(KEY_NAME, name):
        at.fail(f"a plan must not hold a key, got one under {name!r}; {WAY_OUT}")
    if isinstance(value, str):
        refuse_key(value, at)
    elif isinstance(value, Mapping):
        for part, entry in as_mapping(value, "must be a mapping", at).items():
            check_json(part, entry, at / part)
    elif isinstance(value, list | tuple):
        for index, entry in enumerate(value):
            check_json("", entry, at / index)
    elif value is not None and not isinstance(value, bool) and not (is_number(value) and math.isfinite(value)):
        at.refuse("must be a value that JSON has", value, "put it in quotes")


@dataclass(frozen=True)
class Field:
    """A field of a section: what it is called, what it is for, and which values it takes."""

    name: str
    meaning: str
    rule: Rule
    required: bool = False


@dataclass(frozen=True)
class Section:
    """A mapping with known fields; any other key is an error. `more` is added to its schema."""

    what: str
    fields: tuple[Field, ...]
    more: tuple[tuple[str, Any], ...] = ()

    def check(self, value: Any, at: At) -> None:
        values = as_mapping(value, f"{self.what} must be a mapping", at)
        known = {field.name: field for field in self.fields}
        for name, entry in values.items():
            if name not in known:
                refuse_unknown(name, self.what, list(known), at)
            known[name].rule.check(entry, at / name)
        missing = [field.name for field in self.fields if field.required and field.name not in values]
        if missing:
            at.fail(f"{self.what} must have the field {missing[0]!r}, got {in_words(values)}")

    def schema(self) -> Schema:
        return {
            "type": "object",
            "properties": {field.name: {"description": field.meaning} | field.rule.schema() for field in self.fields},
            "required": [field.name for field in self.fields if field.required],
            "additionalProperties": False,
            **dict(self.more),
        }


@dataclass(frozen=True)
class Short:
    """A section, or in its place the one value that matters most of it: `by_type` says which field a type is."""

    section: Section
    by_type: tuple[tuple[type, str], ...]

    def check(self, value: Any, at: At) -> None:
        for kind, name in self.by_type:
            if isinstance(value, kind):
                self.rule_of(name).check(value, at)
                return
        self.section.check(value, at)

    def rule_of(self, name: str) -> Rule:
        """The rule of the field that a short form stands for."""
        return next(field.rule for field in self.section.fields if field.name == name)

    def schema(self) -> Schema:
        return {"anyOf": [*(self.rule_of(name).schema() for _, name in self.by_type), self.section.schema()]}


def refuse_unknown(name: str, what: str, known: list[str], at: At) -> NoReturn:
    """Raise InvalidInput for a key nobody reads, with the key that was meant if one is close."""
    here = at / name
    if re.search(KEY_NAME, name):
        here.fail(f"a plan must not hold a key, got one under {name!r}; {WAY_OUT}")
    hint = did_you_mean(name, known)
    here.fail(f"{what} must not have the field {printable(name)!r}; {hint or f'its fields are {in_words(known)}'}")


def refuse_key(value: str, at: At) -> None:
    """Raise InvalidInput where a text looks like an API key."""
    if re.search(KEY_VALUE, value):
        at.fail(f"a plan must not hold a key, and this value looks like one; {WAY_OUT}")


def as_mapping(value: Any, rule: str, at: At) -> Mapping[str, Any]:
    """The value as a mapping with words for keys."""
    if not isinstance(value, Mapping):
        at.refuse(rule, value)
    for name in value:
        if not isinstance(name, str):
            at.refuse("a key must be a word", name)
    return value


def is_number(value: Any) -> bool:
    """Whether the value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_scalar(value: Any) -> bool:
    """Whether quotes could make a text of the value."""
    return not isinstance(value, Mapping | list | tuple)


def as_number(value: Any) -> str:
    """What to write where a number came as text, as YAML takes 1e-3 to be."""
    try:
        return f"write {float(value):.12g} without quotes" if isinstance(value, str) else ""
    except ValueError:
        return ""


def did_you_mean(value: Any, words: Iterable[str]) -> str:
    """The word that was nearly written.

    >>> did_you_mean("cirtic", ["critic", "judge"])
    "did you mean 'critic'?"
    """
    written = str(value).lower().replace("-", "_")
    plain = {word.lower().replace("-", "_"): word for word in words}
    close = get_close_matches(written, plain, n=1, cutoff=0.6)
    return f"did you mean {plain[close[0]]!r}?" if close else ""


def either(words: tuple[str, ...]) -> str:
    """The words a field takes, for a sentence."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def in_words(names: Iterable[str]) -> str:
    """Names for a sentence."""
    return ", ".join(map(printable, names)) or "none"
