"""The same job from Python: rows or a DataFrame in, a leaderboard that a notebook can show out."""

import html
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from elicit import local
from elicit.errors import ElicitError, InvalidInput
from elicit.io import EvidenceKind, from_rows, read
from elicit.llm import check_llm_extra, open_gateway
from elicit.services.plan import Plan
from elicit.services.scoring import Options
from elicit.store import Store
from elicit.terminal import Scale, span, trust
from elicit.types import Evaluation
from elicit.untrusted import printable

if TYPE_CHECKING:
    import altair
    import pandas as pd

Rows: TypeAlias = "Iterable[Mapping[str, object]] | pd.DataFrame"


@dataclass(frozen=True)
class Leaderboard:
    """A finished ranking. `document` is its JSON form; `run_id` the stored run, if it was stored."""

    document: dict[str, Any]
    run_id: str | None

    @property
    def leaderboard(self) -> "pd.DataFrame":
        """A row an agent in rank order, with the columns of the JSON form; unknown numbers are NaN."""
        import pandas as pd

        frame = pd.DataFrame(self.document["agents"])
        whole = [name for name in ("rank", "rank_low", "rank_high", "tie_group") if frame[name].isna().any()]
        return frame.astype(dict.fromkeys(whole, "Int64"))

    @property
    def diagnostics(self) -> dict[str, Any]:
        """How far to trust the ranking."""
        found: dict[str, Any] = self.document["diagnostics"]
        return found

    def plot(self) -> "altair.LayerChart":
        """Scores with their 95 % intervals, best agent on top, as an Altair chart."""
        import altair as alt

        frame = self.leaderboard.dropna(subset=["score"])
        agent = alt.Y("agent:N", sort=list(frame["agent"]), title=None)
        base = alt.Chart(frame).encode(y=agent)
        bars = base.mark_rule(strokeWidth=2).encode(
            x=alt.X("low:Q", title=f"score ({self.diagnostics['unit']})"), x2="high:Q"
        )
        points = base.mark_point(filled=True, size=70).encode(
            x="score:Q", tooltip=["agent", "rank", "rank_low", "rank_high", "score", "low", "high", "coverage"]
        )
        chart: altair.LayerChart = (bars + points).properties(title=self.title, width=480)
        return chart

    @property
    def title(self) -> str:
        """What was ranked, and by what."""
        return "{n_agents} agents, {n_tasks} tasks · {mechanism} ({scorer})".format_map(self.document)

    def _repr_html_(self) -> str:
        """The leaderboard and what it means, for a notebook; every name is escaped."""
        scale = Scale(self.document["agents"])
        body = "".join(html_row(agent, scale) for agent in self.document["agents"])
        words = "".join(
            f"<li><b>{html.escape(label)}</b> {html.escape(text)}</li>" for label, text in trust(self.document)
        )
        notes = "".join(f"<li>{html.escape(printable(note))}</li>" for note in self.diagnostics["notes"])
        return (
            f"<div><p>{html.escape(self.title)}</p><table><thead><tr><th>rank</th><th>95 %</th><th>agent</th>"
            "<th>score</th><th></th><th>95 %</th><th>answered</th><th>length out</th></tr></thead>"
            f"<tbody>{body}</tbody></table>"
            f"<ul>{words}{notes}</ul></div>"
        )


def html_row(agent: Mapping[str, Any], scale: Scale) -> str:
    """One agent as a table row with a bar."""
    ranked = agent["rank"] is not None
    share = 100 * scale.share(agent["score"]) if agent["score"] is not None else 0
    bar = (
        f'<div style="width:160px;background:#eee"><div style="width:{share:.0f}%;height:0.8em;background:#3a7ca5">'
        "</div></div>"
    )
    interval = "" if agent["low"] is None else f"{scale.number(agent['low'])} … {scale.number(agent['high'])}"
    cells = [
        str(agent["rank"]) if ranked else "–",
        span(agent["rank_low"], agent["rank_high"]),
        html.escape(printable(agent["agent"])),
        scale.number(agent["score"]),
        bar,
        interval,
        f"{agent['coverage']:.0%}",
        scale.number(agent["score_length_adjusted"]),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


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
