"""Worlds in which the true scores are known: what `coverage.py` draws runs from.

One rule: no world is made by a scorer of ours, and each tells its population scores from its own parameters, never from
a run. Agents are numbered from the best.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from elicit.design import Pairs
from elicit.evidence import Bools, Floats, Gains, Labels, PairScores
from elicit.mechanisms import MECHANISMS, Mechanism
from elicit.scorers import lexical
from elicit.types import Task

MANY = 1e6  # tasks that stand for infinitely many, where a mechanism corrects for their number
REPEATS = 2  # so that both halves of the tasks show every pair of labels to a cross-fitted mechanism


@dataclass(frozen=True)
class LabelWorld:
    """Agents that each see a hidden state of the task and name a class.

    `prior` (S,) is how often each state comes, `emission` (n, S, C) how often an agent names a class in it.
    """

    prior: Floats
    emission: Floats

    def draw(self, m: int, missing: float, rng: np.random.Generator) -> Labels:
        """Labels of m tasks, each left out with a chance of `missing`."""
        n, _, n_classes = self.emission.shape
        state = rng.choice(len(self.prior), size=m, p=self.prior)
        reached = self.emission.cumsum(axis=2)[:, state].transpose(1, 0, 2)  # (m, n, C)
        codes = np.minimum((rng.random((m, n, 1)) > reached).sum(axis=2), n_classes - 1)
        codes[rng.random((m, n)) < missing] = -1
        return Labels(codes, tuple("abcdefgh"[:n_classes]))

    def population(self, mechanism: Mechanism) -> Floats:
        """(n, n) what each pair earns on infinitely many tasks: every two labels, as often as the two name them."""
        n, _, c = self.emission.shape
        pairs = list(combinations(range(n), 2))
        codes, weights = np.full((len(pairs), c * c, n), -1), np.empty((len(pairs), c * c))
        for row, (i, j) in enumerate(pairs):
            codes[row, :, i], codes[row, :, j] = np.divmod(np.arange(c * c), c)
            weights[row] = (
                (self.prior[:, None, None] * self.emission[i][:, :, None] * self.emission[j][:, None])
                .sum(axis=0)
                .ravel()
            )
        every = Labels(np.tile(codes.reshape(-1, n), (REPEATS, 1)), tuple("abcdefgh"[:c]))
        return mechanism.pairwise(every, np.tile(weights.ravel(), REPEATS) * MANY / REPEATS)


def label_world(prior: Floats, accuracy: Floats, *, shared_errors: float = 0.0) -> LabelWorld:
    """Agents that name the right class with their `accuracy` (n,), and else any other alike.

    With `shared_errors` every agent falls, with that chance, for the task's own distractor: one class that all see.
    """
    c = len(prior)
    right = np.eye(c)
    alone = accuracy[:, None, None] * right + (1 - accuracy)[:, None, None] * (1 - right) / (c - 1)
    lured = (1 - shared_errors) * alone[:, :, None, :] + shared_errors * right  # (n, right class, distractor, C)
    state = np.repeat(prior, c) / c
    return LabelWorld(state, lured.reshape(len(accuracy), c * c, c))


@dataclass(frozen=True)
class PairWorld:
    """A critic's scores as a sum: what the two agents can, how easy the task is, what a response looks like, noise.

    A joint pair scores ``level + (ability_i + ability_j) / 2`` more than a contrast pair on average. `verdicts` turns
    scores into yes or no with the same means.
    """

    ability: Floats
    level: float = 0.3
    verdicts: bool = False

    def draw(self, pairs: Pairs, rng: np.random.Generator) -> PairScores:
        """What the critic says of a design's pairs."""
        easy = np.minimum(rng.exponential(0.08, pairs.n_tasks), 0.3)
        easy -= 0.08 * (1 - np.exp(-0.3 / 0.08))  # of mean 0: the mean of the cut exponential is taken off
        looks = rng.uniform(-0.05, 0.05, size=(pairs.n_tasks, pairs.n_agents))
        told = self.level + (self.ability[pairs.agent] + self.ability[pairs.peer]) / 2 + easy[pairs.task]
        score = (
            0.2 + looks[pairs.task, pairs.agent] + looks[pairs.peer_task, pairs.peer] + np.where(pairs.joint, told, 0)
        )
        if self.verdicts:
            return pairs.scored((rng.random(len(pairs)) < score).astype(float))
        return pairs.scored(score + rng.normal(scale=0.1, size=len(pairs)))

    def population(self) -> Floats:
        """(n, n) what each pair earns on infinitely many tasks."""
        return self.level + np.add.outer(self.ability, self.ability) / 2


