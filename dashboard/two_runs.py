"""Two runs side by side: who moved, whether that is more than noise, and what was set otherwise.

One rule: the verdict comes first, and a move within noise is called no move.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.choosing import chosen
from dashboard.connection import client
from dashboard.difference_list import list_differences
from dashboard.look import chart, escaped
from dashboard.picker import LISTED, label
from dashboard.states import empty
from dashboard.tables import fixed, named, rows_that_open, table
from elicit.charts import caption, moves
from elicit.digits import decimals
from elicit.errors import ApiError
from elicit.schemas import Comparison, Move, Run
from elicit.words import listed

CANNOT = 422
NAMED = 3  # agents that a verdict names


def show_two_runs() -> None:
    """The runs to choose, and what came of comparing them."""
    runs = {run.id: run for run in client().runs(limit=LISTED) if run.state in ("done", "stopped")}
    for parameter in ("before", "after"):
        add_asked(runs, parameter)
    if len(runs) < 2:
        empty("Comparing takes two finished runs. There is one as soon as an evaluation has been run again.")
        return
    before, after = chosen_pair(runs)
    found = compared(before, after)
    if found is None:
        return
    st.markdown(f"#### {verdict(found)}")
    show_caveats(before, after, found)
    chart(moves(found), caption("moves"), alt_text=f"Ranks of {len(found.moves)} agents in two runs")
    show_moves(found)
    show_settings(before, after)
    show_tasks(before, after, found)


def add_asked(runs: dict[str, Run], parameter: str) -> None:
    """A run that the address names may be older than those listed."""
    asked = st.query_params.get(parameter)
    if asked and asked not in runs:
        runs[asked] = client().run(asked)


def chosen_pair(runs: Mapping[str, Run]) -> tuple[Run, Run]:
    """The earlier and the later run: by default the newest, and the one before it of the same evaluation."""
    left, right = st.columns(2)

    def shown_as(run: str) -> str:
        return label(runs[run])

    with right:
        first = list(runs).index(one_to_begin_with(runs))
        later = chosen("Later run", list(runs), "after", default=first, shown_as=shown_as, where="among the runs")
        after = runs[later]
    others = [run for run in runs if run != after.id]
    with left:
        first = others.index(one_before(runs, after))
        before = chosen("Earlier run", others, "before", default=first, shown_as=shown_as, where="among the others")
    return runs[before], after


def one_to_begin_with(runs: Mapping[str, Run]) -> str:
    """The newest run that has an earlier one of its evaluation, or at least on its tasks; else the newest."""
    for same in ("evaluation_id", "task_set_id"):
        times = Counter(getattr(run, same) for run in runs.values())
        for run in runs.values():
            if times[getattr(run, same)] > 1:
                return run.id
    return next(iter(runs))


def one_before(runs: Mapping[str, Run], after: Run) -> str:
    """The run to compare with at first: the newest older one of its evaluation, else on the same tasks, else any."""
    others = [run for run in runs.values() if run.id != after.id]
    older = [run for run in others if run.created_at <= after.created_at] or others
    same = [run for run in older if run.evaluation_id == after.evaluation_id]
    alike = [run for run in older if run.task_set_id == after.task_set_id]
    return (same or alike or older)[0].id


def compared(before: Run, after: Run) -> Comparison | None:
    """What the server found; where the runs cannot be compared, why, and the way on."""
    try:
        return client().compare(before, after)
    except ApiError as error:
        if error.status != CANNOT:
            raise
        st.warning(f"**These two runs cannot be compared.** {escaped(error.detail)}.")
        st.caption("Choose two runs that have at least two agents in common, such as two of one schedule.")
        return None


def verdict(found: Comparison) -> str:
    """Who moved, in a sentence.

    >>> verdict(Comparison(before="x", after="y", moves=[]))
    'Nobody moved beyond noise: as far as the tasks can tell, all 0 agents stand where they stood.'
    """
    moved = [move for move in found.moves if move.beyond_noise]
    n = len(found.moves)
    if not moved:
        return f"Nobody moved beyond noise: as far as the tasks can tell, all {n} agents stand where they stood."
    return f"{len(moved)} of {n} agents moved beyond noise{up_and_down(moved)}."


def up_and_down(moved: Sequence[Move]) -> str:
    """Who rose and who fell, the largest moves first."""
    by_size = sorted(moved, key=lambda move: -abs(move.rank_change))
    up = [move.agent for move in by_size if move.rank_change > 0]
    down = [move.agent for move in by_size if move.rank_change < 0]
    told = [f"{escaped(listed(names, NAMED))} {way}" for names, way in ((up, "rose"), (down, "fell")) if names]
    return f": {'; '.join(told)}" if told else ""


def show_caveats(before: Run, after: Run, found: Comparison) -> None:
    """What keeps the two from being measured alike."""
    if before.task_set_id != after.task_set_id:
        st.warning(
            "The runs are on **different task sets**: a move may come from the tasks as well as from the agents.",
            icon=":material/rule:",
        )
    if not same_measure(found):
        st.info(
            "The runs do **not measure the same** (scorer, mechanism or peers): ranks are compared, scores are not.",
            icon=":material/straighten:",
        )


def same_measure(found: Comparison) -> bool:
    """Whether scores may be compared, and not ranks only."""
    return any(move.score_change is not None for move in found.moves)


def show_moves(found: Comparison) -> None:
    """All agents in a table, in the order of the later run."""
    rows = [move_row(move) for move in found.moves]
    scores = scores_columns(found) if same_measure(found) else {}
    columns = {
        "agent": named("agent"),
        "rank_before": st.column_config.NumberColumn("before", format="%d"),
        "rank_after": st.column_config.NumberColumn("after", format="%d"),
        "rank_change": st.column_config.NumberColumn(
            "change", format="%+d", help="Places risen since the earlier run."
        ),
        "places": st.column_config.TextColumn("95 %", help="Interval of the change of rank."),
        "p_adjusted": fixed("p", 3, read="Adjusted for having looked at every agent (Holm)."),
        "moved": st.column_config.TextColumn("more than noise"),
        **scores,
    }
    st.caption(
        "Ranks are among the agents that both runs have. Click the box before a row to see that agent's tasks below."
    )
    rows_that_open(rows, columns, lambda row: look_at(row["agent"]), alt="Agents in both runs", key="move_rows")


def move_row(move: Move) -> dict[str, Any]:
    """What the table shows of an agent."""
    interval = "–" if move.rank_change_low is None else f"{move.rank_change_low:+d} … {move.rank_change_high:+d}"
    return {**move.model_dump(), "places": interval, "moved": "yes" if move.beyond_noise else "no"}


def scores_columns(found: Comparison) -> dict[str, Any]:
    """The change of score, where both runs measure the same."""
    known = [move for move in found.moves if move.score_change_low is not None]
    digits = decimals([{"low": move.score_change_low, "high": move.score_change_high} for move in known])
    return {
        "score_change": fixed("score", digits, signed=True, read="Change of score."),
        "score_change_low": fixed("low", digits, signed=True, read="Lower end of its 95 % interval."),
        "score_change_high": fixed("high", digits, signed=True, read="Upper end of its 95 % interval."),
    }


def look_at(agent: str) -> None:
    """Show the tasks of this agent."""
    st.query_params["agent"] = agent
    st.rerun()


def show_settings(before: Run, after: Run) -> None:
    """Which fields of the two evaluations differ."""
    st.subheader("What was set otherwise")
    if before.evaluation_id == after.evaluation_id:
        st.markdown(
            "Nothing: both are runs of one evaluation. What differs is what agents handed in, or answered anew."
        )
        return
    first, second = (settings_of(run) for run in (before, after))
    rows = list(differing(first, second))
    if not rows:
        st.markdown("Nothing: the two evaluations have the same settings under two names.")
        return
    columns = {"field": "field", "before": "earlier run", "after": "later run"}
    table(rows, columns, alt="Settings that differ", key="settings")
    st.caption("Only what differs is listed. A seed decides which tasks and pairs are drawn by chance.")


def settings_of(run: Run) -> dict[str, Any]:
    """The fields of a run's evaluation."""
    return {"tasks": run.task_set_id, **client().evaluation(run.evaluation_id).plan}


