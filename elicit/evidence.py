"""What is known about pairs of responses: the shapes every mechanism reads.

n agents, m tasks, P scored pairs. What is missing has no row, code -1 or NaN. It is never a zero.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elicit.errors import InvalidEvaluation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class PairScores:
    """Scored pairs of responses: one row for each, in no particular order.

    A row says how much agent `agent`'s response to `task` and agent `peer`'s response to `peer_task` share,
    in the eyes of a critic. Equal tasks make a joint pair, different ones a contrast pair. All arrays have
    shape (P,); the first four hold indices, `score` is finite, `weight` is how many times each row counts.
    """

    kind: ClassVar[str] = "pair-scores"

    n_agents: int
    n_tasks: int
    agent: Ints
    task: Ints
    peer: Ints
    peer_task: Ints
    score: Floats
    weight: Floats

    def __post_init__(self) -> None:
        check_indices("agent", self.agent, self.n_agents)
        check_indices("peer", self.peer, self.n_agents)
        check_indices("task", self.task, self.n_tasks)
        check_indices("peer_task", self.peer_task, self.n_tasks)
        check_finite("score", self.score)
        check_finite("weight", self.weight)

    @property
    def joint(self) -> NDArray[np.bool_]:
        """(P,) True where both responses answer the same task."""
        return self.task == self.peer_task

    @cached_property
    def from_peers_side(self) -> "PairScores":
        """The same pairs told from the other end: each row's peer becomes its agent."""
        return PairScores(
            n_agents=self.n_agents,
            n_tasks=self.n_tasks,
            agent=self.peer,
            task=self.peer_task,
            peer=self.agent,
            peer_task=self.task,
            score=self.score,
            weight=self.weight,
        )

    def by_task(self, agent: int, *, joint: bool) -> tuple[Floats, Floats]:
        """What was scored of `agent`'s responses, on joint or on contrast pairs.

        Returns two tables (m, n), a row for each task of `agent` and a column for each peer: the sum of the
        scores, and the number of rows behind it, both weighted. Where there is no row both are 0.
        """
        rows = self._rows_of[agent]
        rows = rows[(self.task[rows] == self.peer_task[rows]) == joint]
        cell = self.task[rows] * self.n_agents + self.peer[rows]

        def table(values: Floats) -> Floats:
            flat = np.bincount(cell, values, minlength=self.n_tasks * self.n_agents)
            return flat.astype(np.float64, copy=False).reshape(self.n_tasks, self.n_agents)

        return table(self.score[rows] * self.weight[rows]), table(self.weight[rows])

    @cached_property
    def _rows_of(self) -> list[Ints]:
        """The rows of each agent, so that asking for every agent in turn reads the table once."""
        ends = np.cumsum(np.bincount(self.agent, minlength=self.n_agents))
        return np.split(np.argsort(self.agent, kind="stable"), ends[:-1])


@dataclass(frozen=True)
class Gains:
    """How much one response raises the likelihood of another, task by task.

    `gain[t, i, j]` (m, n, n) is what agent i's response to task t adds to the log-likelihood of agent j's response to
    it, in nats; `base[t, j]` (m, n) is that log-likelihood with nothing shown. `contrast[t, i, j]`, where the scorer
    made it, is the same gain when i's response to *another* task is shown instead: what i would tell by chance.
    NaN is missing. `unit` says what one unit of gain is ("nats per token").
    """

    kind: ClassVar[str] = "gains"

    gain: NDArray[np.floating]
    base: NDArray[np.floating]
    contrast: NDArray[np.floating] | None = None
    unit: str = "nats per response"

    def __post_init__(self) -> None:
        m, n = self.base.shape
        for name, array in (("gain", self.gain), ("contrast", self.contrast)):
            if array is not None and array.shape != (m, n, n):
                raise InvalidEvaluation(f"{name} must have shape {(m, n, n)}, got {array.shape}")

    @property
    def n_agents(self) -> int:
        """How many agents there are."""
        return self.base.shape[1]

    @property
    def n_tasks(self) -> int:
        """How many tasks there are."""
        return self.base.shape[0]


