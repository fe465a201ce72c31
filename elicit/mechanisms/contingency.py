"""Mechanisms on labels: what a task pays depends on the two labels given to it, and on the pair's table of counts.

n agents, m tasks, C classes. A *pay rule* turns the counts (n, n, C, C) of all pairs into the pay (n, n, C, C)
for each two labels. The mean of that pay over the tasks both agents labelled is the mechanism.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from elicit.evidence import Floats, Labels
from elicit.mechanisms.averages import ratio, weights_or_ones, without_self

PayRule = Callable[[Floats], Floats]

# Differences of probabilities this small are rounding; without it independence would show as random signs.
ROUNDING = 1e-12


def mean_pay(rule: PayRule, labels: Labels, task_weights: Floats | None) -> Floats:
    """(..., n, n) what each pair earns on average over the tasks both labelled; NaN if there are none."""
    weights = weights_or_ones(task_weights, labels.n_tasks)
    rows = [_mean_over_cells(rule, labels.joint_counts(row)) for row in weights.reshape(-1, labels.n_tasks)]
    n = labels.n_agents
    return without_self(np.reshape(rows, (*weights.shape[:-1], n, n)))


def _mean_over_cells(rule: PayRule, counts: Floats) -> Floats:
    return ratio(np.einsum("ijxy,ijxy->ij", counts, rule(counts)), counts.sum(axis=(-2, -1)))


def pay_by_task(rule: PayRule, labels: Labels, agent: int) -> Floats:
    """(m, n) what each task pays `agent` with each peer; NaN where one of the two gave no label."""
    counts = labels.joint_counts(np.ones(labels.n_tasks))
    return look_up(rule(counts)[agent], labels, agent)


def look_up(cells: Floats, labels: Labels, agent: int) -> Floats:
    """(m, n) at [t, j] the entry of cells (n, C, C) for peer j and the labels `agent` and j gave to task t."""
    found = np.full(labels.codes.shape, np.nan)
    task, peer = np.nonzero(labelled_together(labels, agent))
    found[task, peer] = cells[peer, labels.codes[task, agent], labels.codes[task, peer]]
    return found


def labelled_together(labels: Labels, agent: int) -> NDArray[np.bool_]:
    """(m, n) True where both `agent` and the peer gave task t a label; False for `agent` itself."""
    given = labels.codes >= 0
    together = given & given[:, [agent]]
    together[:, agent] = False
    return together


def joint_and_product(counts: Floats) -> tuple[Floats, Floats]:
    """How often labels x and y meet, and how often they would by chance: P and Q, each (..., C, C).

    Q is the product of P's margins. Both are 0 throughout for a pair that shares no task.
    """
    total = counts.sum(axis=(-2, -1), keepdims=True)
    joint = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return joint, joint.sum(axis=-1, keepdims=True) * joint.sum(axis=-2, keepdims=True)


def f_pay(f: Callable[[Floats], Floats], at_zero: float, counts: Floats) -> Floats:
    """(..., C, C) the pay whose mean over a pair's tasks is the f-information ``sum Q f(P / Q)``.

    `f` is convex with ``f(1) = 0``, and `at_zero` its value at 0: what each task is paid for the labels that never met.
    """
    ratio = lift(counts)
    joint, product = joint_and_product(counts)
    never_met = (product * (joint == 0)).sum(axis=(-2, -1), keepdims=True)
    return f(ratio) / ratio + at_zero * never_met


def lift(counts: Floats) -> Floats:
    """P / Q: how many times more often labels x and y meet than by chance; 1 where they never met."""
    joint, product = joint_and_product(counts)
    return np.divide(joint, product, out=np.ones_like(joint), where=joint > 0)
