"""Which pairs of responses to score: all of them, or a balanced few.

Only responses that exist are paired; nobody is paired with itself; a contrast pair never joins answers to one task. All
chance comes from the seed, and which joint pairs a task gets depends on no other task: adding tasks to a run, or
answers to other tasks, leaves every joint pair that was paid for in place.

Drawing pairs anew for every task keeps a ranking almost as it is at a tenth of the pairs, while a fixed graph of peers
does not (Robertson 2025, arXiv:2510.14966, and our own replays in benchmarks/designs.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from elicit.errors import InvalidInput
from elicit.evidence import Bools, Floats, Gains, Ints, PairScores
from elicit.mechanisms.averages import ratio
from elicit.scorers.lexical import contrast_order

CONTRAST_SHARE = 0.15  # of all pairs of a sparse design: contrast scores are low and alike, so few of them tell enough

# Streams of chance: two uses never share one.
ROUNDS, ORDER, CONTRASTS, SURPLUS = range(4)


@dataclass(frozen=True)
class Pairs:
    """Pairs of responses to score: P rows, each agent `agent`'s response to `task` beside `peer`'s to `peer_task`.

    All arrays (P,). Equal tasks make a joint pair, different ones a contrast pair.
    """

    n_agents: int
    n_tasks: int
    agent: Ints
    task: Ints
    peer: Ints
    peer_task: Ints

    def __len__(self) -> int:
        return len(self.agent)

    @property
    def joint(self) -> Bools:
        """(P,) True where both responses answer the same task."""
        return np.asarray(self.task == self.peer_task)

    @property
    def meetings(self) -> Ints:
        """(K, 3) which two agents are compared on which task: task and agents, once for each, in either order."""
        low, high = np.minimum(self.agent, self.peer), np.maximum(self.agent, self.peer)
        return np.unique(np.stack([self.task, low, high], axis=1)[self.joint], axis=0)

    def groups(self) -> Ints:
        """(n,) which agents are compared, directly or by way of others: they share a number."""
        _, one, other = self.meetings.T
        group = np.arange(self.n_agents)
        while (group[one] != group[other]).any():
            np.minimum.at(group, one, group[other])
            np.minimum.at(group, other, group[one])
        return group

    def only(self, rows: Bools | Ints) -> "Pairs":
        """Some of the pairs, by mask or by row."""
        return Pairs(
            self.n_agents, self.n_tasks, self.agent[rows], self.task[rows], self.peer[rows], self.peer_task[rows]
        )

    def and_then(self, *more: "Pairs") -> "Pairs":
        """These pairs, then more."""
        columns = zip(*(part._columns() for part in (self, *more)), strict=True)
        return Pairs(self.n_agents, self.n_tasks, *(np.concatenate(column) for column in columns))

    def scored(self, score: Floats) -> PairScores:
        """The pairs with their scores (P,), NaN where there is none: such a pair has no row.

        Sparse designs hold no contrast pair for some pairs of agents that were compared. They get what the agent in
        question scored on contrast pairs with all its other peers: contrast is pooled per agent, never over the pool,
        so that an answer which talks critics into a yes raises its own chance level and nobody else's.
        """
        known = ~np.isnan(score)
        pairs, score = self.only(known), score[known]
        rows, peers = pairs._pooled()
        pairs = pairs.and_then(replace(pairs.only(rows), peer=peers))
        score = np.concatenate([score, score[rows]])
        return PairScores(self.n_agents, self.n_tasks, *pairs._columns(), score=score, weight=np.ones(len(score)))

    def gained(self, gain: Floats, base: Floats, unit: str) -> Gains:
        """The pairs with their gains (P,): what the agent's response tells about the peer's, NaN where it is missing.

        `base` (m, n) is what each response scores with nothing shown. A contrast pair is entered under the peer's task.
        Several of one cell are averaged, and a peer for which an agent has none gets the mean of the agent's others on
        that task, as in `scored`.
        """
        joint = self._averaged(gain, self.joint)
        contrast = None if self.joint.all() else pooled(self._averaged(gain, ~self.joint), joint)
        return Gains(gain=joint, base=base, contrast=contrast, unit=unit)

    def _averaged(self, gain: Floats, rows: Bools) -> Floats:
        """(m, n, n) the mean of some rows by the peer's task, agent and peer; NaN where there is none."""
        known = rows & ~np.isnan(gain)
        total, count = (np.zeros((self.n_tasks, self.n_agents, self.n_agents)) for _ in range(2))
        place = (self.peer_task[known], self.agent[known], self.peer[known])
        np.add.at(total, place, gain[known])
        np.add.at(count, place, 1.0)
        return ratio(total, count)

    def _columns(self) -> tuple[Ints, Ints, Ints, Ints]:
        return self.agent, self.task, self.peer, self.peer_task

    def _pooled(self) -> tuple[Ints, Ints]:
        """Which contrast rows stand in for which other peer of their agent: (row, peer), a line for each stand-in."""
        has_joint, has_contrast = (np.zeros((self.n_agents, self.n_agents), dtype=bool) for _ in range(2))
        has_joint[self.agent[self.joint], self.peer[self.joint]] = True
        contrast = np.flatnonzero(~self.joint)
        has_contrast[self.agent[contrast], self.peer[contrast]] = True
        lacking = has_joint & ~has_contrast
        row, peer = np.nonzero(lacking[self.agent[contrast]])
        return contrast[row], peer


