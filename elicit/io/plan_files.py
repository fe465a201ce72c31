"""A plan file as plain values, and the line that each of them stands on: YAML, TOML and JSON.

One rule: no value has a meaning here, and no value of the file is repeated in an error, for it might be a key.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from elicit.errors import InvalidInput
from elicit.io.files import BOM, not_utf8, opened

FieldPath = tuple[str | int, ...]  # ("agents", 0, "model")
Lines = dict[FieldPath, int]

MOST_VALUES = 2_000_000  # a few aliases of aliases unfold to more than any memory holds
YAML_MAP, YAML_LIST, YAML_MERGE = (f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "merge"))


@dataclass(frozen=True)
class PlanFile:
    """Plain values as they were read. `source` is what errors call them; values from Python have no lines."""

    source: str
    values: Any
    lines: Mapping[FieldPath, int] = field(default_factory=dict)

    def place(self, path: FieldPath) -> str:
        """Where a field stands, or the nearest one around it.

        >>> PlanFile("plan.yaml", {}, {("agents", 0): 3}).place(("agents", 0, "model"))
        "plan.yaml, line 3, field 'agents[0].model'"
        """
        known = (path[:length] for length in range(len(path), 0, -1))
        line = next((self.lines[part] for part in known if part in self.lines), None)
        words = (self.source, line and f"line {line}", path and f"field {dotted(path)!r}")
        return ", ".join(word for word in words if word)


def dotted(path: FieldPath) -> str:
    """The path as it is written in an error.

    >>> dotted(("agents", 0, "model"))
    'agents[0].model'
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def load_plan_file(path: Path) -> PlanFile:
    """The file by its extension: `.yaml`, `.yml`, `.toml` or `.json`. Raises InvalidInput where it is none."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        kind = f"got {path.suffix!r}" if path.suffix else "got no extension"
        raise InvalidInput(f"{path}: a plan must be a file of type {', '.join(READERS)}, {kind}")
    text = read_text(path)
    if not text.strip():
        raise InvalidInput(f"{path}: a plan must hold tasks, agents and a scorer, it is empty")
    try:
        return reader(text, str(path))
    except RecursionError as error:
        raise InvalidInput(f"{path}: the file is nested too deeply to be a plan") from error


def read_text(path: Path) -> str:
    """The file's text, without a byte order mark."""
    with opened(path) as stream:
        content = stream.read()
    try:
        return content.decode().removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise not_utf8(str(path), line, error.start, content[error.start]) from error


def read_yaml(text: str, source: str) -> PlanFile:
    """One YAML document. Aliases and merge keys work; a key given twice does not, nor does any tag of its own."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        unfolding = Unfolding(source, loader)
        return PlanFile(source, unfolding.value(node, ()), unfolding.lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        what = "; ".join(part for part in (error.context, error.problem) if part)
        raise InvalidInput(f"{source}{line}: must be YAML: {what}") from error
    except yaml.reader.ReaderError as error:
        line_number = text.count("\n", 0, error.position) + 1
        raise InvalidInput(f"{source}, line {line_number}: must be YAML: {error.reason}") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-02-31
        raise InvalidInput(f"{source}: must be YAML: {error}") from error


@dataclass
class Unfolding:
    """YAML nodes made into values; `lines` collects where each key and each entry of a list stands."""

    source: str
    loader: yaml.SafeLoader
    lines: Lines = field(default_factory=dict)
    merged: set[int] = field(default_factory=set)  # nodes that hold their merged keys already, as aliases come again

    def value(self, node: yaml.Node | None, path: FieldPath) -> Any:
        """The value below a node."""
        if len(self.lines) > MOST_VALUES:
            raise InvalidInput(f"{self.source}: a plan must not unfold to more than {MOST_VALUES:,} values")
        if isinstance(node, yaml.MappingNode) and node.tag == YAML_MAP:
            return {key: self.value(child, (*path, key)) for key, child in self.entries(node, path)}
        if isinstance(node, yaml.SequenceNode) and node.tag == YAML_LIST:
            for index, child in enumerate(node.value):
                self.lines[(*path, index)] = child.start_mark.line + 1
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        return None if node is None else self.loader.construct_object(node, deep=True)

    def entries(self, node: yaml.MappingNode, path: FieldPath) -> list[tuple[str, yaml.Node]]:
        """The keys of a mapping with their nodes, merged ones first; a later one replaces an earlier."""
        if id(node) not in self.merged:
            self.check_unique(node, path)
            self.merged.add(id(node))
            self.loader.flatten_mapping(node)
        found: dict[str, yaml.Node] = {}
        for key, child in node.value:
            found[self.key(key)] = child
            self.lines[(*path, str(key.value))] = key.start_mark.line + 1
        return list(found.items())

    def check_unique(self, node: yaml.MappingNode, path: FieldPath) -> None:
        """Raise InvalidInput for a key that the mapping itself has twice."""
        met: dict[str, int] = {}
        for key, _ in node.value:
            line, name = key.start_mark.line + 1, str(key.value)
            if key.tag != YAML_MERGE and name in met:
                raise given_twice(self.source, (*path, name), met[name], line)
            met[name] = line

    def key(self, node: yaml.Node) -> str:
        """The key as it is written: YAML would read `no` as false and `1` as a number."""
        if not isinstance(node, yaml.ScalarNode):
            line = node.start_mark.line + 1
            raise InvalidInput(f"{self.source}, line {line}: a key must be a word, got a list or a mapping")
        return str(node.value)


def read_toml(text: str, source: str) -> PlanFile:
    """One TOML document."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        what = str(error)[: place.start()] if place else str(error)
        line = (place and place[1]) or text.count("\n") + 1
        raise InvalidInput(f"{source}, line {line}: must be TOML: {what}") from error
    return PlanFile(source, values, Walk(source, text).toml())


