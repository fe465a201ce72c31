"""Ratings in a plan: a chat model without log-probabilities says how much likelier one answer makes another."""

from collections.abc import Iterator

import numpy as np

from elicit.scorers.pmi import UNIT, parse_pmi, pmi_request
from elicit.services.asking import SCORER, Ask, Asker
from elicit.services.judging.judged import Judged, Texts, counted, scoring_model
from elicit.services.judging.pairing import design_facts, designed_for_gains, judged_by_gains, shown_and_target
from elicit.services.plan import Plan


def judge_by_ratings(plan: Plan, texts: Texts, asker: Asker) -> Judged:
    """A chat model rates how much likelier one answer makes each line of another: mutual information without logits."""
    model, pairs = scoring_model(plan), designed_for_gains(plan, texts, pairs_for=lambda calls: calls)

    def asks() -> Iterator[Ask]:
        return ((SCORER, pmi_request(model, shown, target)) for shown, target, _ in shown_and_target(pairs, texts))

    replies = asker.ask(asks, "pairs", len(pairs))
    bits = [
        counted(None if reply is None else parse_pmi(reply, target), reply, asker)
        for reply, (_, target, _) in zip(replies, shown_and_target(pairs, texts), strict=True)
    ]
    unknown = np.full((pairs.n_tasks, pairs.n_agents), np.nan)  # ratings tell what is gained, not from where
    facts = design_facts(plan, texts, pairs)
    return judged_by_gains(pairs, np.array(bits, dtype=float), unknown, UNIT, mechanism="mi", facts=facts)
