"""Which pairs of answers a scorer is shown, and how their scores become evidence."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from elicit import design
from elicit.evidence import Bools, Floats
from elicit.scorers.similarity import nearest_tasks
from elicit.services.answers import agent_calls, samples
from elicit.services.judging.judged import DesignFacts, Judged, Texts
from elicit.services.plan import Plan
from elicit.services.scoring import same_prompt_blocks
from elicit.types import Task


def designed(
    plan: Plan, texts: Texts, *, directed: bool = False, pairs_for: Callable[[int], int] = lambda calls: calls
) -> design.Pairs:
    """The pairs to score, by the plan's design.

    Scores are `directed` that tell what one response says of another, not what they share. `pairs_for` tells how many
    pairs so many calls of the scorer are enough for; a fitted design has those, and never fewer than two.
    """
    answered, spec = where_answered(texts), plan.design
    nearest = nearest_tasks(task_texts(plan.tasks, texts)) if plan.scorer.contrast == "hard" else None
    chances: dict[str, Any] = {
        "seed": plan.seed,
        "directed": directed,
        "nearest": nearest,
        "block": same_prompt_blocks(plan.tasks),
    }
    if spec.pairs == "full":
        return design.full(answered, **chances)
    if spec.pairs == "fitted":
        return design.fitted(answered, calls=max(2, pairs_for(scoring_calls(plan))), **chances)
    peers = min(spec.peers, answered.shape[1] - 1)
    return design.rotating(answered, peers=peers, contrast_per_agent=spec.contrast_per_agent, **chances)


def scoring_calls(plan: Plan) -> int:
    """How many calls a fitted design is made for: the plan's word, or what its budget leaves beside the agents' calls.

    The plan alone says so, not what the agents came to need: a run that goes on finds the same design.
    """
    if plan.design.calls is not None:
        return plan.design.calls
    return (plan.budget.max_calls or 0) - agent_calls(plan)


def where_answered(texts: Texts) -> Bools:
    """(m, n) which answers there are."""
    return np.array([[text is not None for text in row] for row in texts])


def design_facts(plan: Plan, texts: Texts, pairs: design.Pairs) -> DesignFacts:
    """What there is to say of a design on these answers."""
    answered = where_answered(texts)
    there, met = answered.sum(axis=1), len(pairs.meetings)
    names, group = [name for agent in plan.agents for name, _ in samples(agent)], pairs.groups()
    members = [np.flatnonzero((group == number) & answered.any(axis=0)) for number in np.unique(group)]
    return DesignFacts(
        pairs=len(pairs),
        joint=int(pairs.joint.sum()),
        coverage=float(2 * met / max(1, (there * (there - 1)).sum())),
        peers=float(2 * met / max(1, there.sum())),
        groups=tuple(tuple(names[agent] for agent in some) for some in members if some.size),
    )


def task_texts(tasks: Sequence[Task], texts: Texts) -> list[str]:
    """What each task is about: its prompt and context, or its answers where it has neither."""
    told = (f"{task.prompt} {task.context}".strip() for task in tasks)
    return [about or " ".join(filter(None, row)) for about, row in zip(told, texts, strict=True)]


def designed_for_gains(plan: Plan, texts: Texts, pairs_for: Callable[[int], int]) -> design.Pairs:
    """The pairs to score by what one response tells of another, task by task of the response that is told of."""
    pairs = designed(plan, texts, directed=True, pairs_for=pairs_for)
    return pairs.only(np.argsort(pairs.peer_task, kind="stable"))


def in_task_order(pairs: design.Pairs) -> design.Pairs:
    """The same pairs task by task, joint and contrast together: what a spent budget leaves is a smaller evaluation."""
    return pairs.only(np.argsort(pairs.task, kind="stable"))


def shown_and_target(pairs: design.Pairs, texts: Texts) -> Iterator[tuple[str, str, int]]:
    """Of each pair the text that is shown, the one that is asked about, and the latter's task."""
    for agent, task, peer, peer_task in zip(pairs.agent, pairs.task, pairs.peer, pairs.peer_task, strict=True):
        yield texts[task][agent] or "", texts[peer_task][peer] or "", int(peer_task)


def judged_by_gains(
    pairs: design.Pairs, gain: Floats, base: Floats, unit: str, *, mechanism: str, facts: DesignFacts
) -> Judged:
    """The gains (P,) of a design's pairs as evidence; NaN is a pair without a score."""
    scored = int((~np.isnan(gain)).sum())
    missing = len(pairs) - scored
    return Judged(
        pairs.gained(gain, base, unit) if scored else None,
        mechanism=mechanism,
        facts={"pairs": {"designed": len(pairs), "scored": scored, "joint": int(pairs.joint.sum())}},
        notes=(f"{missing} of {len(pairs)} pairs have no score: missing, not zero",) if missing else (),
        design=facts,
    )


def mean_by(pairs: design.Pairs, score: Floats, rows: Bools) -> Floats:
    """(n,) each agent's mean score over some of the pairs, on either side; NaN where it has none."""
    known = rows & ~np.isnan(score)

    side = np.concatenate([pairs.agent[known], pairs.peer[known]])
    total = np.bincount(side, np.tile(score[known], 2), minlength=pairs.n_agents)
    count = np.bincount(side, minlength=pairs.n_agents)
    return np.divide(total, count, out=np.full(pairs.n_agents, np.nan), where=count > 0)