def read_json(text: str, source: str) -> PlanFile:
    """One JSON document."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{source}, line {error.lineno}: must be JSON: {error.msg}") from error
    return PlanFile(source, values, Walk(source, text).json())


READERS: dict[str, Callable[[str, str], PlanFile]] = {
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".toml": read_toml,
    ".json": read_json,
}


def given_twice(source: str, path: FieldPath, first: int, second: int) -> InvalidInput:
    """The error for a key that a mapping has twice."""
    where = PlanFile(source, None, {path: second}).place(path)
    return InvalidInput(f"{where}: a field must be given once, it is also on line {first}")


WORD = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")|\'\'\'.*?\'\'\'(?!\')'  # strings over several lines
    r'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''  # strings on one
    r"|#[^\n]*|\n|[\[\]{}=:,.]|[^\s\[\]{}=:,.\"'#]+",
    re.DOTALL,
)
END = ""


class Walk:
    """A walk along the text of a document that has been parsed, only to see on which line each key stands.

    As the text is known to be TOML or JSON, it need not be checked again; the two differ in little that matters here.
    """

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self.lines: Lines = {}
        self.tables: Counter[FieldPath] = Counter()  # how many [[tables]] there are of each name so far
        self.words = words_of(text)
        self.step()

    def step(self) -> None:
        """Go on to the next word."""
        self.word, self.line = next(self.words, (END, 0))

    def skip(self, *passed_over: str) -> None:
        """Go on to the next word that is none of these."""
        while self.word in passed_over:
            self.step()

    def json(self) -> Lines:
        """The lines of a JSON document."""
        self.skip("\n")
        self.value(())
        return self.lines

    def toml(self) -> Lines:
        """The lines of a TOML document."""
        table: FieldPath = ()
        self.skip("\n")
        while self.word != END:
            if self.word == "[":
                table = self.header()
            else:
                self.value(self.key(table, "="))
            self.skip("\n")
        return self.lines

    def header(self) -> FieldPath:
        """The path of the table that `[name]` or `[[name]]` begins."""
        self.step()
        is_array = self.word == "["
        self.skip("[")
        line, path = self.line, self.key((), "]")
        self.skip("]")
        if is_array:
            self.tables[path] += 1
            path = (*path, self.tables[path] - 1)
        self.lines.setdefault(path, line)
        return path

    def key(self, around: FieldPath, stop: str) -> FieldPath:
        """The path that a key, dotted or not, has below `around`; goes on behind `stop`."""
        path = around
        while self.word != stop:
            if self.word != ".":
                path = self.inside((*path, unquoted(self.word)))
                self.lines.setdefault(path, self.line)
            self.step()
        self.step()
        return path if stop == "=" else self.named(path)

    def inside(self, path: FieldPath) -> FieldPath:
        """The path, gone into the latest of its `[[tables]]` if it names some."""
        return (*path, self.tables[path] - 1) if self.tables[path] else path

    def named(self, path: FieldPath) -> FieldPath:
        """The path of a header, which names its `[[tables]]` as a whole."""
        return path[:-1] if path and isinstance(path[-1], int) else path

    def value(self, path: FieldPath) -> None:
        """Go on behind a value."""
        if self.word == "{":
            self.mapping(path)
        elif self.word == "[":
            self.sequence(path)
        else:
            while self.word not in (",", "]", "}", "\n", END):
                self.step()

    def mapping(self, path: FieldPath) -> None:
        """Go on behind a JSON object or a TOML inline table."""
        self.step()
        self.skip("\n", ",")
        met: Lines = {}
        while self.word != "}":
            line, here = self.line, self.key_inside(path)
            if here in met:
                raise given_twice(self.source, here, met[here], line)
            met[here] = line
            self.value(here)
            self.skip("\n", ",")
        self.step()

    def key_inside(self, around: FieldPath) -> FieldPath:
        """The path that a key of a mapping has; goes on behind its `:` or `=`."""
        path = around
        while self.word not in ("=", ":"):
            if self.word not in (".", "\n"):
                path = (*path, unquoted(self.word))
                self.lines.setdefault(path, self.line)
            self.step()
        self.step()
        self.skip("\n")
        return path

    def sequence(self, path: FieldPath) -> None:
        """Go on behind a list."""
        self.step()
        self.skip("\n", ",")
        index = 0
        while self.word != "]":
            self.lines[(*path, index)] = self.line
            self.value((*path, index))
            self.skip("\n", ",")
            index += 1
        self.step()


def words_of(text: str) -> Iterator[tuple[str, int]]:
    """Strings, words and marks with the line each begins on; comments are left out."""
    line = 1
    for match in WORD.finditer(text):
        if not match[0].startswith("#"):
            yield match[0], line
        line += match[0].count("\n")


def unquoted(word: str) -> str:
    """A key as it is called; one with an escape that only TOML knows keeps its quotes, and has its table's line."""
    try:
        return str(json.loads(word)) if word.startswith('"') else word.strip("'")
    except ValueError:
        return word
