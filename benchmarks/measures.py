"""How well scores agree with what is known of the agents, with an interval.

One rule: what is drawn again for an interval is what the measure counts over: agents where agents are compared, tasks
where responses are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from elicit.estimators.ranks import mean_ranks, spearman
from elicit.evidence import Floats

RESAMPLES = 1000
TAILS = (0.025, 0.975)


@dataclass(frozen=True)
class Agreement:
    """A measure of agreement and its 95 % bootstrap interval; NaN where nothing can be compared."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """The value and its interval, in two digits: the intervals are never narrow enough for three."""
        if np.isnan(self.value):
            return "–"
        return f"{short(self.value)} [{short(self.low)}, {short(self.high)}]"


NOTHING = Agreement(np.nan, np.nan, np.nan)


def short(value: float, digits: int = 2) -> str:
    """A number for a table, without its leading 0; a dash where there is none.

    >>> short(0.123), short(-0.5), short(1.0), short(np.nan), short(-0.001)
    ('.12', '-.50', '1.00', '–', '.00')
    """
    return "–" if value is None or np.isnan(value) else f"{round(value, digits) + 0:.{digits}f}".replace("0.", ".", 1)


def area_under_curve(score: Floats, good: Floats) -> float:
    """The chance that something good (1) scores above something bad (0), ties counting half; NaN takes no part.

    >>> area_under_curve(np.array([3.0, 2.0, 1.0, 9.0]), np.array([1.0, 0.0, 0.0, np.nan]))
    1.0
    """
    known = ~(np.isnan(score) | np.isnan(good))
    score, good = score[known], good[known] == 1
    n_good, n_bad = int(good.sum()), int((~good).sum())
    if not n_good or not n_bad:
        return np.nan
    return float((mean_ranks(score)[good].mean() - (n_good + 1) / 2) / n_bad)


MEASURES: dict[str, Callable[[Floats, Floats], float]] = {"Spearman": spearman, "AUC": area_under_curve}


def over_agents(measure: str, score: Floats, known: Floats) -> Agreement:
    """The measure over agents (n,), and its interval over agents drawn again."""
    both = np.flatnonzero(~np.isnan(score + known))
    value = MEASURES[measure](score, known)
    if both.size < 3 or np.isnan(value):
        return NOTHING
    drawn = np.random.default_rng(0).choice(both, size=(RESAMPLES, both.size))
    replicates = [MEASURES[measure](score[agents], known[agents]) for agents in drawn]
    return Agreement(value, *np.nanquantile(replicates, TAILS))


def over_responses(score: Floats, good: Floats) -> Agreement:
    """The AUC over all responses (m, n), good ones (n,) against bad, and its interval over tasks drawn again.

    A task drawn twice is not compared with itself as though it were another one.
    """
    won, n_good, n_bad = wins(score, good)

    def auc(weight: Floats) -> Floats:
        once = weight**2 - weight
        above = ((weight @ won) * weight).sum(-1) - once @ np.diagonal(won)
        return above / ((weight @ n_good) * (weight @ n_bad) - once @ (n_good * n_bad))

    return over_tasks(auc, len(score))


def within_tasks(measure: str, score: Floats, known: Floats) -> Agreement:
    """The mean over tasks of the measure among the responses to one task (m, n), its interval over tasks drawn."""
    each = np.array([MEASURES[measure](*task) for task in zip(score, known, strict=True)])
    there = ~np.isnan(each)
    return over_tasks(lambda weight: weight[:, there] @ each[there] / weight[:, there].sum(1), len(score))


def over_tasks(statistic: Callable[[Floats], Floats], n_tasks: int) -> Agreement:
    """A statistic of how often each task counts (..., m), and its interval."""
    weights = np.random.default_rng(0).multinomial(n_tasks, np.full(n_tasks, 1 / n_tasks), size=RESAMPLES)
    value = statistic(np.ones((1, n_tasks)))[0]
    return Agreement(float(value), *np.nanquantile(statistic(weights.astype(float)), TAILS))


def wins(score: Floats, good: Floats) -> tuple[Floats, Floats, Floats]:
    """How often a good response to task t scores above a bad one to task u (m, m), and how many there are of each.

    Ties count half. Returns also the numbers of good and of bad responses (m,) that have a score.

    >>> wins(np.array([[2.0, 1.0], [0.0, 1.0]]), np.array([1.0, 0.0]))
    (array([[1., 1.],
           [0., 0.]]), array([1, 1]), array([1, 1]))
    """
    best, worst = score[:, good == 1], score[:, good == 0]
    above = np.stack([(task[:, None, None] > worst).sum((0, 2)) for task in best]).astype(float)
    equal = np.stack([(task[:, None, None] == worst).sum((0, 2)) for task in best])
    return above + equal / 2, (~np.isnan(best)).sum(1), (~np.isnan(worst)).sum(1)