def pooled(contrast: Floats, gain: Floats) -> Floats:
    """The contrasts (m, n, n), where an agent has none for a peer it was scored with: its mean over the others."""
    known = ~np.isnan(contrast)
    lacking = (~np.isnan(gain)).any(axis=0) & ~known.any(axis=0)
    mean = ratio(np.where(known, contrast, 0.0).sum(axis=2), known.sum(axis=2).astype(np.float64))
    return np.where(lacking, mean[:, :, None], contrast)


def full(
    answered: Bools, *, seed: int, directed: bool = False, nearest: Ints | None = None, block: Ints | None = None
) -> Pairs:
    """Every ordered pair of agents on every task, and for each a contrast pair: the same peer on another task.

    `answered` (m, n) says which responses there are. The other task is drawn from all of them, or from `nearest`
    (m, h), each task's most similar others; never from the task's own `block` (m,), which numbers tasks that are one
    and the same. If scores are `directed`, as likelihoods are, each task has one other, whose responses are shown
    beside all that answer it: the very contrasts of the lexical scorer. Costs 2n(n - 1) scores a task.
    Source: Robertson and Koyejo (2025), arXiv:2508.05469.

    >>> pairs = full(np.ones((2, 3), dtype=bool), seed=0)
    >>> len(pairs), int(pairs.joint.sum())
    (24, 12)
    """
    m = len(answered)
    joint = every_pair(answered, np.arange(m))
    if directed and nearest is None:
        order = contrast_order(m, np.random.default_rng(seed), block)
        return joint if order is None else joint.and_then(every_pair(answered, order))
    other = OtherTasks(answered, nearest, block)
    return joint.and_then(*(other.contrasts(joint.only(joint.task == t), [seed, CONTRASTS, t]) for t in range(m)))


def every_pair(answered: Bools, shown: Ints) -> Pairs:
    """All responses to each task as peers', with every other agent's to the task that is `shown` (m,) beside it."""
    m, n = answered.shape
    peer_task, agent, peer = np.nonzero(answered[shown][:, :, None] & answered[:, None, :] & ~np.eye(n, dtype=bool))
    return Pairs(n, m, agent, shown[peer_task], peer, peer_task)


def rotating(
    answered: Bools,
    *,
    peers: int,
    seed: int,
    contrast_per_agent: int | None = None,
    directed: bool = False,
    nearest: Ints | None = None,
    block: Ints | None = None,
) -> Pairs:
    """Give every agent `peers` peers on every task, others on the next, and contrast pairs pooled per agent.

    Where everybody answered everything, every two agents meet on equally many tasks, up to one; with an odd number of
    agents `peers` of them have one peer less on any one task, taking turns. Two agents always meet in the same order,
    and each agent comes before as many others as after, up to one; if scores are `directed`, as likelihoods are, the
    order changes from meeting to meeting. `contrast_per_agent` contrast pairs an agent, on average; by default they are
    15 % of all. For `answered`, `nearest` and `block` see `full`.

    >>> pairs = rotating(np.ones((100, 30), dtype=bool), peers=3, seed=0)
    >>> int(pairs.joint.sum()), len(pairs)
    (4500, 5294)
    """
    n = answered.shape[1]
    if not 1 <= peers <= n - 1:
        raise InvalidInput(f"peers must be between 1 and {n - 1} for {n} agents, got {peers}")
    joint = rotating_joint(answered, peers, seed, directed=directed)
    by_share = round(len(joint) * CONTRAST_SHARE / (1 - CONTRAST_SHARE))
    count = by_share if contrast_per_agent is None else contrast_per_agent * n
    return joint.and_then(pooled_contrasts(joint, answered, count, seed, OtherTasks(answered, nearest, block)))


