"""Two agents of one run: is one better than the other, beyond noise, and on which tasks?

One rule: they are compared on the tasks that both have answered, and "not told apart" is not "equal".
"""

import streamlit as st

from dashboard.choosing import chosen
from dashboard.connection import client
from dashboard.difference_list import list_differences
from dashboard.look import escaped
from dashboard.picker import chosen_run
from dashboard.states import empty
from elicit.digits import decimals
from elicit.schemas import Difference

SURE_ENOUGH = 0.05


def show_two_agents() -> None:
    """The agents to choose, and what came of comparing them."""
    run = chosen_run()
    names = [row["agent"] for row in client().leaderboard(run).document["agents"]]
    if len(names) < 2:
        empty("Comparing takes two agents, and this run has one.")
        return
    left, right = st.columns(2)
    with left:
        agent = chosen("Agent", names, "agent")
    with right:
        baseline = chosen("Compared with", [name for name in names if name != agent], "baseline")
    found = client().difference(run, agent=agent, baseline=baseline)
    st.markdown(f"#### {verdict(found)}")
    for reason in reasons(found):
        st.markdown(f"- {reason}")
    st.subheader("Tasks that made the difference")
    differences = client().difference_by_task(run, agent=agent, baseline=baseline)
    list_differences(differences, run.id, [agent, baseline], (agent, baseline))


def verdict(found: Difference) -> str:
    """The answer in a sentence."""
    agent, baseline = escaped(found.agent), escaped(found.baseline)
    return {
        "better": f"{agent} is better than {baseline}, beyond noise.",
        "worse": f"{agent} is worse than {baseline}, beyond noise.",
        "not told apart": f"{agent} and {baseline} cannot be told apart on these tasks.",
        "unknown": f"{agent} and {baseline} cannot be compared: both answered fewer than two different prompts.",
    }[found.verdict]


def reasons(found: Difference) -> list[str]:
    """What the verdict rests on: the difference, what length has to do with it, and whether there is signal at all."""
    return [*difference_in_words(found), *length_in_words(found), *signal_in_words(found)]


def difference_in_words(found: Difference) -> list[str]:
    """The difference with its interval."""
    if found.difference is None or found.low is None or found.high is None:
        return []
    digits = digits_of(found)
    interval = f"95 %: {found.low:+.{digits}f} … {found.high:+.{digits}f}, p = {found.p_value:.2g}"
    told = (
        f"**{found.difference:+.{digits}f}** {found.unit} ({interval}), over {found.n_tasks:,} tasks that both answered"
    )
    return [f"Difference: {told}."]


def digits_of(found: Difference) -> int:
    """How many decimals of the difference mean something."""
    return decimals([{"low": found.low, "high": found.high}])


def length_in_words(found: Difference) -> list[str]:
    """What is left of the difference without length."""
    if found.length_adjusted is None or found.agent_words is None or found.baseline_words is None:
        return []
    lengths = f"{found.agent_words:.0f} words an answer against {found.baseline_words:.0f}"
    return [f"With length taken out: **{found.length_adjusted:+.{digits_of(found)}f}** ({lengths})."]


def signal_in_words(found: Difference) -> list[str]:
    """Whether the run tells agents apart from chance at all."""
    if found.signal_p is None:
        return []
    if found.signal_p > SURE_ENOUGH:
        return [f"The scores of this run **could be chance** (p = {found.signal_p:.2g}): nothing follows from them."]
    return [f"The scores of this run are more than chance (p = {found.signal_p:.2g})."]
