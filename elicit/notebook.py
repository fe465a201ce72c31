"""The same job from Python: rows or a DataFrame in, a leaderboard that a notebook can show out."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from elicit import local
from elicit.errors import ElicitError, InvalidInput
from elicit.io import EvidenceKind, from_rows, read
from elicit.leaderboard import Leaderboard
from elicit.llm import check_llm_extra, open_gateway
from elicit.services.plan import Plan
from elicit.services.scoring import Options
from elicit.store import Store
from elicit.types import Evaluation

if TYPE_CHECKING:
    import pandas as pd

Rows: TypeAlias = "Iterable[Mapping[str, object]] | pd.DataFrame"


def rank(
    rows: "str | Path | Rows",
    *,
    tasks: "str | Path | Rows | None" = None,
    evidence: EvidenceKind | None = None,
    mechanism: str | None = None,
    scorer: str | None = None,
    peers: str | None = None,
    clones: bool | None = None,
    seed: int = 0,
    store: bool = True,
) -> Leaderboard:
    """Rank the agents of `rows`, as `elicit rank` does, and keep the run unless `store` is false.

    `rows` is a DataFrame, an iterable of mappings with `task_id`, `agent` and `response` (or the other names and shapes
    the command line accepts), or the path of a file; `tasks`, for prompts kept apart, comes the same way. Raises
    `InvalidInput` with the row and field where the input breaks a rule.

    >>> board = rank([{"task_id": t, "agent": a, "label": "yn"[t % 2]} for t in range(30) for a in "abc"], store=False)
    >>> [agent["rank"] for agent in board.document["agents"]]
    [1, 1, 1]
    """
    evaluation = evaluation_of(rows, tasks, evidence)
    options = Options(mechanism=mechanism, scorer=scorer, peers=peers, clones=clones, seed=seed)
    if not store:
        outcome = local.rank(evaluation, options, None)
    else:
        with Store.open() as opened:
            outcome = local.rank(evaluation, options, opened)
    return Leaderboard(outcome.document, outcome.run_id)


def audit(
    rows: "str | Path | Rows",
    *,
    tasks: "str | Path | Rows | None" = None,
    evidence: EvidenceKind | None = None,
    mechanisms: "Sequence[str] | None" = None,
    attacks: "Sequence[str] | None" = None,
    n_tasks: int = 100,
    n_agents: int = 6,
    seed: int = 0,
) -> "pd.DataFrame":
    """Play tricks on the answers in `rows`, as `elicit audit` does, and say what each would gain.

    A row for each attack, mechanism and defence against clones; `most_places` is how far the luckiest of the agents
    that played it rose, `gained` how many rose at all, `kept` the median share of their scores that they kept.

    >>> found = audit("elicit/demo_data/responses.jsonl", attacks=["repeat"], mechanisms=["mi"], n_agents=2, n_tasks=20)
    >>> found["gained"].tolist()
    [0, 0]
    """
    import pandas as pd

    from elicit.services.audit import Sampling, summary
    from elicit.services.audit import audit as played

    evaluation = evaluation_of(rows, tasks, evidence)
    sampling = Sampling(n_tasks, n_agents)
    effects = played(evaluation, mechanisms=mechanisms, attacks=attacks, sampling=sampling, seed=seed)
    return pd.DataFrame(summary(effects))


def evaluate(plan: "str | Path | Mapping[str, Any] | Plan") -> Leaderboard:
    """Carry out a plan, as `elicit run` does: ask agents, have a model compare their answers, rank them.

    `plan` is the path of a plan file, a mapping with its fields (tasks and responses may be rows or DataFrames), or a
    `Plan`. Works inside a running event loop, too. Every answer is stored as it arrives. A run that stops early is
    scored as far as it went, with `diagnostics["run"]["stopped"]` saying why, and `elicit resume` goes on with it;
    raises `ElicitError` where nothing can be ranked yet.
    """
    whole = plan_from_any(plan)
    with Store.open() as store, open_gateway(whole, os.environ) as gateway:
        run_id = local.start_plan(whole, store)
        outcome = local.carry_out(whole, run_id, store, gateway, local.budget_of(whole, store, run_id))
    if outcome.document is None:
        raise ElicitError(f"run {run_id} stopped ({outcome.stop}) before anything could be ranked: it can be resumed")
    return Leaderboard(outcome.document, outcome.run_id)


def plan_from_any(plan: "str | Path | Mapping[str, Any] | Plan") -> Plan:
    """A plan, however it came."""
    if isinstance(plan, Plan):
        return plan
    check_llm_extra()
    from elicit.io.plans import plan_of, read_plan

    return read_plan(plan) if isinstance(plan, str | Path) else plan_of(plan)


def evaluation_of(
    rows: "str | Path | Rows", tasks: "str | Path | Rows | None", evidence: EvidenceKind | None
) -> Evaluation:
    """Read rows, a DataFrame or a file; tasks come the same way."""
    if isinstance(rows, str | Path):
        if not isinstance(tasks, str | Path | None):
            raise InvalidInput("tasks must be a file where the responses are one, got rows")
        return read([rows], tasks=tasks, evidence=evidence)
    if isinstance(tasks, str | Path):
        raise InvalidInput("tasks must be rows where the responses are rows, got a file")
    return from_rows(rows, tasks=tasks, evidence=evidence)
