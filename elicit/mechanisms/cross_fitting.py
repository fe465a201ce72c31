"""Cross-fitting: what pays is learned from one half of the tasks, and paid on the other half.

So nobody is paid for chance that the rule has learned: pairs that share nothing but noise earn 0 in expectation, at any
number of tasks, where the plug-in mechanisms pay for it. The halves follow the order of the table and do not move with
the weights of the tasks. What is estimated is a lower bound, and may be negative; it should stay so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from elicit.evidence import Floats, Labels
from elicit.mechanisms.averages import ratio, weights_or_ones, without_self
from elicit.mechanisms.contingency import joint_and_product, look_up

Critic = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Pairing:
    """A pairing mechanism: a task both labelled pays ``K(x, y)``, two different tasks cost ``f*(K(x, y))``.

    `critic` learns K (n, n, C, C) from the counts (n, n, C, C) of one half; `conjugate` is f*.
    """

    critic: Critic
    conjugate: Critic

    def pay(self, learned: Floats, paid: Floats) -> Floats:
        """(n, n, C, C) what two labels are paid on tasks with counts `paid`, by what was `learned` from others."""
        score = self.critic(learned)
        _, product = joint_and_product(paid)
        return score - (product * self.conjugate(score)).sum(axis=(-2, -1), keepdims=True)


def halves(n_tasks: int) -> Iterator[tuple[Floats, Floats]]:
    """Each half of the tasks (m,) as ones among zeros: first the half to learn from, then the one to pay."""
    first = (np.arange(n_tasks) < n_tasks // 2).astype(np.float64)
    yield first, 1 - first
    yield 1 - first, first


def cross_fitted(pairing: Pairing, labels: Labels, task_weights: Floats | None) -> Floats:
    """(..., n, n) the mean pay over the tasks both labelled; NaN where one half holds none of them."""
    labels, weights = labels.of_used_classes(), weights_or_ones(task_weights, labels.n_tasks)
    rows = [_mean_pay(pairing, labels, row) for row in weights.reshape(-1, labels.n_tasks)]
    n = labels.n_agents
    return without_self(np.reshape(rows, (*weights.shape[:-1], n, n)))


def _mean_pay(pairing: Pairing, labels: Labels, weights: Floats) -> Floats:
    total, count, known = np.zeros((3, labels.n_agents, labels.n_agents))
    for learned, paid in _counts(labels, weights):
        met = paid.sum(axis=(-2, -1))
        total += np.einsum("ijxy,ijxy->ij", paid, pairing.pay(learned, paid))
        count += met
        known += met > 0
    return ratio(total, count * (known == 2))


def _counts(labels: Labels, weights: Floats) -> Iterator[tuple[Floats, Floats]]:
    """The counts (n, n, C, C) of the half to learn from and of the half to pay, for each of the two."""
    for learned, paid in halves(labels.n_tasks):
        yield labels.joint_counts(weights * learned), labels.joint_counts(weights * paid)


def cross_fitted_by_task(pairing: Pairing, labels: Labels, agent: int) -> Floats:
    """(m, n) what each task pays `agent` with each peer; NaN where a label, or a half, is missing."""
    labels, weights = labels.of_used_classes(), np.ones(labels.n_tasks)
    found = np.full(labels.codes.shape, np.nan)
    met = np.ones(labels.n_agents, dtype=bool)
    for (learned, paid), (_, chosen) in zip(_counts(labels, weights), halves(labels.n_tasks), strict=True):
        here = chosen > 0
        found[here] = look_up(pairing.pay(learned, paid)[agent], labels, agent)[here]
        met &= paid[agent].sum(axis=(-2, -1)) > 0
    return np.where(met, found, np.nan)


def shrunken_lift(counts: Floats) -> Floats:
    """(..., C, C) P / Q drawn towards 1 by as many tasks as the table has cells; 1 for a label that was not met.

    Without that, two labels that never met in one half would be worth minus infinity in the other.
    """
    joint, product = joint_and_product(counts)
    n_tasks = counts.sum(axis=(-2, -1), keepdims=True)
    cells = counts.shape[-1] * counts.shape[-2]
    raw = np.divide(joint, product, out=np.ones_like(joint), where=product > 0)
    return (n_tasks * raw + cells) / (n_tasks + cells)
