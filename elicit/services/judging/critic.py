"""The critic in a plan: pairs of answers and canary pairs are shown to a chat model, its verdicts become scores."""

from collections.abc import Iterator
from itertools import chain, islice

import numpy as np

from elicit.calls import Request
from elicit.design import CONTRAST_SHARE
from elicit.evidence import Floats
from elicit.scorers.canaries import canary_verdict
from elicit.scorers.critic import CANARIES, Critic, canary_requests, check_rivals, critic_request, parse_verdict
from elicit.services.asking import SCORER, Ask, Asker
from elicit.services.judging.judged import Judged, Texts, counted, scoring_model, unscored_notes
from elicit.services.judging.orders import exchanged, flips, sample_of_joint, sample_size
from elicit.services.judging.pairing import design_facts, designed, in_task_order, mean_by, shown_and_target
from elicit.services.plan import Plan


def judge_by_critic(plan: Plan, texts: Texts, asker: Asker) -> Judged:
    """A chat model says of each pair whether both answer the same task; canary pairs show whether it can tell.

    A few joint pairs are asked about in the other order too. What comes of it is told and enters no score: averaged in,
    it would make the sampled pairs another measurement than the rest.
    """
    critic = Critic(scoring_model(plan), plan.scorer.scale, plan.scorer.task_type)
    canaries = canary_requests(critic)
    rivals = None
    if critic.scale == "soft":
        rivals = rivals_told(canaries[0], asker)
        if rivals is None:
            return Judged(None)
    pairs = in_task_order(designed(plan, texts, pairs_for=lambda calls: pairs_beside_sample(calls - len(canaries))))
    sample = sample_of_joint(pairs, plan.seed)
    shown = (pairs, exchanged(pairs.only(sample)))

    def asks() -> Iterator[Ask]:
        yield from ((SCORER, request) for request in canaries)
        for first, second, _ in chain.from_iterable(shown_and_target(some, texts) for some in shown):
            yield SCORER, critic_request(critic, first, second)

    replies = asker.ask(asks, "pairs", len(canaries) + len(pairs) + len(sample))
    parsed = (counted(None if reply is None else parse_verdict(reply, critic.scale), reply, asker) for reply in replies)
    verdict = canary_verdict(list(islice(parsed, len(canaries))), CANARIES)
    score = np.array(list(islice(parsed, len(pairs))), dtype=float)
    in_other_order = np.array(list(parsed), dtype=float)
    changed = flips(decided(critic, score[sample]), decided(critic, in_other_order))
    scored = pairs.scored(score)
    enough = bool(scored.joint.any() and not scored.joint.all())
    unscored = int(np.isnan(score).sum())
    return Judged(
        scored if enough else None,
        mechanism="tvd_mi",
        facts={
            "pairs": {"designed": len(pairs), "scored": len(pairs) - unscored, "joint": int(pairs.joint.sum())},
            "critic": verdict.document() | {"scale": critic.scale, "top_logprobs": rivals, "order": changed.document()},
        },
        notes=(
            *verdict.notes("critic"),
            *changed.notes("critic", "a sample, asked to see this and scored in the first order only"),
            *unscored_notes(unscored, len(pairs)),
        ),
        cross_task=mean_by(pairs, score, ~pairs.joint),
        design=design_facts(plan, texts, pairs),
    )


def pairs_beside_sample(calls: int) -> int:
    """How many pairs so many calls are enough for, beside the sample that is asked about in the other order too.

    >>> pairs_beside_sample(10), pairs_beside_sample(100), pairs_beside_sample(1043)
    (5, 90, 1000)
    """
    fitting = (n for n in range(calls, 0, -1) if n + sample_size(round(n * (1 - CONTRAST_SHARE))) <= calls)
    return next(fitting, 0)


def rivals_told(request: Request, asker: Asker) -> int | None:
    """How many rivals the model tells of each token, found by a first call; `None` if it could not be asked."""
    (reply,) = asker.ask(lambda: [(SCORER, request)], "probe", 1)
    return None if reply is None else check_rivals(request, reply)


def decided(critic: Critic, score: Floats) -> Floats:
    """The scores as verdicts: on the soft scale yes or no, NaN where there is none."""
    return score if critic.scale != "soft" else np.where(np.isnan(score), np.nan, score >= 0.5)
