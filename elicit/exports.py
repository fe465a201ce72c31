"""Stored runs as files for programs: JSON, CSV and Markdown.

Agent names come from outside, so formulas and markup in them are escaped.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from elicit.untrusted import markdown_safe, printable, spreadsheet_safe

Document = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]


def as_json(document: Document | Rows) -> str:
    """Indented JSON, strict (no NaN); what a terminal would obey stands as an escape."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text) + "\n"


def as_csv(rows: Rows) -> str:
    """One line a row under a header; unknown values are empty cells."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([csv_cell(value) for value in row.values()])
    return out.getvalue()


def csv_cell(value: Any) -> Any:
    """A value as a CSV cell: text that no spreadsheet runs, numbers as they are."""
    if isinstance(value, str):
        return spreadsheet_safe(printable(value))
    return json.dumps(value) if isinstance(value, list | dict) else value


def as_markdown(rows: Rows) -> str:
    """A Markdown table; numbers with four significant digits."""
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[markdown_cell(value) for value in row.values()] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def markdown_cell(value: Any) -> str:
    """A value as a Markdown table cell."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else markdown_safe(str(value))


LEADERBOARD_COLUMNS = (
    "rank",
    "rank_low",
    "rank_high",
    "agent",
    "score",
    "low",
    "high",
    "n_tasks",
    "coverage",
    "cluster",
)


def leaderboard_markdown(document: Document) -> str:
    """The leaderboard a reader needs, under a line that says how it was made."""
    agents = [{name: agent[name] for name in LEADERBOARD_COLUMNS} for agent in document["agents"]]
    made = "{mechanism} ({scorer}), {n_agents} agents, {n_tasks} tasks, seed {seed}".format_map(document)
    return f"{made}\n\n{as_markdown(agents)}"


DOCUMENT_FORMATS: dict[str, Callable[[Document], str]] = {
    "json": as_json,
    "csv": lambda document: as_csv(document["agents"]),
    "markdown": leaderboard_markdown,
}
ROW_FORMATS: dict[str, Callable[[Rows], str]] = {"json": as_json, "csv": as_csv, "markdown": as_markdown}
