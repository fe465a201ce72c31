"""Evaluations and arrays as bytes, and back to the last bit. Pure: no database, no file.

An input is a head, which says who and what (agents, task ids, classes), and blocks, which hold the content of a few
consecutive tasks each, so that one task can be read alone.

One rule: the content hash depends on the content alone, not on its blocks, their compression, the files it came from
or the reader's warnings. Change what is hashed and every stored input becomes a stranger.
"""

import hashlib
import json
import math
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from itertools import chain, pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from elicit.errors import InvalidInput
from elicit.evidence import Embeddings, Forecasts, Gains, Ints, Labels, PairScores
from elicit.types import Evaluation, Evidence, Responses, Task

Array: TypeAlias = NDArray[Any]
Texts: TypeAlias = Sequence[str | None]

BLOCK_BYTES = 1 << 20  # before compression: little to read for one task, much to compress at once
KINDS = {
    Responses: "responses",
    Labels: "labels",
    Forecasts: "forecasts",
    PairScores: "pair-scores",
    Gains: "gains",
    Embeddings: "embeddings",
}
PAIR_FIELDS = ("agent", "task", "peer", "peer_task", "score", "weight")


@dataclass(frozen=True)
class Columns:
    """Named lists of texts and named arrays: what every block consists of."""

    texts: Mapping[str, Texts] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)


# Columns as bytes


def pack(columns: Columns) -> bytes:
    """Columns as compressed bytes: a line of JSON with names, dtypes and shapes, then the arrays."""
    arrays = buffers(columns)
    head = json.dumps([(name, array.dtype.str, array.shape) for name, array in arrays.items()])
    return zlib.compress(b"".join([head.encode(), b"\n", *(array.tobytes() for array in arrays.values())]), level=1)


def unpack(content: bytes) -> Columns:
    """What `pack` was given."""
    raw = zlib.decompress(content)
    start = raw.index(b"\n") + 1
    arrays: dict[str, Array] = {}
    for name, dtype, shape in json.loads(raw[:start]):
        array = np.frombuffer(raw, dtype, math.prod(shape), start).reshape(shape)
        arrays[name] = array.copy()  # bytes are read-only
        start += array.nbytes
    names = [name.removesuffix(".utf8") for name in arrays if name.endswith(".utf8")]
    texts = {name: decode(arrays.pop(f"{name}.length"), arrays.pop(f"{name}.utf8")) for name in names}
    return Columns(texts, arrays)


def buffers(columns: Columns) -> dict[str, Array]:
    """Columns as arrays only: each list of texts becomes its lengths and its bytes."""
    arrays = dict(columns.arrays)
    for name, texts in columns.texts.items():
        arrays[f"{name}.length"], arrays[f"{name}.utf8"] = encode(texts)
    return arrays


def encode(texts: Texts) -> tuple[Ints, NDArray[np.uint8]]:
    """Lengths in bytes (-1 for `None`), and the bytes end to end. Lone surrogates, which JSON can hold, survive."""
    encoded = [None if text is None else text.encode("utf-8", "surrogatepass") for text in texts]
    length = np.array([-1 if text is None else len(text) for text in encoded], np.int64)
    return length, np.frombuffer(b"".join(filter(None, encoded)), np.uint8)


def decode(length: Ints, utf8: NDArray[np.uint8]) -> Texts:
    """What `encode` was given."""
    raw = utf8.tobytes()
    ends = np.cumsum(np.maximum(length, 0)).tolist()
    return [
        None if size < 0 else raw[end - size : end].decode("utf-8", "surrogatepass")
        for size, end in zip(length.tolist(), ends, strict=True)
    ]


# An evaluation as columns


def content_hash(evaluation: Evaluation) -> str:
    """The name of an input: SHA-256 over its agents, tasks and evidence, 64 hexadecimal digits.

    The same rows in the same order have the same hash whatever file format they came in.
    """
    digests: dict[tuple[str, str], Any] = defaultdict(hashlib.sha256)
    for columns in chain([head_columns(evaluation)], (columns for _, columns in blocks(evaluation))):
        for name, array in buffers(columns).items():
            digests[name, array.dtype.str].update(array.tobytes())
    parts = [[name, dtype, digest.hexdigest()] for (name, dtype), digest in sorted(digests.items())]
    return hashlib.sha256(json.dumps([kind_of(evaluation.evidence), parts]).encode()).hexdigest()


def kind_of(evidence: Evidence) -> str:
    """The stored name of a kind of evidence."""
    return KINDS[type(evidence)]