@dataclass(frozen=True)
class Labels:
    """One label per agent and task: `codes[t, i]` (m, n) indexes `classes`, -1 where the agent gave none."""

    kind: ClassVar[str] = "labels"

    codes: Ints
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.codes.ndim != 2:
            raise InvalidEvaluation(f"codes must have shape (tasks, agents), got {self.codes.shape}")
        low, high = (self.codes.min(), self.codes.max()) if self.codes.size else (-1, -1)
        if low < -1 or high >= len(self.classes):
            raise InvalidEvaluation(f"codes must lie between -1 and {len(self.classes) - 1}, got {low} to {high}")

    @property
    def n_agents(self) -> int:
        """How many agents there are."""
        return self.codes.shape[1]

    @property
    def n_tasks(self) -> int:
        """How many tasks there are."""
        return self.codes.shape[0]

    @cached_property
    def one_hot(self) -> NDArray[np.float32]:
        """(m, n, C) 1 at the class each agent named, 0 elsewhere; all 0 where it named none."""
        return (self.codes[:, :, None] == np.arange(len(self.classes))).astype(np.float32)

    def joint_counts(self, task_weights: Floats) -> Floats:
        """(n, n, C, C) on how many tasks, each counted `task_weights` (m,) times, i said x while j said y.

        Only tasks both agents labelled count, so margins and totals differ from pair to pair.
        """
        told = self.one_hot.reshape(self.n_tasks, -1)
        counts = (told * narrowed(task_weights)[:, None]).T @ told
        n, c = self.n_agents, len(self.classes)
        return counts.astype(np.float64).reshape(n, c, n, c).transpose(0, 2, 1, 3)

    def of_used_classes(self) -> "Labels":
        """The same labels, with the classes nobody ever named left out."""
        used = np.unique(self.codes[self.codes >= 0])
        new_code = np.full(len(self.classes) + 1, -1)  # the last entry keeps -1, missing, at -1
        new_code[used] = np.arange(used.size)
        return Labels(new_code[self.codes], tuple(self.classes[code] for code in used))


@dataclass(frozen=True)
class Forecasts:
    """One answer per agent and task, and how the agent thinks that all of them answer.

    `codes[t, i]` (m, n) indexes `classes`, -1 where the agent gave no answer. `forecast[t, i]` (m, n, C) holds the
    share of all answers to task t that agent i expects for each class: in [0, 1], summing to 1 within 1e-6; NaN
    throughout where it gave no forecast. `vote` (n,), positive, is how often each agent counts among all, once if
    left out: copies of one agent share a vote.
    """

    kind: ClassVar[str] = "forecasts"

    codes: Ints
    forecast: Floats
    classes: tuple[str, ...]
    vote: Floats | None = None

    def __post_init__(self) -> None:
        shape = (*self.labels.codes.shape, len(self.classes))
        if self.forecast.shape != shape:
            raise InvalidEvaluation(f"forecast must have shape {shape}, got {self.forecast.shape}")
        given = ~np.isnan(self.forecast).all(axis=-1)
        total = self.forecast.sum(axis=-1)
        bad = np.argwhere(given & ~((self.forecast >= 0).all(axis=-1) & (np.abs(total - 1) <= SUMS_TO_1)))
        if bad.size:
            t, i = bad[0]
            raise InvalidEvaluation(
                f"a forecast must be shares of 0 or more that sum to 1 within {SUMS_TO_1:g}, got "
                f"{self.forecast[t, i].tolist()} of agent {i} on task {t}"
            )

    @property
    def n_agents(self) -> int:
        """How many agents there are."""
        return self.codes.shape[1]

    @property
    def n_tasks(self) -> int:
        """How many tasks there are."""
        return self.codes.shape[0]

    @cached_property
    def labels(self) -> Labels:
        """The answers without the forecasts."""
        return Labels(self.codes, self.classes)

    @property
    def told(self) -> Bools:
        """(m, n) True where an agent gave both an answer and a forecast."""
        return (self.codes >= 0) & ~np.isnan(self.forecast).any(axis=-1)

    @cached_property
    def named(self) -> Bools:
        """(m, C) True for the classes that anybody gave, or gave a share of its forecast, for the task."""
        return np.asarray(self.labels.one_hot.any(axis=1) | (np.nan_to_num(self.forecast) > 0).any(axis=1))

    @cached_property
    def floored(self) -> Floats:
        """(m, n, C) The forecasts with no share under half a percent, of the classes named for the task.

        A share of 0 would cost without bound. Of all forecasts above the floor it is the one nearest to the agent's in
        Kullback-Leibler divergence, so whoever is paid by the logarithm still does best to say what it thinks.
        """
        return raised_to_floor(self.forecast, np.broadcast_to(self.named[:, None, :], self.forecast.shape))


