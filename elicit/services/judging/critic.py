"""The critic in a plan: pairs of answers and canary pairs are shown to a chat model, its verdicts become scores."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from elicit.scorers.critic import Critic, canary_requests, canary_verdict, critic_request, parse_verdict
from elicit.services.asking import SCORER, Ask, Asker
from elicit.services.judging.judged import Judged, Texts, counted, scoring_model
from elicit.services.judging.pairing import design_facts, designed, in_task_order, mean_by
from elicit.services.plan import Plan


def judge_by_critic(plan: Plan, texts: Texts, asker: Asker) -> Judged:
    """A chat model says of each pair whether both answer the same task; canary pairs show whether it can tell."""
    critic = Critic(scoring_model(plan), plan.scorer.scale)
    canaries = canary_requests(critic)
    pairs = in_task_order(designed(plan, texts, pairs_for=lambda calls: calls - len(canaries)))

    def asks() -> Iterator[Ask]:
        yield from ((SCORER, request) for request in canaries)
        for agent, task, peer, peer_task in zip(pairs.agent, pairs.task, pairs.peer, pairs.peer_task, strict=True):
            yield SCORER, critic_request(critic, texts[task][agent] or "", texts[peer_task][peer] or "")

    replies = asker.ask(asks, "pairs", len(canaries) + len(pairs))
    scale = plan.scorer.scale
    parsed = (counted(None if reply is None else parse_verdict(reply, scale), reply, asker) for reply in replies)
    told, score = list(islice(parsed, len(canaries))), np.array(list(parsed), dtype=float)
    verdict = canary_verdict(told)
    scored = pairs.scored(score)
    enough = bool(scored.joint.any() and not scored.joint.all())
    notes = [f"the critic is unreliable, it fails canary pairs: {'; '.join(verdict.faults)}"] if verdict.faults else []
    unscored = int(np.isnan(score).sum())
    if unscored:
        notes.append(f"{unscored} of {len(pairs)} pairs have no score: missing, not zero")
    return Judged(
        scored if enough else None,
        mechanism=plan.mechanism,
        facts={
            "pairs": {"designed": len(pairs), "scored": len(pairs) - unscored, "joint": int(pairs.joint.sum())},
            "critic": {"reliable": verdict.reliable, "faults": list(verdict.faults), "scale": plan.scorer.scale},
        },
        notes=tuple(notes),
        cross_task=mean_by(pairs, score, ~pairs.joint),
        design=design_facts(plan, texts, pairs),
    )
