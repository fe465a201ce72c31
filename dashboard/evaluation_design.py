"""Step 3 of a new evaluation: which pairs are scored, where the run stops, and what it will cost.

One rule: the cost is shown before anything starts, and a price that nobody knows is not 0.
"""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.connection import client, may
from dashboard.evaluation_data import Chosen
from dashboard.evaluation_scoring import Scoring
from dashboard.evaluation_words import NEEDS_MODEL, PAIRS
from dashboard.look import escaped, roughly
from elicit.digits import dollars
from elicit.errors import ApiError, InvalidInput
from elicit.schemas import CostEstimate

ESTIMATED = "new_estimated"  # the last estimate, and what it was of


def design(chosen: Chosen, scoring: Scoring) -> dict[str, Any]:
    """Design, budget and seed as an evaluation has them; what is left to the server is not in it."""
    pairs = which_pairs(chosen) if scoring.scorer["kind"] in NEEDS_MODEL else {}
    one, two, three = st.columns(3)
    budget = {
        "max_cost": one.number_input(
            "At most, in US dollars", 0.0, None, None, step=1.0, placeholder="no limit", key="new_max_cost"
        ),
        "max_calls": two.number_input(
            "At most, in calls", 0, None, None, step=100, placeholder="no limit", key="new_max_calls"
        ),
    }
    seed = three.number_input(
        "Seed", 0, 2**53 - 1, 0, help="Every random choice follows from it: same seed, same numbers.", key="new_seed"
    )
    limits = {name: value for name, value in budget.items() if value is not None}
    return {"design": pairs or None, "budget": limits or None, "seed": seed}


def which_pairs(chosen: Chosen) -> dict[str, Any]:
    """The pairs that a scoring model is asked about."""
    left, right = st.columns(2)
    pairs = left.selectbox(
        "Pairs that are scored", list(PAIRS), format_func=PAIRS.get, key="new_pairs", persist_state="session"
    )
    if pairs == "rotating":
        most = len(chosen.agents) - 1
        peers = right.number_input(
            "Peers of each agent on a task", 1, most, min(3, most), key=f"new_peers_{most}", persist_state="session"
        )
        return {"pairs": pairs, "peers": peers}
    if pairs == "fitted":
        calls = right.number_input("Calls of the scorer", 2, None, 1_000, step=100, key="new_calls")
        return {"pairs": pairs, "calls": calls}
    return {"pairs": pairs}


def fields(chosen: Chosen, scoring: Scoring, planned: dict[str, Any]) -> dict[str, Any]:
    """All of an evaluation but its name."""
    return {
        "task_set": chosen.task_set.id,
        "agents": list(chosen.agents),
        "scorer": scoring.scorer,
        "mechanism": scoring.mechanism,
        **planned,
    }


def can_run(name: str, wanted: dict[str, Any]) -> bool:
    """Whether the server would take it, with what it will cost, or why not."""
    if not may("evaluate"):
        st.caption("What it would cost is told to keys with the scope evaluate.")
        return True
    try:
        show_estimate(estimate_of(name, wanted))
    except (ApiError, InvalidInput) as error:
        st.error(escaped(error.detail if isinstance(error, ApiError) else str(error)), icon=":material/error:")
        return False
    return True


def estimate_of(name: str, wanted: dict[str, Any]) -> CostEstimate:
    """The server's estimate, asked for anew when something has changed."""
    kept = st.session_state.get(ESTIMATED)
    if kept is None or kept[0] != wanted:
        with st.spinner("Counting the calls"):
            kept = st.session_state[ESTIMATED] = (wanted, client().estimate(name, **wanted))
    return kept[1]


def show_estimate(found: CostEstimate) -> None:
    """Calls, money and time, and what is to be known of them."""
    if not found.calls:
        st.success("**Costs nothing:** no model is asked.", icon=":material/savings:")
    else:
        with st.container(horizontal=True, gap="large"):
            st.metric("Cost, about", dollars(found.cost), width="content")
            st.metric("Calls", f"{found.calls:,}", width="content")
            st.metric("Tokens, about", rounded(found.tokens_in + found.tokens_out), width="content")
            st.metric("Takes at least", roughly(found.seconds_at_least), width="content")
    for note in found.notes:
        st.caption(f":material/info: {escaped(note)}")
    if found.calls:
        with st.expander("Who asks how much"):
            st.dataframe(shares(found), hide_index=True, width="stretch")


def rounded(number: int) -> str:
    """A rule of thumb with the digits it has.

    >>> rounded(840), rounded(120_427_311), rounded(15_400)
    ('840', '120 million', '15 thousand')
    """
    for unit, name in ((1_000_000, "million"), (1_000, "thousand")):
        if number >= unit:
            return f"{number / unit:.2g} {name}" if number < 100 * unit else f"{number / unit:,.0f} {name}"
    return str(number)


def shares(found: CostEstimate) -> pd.DataFrame:
    """Calls and cost by agent and scorer."""
    return pd.DataFrame(
        [
            {"who": share.who, "model": share.model, "calls": share.calls, "cost": dollars(share.cost)}
            for share in found.shares
        ]
    )
