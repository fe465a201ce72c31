"""The embedded lexical scorer in a plan: no calls."""

from elicit.services.asking import Asker
from elicit.services.judging.judged import Judged, Texts
from elicit.services.plan import Plan
from elicit.types import Responses


def judge_by_words(plan: Plan, texts: Texts, asker: Asker) -> Judged:
    """The embedded lexical scorer: no calls."""
    answered = any(text is not None for row in texts for text in row)
    return Judged(Responses(texts) if answered else None, mechanism=plan.mechanism)