def fitted(
    answered: Bools,
    *,
    calls: int,
    seed: int,
    directed: bool = False,
    nearest: Ints | None = None,
    block: Ints | None = None,
) -> Pairs:
    """The design that makes the most of `calls` scores: the full one if it fits, else a rotating one of that size.

    What is too much of a rotating design is left out evenly over the tasks. For `answered`, `nearest` and `block` see
    `full`, for `directed` see `rotating`; here two agents then meet in both orders on one task where calls allow it.

    >>> [len(fitted(np.ones((20, 8), dtype=bool), calls=calls, seed=0)) for calls in (10, 333, 10_000)]
    [10, 333, 2240]
    """
    if calls < 2:
        raise InvalidInput(f"calls must be at least 2, for a joint and a contrast pair, got {calls}")
    there = answered.sum(axis=1)
    if int((there * (there - 1)).sum()) <= calls:  # so that no design far beyond the calls is ever laid out
        whole = full(answered, seed=seed, directed=directed, nearest=nearest, block=block)
        if len(whole) <= calls:
            return whole
    n_joint = min(max(round(calls * (1 - CONTRAST_SHARE)), 1), calls - 1)
    joint = thinned(fewest_rounds(answered, n_joint, seed, directed=directed), n_joint, seed)
    count = min(calls - len(joint), len(joint))
    return joint.and_then(pooled_contrasts(joint, answered, count, seed, OtherTasks(answered, nearest, block)))


def fewest_rounds(answered: Bools, n_joint: int, seed: int, *, directed: bool) -> Pairs:
    """The joint pairs of the rotating design with the fewest peers that has so many, or all it can have."""
    n = answered.shape[1]
    for peers in range(1, (1 + directed) * (n - 1) + 1):
        joint = rotating_joint(answered, peers, seed, directed=directed)
        if len(joint) >= n_joint:
            break
    return joint


def thinned(joint: Pairs, keep: int, seed: int) -> Pairs:
    """At most `keep` of the joint pairs, every task giving up about equally many."""
    shuffled = np.random.default_rng([seed, SURPLUS]).permutation(len(joint))
    turn = np.empty(len(joint), dtype=np.int64)
    turn[shuffled] = occurrence(joint.task[shuffled])
    return joint.only(np.sort(shuffled[np.argsort(turn[shuffled], kind="stable")][:keep]))


