"""Reports on stored runs: what a page needs, found in the store.

One rule: nothing is asked and nothing is computed anew, but for the ranking of a plan that is not finished.
"""

import shlex
from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from elicit.charts.categories import Board
from elicit.errors import InvalidEvaluation, UnknownRun
from elicit.local import StoredCompletions, as_record, none_if_nan, run_and_rank, started_plan
from elicit.report import Facts, report
from elicit.services.asking import Ports
from elicit.services.budget import LocalBudget
from elicit.services.plan import BudgetSpec
from elicit.store import RunRecord, Store


def report_on(store: Store, reference: str) -> str:
    """A report on a run as an HTML page: on a stored one, or on what there is so far of a plan that is not finished.

    Raises `UnknownRun`, and `InvalidEvaluation` where an unfinished run has too little to rank yet.
    """
    try:
        record = store.run(reference)
    except UnknownRun as error:
        return report_so_far(store, reference, error)
    return report_of(record, store.names(record.input_hash)[0], command_of(record))


def report_so_far(store: Store, reference: str, unknown: UnknownRun) -> str:
    """A report on what is stored of an unfinished plan; raises `unknown` where there is no such plan either."""
    try:
        run_id, plan = started_plan(store, reference)
    except UnknownRun:
        raise unknown from None
    nothing_more = Ports(None, StoredCompletions(store, run_id), LocalBudget(BudgetSpec(max_cost=0.0, max_calls=0)))
    _, ranking, document = run_and_rank(plan, nothing_more)
    if ranking is None or document is None:
        raise InvalidEvaluation(f"run {run_id} has too few answers to rank yet: 'elicit resume {run_id}' goes on")
    return report_of(as_record(ranking, document, run_id), ranking.evaluation.agents, f"elicit resume {run_id}")


def report_of(record: RunRecord, agents: Sequence[str], command: str, boards: Sequence[Board] = ()) -> str:
    """A report on a run; `agents` are those of its input, in order, and `command` is what makes it again.

    `boards` are the standings by category, if tasks have categories.
    """
    order = [agents.index(row["agent"]) for row in record.result["agents"]]
    matrix = record.arrays["pairwise"][np.ix_(order, order)]
    facts = Facts(
        run_id=record.id,
        title=title_of(record),
        made_at=record.created_at,
        document=record.result,
        matrix=[[none_if_nan(value) for value in row] for row in matrix],
        versions=record.versions,
        sources=record.sources,
        input_hash=record.input_hash,
        command=command,
        boards=boards,
    )
    return report(facts)


def title_of(record: RunRecord) -> str:
    """What a run is called: its plan, or the files that were read."""
    run = record.result["diagnostics"].get("run")
    if run is not None:
        return str(run["plan"])
    return ", ".join(PurePath(source.path).name for source in record.sources) or f"run {record.id}"


def command_of(record: RunRecord) -> str:
    """What makes a stored run again."""
    if "run" in record.result["diagnostics"]:
        return f"elicit rescore {record.id}"
    chosen = record.parameters
    files = [PurePath(source.path).name for source in record.sources] or ["FILE"]
    options = {"mechanism": chosen["mechanism"], "scorer": chosen["scorer"], "peers": chosen["peers"]}
    options |= {"clones": "on" if chosen["clones"] else "off", "seed": str(chosen["seed"])}
    return shlex.join(
        ["elicit", "rank", *files, *(word for name, value in options.items() for word in (f"--{name}", value))]
    )
