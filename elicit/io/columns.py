"""Which column of a file is which field, and what kind of table that makes it.

One rule: every accepted name stands in `FIELDS`, under one field only. Case, blanks and hyphens do not matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal, get_args

from elicit.errors import InvalidInput
from elicit.io.tables import NotATable, Table, in_words, listed

EvidenceKind = Literal["pair-scores", "logprobs", "forecasts", "labels", "responses", "embeddings"]
Kind = Literal["pair-scores", "logprobs", "forecasts", "labels", "responses", "embeddings", "wide labels", "tasks"]

FIELDS: dict[str, tuple[str, ...]] = {
    "task_id": (
        *("task_id", "task", "taskid", "id", "question_id", "qid", "item", "item_id", "example_id"),
        *("instance_id", "problem_id", "sample_id", "prompt_id"),
    ),
    "agent": (
        *("agent", "agent_id", "agent_name", "model", "model_id", "model_name", "generator"),
        *("system", "system_id", "worker", "worker_id", "annotator", "annotator_id", "performer"),
    ),
    "response": (
        *("response", "output", "completion", "text", "answer", "generation", "prediction"),
        *("model_output", "generated_text"),
    ),
    "prompt": ("prompt", "instruction", "question", "query", "problem", "input"),
    "context": ("context", "document", "source", "passage", "article", "source_text"),
    "options": ("options", "choices"),
    "label": ("label", "choice", "vote", "annotation"),
    "forecast": ("forecast", "forecasts"),
    "embedding": ("embedding", "embeddings", "vector"),
    "peer": ("peer", "peer_id", "peer_agent", "peer_model"),
    "peer_task_id": ("peer_task_id", "peer_task"),
    "score": ("score", "critic_score"),
    "weight": ("weight",),
    "logp_cond": ("logp_cond", "logprob_cond"),
    "logp_base": ("logp_base", "logprob_base"),
    "n_tokens": ("n_tokens", "num_tokens", "token_count"),
}

REQUIRED: dict[Kind, tuple[str, ...]] = {
    "pair-scores": ("task_id", "agent", "peer", "score"),
    "logprobs": ("task_id", "agent", "peer", "logp_cond", "logp_base", "n_tokens"),
    "responses": ("task_id", "agent", "response"),
    "labels": ("task_id", "agent", "label"),
    "forecasts": ("task_id", "agent", "label", "forecast"),
    "embeddings": ("task_id", "agent", "embedding"),
    "wide labels": ("task_id",),
    "tasks": ("task_id",),
}
OPTIONAL: dict[Kind, tuple[str, ...]] = {
    "pair-scores": ("peer_task_id", "weight", "prompt", "context"),
    "logprobs": ("prompt", "context"),
    "responses": ("prompt", "context"),
    "labels": ("prompt", "context"),
    "forecasts": ("prompt", "context"),
    "embeddings": ("prompt", "context"),
    "wide labels": (),
    "tasks": ("prompt", "context", "options"),
}

FORECAST_OF = "forecast_"  # and a label: a column for each label's share

TASK_FILE_NAMES = {"tasks", "prompts", "questions", "instructions"}
LONGEST_WIDE_LABEL = 64
NARROWEST_WIDE = 3  # the task and two agents


@dataclass(frozen=True)
class Sheet:
    """A table whose columns have found their meaning: `fields` maps our names to the file's."""

    table: Table
    kind: Kind
    fields: dict[str, str]

    def place(self, row: int, field: str) -> str:
        """Where a cell stands, in the file's own words."""
        return f"{self.table.place(row)}, field {self.fields.get(field, field)!r}"

    def with_field(self, field: str, values: list[Any]) -> "Sheet":
        """The same sheet with `values` as the field, for what a file says otherwise than in a column."""
        table = self.table.with_column(field, values)
        return replace(self, table=table, fields={**self.fields, field: field})


def recognise(table: Table, evidence: EvidenceKind | None) -> Sheet:
    """What kind of table this is, by its columns.

    Raises `NotATable` naming the columns found, the field that is missing and the names it may have, and InvalidInput
    for an evidence that does not exist.
    """
    if evidence not in (None, *get_args(EvidenceKind)):
        raise InvalidInput(f"evidence must be one of {', '.join(get_args(EvidenceKind))}, got {evidence!r}")
    if not table.n_rows:
        raise NotATable(f"{table.source}: the file must hold rows, it is empty")
    table = with_forecasts(table)
    fields = claim(table.names)
    kind = kind_of(table, fields, evidence)
    if kind == "wide labels":
        fields = {"task_id": fields.get("task_id", table.names[0])}
    for field in REQUIRED[kind]:
        if field not in fields and not can_be_told_otherwise(field, kind, fields):
            raise missing_field(table, field)
    return Sheet(table, kind, fields)


def with_forecasts(table: Table) -> Table:
    """The table with its columns of shares, if it has any, as one column of forecasts."""
    columns = [name for name in table.names if name.lower().startswith(FORECAST_OF)]
    if not columns or "forecast" in claim(table.names):
        return table
    labels = [name[len(FORECAST_OF) :] for name in columns]
    rows = zip(*(listed(table.column(name)) for name in columns), strict=True)
    return table.with_column("forecast", [dict(zip(labels, row, strict=True)) for row in rows])


def recognise_tasks(table: Table) -> Sheet:
    """The table as a file of tasks, whatever else it holds: an id, and a prompt or a context."""
    fields = claim(table.names)
    if "task_id" not in fields:
        raise missing_field(table, "task_id")
    if not {"prompt", "context"} & set(fields):
        raise missing_field(table, "prompt", "context")
    return Sheet(table, "tasks", fields)


