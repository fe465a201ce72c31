"""Whether a verdict hangs on which of two responses is shown first: pairs asked about in both orders.

One rule: this counts how often a verdict changes with the order, and changes no score.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from elicit.design import Pairs
from elicit.evidence import Floats, Ints

SHARE, FEWEST = 0.05, 10  # of the joint pairs are asked about in the other order too, and how many at least
STREAM = 101  # of chance; see `elicit.design` for those of a design


@dataclass(frozen=True)
class Flips:
    """How many pairs have a verdict in both orders, and how many of those verdicts differ."""

    pairs: int
    flipped: int

    def document(self) -> dict[str, Any]:
        """The same as JSON values; `rate` is `None` where no pair has two verdicts."""
        return {
            "pairs": self.pairs,
            "flipped": self.flipped,
            "rate": self.flipped / self.pairs if self.pairs else None,
        }

    def notes(self, scorer: str, so_what: str) -> list[str]:
        """The same in a sentence; nothing where no pair has two verdicts."""
        if not self.pairs:
            return []
        share = f"{self.flipped} of {self.pairs} pairs ({self.flipped / self.pairs:.0%})"
        return [f"the {scorer} changes its verdict with the order of the two answers on {share}: {so_what}"]


def flips(verdict: Floats, in_other_order: Floats) -> Flips:
    """Count verdicts (P,) that differ from those on the same pairs in the other order; NaN is no verdict.

    >>> flips(np.array([1.0, 0.0, 1.0]), np.array([1.0, 1.0, np.nan]))
    Flips(pairs=2, flipped=1)
    """
    both = ~np.isnan(verdict) & ~np.isnan(in_other_order)
    return Flips(int(both.sum()), int((verdict != in_other_order)[both].sum()))


def sample_of_joint(pairs: Pairs, seed: int) -> Ints:
    """The rows of a small random sample of the joint pairs, in order."""
    joint = np.flatnonzero(pairs.joint)
    return np.sort(np.random.default_rng([seed, STREAM]).choice(joint, sample_size(len(joint)), replace=False))


def sample_size(n_joint: int) -> int:
    """How many of so many joint pairs are asked about in the other order too.

    >>> sample_size(4), sample_size(100), sample_size(1000)
    (4, 10, 50)
    """
    return min(n_joint, max(FEWEST, math.ceil(SHARE * n_joint)))


def exchanged(pairs: Pairs) -> Pairs:
    """The same pairs in the other order: each peer's response first."""
    return replace(pairs, agent=pairs.peer, task=pairs.peer_task, peer=pairs.agent, peer_task=pairs.task)
