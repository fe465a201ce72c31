"""Files as tables: JSON Lines, JSON, CSV, Parquet and inspect logs, plain or gzipped.

One rule: whatever is wrong with a file's bytes becomes an `InvalidInput` that says where, in bytes, lines or rows.
"""

import csv
import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import Any, cast

from elicit.errors import InvalidInput
from elicit.io.columns import count
from elicit.io.inspect_logs import is_inspect_log, table_of_archive, table_of_log
from elicit.io.tables import NotATable, Table, check_header, table_of_columns, table_of_rows

Read = Callable[[BufferedReader, str], Table]

LINE_LIMIT = 32 * 2**20  # longer than any answer; what exceeds it is another format under a wrong name
BOM = "\ufeff"
FOLDER_NAMES_THE_AGENT = {"model_outputs", "outputs", "output", "responses", "generations", "predictions"}


@dataclass(frozen=True)
class Found:
    """A file to read, and whether the user named it or only a folder that holds it."""

    path: Path
    named: bool


def find(paths: Sequence[str | Path]) -> tuple[list[Found], list[str]]:
    """The files meant by `paths`, and a note for each folder with files of other types.

    A folder stands for the files below it whose names we know how to read, sorted; hidden ones are passed over.
    """
    found: list[Found] = []
    notes: list[str] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside, others = list_folder(path)
            found += [Found(file, named=False) for file in inside]
            notes += others
        else:
            found.append(Found(path, named=True))
    if not found:
        raise InvalidInput("at least one file must be given, got none")
    return found, notes


def list_folder(folder: Path) -> tuple[list[Path], list[str]]:
    """The readable files below a folder; raises InvalidInput when there is none."""
    visible = [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    ]
    others = Counter(suffix(file) or "no extension" for file in visible if suffix(file) not in READERS)
    counts = ", ".join(f"{number} {name}" for name, number in sorted(others.items()))
    inside = [file for file in visible if suffix(file) in READERS]
    if not inside:
        raise InvalidInput(
            f"{folder}: the folder must hold files of type {', '.join(READERS)}, got {counts or 'no files'}"
        )
    note = f"{folder}: {count(others.total(), 'file')} of other types not read ({counts})"
    return inside, [note] if others else []


def load(path: Path) -> Table:
    """One file as a table.

    Raises InvalidInput where it cannot be read, `NotATable` where it can but holds something else.
    """
    with opened(path) as stream:
        head = stream.peek(4)
        reader = reader_by_magic(head) or READERS.get(suffix(path)) or reader_by_content(head, path)
        table = reader(stream, str(path))
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return replace(table, agent=agent_named_by(path), sha256=digest)


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """The file's bytes, unzipped if they are gzipped whatever the name says; failures to read name the file."""
    try:
        with path.open("rb") as raw:
            if raw.peek(2).startswith(b"\x1f\x8b"):
                with gzip.GzipFile(fileobj=raw) as unzipped:
                    yield cast("BufferedReader", unzipped)  # the same methods, by another name
            else:
                yield raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidInput(f"{path}: the gzipped file is cut short or damaged: {error}") from error
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read: {error.strerror or error}") from error


def suffix(path: Path) -> str:
    """The extension that tells the format: `.csv` for both `a.csv` and `A.CSV.gz`."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def agent_named_by(path: Path) -> str:
    """Whose outputs a file without agents holds: `gpt4.json` and `gpt4/model_outputs.json` are gpt4's."""
    name = path.name.removesuffix(".gz")
    stem = Path(name).stem
    return path.resolve().parent.name if stem in FOLDER_NAMES_THE_AGENT else stem


def reader_by_magic(head: bytes) -> Read | None:
    """The reader that the first bytes prove right, whatever the extension."""
    if head.startswith(b"PAR1"):
        return read_parquet
    return table_of_archive if head.startswith(b"PK\x03\x04") else None


def reader_by_content(head: bytes, path: Path) -> Read:
    """The best guess for a file without a telling extension."""
    if head.lstrip()[:1] in (b"[", b"{"):
        return read_json
    if any(mark in head.partition(b"\n")[0] for mark in (b",", b"\t", b";")):
        return read_csv
    raise NotATable(f"{path}: a file must be of type {', '.join(READERS)} (.gz too), this one looks like none")


def read_json_lines(stream: BufferedReader, source: str) -> Table:
    """One object a line; blank lines are passed over."""
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    for number, line in enumerate(text_lines(stream, source), 1):
        if not line.isspace():
            rows.append(json_object(line, f"{source}, line {number}"))
            lines.append(number)
    return table_of_rows(source, rows, lambda row: f"{source}, line {lines[row]}")