@dataclass(frozen=True)
class GainWorld:
    """Log-likelihood gains as a product: what an agent tells, how much there is to tell of the peer, and on the task.

    Tasks are skewed: most have little to tell, few have much (a log-normal of mean 1).
    """

    ability: Floats
    told: float = 1.0

    def draw(self, m: int, missing: float, rng: np.random.Generator) -> Gains:
        """Gains and contrasts of m tasks, all of a response left out with a chance of `missing`."""
        n = len(self.ability)
        rich = rng.lognormal(-0.5 * 0.8**2, 0.8, size=m)
        looks = rng.normal(scale=0.3, size=(2, m, 1, n))
        noise = rng.normal(scale=0.5, size=(2, m, n, n)) + looks
        gain = self.told * np.multiply.outer(rich, np.outer(self.ability, self.ability)) + noise[0]
        gone = rng.random((m, n)) < missing
        for table in (gain, noise[1]):
            table[gone[:, :, None] | gone[:, None, :]] = np.nan
        return Gains(gain=gain, base=np.zeros((m, n)), contrast=noise[1])

    def population(self) -> Floats:
        """(n, n) what each pair earns on infinitely many tasks."""
        return self.told * np.outer(self.ability, self.ability)


@dataclass(frozen=True)
class TextWorld:
    """Answers of 25 words: with the chance of its `ability` an agent's next word is the task's, else anybody's.

    A task has twelve words of its own out of thousands; the others come as words do (Zipf).
    """

    ability: Floats
    words: int = 25
    vocabulary: int = 4000
    common: int = 400  # words that no task has for its own

    def draw(self, m: int, missing: float, rng: np.random.Generator) -> Gains:
        """The lexical scorer's gains of m tasks, each answer left out with a chance of `missing`."""
        seen = lexical.Vocabulary()
        counts = list(lexical.count_words([Task(str(t)) for t in range(m)], self._texts(m, missing, rng), seen))
        pool = lexical.pool_shares(counts, len(seen), np.ones(len(self.ability)))
        return lexical.lexical_gains(counts, pool, lexical.contrast_order(m, rng))

    def _texts(self, m: int, missing: float, rng: np.random.Generator) -> list[list[str | None]]:
        size = (m, len(self.ability), self.words)
        frequency = 1 / np.arange(1, self.vocabulary + 1)
        word = rng.choice(self.vocabulary, size=size, p=frequency / frequency.sum())
        own = rng.integers(self.common, self.vocabulary, size=(m, 12))
        topical = np.take_along_axis(own[:, None], rng.integers(12, size=size), axis=2)
        word = np.where(rng.random(size) < self.ability[:, None], topical, word)
        gone = rng.random(size[:2]) < missing
        return [
            [None if out else " ".join(f"w{number}" for number in answer) for answer, out in zip(row, its, strict=True)]
            for row, its in zip(word, gone, strict=True)
        ]

    def population(self, tasks: int = 3000) -> Floats:
        """(n, n) what each pair earns on so many tasks that chance is small beside that of any run."""
        return MECHANISMS["mi"].pairwise(self.draw(tasks, 0.0, np.random.default_rng(0)))


def fixed_pairs(answered: Bools, *, peers: int) -> Pairs:
    """The same few pairs on every task: each agent beside the next `peers` in a ring, and as often across tasks."""
    m, n = answered.shape
    task, agent, step = (axis.ravel() for axis in np.meshgrid(np.arange(m), np.arange(n), 1 + np.arange(peers)))
    peer = (agent + step) % n
    shown = [Pairs(n, m, agent, task, peer, (task + away) % m) for away in (0, 1)]
    joint, contrast = (
        pairs.only(answered[pairs.task, pairs.agent] & answered[pairs.peer_task, pairs.peer]) for pairs in shown
    )
    return joint.and_then(contrast)
