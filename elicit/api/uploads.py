"""Outputs that are streamed in, line by line, of any size.

One rule: memory holds a batch of lines and no more, and no transaction is open while the caller is waited for.
"""

import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeAlias

from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from elicit.errors import Conflict, ElicitError, InvalidInput, TooLarge, UploadStopped
from elicit.schemas import OutputRow, Receipt
from elicit.store.service import submissions
from elicit.store.service.submissions import Batch, Output
from elicit.untrusted import well_formed
from elicit.wiring import Parts

BATCH_LINES = 500
BATCH_BYTES = 2**20
LONGEST_LINE = 2_500_000  # bytes: room for the longest text with every character escaped as a pair, \ud83d\ude00
BOM = b"\xef\xbb\xbf"

Line: TypeAlias = tuple[int, bytes]


@dataclass
class Batches:
    """Cuts a stream into batches of lines, numbered from 1."""

    _lines: list[Line] = field(default_factory=list)
    _size: int = 0
    _number: int = 0
    _rest: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> Iterator[list[Line]]:
        """The batches that this chunk makes full. Raises `TooLarge` for a line that is too long."""
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            self._rest += part
            self._end_line()
            if len(self._lines) >= BATCH_LINES or self._size >= BATCH_BYTES:
                yield self._take()
        self._rest += rest
        if len(self._rest) > LONGEST_LINE:
            raise TooLarge(f"line {self._number + 1}: a line must have at most {LONGEST_LINE:,} bytes")

    def last(self) -> list[Line]:
        """What is left when the stream ends; its last line need not be ended."""
        self._end_line()
        return self._take()

    def _end_line(self) -> None:
        self._number += 1
        line = bytes(self._rest.removeprefix(BOM) if self._number == 1 else self._rest).strip()
        self._rest.clear()
        if line:
            self._lines.append((self._number, line))
            self._size += len(line)

    def _take(self) -> list[Line]:
        lines, self._lines, self._size = self._lines, [], 0
        return lines


async def receive(stream: AsyncGenerator[bytes, None], parts: Parts, submission_id: str) -> Receipt:
    """Store the outputs of a stream, batch by batch. Raises `UploadStopped` at the first that breaks a rule."""
    stored, repeated, batches = 0, 0, Batches()

    async def store(lines: Sequence[Line]) -> None:
        nonlocal stored, repeated
        batch = await run_in_threadpool(store_lines, parts, submission_id, lines)
        stored, repeated = stored + batch.stored, repeated + batch.repeated
        if batch.stopped:
            raise batch.stopped

    try:
        async with aclosing(stream):
            async for chunk in stream:
                for lines in batches.feed(chunk):
                    await store(lines)
        await store(batches.last())
    except (InvalidInput, Conflict) as error:
        raise UploadStopped(error, await run_in_threadpool(received, parts, submission_id)) from error
    except HTTPException as error:  # the limit on bodies
        too_large = TooLarge(str(error.detail))
        raise UploadStopped(too_large, await run_in_threadpool(received, parts, submission_id)) from error
    held = await run_in_threadpool(received, parts, submission_id)
    return Receipt(stored=stored, repeated=repeated, received=held)


def received(parts: Parts, submission_id: str) -> int:
    """How many outputs a submission holds by now."""
    with parts.store.reading() as session:
        return submissions.count(session, submission_id)


def store_lines(parts: Parts, submission_id: str, lines: Sequence[Line]) -> Batch:
    """Store the outputs in these lines up to the first that breaks a rule."""
    outputs, stopped = outputs_of(lines, parts.settings.most_rows)
    if not outputs:
        return Batch(0, 0, stopped)
    with parts.store.writing() as session:
        batch = submissions.add(session, submission_id, outputs)
    return Batch(batch.stored, batch.repeated, batch.stopped or stopped)


def outputs_of(lines: Sequence[Line], most_rows: int) -> tuple[list[Output], ElicitError | None]:
    """The outputs in lines before the first that holds none, and what is wrong with that one."""
    outputs: list[Output] = []
    for number, line in lines:
        try:
            if number > most_rows:
                raise TooLarge(f"line {number}: an upload must have at most {most_rows:,} lines")
            outputs.append(output_of(number, line))
        except InvalidInput as error:
            return outputs, error
    return outputs, None


def output_of(number: int, line: bytes) -> Output:
    """The output in a line of JSON; raises `InvalidInput` where it holds none.

    >>> output_of(3, b'{"task_id": "a", "response": "yes"}')
    Output(line=3, task_id='a', text='yes')
    """
    try:
        value = json.loads(line.decode())
        if isinstance(value, dict) and isinstance(value.get("response"), str):
            value["response"] = well_formed(value["response"])
        row = OutputRow.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the line"
        raise InvalidInput(f"line {number}: {place}: {first['msg']}") from None
    except UnicodeDecodeError as error:
        raise InvalidInput(f"line {number}: a line must be UTF-8, byte {error.start + 1} is not") from None
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"line {number}: a line must be a JSON object: {error}") from None
    return Output(number, row.task_id, row.response)
