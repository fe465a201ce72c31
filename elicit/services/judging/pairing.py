"""Which pairs of answers a scorer is shown, and how their scores become evidence."""

from collections.abc import Iterator, Sequence

import numpy as np

from elicit import design
from elicit.evidence import Bools, Floats
from elicit.services.judging.judged import Judged, Texts
from elicit.services.plan import Plan
from elicit.services.ranking import same_prompt_blocks
from elicit.types import Task


def designed(plan: Plan, texts: Texts) -> design.Pairs:
    """The pairs to score, by the plan's design."""
    answered = np.array([[text is not None for text in row] for row in texts])
    block = same_prompt_blocks(plan.tasks)
    nearest = design.nearest_tasks(task_texts(plan.tasks, texts)) if plan.scorer.contrast == "hard" else None
    if plan.design.pairs == "full":
        return design.full(answered, seed=plan.seed, nearest=nearest, block=block)
    return design.rotating(
        answered,
        peers=min(plan.design.peers, answered.shape[1] - 1),
        seed=plan.seed,
        contrast_per_agent=plan.design.contrast_per_agent,
        nearest=nearest,
        block=block,
    )


def task_texts(tasks: Sequence[Task], texts: Texts) -> list[str]:
    """What each task is about: its prompt and context, or its answers where it has neither."""
    told = (f"{task.prompt} {task.context}".strip() for task in tasks)
    return [about or " ".join(filter(None, row)) for about, row in zip(told, texts, strict=True)]


def in_task_order(pairs: design.Pairs) -> design.Pairs:
    """The same pairs task by task, joint and contrast together: what a spent budget leaves is a smaller evaluation."""
    return pairs.only(np.argsort(pairs.task, kind="stable"))


def shown_and_target(pairs: design.Pairs, texts: Texts) -> Iterator[tuple[str, str, int]]:
    """Of each pair the text that is shown, the one that is asked about, and the latter's task."""
    for agent, task, peer, peer_task in zip(pairs.agent, pairs.task, pairs.peer, pairs.peer_task, strict=True):
        yield texts[task][agent] or "", texts[peer_task][peer] or "", int(peer_task)


def judged_by_gains(pairs: design.Pairs, gain: Floats, base: Floats, unit: str, mechanism: str) -> Judged:
    """The gains (P,) of a design's pairs as evidence; NaN is a pair without a score."""
    scored = int((~np.isnan(gain)).sum())
    missing = len(pairs) - scored
    return Judged(
        pairs.gained(gain, base, unit) if scored else None,
        mechanism=mechanism,
        facts={"pairs": {"designed": len(pairs), "scored": scored, "joint": int(pairs.joint.sum())}},
        notes=(f"{missing} of {len(pairs)} pairs have no score: missing, not zero",) if missing else (),
    )


def mean_by(pairs: design.Pairs, score: Floats, rows: Bools) -> Floats:
    """(n,) each agent's mean score over some of the pairs, on either side; NaN where it has none."""
    known = rows & ~np.isnan(score)

    side = np.concatenate([pairs.agent[known], pairs.peer[known]])
    total = np.bincount(side, np.tile(score[known], 2), minlength=pairs.n_agents)
    count = np.bincount(side, minlength=pairs.n_agents)
    return np.divide(total, count, out=np.full(pairs.n_agents, np.nan), where=count > 0)
