"""How many more tasks would tell two agents apart?

One rule: the answer holds if the difference stays what it is. It says what a longer run is good for, not how it ends.
"""

import numpy as np

from elicit.evidence import Floats


def more_tasks(difference: Floats, low: Floats, high: Floats, n_tasks: Floats) -> Floats:
    """How many more tasks of the same kind would make the interval from low to high exclude 0: (k,) each, NaN unknown.

    An interval narrows with the square root of the number of tasks. Where a difference d rests on m of them
    (`n_tasks`), and its interval has the length h on the side of 0, ``m (h / |d|)^2`` in all bring h down to |d|.
    0 where the interval excludes 0 already, NaN where the difference is 0.

    Assumes that tasks to come are drawn as those before, each independent of the others, and that d and the spread from
    task to task stay what they are. The difference will come out larger or smaller, so that a run with so many tasks
    separates the two in about half of all cases; with twice as many in all it does in four of five.

    >>> d = np.array([0.1, 0.3, 0.0])
    >>> more_tasks(d, d - 0.2, d + 0.2, n_tasks=np.array([100, 100, 100]))
    array([300.,   0.,  nan])
    """
    towards_zero = np.where(difference > 0, difference - low, high - difference)
    ratio = np.divide(towards_zero, np.abs(difference), out=np.full(len(difference), np.nan), where=difference != 0)
    wanted = np.ceil((n_tasks * ratio**2).round(6))  # rounding must not ask for one task more
    return np.maximum(wanted - n_tasks, 0.0)