def claim(names: Iterable[str]) -> dict[str, str]:
    """The column each field is read from: of several, the exact name, then the first in `FIELDS`."""
    names = list(names)
    found = {field: claimants(field, names) for field in FIELDS}
    return {field: columns[0] for field, columns in found.items() if columns}


def claimants(field: str, names: Iterable[str]) -> list[str]:
    """The columns that could be the field, the best first.

    >>> claimants("prompt", ["input", "Instruction", "agent"])
    ['Instruction', 'input']
    """
    accepted = FIELDS[field]
    fitting = [name for name in names if normal(name) in accepted]
    return sorted(fitting, key=lambda name: (name != field, accepted.index(normal(name))))


def normal(name: str) -> str:
    """A header as it is compared: "Task ID" and "task-id" are `task_id`."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


# Fields that tell the kind of evidence where all of them are there, the first ones before the others.
TELLING: tuple[tuple[tuple[str, ...], Kind], ...] = (
    (("logp_cond",), "logprobs"),
    (("logp_base",), "logprobs"),
    (("peer",), "pair-scores"),
    (("peer_task_id",), "pair-scores"),
    (("forecast", "label"), "forecasts"),
    (("response",), "responses"),
    (("label",), "labels"),
    (("embedding",), "embeddings"),
)


def kind_of(table: Table, fields: dict[str, str], evidence: EvidenceKind | None) -> Kind:
    """The kind of evidence the columns point to, if only by one field; the caller checks that the others are there."""
    if is_task_file(table, fields):
        return "tasks"
    if evidence == "labels" and not {"agent", "label"} & set(fields) and len(table.names) >= NARROWEST_WIDE:
        return "wide labels"
    if evidence:
        return evidence
    for telling, kind in TELLING:
        if set(telling) <= set(fields):
            return kind
    if is_wide(table, fields):
        return "wide labels"
    raise missing_field(table, "response", "label")


def is_task_file(table: Table, fields: dict[str, str]) -> bool:
    """A task id with a prompt or a context and nobody's answer.

    A file *called* tasks may hold an answer and still be one: that answer is the key, which must not be ranked.
    """
    if "agent" in fields or "task_id" not in fields or not {"prompt", "context"} & set(fields):
        return False
    return table.agent.lower() in TASK_FILE_NAMES or "response" not in fields


def is_wide(table: Table, fields: dict[str, str]) -> bool:
    """Tasks x agents: a task id, no column that long tables have, two agents or more, short cells."""
    if "agent" in fields or "task_id" not in fields or len(table.names) < NARROWEST_WIDE:
        return False
    others = (name for name in table.names if name != fields["task_id"])
    return all(longest(listed(table.column(name))) <= LONGEST_WIDE_LABEL for name in others)


def longest(cells: list[Any]) -> int:
    """The length of the longest cell as it would be written."""
    return max(len(str(cell)) for cell in cells)


def can_be_told_otherwise(field: str, kind: Kind, fields: dict[str, str]) -> bool:
    """Responses need no agent column (the file's name tells) and no task id (the prompt does)."""
    return kind == "responses" and (field == "agent" or (field == "task_id" and "prompt" in fields))


def missing_field(table: Table, *fields: str) -> NotATable:
    """The error for a table in which no column is any of `fields`."""
    wanted = " or ".join(f"the {field} (accepted names: {', '.join(FIELDS[field])})" for field in fields)
    unclaimed = [name for name in table.names if name not in claim(table.names).values()]
    hints = [hint for name in unclaimed if (hint := hint_for(name, fields))]
    message = (
        f"{table.source}: a column must hold {wanted}; columns found: {in_words(table.names, at_most=20)}"
        + "".join(f"; {hint}" for hint in hints)
    )
    return NotATable(message, brief=f"{table.source}: no column holds the {' or the '.join(fields)}")


def hint_for(name: str, fields: Iterable[str]) -> str:
    """ "did you mean" for a column that nearly is a field.

    >>> hint_for("agnet", ["agent"])
    "did you mean 'agent' by 'agnet'?"
    """
    accepted = [alias for field in fields for alias in FIELDS[field]]
    close = get_close_matches(normal(name), accepted, n=1, cutoff=0.78)
    return f"did you mean {close[0]!r} by {name!r}?" if close else ""


def column_notes(sheet: Sheet) -> list[str]:
    """What of the file's columns is not read, in words."""
    if sheet.kind == "wide labels":
        return []
    names = sheet.table.names
    fields = [field for field in (*REQUIRED[sheet.kind], *OPTIONAL[sheet.kind]) if field in sheet.fields]
    rivals = {other: field for field in fields for other in claimants(field, names)[1:]}
    notes = [
        f"column {other!r} is not read, {sheet.fields[field]!r} already gives the {field}"
        for other, field in rivals.items()
    ]
    explained = {*rivals, *(sheet.fields[field] for field in fields)}
    if sheet.kind == "forecasts":
        explained |= {name for name in names if name.lower().startswith(FORECAST_OF)}
    if sheet.kind == "responses" and "label" in sheet.fields:
        explained.add(sheet.fields["label"])
        notes.append("it holds labels too; the responses are ranked (evidence 'labels' ranks the labels)")
    ignored = [name for name in names if name not in explained]
    if ignored:
        hints = [hint for name in ignored if (hint := hint_for(name, OPTIONAL[sheet.kind]))]
        notes.append("; ".join([f"{count(len(ignored), 'column')} not read: {in_words(ignored)}", *hints]))
    return notes


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "task"), count(2000, "task")
    ('1 task', '2,000 tasks')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
