"""The tables of the validity benchmark: a summary, the published values, and every set."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import published
from common import markdown
from measures import NOTHING, Agreement, short
from sets import Known
from validity_rows import Found, Row

INPUTS = ("text", "labels", "critic", "log-probs", "combined")
SUMMARY = ["set", "known", "measure", "compared", *INPUTS, "best control"]
PUBLISHED = ["set", "published mechanism", "published", "here", "largest difference"]
MARKS = {"default": "**", "mechanism": "", "control": "*"}  # in this order
BLOCK = re.compile(r"(<!-- (\w+): written by benchmarks/\w+.py -->\n).*?(?=<!-- end)", re.DOTALL)


def printed(found: Sequence[Found], missing: Sequence[str]) -> str:
    """All the tables, one below the other."""
    return "\n\n".join(tables(found, missing).values())


def rewritten(page: str, found: Sequence[Found], missing: Sequence[str]) -> str:
    """The page with its tables replaced; what people wrote stays."""
    return replaced(page, tables(found, missing))


def replaced(page: str, made: Mapping[str, str]) -> str:
    """The page with these of its tables replaced, by name.

    >>> replaced("<!-- a: written by benchmarks/b.py -->\\nold\\n<!-- end -->", {"a": "new"}).split()[-4:]
    ['new', '<!--', 'end', '-->']
    """
    return BLOCK.sub(lambda block: f"{block[1]}\n{made[block[2]]}\n\n" if block[2] in made else block[0], page)


def tables(found: Sequence[Found], missing: Sequence[str]) -> dict[str, str]:
    """The three parts, by name."""
    notes = [*missing, *(note for case in found for note in case.notes)]
    each = "\n\n".join(f"### {case.case.name}\n\n{about(case)}\n\n{set_table(case)}" for case in found if case.rows)
    return {
        "summary": summary(found),
        "published": beside_published(found),
        "sets": "\n\n".join([each, *(f"- {note}" for note in notes)]),
    }


def summary(found: Sequence[Found]) -> str:
    """A row for each set and thing known: what `elicit rank` gives by itself for each input, and the best control."""
    rows = [summary_row(case, known) for case in found for known in case.case.known if in_summary(known)]
    return markdown(SUMMARY, filter(None, rows))


def in_summary(known: Known) -> bool:
    """Whether something known has a row in the summary: good faith within tasks says what over all responses does."""
    return known.over != "tasks" or known.judged is not None


def summary_row(case: Found, known: Known) -> list[str]:
    """One row of it; empty where no input could be scored."""
    defaults = [case.default(name) for name in INPUTS]
    first = next((row for row in defaults if row), None)
    if first is None:
        return []
    control = case.best_control(known)
    best = f"{short(control.agreement[known.name].value)} {control.how}" if control else "–"
    agreement = [str(row.agreement[known.name]) if row else "–" for row in defaults]
    return [case.case.name, known.name, known.measure, str(compared(first, known)), *agreement, best]


def compared(row: Row, known: Known) -> int:
    """How many agents, or responses, have a score and something known."""
    if known.over == "agents":
        return int((~np.isnan(row.score + known.values(row.agents))).sum())
    return int((~np.isnan(row.by_task + known.of_responses(row.agents, row.tasks))).sum())


def beside_published(found: Sequence[Found]) -> str:
    """Each published mechanism: its AUC, ours, and the largest difference of the three."""
    return markdown(PUBLISHED, [row for case in found for row in published_rows(case)])


def published_rows(case: Found) -> list[list[str]]:
    """The rows of one set."""
    rows = []
    for theirs, (name, ours) in zip(
        published.AUC.get(case.case.name.removeprefix("strategic/"), ()), published.OURS.items(), strict=False
    ):
        if theirs:
            row = case.row(*ours) if ours else None
            mine = [row.agreement[known.name].value for known in case.case.known] if row else []
            gap = max(np.subtract(mine, theirs), key=abs) if mine else np.nan
            rows.append([case.case.name, name, triple(theirs), triple(mine), short(gap, 3)])
    return rows


def triple(values: Sequence[float]) -> str:
    """Three AUCs in a cell; a dash for none."""
    return " / ".join(short(value, 3) for value in values) or "–"


def about(case: Found) -> str:
    """How large a set is."""
    n, m = (max(len(names) for names in side) for side in zip(*((r.agents, r.tasks) for r in case.rows), strict=True))
    return f"{n} agents, {m} tasks."


def set_table(case: Found) -> str:
    """Everything about one set: the defaults, the other mechanisms, the controls."""
    known = case.case.known
    away = sorted({agent for k in known for agent in k.left_out})
    header = ["input, scorer", "mechanism", *(f"{k.name} ({k.measure})" for k in known)]
    header += ["other peers", "adjusted", "constant", *(f"{agent} ranks" for agent in away), "p", "seconds"]
    rows = sorted(case.rows, key=lambda row: list(MARKS).index(row.kind))
    return markdown(header, [set_row(row, known, away) for row in rows])


def set_row(row: Row, known: Sequence[Known], away: Sequence[str]) -> list[str]:
    """One way to score it."""
    mark, agents = MARKS[row.kind], next(k for k in known if k.over == "agents")
    again = [
        NOTHING if v is None else agents.agreement(row.agents, row.tasks, v, row.by_task)
        for v in (row.other, row.adjusted)
    ]
    return [
        row.what,
        f"{mark}{row.how}{mark}",
        *(str(row.agreement[k.name]) for k in known),
        *(value_only(agreement) for agreement in again),
        row.constant,
        *(f"{row.place(agent)} of {len(row.agents)}" for agent in away),
        short(row.p, 4),
        short(row.seconds, 1),
    ]


def value_only(agreement: Agreement) -> str:
    """An agreement without its interval."""
    return short(agreement.value)
