"""inspect_ai's logs: a zip of one JSON file per sample (`.eval`), or the same as one JSON document.

One rule: `target` and `scores` are ground truth and are never read.
"""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import IO, Any

from elicit.errors import InvalidInput
from elicit.io.columns import count
from elicit.io.tables import NotATable, Table, table_of_columns

ZSTANDARD = 93  # the zip method newer logs use; the standard library reads it from Python 3.14 on
LOCAL_HEADER = struct.Struct("<26xHH")  # ends with the lengths of the name and the extra field
FIRST_EPOCH = "_epoch_1.json"
# What reading a damaged or encrypted zip, or what is no JSON inside it, can raise.
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError, RuntimeError)


def is_inspect_log(document: object) -> bool:
    """Whether a JSON document is a log: it says which task was put to which model."""
    spec = document.get("eval") if isinstance(document, dict) else None
    return isinstance(spec, dict) and "task" in spec and "model" in spec


def table_of_log(document: dict[str, Any], source: str) -> Table:
    """A log read whole: one row per sample of the first epoch."""
    samples = document.get("samples")
    samples = samples if isinstance(samples, list) else []
    first = [sample for sample in samples if not isinstance(sample, dict) or sample.get("epoch", 1) == 1]
    return table_of_samples(document, first, later=len(samples) - len(first), source=source)


def table_of_archive(stream: IO[bytes], source: str) -> Table:
    """A log as a zip, of which only the header and the samples of the first epoch are unpacked."""
    try:
        with zipfile.ZipFile(stream) as archive:
            header = read_header(archive, stream, source)
            names = [name for name in archive.namelist() if name.startswith("samples/")]
            first = [name for name in dict.fromkeys(names) if name.endswith(FIRST_EPOCH)]
            samples = (json.loads(unpack(archive, stream, name)) for name in first)
            return table_of_samples(header, samples, later=len(set(names)) - len(first), source=source)
    except DAMAGED as error:
        raise InvalidInput(f"{source}: the inspect log is cut short or damaged: {error}") from error


def read_header(archive: zipfile.ZipFile, stream: IO[bytes], source: str) -> dict[str, Any]:
    """What was run; a log that was cut off has this in its journal only."""
    for name in ("header.json", "_journal/start.json"):
        if name in archive.namelist():
            header = json.loads(unpack(archive, stream, name))
            if is_inspect_log(header):
                return dict(header)
    raise NotATable(f"{source}: a zip file must be an inspect log, this one has no header.json")


def unpack(archive: zipfile.ZipFile, stream: IO[bytes], name: str) -> bytes:
    """One member's bytes, of whichever method; a large one comes in several Zstandard frames."""
    member = archive.getinfo(name)
    if member.compress_type != ZSTANDARD:
        return archive.read(member)
    import zstandard

    stream.seek(member.header_offset)
    name_length, extra_length = LOCAL_HEADER.unpack(stream.read(LOCAL_HEADER.size))
    stream.seek(name_length + extra_length, io.SEEK_CUR)
    packed = stream.read(member.compress_size)
    try:
        with zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as frames:
            return frames.read()
    except zstandard.ZstdError as error:
        raise zipfile.BadZipFile(f"{name}: {error}") from error


def table_of_samples(header: dict[str, Any], samples: Iterable[dict[str, Any]], *, later: int, source: str) -> Table:
    """One row per sample: its id, the input, the model and what it completed."""
    spec = header["eval"]
    rows = list(read_samples(samples, source))
    ids, prompts, responses = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    columns = {"task_id": ids, "prompt": prompts, "response": responses, "agent": [spec["model"]] * len(rows)}
    table = table_of_columns(source, columns, lambda row: f"{source}, sample {ids[row]!r}")
    notes = log_notes(header, failed=responses.count(None), later=later)
    return replace(table, log_task=str(spec["task"]), notes=notes)


def read_samples(samples: Iterable[dict[str, Any]], source: str) -> Iterator[tuple[Any, str, str | None]]:
    """`(id, input, completion)` of each sample; None where it ended in an error before the model answered."""
    for number, sample in enumerate(samples, 1):
        try:
            completion = sample["output"]["completion"]
            failed = sample.get("error") and not completion
            yield sample["id"], input_text(sample["input"]), None if failed else completion
        except (KeyError, TypeError) as error:
            raise InvalidInput(
                f"{source}, sample {number}: must have id, input and output as inspect writes them: {error!r}"
            ) from error


def input_text(value: str | list[dict[str, Any]]) -> str:
    """A sample's input as one text; of chat messages, their texts in order."""
    if isinstance(value, str):
        return value
    return "\n\n".join(message_text(message["content"]) for message in value)


def message_text(content: str | list[dict[str, Any]]) -> str:
    """A chat message's text, without its images and the like."""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def log_notes(header: dict[str, Any], *, failed: int, later: int) -> tuple[str, ...]:
    """What a reader of the log should know, with counts."""
    status = header.get("status", "started")
    notes = {
        f"the log's status is {status!r}, samples may be lacking": status != "success",
        f"{count(failed, 'sample')} ended in an error, counted as missing": failed > 0,
        f"{count(later, 'sample')} of later epochs not read, only the first epoch is": later > 0,
    }
    return tuple(note for note, applies in notes.items() if applies)