def head_columns(evaluation: Evaluation) -> Columns:
    """Who and what: everything but the content of the tasks."""
    texts: dict[str, Texts] = {"agents": evaluation.agents, "tasks": [task.id for task in evaluation.tasks]}
    match evaluation.evidence:
        case Labels(classes=classes) | Forecasts(classes=classes):
            texts["classes"] = classes
        case Gains(unit=unit):
            texts["unit"] = [unit]
    return Columns(texts)


def blocks(evaluation: Evaluation) -> Iterator[tuple[int, Columns]]:
    """The content of all tasks, some consecutive ones at a time: (index of the first, columns)."""
    evidence_columns = columns_by_task(evaluation.evidence)
    for start, stop in pairwise(block_bounds(evaluation)):
        tasks, columns = evaluation.tasks[start:stop], evidence_columns(start, stop)
        texts: dict[str, Texts] = {"prompt": [t.prompt for t in tasks], "context": [t.context for t in tasks]}
        yield start, Columns(texts | dict(columns.texts), columns.arrays)


def columns_by_task(evidence: Evidence) -> Callable[[int, int], Columns]:
    """A function that gives the evidence on the tasks from one index up to another."""
    match evidence:
        case Responses(rows):
            return lambda start, stop: Columns({"response": list(chain.from_iterable(rows[start:stop]))})
        case Labels(codes):
            return lambda start, stop: Columns(arrays={"code": codes[start:stop]})
        case Forecasts():
            return partial(forecast_columns, evidence)
        case Embeddings(vectors):
            return lambda start, stop: Columns(arrays={"vector": one_nan(vectors[start:stop])})
        case Gains():
            return partial(gain_columns, evidence)
        case PairScores(task=task):
            return partial(pair_columns, evidence, np.argsort(task, kind="stable"))


def block_bounds(evaluation: Evaluation) -> list[int]:
    """Where blocks of about `BLOCK_BYTES` begin and end, in tasks."""
    text_bytes = [len(task.prompt) + len(task.context) for task in evaluation.tasks]
    size = np.array(text_bytes, np.int64) + evidence_bytes(evaluation.evidence)
    block = (np.cumsum(size) - size) // BLOCK_BYTES
    return [*np.flatnonzero(np.diff(block, prepend=-1)).tolist(), len(size)]