def differing(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Fields that differ, nested ones one by one, and of lists what only one has.

    >>> list(differing({"seed": 0, "scorer": {"kind": "lexical"}}, {"seed": 1, "scorer": {"kind": "lexical"}}))
    [{'field': 'seed', 'before': '0', 'after': '1'}]
    >>> list(differing({"agents": ["a", "b"]}, {"agents": ["b"]}))
    [{'field': 'agents', 'before': 'also a', 'after': '–'}]
    """
    mine, theirs = dict(flat(first)), dict(flat(second))
    for field in dict.fromkeys([*mine, *theirs]):
        a, b = mine.get(field), theirs.get(field)
        if a == b:
            continue
        if isinstance(a, list) and isinstance(b, list):
            yield {"field": field, "before": only(a, b), "after": only(b, a)}
        else:
            yield {"field": field, "before": told(a), "after": told(b)}


def flat(fields: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Fields of fields under the names of both."""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def only(these: Sequence[Any], those: Sequence[Any]) -> str:
    """What is in the first list only."""
    return told_list([str(one) for one in these if one not in those])


def told_list(names: Sequence[str]) -> str:
    """Names in a cell."""
    return f"also {listed(names)}" if names else "–"


def told(value: Any) -> str:
    """A value in a cell; – where it was left to the server."""
    return "–" if value is None else str(value)


def show_tasks(before: Run, after: Run, found: Comparison) -> None:
    """Which tasks made the difference for one agent."""
    st.subheader("Tasks that made the difference")
    if not same_measure(found):
        st.markdown("Not shown: scores of the two runs are not in one unit.")
        return
    agents = [move.agent for move in found.moves]
    most = max(
        range(len(agents)), key=lambda at: (found.moves[at].beyond_noise, abs(found.moves[at].score_change or 0))
    )
    agent = chosen("Agent", agents, "agent", default=most, where="in both runs")
    differences = client().comparison_by_task(before, after, agent=agent)
    list_differences(differences, after.id, [agent], ("later run", "earlier run"))
