"""Peer truth serum: agreeing on a label pays the more, the rarer the label is.

One rule: how rare a label is comes from somewhere else than the agent's own reports, or it could make its labels rare.
"""

import numpy as np

from elicit.evidence import Floats, Labels
from elicit.mechanisms.contingency import PayRule, mean_pay, pay_by_task


def peer_truth_serum(labels: Labels, task_weights: Floats | None = None, *, prior: Floats | None = None) -> Floats:
    """``mean 1[x = y] / R(x) - 1``: how much more often than R says two agents give the same label.

    R (C,) is how common each label is thought to be before anybody answers (`prior`, positive, summing to 1). Without
    one, each agent's R is how common the labels are among *other* agents, each label counted once more than it was
    seen: the serum for crowds, where a report that has nothing to do with the peer's earns about 0. In
    [-1, 1 / min R - 1]. Truthful where seeing a label makes it likelier, relative to R, than any other.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n): [i, j] is what i earns from peer j;
    NaN on the diagonal and for pairs that share no task.
    Source: Faltings, Jurca and Radanovic (2017), arXiv:1704.05269; Radanovic, Faltings and Jurca (2016), ACM TIST.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> peer_truth_serum(Labels(np.array([a, b]).T, ("no", "yes"))).round(9)
    array([[nan, 0.6],
           [0.6, nan]])
    >>> peer_truth_serum(Labels(np.array([a, b]).T, ("no", "yes")), prior=np.array([0.7, 0.3])).round(4)
    array([[   nan, 0.9048],
           [0.9048,    nan]])
    """
    return mean_pay(_rule(prior), labels, task_weights)


def peer_truth_serum_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) ``1 / R - 1`` where the labels are equal, else -1; its mean over tasks is `peer_truth_serum` [agent]."""
    return pay_by_task(_rule(None), labels, agent)


def _rule(prior: Floats | None) -> PayRule:
    def pay(counts: Floats) -> Floats:
        share = _share_among_others(counts) if prior is None else np.broadcast_to(prior, counts.shape[1:3])
        return np.broadcast_to(np.eye(counts.shape[-1]) / share[:, None, None, :] - 1, counts.shape)

    return pay


def _share_among_others(counts: Floats) -> Floats:
    """(n, C) how common each label is among the agents other than i, one more of each label that anybody used."""
    own = np.einsum("iixx->ix", counts)  # an agent meets itself on the diagonal, at its own label
    total = own.sum(axis=0)
    others = total - own + (total > 0)
    share = others / np.maximum(others.sum(axis=-1, keepdims=True), 1)
    return np.where(total > 0, share, 1.0)  # a label nobody used never pays, whatever its share
