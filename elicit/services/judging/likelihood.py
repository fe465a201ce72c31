"""The likelihood scorer in a plan: log-probabilities of given text, and the gains made of them."""

from collections.abc import Iterator
from functools import partial

from elicit.calls import Request
from elicit.errors import InvalidInput
from elicit.scorers.asking import ScoringModel
from elicit.scorers.likelihood import (
    VARIANTS,
    WAYS,
    Variant,
    base_request,
    conditional_request,
    gains_of,
    probe_fault,
    probe_request,
    synopsis_of,
    target_likelihood,
    unable,
)
from elicit.services.asking import SCORER, Ask, Asker
from elicit.services.judging.judged import Judged, Texts, scoring_model
from elicit.services.judging.pairing import (
    design_facts,
    designed_for_gains,
    judged_by_gains,
    shown_and_target,
    where_answered,
)
from elicit.services.judging.rewriting import rewritten
from elicit.services.plan import Plan


def judge_by_likelihood(plan: Plan, texts: Texts, asker: Asker) -> Judged:
    """A model's log-probabilities say how much likelier one answer makes another; a probe shows whether it has any."""
    model, variant = scoring_model(plan), variant_of(plan.mechanism)
    via = way_to_score(plan, model, asker)
    if via is None:
        return Judged(None)
    rewriting = rewritten(plan, texts, asker)
    texts, beside = rewriting.texts, len(WAYS) + rewriting.calls
    n_answers = int(where_answered(texts).sum())
    pairs = designed_for_gains(plan, texts, pairs_for=lambda calls: pairs_beside_targets(calls - beside, n_answers))
    targets = sorted({(int(task), int(peer)) for task, peer in zip(pairs.peer_task, pairs.peer, strict=True)})

    def synopsis(task: int) -> str:
        return synopsis_of(plan.tasks[task]) if variant.synopsis else ""

    def requests() -> Iterator[tuple[Request, str]]:
        for task, peer in targets:
            target = texts[task][peer] or ""
            yield base_request(model, target, synopsis(task), via), target
        for shown, target, task in shown_and_target(pairs, texts):
            yield conditional_request(model, shown, target, synopsis(task), via), target

    def asks() -> Iterator[Ask]:
        return ((SCORER, request) for request, _ in requests())

    replies = asker.ask(asks, "likelihoods", len(targets) + len(pairs))
    told = [
        None if reply is None else target_likelihood(reply, request, target)
        for reply, (request, target) in zip(replies, requests(), strict=True)
    ]
    gain, base = gains_of(pairs, dict(zip(targets, told, strict=False)), told[len(targets) :], variant)
    facts = design_facts(plan, texts, pairs)
    judged = judged_by_gains(pairs, gain, base, variant.unit, mechanism=variant.mechanism, facts=facts)
    return rewriting.told(judged.also({"likelihood": {"via": via}}, ()))


def way_to_score(plan: Plan, model: ScoringModel, asker: Asker) -> str | None:
    """How the server has given text scored, found out by a probe of each way; `None` where it could not be asked.

    Raises `InvalidInput`, with what was wrong, where it does so in none.
    """
    faults: dict[str, str] = {}
    for via in (plan.scorer.via,) if plan.scorer.via else WAYS:
        probe = probe_request(model, via)
        (answer,) = asker.ask(partial(list[Ask], [(SCORER, probe)]), "probe", 1)
        if answer is None:
            return None
        fault = probe_fault(probe, answer)
        if fault is None:
            return via
        faults[via] = fault
    raise unable(model.model, faults)


def pairs_beside_targets(calls: int, n_answers: int) -> int:
    """How many pairs so many calls are enough for, where each answer that is told of takes a call of its own.

    >>> pairs_beside_targets(100, 30), pairs_beside_targets(20, 30)
    (70, 10)
    """
    return max(calls - n_answers, calls // 2)


def variant_of(mechanism: str | None) -> Variant:
    """The likelihood mechanism of a plan, by default mutual information."""
    name = mechanism or "mi"
    if name not in VARIANTS:
        raise InvalidInput(f"mechanism must be one of {', '.join(VARIANTS)} for a likelihood scorer, got {name!r}")
    return VARIANTS[name]