def json_object(line: str, place: str) -> dict[str, Any]:
    """The object on one line."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{place}: each line must be one JSON object: {error}") from error
    if not isinstance(value, dict):
        hint = "; a JSON array belongs in a .json file" if isinstance(value, list) else ""
        raise InvalidInput(f"{place}: each line must be one JSON object, got {type(value).__name__}{hint}")
    return value


def text_lines(stream: BufferedReader, source: str) -> Iterator[str]:
    """The lines of a UTF-8 file with their ends, without its byte order mark."""
    number = 0
    while line := stream.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            length = len(line) + rest_of_line(stream)
            raise InvalidInput(
                f"{source}, line {number}: a line must not exceed {LINE_LIMIT / 2**20:.0f} MB, this one is "
                f"{length / 2**20:.0f} MB long; a JSON array belongs in a .json file"
            )
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            offset = stream.tell() - len(line) + error.start
            raise not_utf8(source, number, offset, line[error.start]) from error
        yield text.removeprefix(BOM) if number == 1 else text


def rest_of_line(stream: BufferedReader) -> int:
    """How many bytes of the line are still to come; they are counted, not kept."""
    length = 0
    while piece := stream.readline(2**20):
        length += len(piece)
        if piece.endswith(b"\n"):
            break
    return length


def not_utf8(source: str, line: int, offset: int, byte: int) -> InvalidInput:
    """The error for bytes that are not text; offsets count from 0, in the unzipped file."""
    return InvalidInput(f"{source}, line {line}: must be UTF-8, got byte 0x{byte:02x} at byte offset {offset}")


def read_json(stream: BufferedReader, source: str) -> Table:
    """A list of objects, an object of columns, an inspect log, or JSON Lines under the wrong name."""
    content = stream.read()
    try:
        text = content.decode().removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise not_utf8(source, line, error.start, content[error.start]) from error
    if not text.strip():
        raise NotATable(f"{source}: the file must hold rows, it is empty")
    try:
        return table_of_document(json.loads(text), source)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and text.lstrip().startswith("{"):
            stream.seek(0)
            return read_json_lines(stream, source)
        raise InvalidInput(f"{source}, line {error.lineno}: must be JSON: {error}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{source}: must be JSON: {error}") from error


def table_of_document(document: object, source: str) -> Table:
    """The table in a whole JSON document."""
    if isinstance(document, list):
        for row, value in enumerate(document, 1):
            if not isinstance(value, dict):
                raise NotATable(f"{source}, row {row}: a row must be an object, got {type(value).__name__}")
        return table_of_rows(source, document)
    if isinstance(document, dict):
        if is_inspect_log(document):
            return table_of_log(document, source)
        columns = {name: as_column(cells) for name, cells in document.items()}
        if columns and None not in columns.values():
            return table_of_columns(source, cast("dict[str, list[Any]]", columns))
    raise NotATable(
        f"{source}: a .json file must hold a list of objects, an object of columns or an inspect log, "
        f"got {type(document).__name__}"
    )


def as_column(cells: object) -> list[Any] | None:
    """The cells of one column: a list, or what pandas writes by default, an object by row number."""
    if isinstance(cells, dict):
        return list(cells.values())
    return cells if isinstance(cells, list) else None


def read_csv(stream: BufferedReader, source: str) -> Table:
    """A header and rows, separated by comma, tab or semicolon, whichever the header has most of. No cell is missing."""
    lines = text_lines(stream, source)
    header = next(lines, "")
    csv.field_size_limit(LINE_LIMIT)
    delimiter = max(",\t;", key=header.count)
    records = csv.reader(chain([header], lines), delimiter=delimiter, strict=True)
    try:
        names, rows, starts = csv_records(records, source)
    except csv.Error as error:
        raise InvalidInput(f"{source}, line {records.line_num}: must be CSV: {error}") from error
    cells = zip(*rows, strict=True) if rows else ([] for _ in names)
    columns = {name: list(column) for name, column in zip(names, cells, strict=True)}
    return table_of_columns(source, columns, lambda row: f"{source}, line {starts[row]}")


def csv_records(records: Any, source: str) -> tuple[list[str], list[list[str]], list[int]]:
    """`(names, rows, starts)`: the header, the rows below it, and the line each row starts on."""
    names: list[str] = next(records, [])
    rows: list[list[str]] = []
    starts: list[int] = []
    check_header(names, f"{source}, line 1")
    start = records.line_num + 1
    for row in records:
        if len(row) != len(names) and row:
            raise InvalidInput(
                f"{source}, line {start}: a row must have the header's {count(len(names), 'field')}, got {len(row)}"
            )
        if row:
            rows.append(row)
            starts.append(start)
        start = records.line_num + 1
    return names, rows, starts


def read_parquet(stream: BufferedReader, source: str) -> Table:
    """The columns as arrow holds them; places are rows, from 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        content = pq.ParquetFile(stream).read()
        content.validate(full=True)  # finds text that is not UTF-8, which would come up only later
    except (pa.ArrowException, OSError, ValueError) as error:
        first_line = str(error).partition("\n")[0]
        raise InvalidInput(f"{source}: must be a Parquet file, whole and with UTF-8 text: {first_line}") from error
    check_header(content.column_names, source)
    return table_of_columns(source, {name: content.column(name) for name in content.column_names})


READERS: dict[str, Read] = {
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".json": read_json,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".parquet": read_parquet,
    ".eval": table_of_archive,
}
