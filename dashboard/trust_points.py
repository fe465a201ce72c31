"""The points of trust as a page shows them: a question each, how it came out in an icon and a word, then in words.

One rule: the gravest come first.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard.look import escaped
from dashboard.verdict import badge
from elicit.words import Level, Point

QUESTIONS = {
    "signal": "Is it more than chance?",
    "repeats": "Would other tasks rank them alike?",
    "length": "Does length decide?",
    "peers": "Does it hang on how peers are weighted?",
    "agents": "How many independent voices are there?",
    "clones": "Are there copies among the agents?",
    "tasks": "Are there enough tasks?",
    "coverage": "Did everybody answer?",
    "spread": "How far apart are the agents?",
    "complete": "Is the run whole?",
    "design": "Was everybody compared with everybody else?",
    "additive": "Is it the same agents that do well on every task?",
    "checks": "Does the scoring model know the sure cases?",
    "order": "Does the order of two answers matter to it?",
    "persuasion": "Does anybody talk it into a yes?",
}
ORDER: tuple[Level, ...] = ("bad", "caution", "unknown", "good")


def show_points(points: Sequence[Point]) -> None:
    """All points, in two columns where there is room."""
    sorted_points = sorted(points, key=lambda point: ORDER.index(point.level))
    half = (len(sorted_points) + 1) // 2
    for column, part in zip(st.columns(2, gap="large"), (sorted_points[:half], sorted_points[half:]), strict=True):
        for point in part:
            column.markdown(in_markdown(point))


def in_markdown(point: Point) -> str:
    """A point."""
    question = QUESTIONS.get(point.name, point.name)
    return f"{badge(point.level)} **{question}**  \n{escaped(point.sentence)}"
