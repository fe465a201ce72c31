"""The answers to a task side by side, each with its agent's rank and its score on this task.

One rule: an answer that is missing keeps its place, and is said to be missing.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard.calls import show_calls
from dashboard.choosing import chosen_many
from dashboard.look import escaped, link
from dashboard.texts import text
from elicit.schemas import Answer, Run, TaskDetail

ANSWER_PX = 300
ALL_OF, ENDS = 4, 2  # so many agents are all shown at first; of more, so many from either end


def show_answers(run: Run, detail: TaskDetail, digits: int, unit: str) -> list[str]:
    """The answers of the agents that are chosen; gives their names."""
    st.subheader("Answers side by side")
    st.caption(f"A score on the task is what the answer earned from the peers' answers, on average ({escaped(unit)}).")
    names = [answer.agent for answer in detail.answers]
    agents = chosen_many("Agents", names, "agents", default=best_and_worst(names))
    shown = [answer for answer in detail.answers if answer.agent in agents]
    if not shown:
        st.caption("Choose agents to see their answers.")
        return []
    for place, answer in zip(places(len(shown)), shown, strict=True):
        with place:
            show_answer(run, detail.task_id, answer, digits)
    return agents


def places(n: int) -> list[st.delta_generator.DeltaGenerator]:
    """Room for so many answers side by side: a few share the page, and stack on a phone; more scroll sideways."""
    if n <= ALL_OF:
        return st.columns(n, border=True)
    row = st.container(horizontal=True, wrap=False)
    return [row.container(border=True, width=ANSWER_PX) for _ in range(n)]


def best_and_worst(names: Sequence[str]) -> list[str]:
    """Of agents in rank order, the first and the last ones; all of a few.

    >>> best_and_worst(list("abc")), best_and_worst(list("abcdef"))
    (['a', 'b', 'c'], ['a', 'b', 'e', 'f'])
    """
    return list(names) if len(names) <= ALL_OF else [*names[:ENDS], *names[-ENDS:]]


def show_answer(run: Run, task: str, answer: Answer, digits: int) -> None:
    """One agent's answer."""
    link("agent", answer.agent, ":material/smart_toy:", run=run.id, agent=answer.agent)
    st.markdown(standing(answer, digits))
    text(answer.response, label=f"Answer of {answer.agent}")
    show_calls("Prompt and raw answer", run.id, task, answer.agent)


def standing(answer: Answer, digits: int) -> str:
    """Rank in the run and score on the task, in words.

    >>> standing(Answer(agent="a", rank=1, response="x", score=0.5), 2)
    'Rank **1** in the run, **0.50** on this task'
    >>> standing(Answer(agent="a", rank=None, response="x", score=None), 2)
    'Not ranked in the run, no score on this task'
    """
    rank = "Not ranked" if answer.rank is None else f"Rank **{answer.rank}**"
    score = "no score" if answer.score is None else f"**{answer.score:.{digits}f}**"
    return f"{rank} in the run, {score} on this task"
