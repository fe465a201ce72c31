"""Do two runs rank the same agents alike?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from elicit.estimators.agreement import spearman_interval
from elicit.estimators.ranks import spearman
from elicit.services.compare import known_or_none
from elicit.services.ranking import RESAMPLES

FEWEST_SHARED = 3


@dataclass(frozen=True)
class Agreement:
    """Spearman's correlation of two runs' scores over the agents both have ranked, with its 95 % interval."""

    n_agents: int
    spearman: float | None
    low: float | None
    high: float | None


def agreement(score: Mapping[str, float], other: Mapping[str, float], *, seed: int) -> Agreement:
    """How far two runs agree, each told by the scores of its ranked agents; `None` is what cannot be told.

    >>> agreement({"a": 3.0, "b": 2.0, "c": 1.0}, {"a": 0.9, "b": 0.1, "c": 0.2}, seed=0)
    Agreement(n_agents=3, spearman=0.5, low=None, high=None)
    """
    shared = [agent for agent in score if agent in other]
    a, b = (np.array([scores[agent] for agent in shared]) for scores in (score, other))
    low, high = spearman_interval(a, b, resamples=RESAMPLES, rng=np.random.default_rng(seed))
    return Agreement(len(shared), *map(known_or_none, (spearman(a, b), low, high)))
