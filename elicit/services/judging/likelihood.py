"""The likelihood scorer in a plan: log-probabilities of given text, and the gains made of them."""

from collections.abc import Iterator

import numpy as np

from elicit.calls import Request
from elicit.errors import InvalidInput
from elicit.scorers.likelihood import (
    VARIANTS,
    Variant,
    base_of,
    base_request,
    check_probe,
    conditional_request,
    gain_of,
    probe_request,
    synopsis_of,
    target_likelihood,
)
from elicit.services.asking import SCORER, Ask, Asker
from elicit.services.judging.judged import Judged, Texts, scoring_model
from elicit.services.judging.pairing import designed, in_task_order, judged_by_gains, shown_and_target
from elicit.services.judging.rewriting import rewritten
from elicit.services.plan import Plan


def judge_by_likelihood(plan: Plan, texts: Texts, asker: Asker) -> Judged:
    """A model's log-probabilities say how much likelier one answer makes another; a probe shows whether it has any."""
    model, variant = scoring_model(plan), variant_of(plan.mechanism)
    probe = probe_request(model)
    (echo,) = asker.ask(lambda: [(SCORER, probe)], "probe", 1)
    if echo is None:
        return Judged(None)
    check_probe(probe, echo)
    rewriting = rewritten(plan, texts, asker)
    texts = rewriting.texts
    pairs = in_task_order(designed(plan, texts))
    targets = sorted({(int(task), int(peer)) for task, peer in zip(pairs.peer_task, pairs.peer, strict=True)})

    def synopsis(task: int) -> str:
        return synopsis_of(plan.tasks[task]) if variant.synopsis else ""

    def requests() -> Iterator[tuple[Request, str]]:
        for task, peer in targets:
            target = texts[task][peer] or ""
            yield base_request(model, target, synopsis(task)), target
        for shown, target, task in shown_and_target(pairs, texts):
            yield conditional_request(model, shown, target, synopsis(task)), target

    def asks() -> Iterator[Ask]:
        return ((SCORER, request) for request, _ in requests())

    replies = asker.ask(asks, "likelihoods", len(targets) + len(pairs))
    told = [
        None if reply is None else target_likelihood(reply, request, target)
        for reply, (request, target) in zip(replies, requests(), strict=True)
    ]
    alone, shown_first = dict(zip(targets, told, strict=False)), told[len(targets) :]
    base = np.full((pairs.n_tasks, pairs.n_agents), np.nan)
    for place, known in alone.items():
        base[place] = base_of(known, variant)
    places = zip(pairs.peer_task.tolist(), pairs.peer.tolist(), strict=True)
    gain = [gain_of(alone[place], cond, variant) for place, cond in zip(places, shown_first, strict=True)]
    return rewriting.told(judged_by_gains(pairs, np.array(gain), base, variant.unit, variant.mechanism))


def variant_of(mechanism: str | None) -> Variant:
    """The likelihood mechanism of a plan, by default mutual information."""
    name = mechanism or "mi"
    if name not in VARIANTS:
        raise InvalidInput(f"mechanism must be one of {', '.join(VARIANTS)} for a likelihood scorer, got {name!r}")
    return VARIANTS[name]
