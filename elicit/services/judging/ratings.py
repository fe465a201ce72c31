"""Ratings in a plan: a chat model without log-probabilities says how much likelier one answer makes another."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from elicit.scorers.canaries import canary_verdict
from elicit.scorers.pmi import PMI_CANARIES, UNIT, parse_pmi, parse_pmi_canary, pmi_canary_requests, pmi_request
from elicit.services.asking import SCORER, Ask, Asker
from elicit.services.judging.judged import Judged, Texts, counted, scoring_model
from elicit.services.judging.pairing import design_facts, designed_for_gains, judged_by_gains, shown_and_target
from elicit.services.judging.rewriting import rewritten
from elicit.services.plan import Plan


def judge_by_ratings(plan: Plan, texts: Texts, asker: Asker) -> Judged:
    """A chat model rates how much likelier one answer makes each line of another: mutual information without logits.

    Canary pairs show whether it can, and whether it follows orders in an answer.
    """
    model, rewriting = scoring_model(plan), rewritten(plan, texts, asker)
    texts, canaries = rewriting.texts, pmi_canary_requests(model)
    beside = len(canaries) + rewriting.calls
    pairs = designed_for_gains(plan, texts, pairs_for=lambda calls: calls - beside)

    def asks() -> Iterator[Ask]:
        yield from ((SCORER, request) for request in canaries)
        yield from ((SCORER, pmi_request(model, shown, target)) for shown, target, _ in shown_and_target(pairs, texts))

    replies = asker.ask(asks, "pairs", len(canaries) + len(pairs))
    told = [
        counted(None if reply is None else parse_pmi_canary(reply, canary), reply, asker)
        for reply, canary in zip(islice(replies, len(canaries)), PMI_CANARIES, strict=True)
    ]
    bits = [
        counted(None if reply is None else parse_pmi(reply, target), reply, asker)
        for reply, (_, target, _) in zip(replies, shown_and_target(pairs, texts), strict=True)
    ]
    verdict = canary_verdict(told, PMI_CANARIES)
    unknown = np.full((pairs.n_tasks, pairs.n_agents), np.nan)  # ratings tell what is gained, not from where
    facts = design_facts(plan, texts, pairs)
    judged = judged_by_gains(pairs, np.array(bits, dtype=float), unknown, UNIT, mechanism="mi", facts=facts)
    return rewriting.told(judged.also({"ratings": verdict.document()}, verdict.notes("rater")))
