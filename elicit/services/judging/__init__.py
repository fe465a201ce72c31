"""Scorers: answers in, evidence out. `SCORERS` is the whole table, a file for each row."""

from collections.abc import Callable

from elicit.services.asking import Asker
from elicit.services.judging.critic import judge_by_critic
from elicit.services.judging.judged import DesignFacts, Judged, Texts
from elicit.services.judging.likelihood import judge_by_likelihood
from elicit.services.judging.questions import judge_by_questions
from elicit.services.judging.ratings import judge_by_ratings
from elicit.services.judging.words import judge_by_words
from elicit.services.plan import Plan

__all__ = ["SCORERS", "DesignFacts", "Judged", "Texts"]

SCORERS: dict[str, Callable[[Plan, Texts, Asker], Judged]] = {
    "lexical": judge_by_words,
    "critic": judge_by_critic,
    "likelihood": judge_by_likelihood,
    "pmi": judge_by_ratings,
    "questions": judge_by_questions,
}
