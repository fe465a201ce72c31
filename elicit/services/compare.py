"""Two runs side by side: who moved, and is it more than noise?

Both runs are resampled together: a task they share is drawn for both or for neither, so that what they have in common
cancels.
"""

from dataclasses import dataclass, replace
from itertools import starmap

import numpy as np

from elicit.errors import InvalidInput
from elicit.estimators.bootstrap import blocks_answered, bootstrap_weights, centred, weighted_means, widened
from elicit.estimators.permutation import two_sided_p
from elicit.estimators.ranks import interval, ranks
from elicit.evidence import Floats

RESAMPLES_PER_AGENT = 100  # so that a corrected p-value can still fall below .05
FEWEST_RESAMPLES = 2000


@dataclass(frozen=True)
class Board:
    """One run as far as a comparison needs it, of these tasks and agents.

    `task_scores` (m, n) is what each task pays, `pseudo_values` (m, n) what it does to the score (see
    `estimators.jackknife`), which is what tests and intervals rest on.
    """

    name: str
    made_by: str  # mechanism, scorer and peers: scores compare only where they agree
    tasks: tuple[str, ...]
    agents: tuple[str, ...]
    score: Floats  # (n,)
    task_scores: Floats
    pseudo_values: Floats


@dataclass(frozen=True)
class Move:
    """How one agent stands in both runs, ranks being among the agents they share.

    `rank_change` is positive for an agent that rose. `p_value` is two-sided, `p_adjusted` the same after Holm's
    correction over all agents; both and the intervals are `None` where an agent's scores cannot be traced to tasks.
    `score_change` is `None` where the runs measure different things.
    """

    agent: str
    rank_before: int
    rank_after: int
    rank_change: int
    rank_change_low: int | None
    rank_change_high: int | None
    p_value: float | None
    p_adjusted: float | None
    score_change: float | None
    score_change_low: float | None
    score_change_high: float | None

    @property
    def beyond_noise(self) -> bool:
        """Whether the move survives the correction for having looked at every agent."""
        return self.p_adjusted is not None and self.p_adjusted <= 0.05


def compare(before: Board, after: Board, *, seed: int) -> list[Move]:
    """Every shared agent's move from one run to the other, in the order of the second.

    Raises `InvalidInput` where fewer than two agents are scored in both.
    """
    shared = [agent for agent in after.agents if agent in set(before.agents)]
    first, second = pick(before, shared), pick(after, shared)
    scored = ~np.isnan(first.score + second.score)
    shared = [agent for agent, keep in zip(shared, scored, strict=True) if keep]
    if len(shared) < 2:
        raise InvalidInput(
            f"runs to compare must share at least two scored agents; {before.name} and {after.name} share {len(shared)}"
        )
    return moves(pick(before, shared), pick(after, shared), np.random.default_rng(seed))


def pick(board: Board, agents: list[str]) -> Board:
    """The board with these agents only, in this order."""
    column = [board.agents.index(agent) for agent in agents]
    return replace(
        board,
        agents=tuple(agents),
        score=board.score[column],
        task_scores=board.task_scores[:, column],
        pseudo_values=board.pseudo_values[:, column],
    )


def moves(before: Board, after: Board, rng: np.random.Generator) -> list[Move]:
    """The moves of agents that both boards have in the same order."""
    first, second = replicates_together(before, after, rng)
    rank_before, rank_after = ranks(before.score), ranks(after.score)
    rank_draws = np.where(np.isnan(first + second), np.nan, ranks(first) - ranks(second))
    low, high = interval(rank_draws)
    p = two_sided_p(rank_draws)
    columns = [rank_before, rank_after, rank_before - rank_after, np.floor(low), np.ceil(high)]
    rows = zip(
        after.agents,
        *(map(whole_or_none, column) for column in columns),
        *(map(known_or_none, column) for column in (p, holm(p))),
        *score_changes(before, after, second - first),
        strict=True,
    )
    return sorted(starmap(Move, rows), key=lambda move: move.rank_after)


def score_changes(before: Board, after: Board, draws: Floats) -> list[list[float | None]]:
    """Change of score with its interval, one list each; all unknown where the boards measure different things."""
    if before.made_by != after.made_by:
        return [[None] * len(after.agents)] * 3
    return [[known_or_none(value) for value in values] for values in (after.score - before.score, *interval(draws))]


def whole_or_none(value: float) -> int | None:
    """The whole number, `None` for NaN."""
    return None if np.isnan(value) else int(value)


def known_or_none(value: float) -> float | None:
    """The value, `None` for NaN."""
    return None if np.isnan(value) else float(value)


def replicates_together(before: Board, after: Board, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Bootstrap draws of both boards' scores (R, n), centred on them, a shared task counting alike in both."""
    union = {task: number for number, task in enumerate(dict.fromkeys(before.tasks + after.tasks))}
    resamples = max(FEWEST_RESAMPLES, RESAMPLES_PER_AGENT * len(after.agents))
    weights = bootstrap_weights(np.arange(len(union)), resamples, rng)

    def draws(board: Board) -> Floats:
        drawn = weighted_means(board.pseudo_values, weights[:, [union[task] for task in board.tasks]])
        prompts = blocks_answered(~np.isnan(board.pseudo_values), np.arange(len(board.tasks)))
        return widened(centred(drawn, board.score), board.score, prompts)

    return draws(before), draws(after)


def holm(p: Floats) -> Floats:
    """p-values adjusted for testing all of them (Holm 1979): (n,), NaN staying NaN.

    >>> holm(np.array([0.01, 0.04, 0.03]))
    array([0.03, 0.06, 0.06])
    """
    order = np.argsort(p)[: int((~np.isnan(p)).sum())]  # NaN sorts last
    stepped = np.maximum.accumulate(p[order] * (len(order) - np.arange(len(order))))
    adjusted = np.full_like(p, np.nan)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
