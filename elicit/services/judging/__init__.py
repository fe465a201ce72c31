"""Scorers: answers in, evidence out. `SCORERS` is the whole table, a file for each row."""

from collections.abc import Callable

from elicit.mechanisms import MECHANISMS
from elicit.scorers.likelihood import VARIANTS
from elicit.services.asking import Asker
from elicit.services.judging.critic import judge_by_critic
from elicit.services.judging.judge import judge_by_wins
from elicit.services.judging.judged import DesignFacts, Judged, Texts
from elicit.services.judging.likelihood import judge_by_likelihood
from elicit.services.judging.questions import judge_by_questions
from elicit.services.judging.ratings import judge_by_ratings
from elicit.services.judging.words import judge_by_words
from elicit.services.plan import Plan

__all__ = ["SCORERS", "DesignFacts", "Judged", "Texts", "mechanisms_for"]

SCORERS: dict[str, Callable[[Plan, Texts, Asker], Judged]] = {
    "lexical": judge_by_words,
    "critic": judge_by_critic,
    "likelihood": judge_by_likelihood,
    "pmi": judge_by_ratings,
    "judge": judge_by_wins,
    "questions": judge_by_questions,
}

# What a kind of scorer makes is read by these, or by all that read this evidence.
READ_BY = {
    "critic": ("tvd_mi",),
    "judge": ("win_rate",),
    "likelihood": tuple(VARIANTS),
    "pmi": ("mi",),
}
EVIDENCE_OF = {
    "questions": ("labels",),
    "lexical": ("gains", "labels"),  # answers that are all short are compared as labels
}


def mechanisms_for(kind: str) -> tuple[str, ...]:
    """The mechanisms that read what a kind of scorer makes.

    >>> mechanisms_for("critic"), mechanisms_for("judge")
    (('tvd_mi',), ('win_rate',))
    """
    if kind in READ_BY:
        return READ_BY[kind]
    return tuple(name for name, mechanism in MECHANISMS.items() if mechanism.evidence.kind in EVIDENCE_OF[kind])