def rotating_joint(answered: Bools, peers: int, seed: int, *, directed: bool) -> Pairs:
    """The joint pairs of a rotating design: each task takes the next `peers` rounds of its agents' tournament.

    Directed, a second tournament in the other order follows the first, and one task can have rounds of both.
    """
    m, n = answered.shape
    ways = 1 + directed  # orders in which two agents are worth comparing on one task
    rounds_of = cache(lambda members: tournament(np.array(members), seed))
    before = comes_before(n, seed)
    meetings = [np.empty((0, 3), dtype=np.int64)]  # task, and the two who meet, the first first
    for task, row in enumerate(answered):
        members = tuple(np.flatnonzero(row).tolist())
        rounds = rounds_of(members)
        times, more = divmod(peers, max(1, len(members) - 1))
        taken = min(times * len(rounds) + more, ways * len(rounds))
        for turn in range(task * taken, (task + 1) * taken):
            one, other = rounds[turn % len(rounds)].T
            as_drawn = before[one, other] ^ (directed and turn // len(rounds) % 2 == 1)
            pair = np.where(as_drawn, (one, other), (other, one))
            meetings.append(np.stack([np.full(len(one), task), *pair], axis=1))
    of_task, agent, peer = np.concatenate(meetings).T
    return Pairs(n, m, agent, of_task, peer, of_task)


def tournament(members: Ints, seed: int) -> list[Ints]:
    """Rounds (k/2, 2) in which everybody meets one other, and after all of them everybody has met everybody once.

    The circle method: one agent stays, the others move on by one seat. With an odd number the one opposite the empty
    seat sits out. Who has which seat, and the order of the rounds, are random.
    """
    size = len(members) + len(members) % 2
    if size == 0:
        return []
    rng = np.random.default_rng([seed, ROUNDS, *members])
    seated = rng.permutation(np.concatenate([members, np.full(size - len(members), -1)]))
    step = np.arange(1, size // 2)
    rounds = []
    for turn in rng.permutation(size - 1):
        one = np.append((turn + step) % (size - 1), turn)
        other = np.append((turn - step) % (size - 1), size - 1)
        pairs = np.stack([seated[one], seated[other]], axis=1)
        rounds.append(pairs[(pairs >= 0).all(axis=1)])
    return rounds


def comes_before(n_agents: int, seed: int) -> Bools:
    """(n, n) whether the row's agent is shown before the column's: in a random circle, the half that follows it."""
    place = np.random.default_rng([seed, ORDER]).permutation(n_agents)
    ahead = (place[None, :] - place[:, None]) % n_agents
    opposite = 2 * ahead == n_agents
    return np.asarray((ahead > 0) & ((2 * ahead < n_agents) | (opposite & (place[:, None] < place[None, :]))))


def pooled_contrasts(joint: Pairs, answered: Bools, count: int, seed: int, other: "OtherTasks") -> Pairs:
    """About `count` contrast pairs between agents that meet, spread evenly over agents, their peers and their tasks."""
    rng = np.random.default_rng([seed, CONTRASTS])
    met = rng.permutation(np.unique(np.stack([joint.agent, joint.peer], axis=1), axis=0))
    met = met[np.argsort(occurrence(met[:, 0]), kind="stable")]  # everybody's first peer, everybody's second, ...
    agent, peer = np.resize(met, (count if len(met) else 0, 2)).T
    turn, task = occurrence(agent), np.empty(len(agent), dtype=np.int64)
    for i in np.unique(agent):
        its_tasks = rng.permutation(np.flatnonzero(answered[:, i]))
        task[agent == i] = its_tasks[turn[agent == i] % len(its_tasks)]
    return other.contrasts(replace(joint, agent=agent, task=task, peer=peer, peer_task=task), [seed, CONTRASTS, 0])


@dataclass(frozen=True)
class OtherTasks:
    """Where contrast pairs find the peer's response: on which tasks, given the agent's own."""

    answered: Bools
    nearest: Ints | None = None
    block: Ints | None = None

    def contrasts(self, pairs: Pairs, stream: Sequence[int]) -> Pairs:
        """The pairs with each peer's response taken from another task; without those that have none or came twice."""
        rng = np.random.default_rng(stream)
        other = np.full(len(pairs), -1) if self.nearest is None else self._near(self.nearest, pairs, rng)
        waiting = np.flatnonzero((other < 0) & self._possible(pairs))
        while waiting.size:
            guess = rng.integers(pairs.n_tasks, size=waiting.size)
            fits = self._fits(pairs.only(waiting), guess)
            other[waiting[fits]] = guess[fits]
            waiting = waiting[~fits]
        drawn = replace(pairs, peer_task=other).only(other >= 0)
        columns = np.stack([drawn.agent, drawn.task, drawn.peer, drawn.peer_task])
        return drawn.only(np.sort(np.unique(columns, axis=1, return_index=True)[1]))

    def _fits(self, pairs: Pairs, other: Ints) -> Bools:
        """Whether the peer answered those other tasks, and they are other ones indeed."""
        return np.asarray(self.answered[other, pairs.peer] & (self._block[other] != self._block[pairs.task]))

    def _possible(self, pairs: Pairs) -> Bools:
        """Whether the peer answered any task outside the block of the agent's."""
        in_block = np.zeros((self._block.max(initial=0) + 1, pairs.n_agents), dtype=np.int64)
        np.add.at(in_block, self._block, self.answered)
        return np.asarray(in_block.sum(axis=0)[pairs.peer] > in_block[self._block[pairs.task], pairs.peer])

    def _near(self, nearest: Ints, pairs: Pairs, rng: np.random.Generator) -> Ints:
        """One of the most similar tasks that will do, at random; -1 where none does."""
        fits = np.stack([self._fits(pairs, column[pairs.task]) for column in nearest.T], axis=1)
        luck = np.where(fits, rng.random(fits.shape), -1.0)
        chosen = nearest[pairs.task, luck.argmax(axis=1)]
        return np.where(fits.any(axis=1), chosen, -1)

    @cached_property
    def _block(self) -> Ints:
        return np.arange(len(self.answered)) if self.block is None else self.block


def occurrence(values: Ints) -> Ints:
    """How many times each value stood before.

    >>> occurrence(np.array([7, 3, 7, 7, 3]))
    array([0, 0, 1, 2, 1])
    """
    order = np.argsort(values, kind="stable")
    _, start, count = np.unique(values[order], return_index=True, return_counts=True)
    place = np.empty(len(values), dtype=np.int64)
    place[order] = np.arange(len(values)) - np.repeat(start, count)
    return place
