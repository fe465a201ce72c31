"""Two agents of one run: is one worse than the other, beyond noise?

One rule: they are compared task by task, on the tasks both have answered, so that what is hard for everybody cancels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from elicit.errors import InvalidInput
from elicit.estimators.bootstrap import blocks_answered, bootstrap, weighted_means
from elicit.estimators.permutation import sign_flip_p
from elicit.estimators.ranks import interval
from elicit.evidence import Floats, Ints
from elicit.services.compare import Board, known_or_none

RESAMPLES = 2000
FLIPS = 9999
BEYOND_NOISE = 0.05

Verdict = Literal["worse", "better", "not told apart", "unknown"]


@dataclass(frozen=True)
class Difference:
    """What `agent` earned more than `baseline`, in the unit of the scores: the mean over the tasks both have.

    `low` and `high` bound it with 95 %; `p_value` is two-sided, from flipping its sign task by task. They are `None`
    where fewer than two different prompts were answered by both. `length_adjusted` is the same difference with length
    taken out of the scores, `agent_words` and `baseline_words` the mean lengths; `None` for answers without text.
    """

    agent: str
    baseline: str
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    n_tasks: int
    unit: str
    length_adjusted: float | None
    agent_words: float | None
    baseline_words: float | None
    signal_p: float | None

    @property
    def verdict(self) -> Verdict:
        """What can be said; "worse" and "better" only where interval and p-value agree that it is no noise."""
        if self.p_value is None or self.low is None or self.high is None:
            return "unknown"
        if self.p_value > BEYOND_NOISE or self.low <= 0 <= self.high:
            return "not told apart"
        return "worse" if self.high < 0 else "better"


def difference(
    board: Board, block: Ints, document: Mapping[str, Any], agent: str, baseline: str, *, seed: int
) -> Difference:
    """How an agent of a run differs from another; `block` (m,) numbers the tasks, those with one prompt alike.

    Raises `InvalidInput` where the run has no such agents, or they are one.
    """
    one, other = column(board, agent), column(board, baseline)
    if one == other:
        raise InvalidInput(f"agent and baseline must be two agents, got {agent!r} twice")
    by_task = board.pseudo_values[:, one] - board.pseudo_values[:, other]
    low, high, p = certainty(by_task, block, np.random.default_rng(seed))
    facts = {row["agent"]: row for row in document["agents"]}
    mine, theirs = facts[agent], facts[baseline]
    known = ~np.isnan(by_task)
    return Difference(
        agent=agent,
        baseline=baseline,
        difference=float(by_task[known].mean()) if known.any() else None,
        low=low,
        high=high,
        p_value=p,
        n_tasks=int(known.sum()),
        unit=document["diagnostics"]["unit"],
        length_adjusted=minus(mine["score_length_adjusted"], theirs["score_length_adjusted"]),
        agent_words=mine["mean_words"],
        baseline_words=theirs["mean_words"],
        signal_p=document["diagnostics"]["signal"]["p_value"],
    )


def column(board: Board, agent: str) -> int:
    """Where an agent stands in a board."""
    if agent not in board.agents:
        raise InvalidInput(f"run {board.name} has no agent {agent!r}: it has {', '.join(map(repr, board.agents))}")
    return board.agents.index(agent)


def certainty(
    by_task: Floats, block: Ints, rng: np.random.Generator
) -> tuple[float | None, float | None, float | None]:
    """Interval and two-sided p-value of a mean over tasks (m,), NaN being missing; `None` where they cannot be told."""
    known = ~np.isnan(by_task)
    _, together = np.unique(block[known], return_inverse=True)
    if not known.any() or together.max() == 0:
        return None, None, None
    values = by_task[known][:, None]
    prompts = blocks_answered(known[known][:, None], together)
    draws = bootstrap(
        partial(weighted_means, values), values.mean(axis=0), together, prompts, resamples=RESAMPLES, rng=rng
    )
    low, high = interval(draws)
    up, down = sign_flip_p(np.hstack([values, -values]), together, flips=FLIPS, rng=rng)
    return known_or_none(low[0]), known_or_none(high[0]), min(1.0, 2 * float(min(up, down)))


def minus(a: float | None, b: float | None) -> float | None:
    """The difference of two numbers that may be unknown."""
    return None if a is None or b is None else a - b
