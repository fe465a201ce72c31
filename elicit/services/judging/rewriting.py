"""Answers rewritten to one judgment a line before they are scored, as GPPM and GEM want it.

One rule: each answer is rewritten by one call; where the rewriting cannot be read the answer is missing, never raw.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from elicit.scorers.asking import ScoringModel
from elicit.scorers.likelihood import VARIANTS, judgments_request, parse_judgments
from elicit.services.asking import REWRITER, Ask, Asker
from elicit.services.judging.judged import Judged, Texts, counted
from elicit.services.plan import Plan


@dataclass(frozen=True)
class Rewriting:
    """The texts to score, and what there is to say about how they came to be: by so many `calls`."""

    texts: Texts
    calls: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def told(self, judged: Judged) -> Judged:
        """What was made of the texts, with what is to be said of them."""
        return judged.also(self.facts, self.notes)


def rewritten(plan: Plan, texts: Texts, asker: Asker) -> Rewriting:
    """The answers as their judgments, if the plan has a rewriter; else as they are, with a note where that matters."""
    rewriter = plan.scorer.rewriter
    if rewriter is None:
        return Rewriting(texts, notes=note_on_raw_text(plan))
    model = ScoringModel(rewriter.model, rewriter.params, rewriter.api_base, plan.epoch)
    places = [(t, i, text) for t, row in enumerate(texts) for i, text in enumerate(row) if text is not None]

    def asks() -> Iterator[Ask]:
        return ((REWRITER, judgments_request(model, text)) for _, _, text in places)

    judgments: Texts = [[None] * len(row) for row in texts]
    for (t, i, _), reply in zip(places, asker.ask(asks, "judgments", len(places)), strict=True):
        judgments[t][i] = counted(None if reply is None else parse_judgments(reply), reply, asker, REWRITER)
    lost = sum(judgments[t][i] is None for t, i, _ in places)
    return Rewriting(
        judgments,
        calls=len(places),
        facts={"rewriting": {"model": rewriter.model, "answers": len(places), "rewritten": len(places) - lost}},
        notes=(f"{lost} of {len(places)} answers have no judgments to score: missing, not raw",) if lost else (),
    )


def note_on_raw_text(plan: Plan) -> tuple[str, ...]:
    """A note where the authors of the plan's mechanism have answers rewritten first."""
    variant = VARIANTS.get(plan.mechanism or "")
    if plan.scorer.kind != "likelihood" or variant is None or not variant.judgments:
        return ()
    return (
        f"{plan.mechanism} on answers as they are: its authors have each rewritten to one judgment a line first, so "
        "that style and copied phrases count for nothing; a 'rewriter' in the plan's scorer does that",
    )