SUMS_TO_1 = 1e-6
FLOOR = 0.005  # what rounds to 0 where forecasts are given in whole percents


def raised_to_floor(share: Floats, possible: Bools) -> Floats:
    """Shares (..., C) with the small ones of the possible classes raised to the floor, the others scaled down alike.

    >>> raised_to_floor(np.array([0.8, 0.2, 0.0]), np.array([True, True, True])).round(4)
    array([0.796, 0.199, 0.005])
    """
    floor = min(FLOOR, 0.5 / share.shape[-1])
    raised, low = share, np.zeros(share.shape, dtype=bool)
    while (below := possible & ~low & (raised < floor)).any():
        low |= below
        left = 1 - floor * low.sum(axis=-1, keepdims=True)
        raised = np.where(low, floor, share * left / np.where(low, 0.0, share).sum(axis=-1, keepdims=True))
    return raised


@dataclass(frozen=True, eq=False)
class Embeddings:
    """One vector per response: `vectors[t, i]` (m, n, d) is agent i's response to task t, NaN where it gave none.

    Only directions count in most mechanisms; a vector of zeros says nothing and resembles nothing.
    """

    kind: ClassVar[str] = "embeddings"

    vectors: Floats

    def __post_init__(self) -> None:
        if self.vectors.ndim != 3 or not self.vectors.shape[2]:
            raise InvalidEvaluation(f"vectors must have shape (tasks, agents, numbers), got {self.vectors.shape}")
        finite = np.isfinite(self.vectors)
        broken = ~finite.all(axis=2) & (finite.any(axis=2) | np.isinf(self.vectors).any(axis=2))
        if broken.any():
            task, agent = np.argwhere(broken)[0]
            raise InvalidEvaluation(
                f"a vector must be finite throughout, or NaN throughout where there is no response; that of agent "
                f"{agent} on task {task} is neither"
            )

    @property
    def n_agents(self) -> int:
        """How many agents there are."""
        return self.vectors.shape[1]

    @property
    def n_tasks(self) -> int:
        """How many tasks there are."""
        return self.vectors.shape[0]

    @cached_property
    def answered(self) -> Bools:
        """(m, n) where there is a vector."""
        return ~np.isnan(self.vectors[:, :, 0])

    def once(self, found: Callable[["Embeddings"], Any]) -> Any:
        """``found(self)``, computed when it is first asked for and kept as long as the vectors are."""
        if found not in self._found:
            self._found[found] = found(self)
        return self._found[found]

    @cached_property
    def _found(self) -> dict[Callable[["Embeddings"], Any], Any]:
        return {}


def narrowed(weights: Floats) -> NDArray[np.float32] | Floats:
    """The weights (..., m) in single precision if sums of them are exact in it, else as they are.

    Single precision holds every whole number up to 2**24, and its matrix products take half the time.
    """
    whole = bool(np.all(weights == np.floor(weights)))
    return weights.astype(np.float32) if whole and weights.sum(axis=-1).max(initial=0) < 2**24 else weights


def check_indices(name: str, index: Ints, size: int) -> None:
    """Raise `InvalidEvaluation` unless every index lies in [0, size)."""
    if index.size and (index.min() < 0 or index.max() >= size):
        raise InvalidEvaluation(f"{name} must lie between 0 and {size - 1}, got {index.min()} to {index.max()}")


def check_finite(name: str, values: Floats) -> None:
    """Raise `InvalidEvaluation` where a value is NaN or infinite: such a pair has no row."""
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise InvalidEvaluation(f"{name} must be finite, got {values[bad[0]]} in row {bad[0]}")
