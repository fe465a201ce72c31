"""The pairwise judge in a plan, as a control: each pair of answers to a task is asked about in both orders."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from elicit.design import CONTRAST_SHARE, Pairs
from elicit.scorers.judge import (
    Judge,
    both_orders,
    judge_canary_requests,
    judge_canary_verdict,
    judge_request,
    parse_judge,
)
from elicit.services.asking import SCORER, Ask, Asker
from elicit.services.judging.judged import Judged, Texts, counted, scoring_model, unscored_notes
from elicit.services.judging.orders import flips
from elicit.services.judging.pairing import design_facts, designed, in_task_order, shown_and_target
from elicit.services.plan import Plan


def judge_by_wins(plan: Plan, texts: Texts, asker: Asker) -> Judged:
    """A chat model says of each two answers to a task which is better, in both orders; canary pairs show if it can."""
    judge = Judge(scoring_model(plan), plan.scorer.sees_task)
    canaries = judge_canary_requests(judge)
    designed_pairs = designed(plan, texts, pairs_for=lambda calls: pairs_in_both_orders(calls - len(canaries)))
    pairs = in_task_order(each_two_once(designed_pairs))

    def asks() -> Iterator[Ask]:
        yield from ((SCORER, request) for request in canaries)
        for first, second, task in shown_and_target(pairs, texts):
            yield SCORER, judge_request(judge, plan.tasks[task], first, second)
            yield SCORER, judge_request(judge, plan.tasks[task], second, first)

    replies = asker.ask(asks, "pairs", len(canaries) + 2 * len(pairs))
    parsed = (counted(None if reply is None else parse_judge(reply), reply, asker) for reply in replies)
    verdict = judge_canary_verdict(list(islice(parsed, len(canaries))))
    wins = list(parsed)
    shown_first, shown_second = wins[::2], wins[1::2]
    won = np.array([both_orders(*orders) for orders in zip(shown_first, shown_second, strict=True)], dtype=float)
    changed = flips(np.array(shown_first, dtype=float), 1 - np.array(shown_second, dtype=float))
    unscored = int(np.isnan(won).sum())
    n = len(pairs)
    return Judged(
        pairs.scored(won) if unscored < n else None,
        mechanism="win_rate",
        facts={
            "pairs": {"designed": n, "scored": n - unscored, "joint": n},
            "judge": verdict.document() | {"sees_task": judge.sees_task, "order": changed.document()},
        },
        notes=(
            *verdict.notes("judge"),
            *changed.notes("judge", "both orders are averaged, which makes a tie of a win for the seat"),
            *unscored_notes(unscored, n),
        ),
        design=design_facts(plan, texts, pairs),
    )


def pairs_in_both_orders(calls: int) -> int:
    """How large a design may be of which so many calls are asked: its joint pairs twice, its contrast pairs never.

    >>> pairs_in_both_orders(170)
    100
    """
    return int(calls // 2 / (1 - CONTRAST_SHARE))


def each_two_once(pairs: Pairs) -> Pairs:
    """The joint pairs, of those that differ in their order only the first: both orders are asked of every pair."""
    joint = pairs.only(pairs.joint)
    two = np.sort(np.stack([joint.agent, joint.peer]), axis=0)
    _, first = np.unique(np.vstack([joint.task, two]), axis=1, return_index=True)
    return joint.only(np.sort(first))
