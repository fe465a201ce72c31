"""Step 2 of a new evaluation: who compares the answers, and what a score pays for.

One rule: advice comes first, with its reason and its caveat; whoever chooses otherwise is not stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.connection import client
from dashboard.evaluation_data import Chosen
from dashboard.evaluation_words import NEEDS_MODEL, SCALES, SCORERS
from dashboard.look import escaped
from elicit.schemas import Advice, AdvisedMechanism, MechanismInfo


@dataclass(frozen=True)
class Scoring:
    """A scorer with its settings, and a mechanism."""

    scorer: dict[str, Any]
    mechanism: str


def scoring(chosen: Chosen) -> Scoring | None:
    """The scorer and mechanism that are chosen; `None` while a model is not named."""
    advice = client().advice(chosen.task_set, list(chosen.agents))
    first = advised(advice)
    told_first(advice, first)
    for note in advice.notes:
        st.caption(f":material/info: {escaped(note)}")
    kind, mechanism = pick(first, client().mechanisms(), chosen)
    scorer = {"kind": kind} | settings(kind)
    if kind in NEEDS_MODEL and not scorer.get("model"):
        st.caption("Name the model that scores.")
        return None
    return Scoring(scorer, mechanism)


def advised(advice: Advice) -> AdvisedMechanism | None:
    """The advice to follow where nobody knows better."""
    return next((one for one in advice.recommended if one.recommended), None)


def told_first(advice: Advice, first: AdvisedMechanism | None) -> None:
    """The advice in words."""
    if first is None:
        st.warning("No scorer fits these data well.", icon=":material/lightbulb:")
        return
    st.info(
        f"**{first.scorer} with {first.mechanism} suits these data best.** {escaped(first.reason)}"
        + (f"\n\n*Know before quoting:* {escaped(first.caveat)}" if first.caveat else ""),
        icon=":material/lightbulb:",
    )
    others = [one for one in advice.recommended if one is not first]
    if others:
        with st.expander("Other ways, and why they come after it"):
            for one in others:
                caveat = f" *But:* {escaped(one.caveat)}" if one.caveat else ""
                st.markdown(f"- **{one.scorer} with {one.mechanism}.** {escaped(one.reason)}{caveat}")


def pick(first: AdvisedMechanism | None, known: Sequence[MechanismInfo], chosen: Chosen) -> tuple[str, str]:
    """The scorer and the mechanism, at first those of the advice."""
    kinds = [kind for kind in SCORERS if any(kind in one.scorers for one in known)]
    left, right = st.columns(2)
    kind = left.selectbox(
        "Scorer",
        kinds,
        index=kinds.index(first.scorer) if first and first.scorer in kinds else 0,
        key=f"new_scorer_{chosen.task_set.id}",
        persist_state="session",
    )
    fitting = {one.name: one for one in known if kind in one.scorers}
    names = list(fitting)
    default = next((one.name for one in known if kind in one.default_for), names[0])
    wish = first.mechanism if first and first.scorer == kind else default
    mechanism = right.selectbox(
        "Mechanism",
        names,
        index=names.index(wish) if wish in names else 0,
        key=f"new_mechanism_{kind}_{wish}",
        persist_state="session",
    )
    st.caption(SCORERS[kind])
    explain(fitting[mechanism])
    return kind, mechanism


def explain(mechanism: MechanismInfo) -> None:
    """What the mechanism promises, and what it cannot see."""
    st.caption(
        f"**Promises:** {escaped(mechanism.guarantees)}  \n"
        f"**Cannot see:** {escaped(mechanism.blindness)}  \n"
        f"Reads {mechanism.evidence}. {escaped(mechanism.source)}"
    )


def settings(kind: str) -> dict[str, Any]:
    """What a scorer with a model needs to know; empty for one without."""
    if kind not in NEEDS_MODEL:
        return {}
    left, right = st.columns(2)
    given: dict[str, Any] = {
        "model": left.text_input(
            "Scoring model",
            placeholder="openai/gpt-4o-mini",
            help="As litellm calls it. It should be none of those that are ranked.",
            key="new_model",
            persist_state="session",
        ).strip(),
        "api_base": right.text_input(
            "Address of a server of your own",
            placeholder="none: the provider's",
            help="The operator says which key goes there; none is typed here.",
            key="new_api_base",
            persist_state="session",
        ).strip(),
    }
    if kind == "critic":
        given["scale"] = left.selectbox(
            "How its verdicts count", list(SCALES), format_func=SCALES.get, key="new_scale", persist_state="session"
        )
        given["task_type"] = right.text_input(
            "What sort of tasks they are", placeholder="questions of support", key="new_task_type", max_chars=200
        ).strip()
    if kind == "judge":
        given["sees_task"] = left.checkbox("The judge sees the task", value=True, key="new_sees_task")
    return {name: value for name, value in given.items() if value not in ("", None)}