def evidence_bytes(evidence: Evidence) -> Ints:
    """(m,) about how many bytes each task's evidence takes."""
    match evidence:
        case Responses(rows):
            return np.array([sum(len(text) for text in row if text) for row in rows], np.int64)
        case Labels(codes):
            return np.full(len(codes), codes.itemsize * evidence.n_agents)
        case Forecasts(codes, forecast):
            return np.full(len(codes), (codes.nbytes + forecast.nbytes) // max(len(codes), 1))
        case Embeddings(vectors):
            return np.full(len(vectors), vectors[0].nbytes)
        case Gains(gain):
            return np.full(len(gain), 2 * gain.itemsize * evidence.n_agents**2)
        case PairScores(task=task):
            return np.bincount(task, minlength=evidence.n_tasks) * 8 * (1 + len(PAIR_FIELDS))


def gain_columns(gains: Gains, start: int, stop: int) -> Columns:
    """The gains of some tasks."""
    arrays = {"gain": gains.gain, "base": gains.base, "contrast": gains.contrast}
    return Columns(arrays={name: one_nan(array[start:stop]) for name, array in arrays.items() if array is not None})


def forecast_columns(forecasts: Forecasts, start: int, stop: int) -> Columns:
    """The answers and forecasts of some tasks."""
    return Columns(arrays={"code": forecasts.codes[start:stop], "forecast": one_nan(forecasts.forecast[start:stop])})


def one_nan(values: Array) -> Array:
    """The values as they are stored and hashed: a NaN has many bit patterns, and here one."""
    return np.where(np.isnan(values), np.nan, values)


def pair_columns(pairs: PairScores, by_task: Ints, start: int, stop: int) -> Columns:
    """The rows of some tasks, each with its place in the input; `by_task` sorts rows by task."""
    row = by_task[slice(*np.searchsorted(pairs.task, [start, stop], sorter=by_task))]
    return Columns(arrays={"row": row} | {name: getattr(pairs, name)[row] for name in PAIR_FIELDS})


# Columns as an evaluation


def evaluation_from(kind: str, head: Columns, parts: Iterable[Columns]) -> Evaluation:
    """The evaluation whose head and blocks these are; its sources and notes stand with the runs that read it."""
    whole = joined(parts)
    tasks = map(Task, known(head.texts["tasks"]), known(whole.texts["prompt"]), known(whole.texts["context"]))
    return Evaluation(tuple(tasks), known(head.texts["agents"]), evidence_from(kind, head, whole))


def task_from(kind: str, head: Columns, block: Columns, *, first: int, index: int) -> Evaluation:
    """The evaluation cut down to the task at `index`, out of the block that begins with task `first`.

    Pair scores keep the rows about this task; the tasks that those rows contrast it with follow it, by id alone.
    """
    ids, agents, k = known(head.texts["tasks"]), known(head.texts["agents"]), index - first
    task = Task(ids[index], *known([block.texts["prompt"][k], block.texts["context"][k]]))
    match evidence_from(kind, head, block):
        case Responses(rows):
            return Evaluation((task,), agents, Responses(rows[k : k + 1]))
        case Labels(codes, classes):
            return Evaluation((task,), agents, Labels(codes[k : k + 1], classes))
        case Forecasts(codes, forecast, classes):
            return Evaluation((task,), agents, Forecasts(codes[k : k + 1], forecast[k : k + 1], classes))
        case Embeddings(vectors):
            return Evaluation((task,), agents, Embeddings(vectors[k : k + 1]))
        case Gains(gain, base, contrast, unit):
            cut = None if contrast is None else contrast[k : k + 1]
            return Evaluation((task,), agents, Gains(gain[k : k + 1], base[k : k + 1], cut, unit))
        case PairScores() as pairs:
            others, about = pairs_about(pairs, index)
            return Evaluation((task, *(Task(ids[other]) for other in others)), agents, about)


def pairs_about(pairs: PairScores, index: int) -> tuple[list[int], PairScores]:
    """The tasks that rows of task `index` contrast it with, and these rows, in which `index` is 0 and those follow."""
    row = pairs.task == index
    others = np.setdiff1d(pairs.peer_task[row], index)
    peer_task = np.where(pairs.peer_task[row] == index, 0, 1 + np.searchsorted(others, pairs.peer_task[row]))
    about = PairScores(
        n_agents=pairs.n_agents,
        n_tasks=1 + len(others),
        agent=pairs.agent[row],
        task=np.zeros_like(peer_task),
        peer=pairs.peer[row],
        peer_task=peer_task,
        score=pairs.score[row],
        weight=pairs.weight[row],
    )
    return others.tolist(), about


def joined(parts: Iterable[Columns]) -> Columns:
    """Blocks end to end."""
    texts: dict[str, list[str | None]] = defaultdict(list)
    arrays: dict[str, list[Array]] = defaultdict(list)
    for part in parts:
        for name, values in part.texts.items():
            texts[name] += values
        for name, array in part.arrays.items():
            arrays[name].append(array)
    return Columns(texts, {name: np.concatenate(pieces) for name, pieces in arrays.items()})


def evidence_from(kind: str, head: Columns, columns: Columns) -> Evidence:
    """The evidence in these blocks; of pair scores, with the tasks numbered as in the whole input."""
    n_agents, n_tasks, arrays = len(head.texts["agents"]), len(head.texts["tasks"]), columns.arrays
    match kind:
        case "responses":
            flat = columns.texts["response"]
            return Responses([list(flat[i : i + n_agents]) for i in range(0, len(flat), n_agents)])
        case "labels":
            return Labels(arrays["code"], known(head.texts["classes"]))
        case "forecasts":
            return Forecasts(arrays["code"], arrays["forecast"], known(head.texts["classes"]))
        case "embeddings":
            return Embeddings(arrays["vector"])
        case "gains":
            return Gains(arrays["gain"], arrays["base"], arrays.get("contrast"), *known(head.texts["unit"]))
        case _:
            order = np.argsort(arrays["row"])
            return PairScores(n_agents, n_tasks, *(arrays[name][order] for name in PAIR_FIELDS))


def known(texts: Texts) -> tuple[str, ...]:
    """Texts of which none is missing."""
    return tuple(text for text in texts if text is not None)


def task_index(head: Columns, task_id: str) -> int:
    """Where a task stands in its input. Raises `InvalidInput` naming the closest ids where it has none."""
    ids = known(head.texts["tasks"])
    if task_id in ids:
        return ids.index(task_id)
    near = get_close_matches(task_id, ids, cutoff=0.5) or ids[:3]
    raise InvalidInput(f"this input has no task {task_id!r}; it has {', '.join(map(repr, near))} ...")
