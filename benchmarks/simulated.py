"""Simulated runs: a world of `worlds.py`, so many agents and tasks of it, scored as `elicit rank` does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from worlds import GainWorld, LabelWorld, PairWorld, TextWorld, fixed_pairs, label_world

from elicit.design import full, rotating
from elicit.estimators.bootstrap import blocks_answered, bootstrap
from elicit.estimators.peers import Peers
from elicit.evidence import Floats, Gains, Ints, Labels, PairScores
from elicit.mechanisms import MECHANISMS, Mechanism
from elicit.services.scoring import Scored, answered, tasks_shared

RESAMPLES = 400  # fewer than a ranking takes: enough for the 2.5th percentile, and for twice as many runs
Evidence = Labels | PairScores | Gains


@dataclass(frozen=True)
class Case:
    """One way to make runs: a world with n agents, m tasks of it, and how they are scored."""

    world: str
    mechanism: str
    n: int = 15
    m: int = 100
    missing: float = 0.0
    softmax: bool = False
    design: str = "full"

    @property
    def cells(self) -> list[str]:
        """The case as the first cells of a row."""
        how = [self.design] * (self.design != "full") + ["softmax"] * self.softmax
        how += [f"{self.missing:.0%} missing"] * (self.missing > 0)
        return [self.world, self.mechanism, str(self.n), str(self.m), ", ".join(how) or "–"]


CASE = ["world", "mechanism", "agents", "tasks", "besides"]


SPREAD = {"nothing": 0.0, "alike": 0.0, "apart": 0.2}  # of ability around the middle; "nothing" has no signal at all


@cache
def world_of(name: str, n: int) -> LabelWorld | PairWorld | GainWorld | TextWorld:
    """The world of a name, with n agents: its kind of evidence, then how far agents are apart."""
    kind, how = name.split()
    ability, signal = np.linspace(SPREAD[how], -SPREAD[how], n), how != "nothing"
    match kind:
        case "binary":
            return label_world(np.array([0.5, 0.5]), 0.75 + ability / 1.3)
        case "four":
            return label_world(np.full(4, 0.25), (0.7 if signal else 0.25) + ability, shared_errors=0.1 * signal)
        case "skewed":
            return label_world(np.array([0.85, 0.09, 0.04, 0.02]), 0.75 + ability, shared_errors=0.05)
        case "scores" | "verdicts":
            return PairWorld(ability, level=0.3 * signal, verdicts=kind == "verdicts")
        case "gains":
            return GainWorld(1 + ability, told=float(signal))
        case "text":
            return TextWorld((0.3 + ability) * signal)
    raise ValueError(f"world must be of a known kind, got {name!r}")


@cache
def population(case: Case) -> Floats:
    """(n, n) what pairs earn in the world of a case."""
    world = world_of(case.world, case.n)
    return world.population(MECHANISMS[case.mechanism]) if isinstance(world, LabelWorld) else world.population()


def draw(case: Case, rng: np.random.Generator) -> Evidence:
    """The evidence of one run."""
    world = world_of(case.world, case.n)
    if not isinstance(world, PairWorld):
        return world.draw(case.m, case.missing, rng)
    present, seed = rng.random((case.m, case.n)) >= case.missing, int(rng.integers(2**31))
    match case.design:
        case "rotating":
            return world.draw(rotating(present, peers=4, seed=seed), rng)
        case "fixed":
            return world.draw(fixed_pairs(present, peers=2), rng)
    return world.draw(full(present, seed=seed), rng)


@dataclass(frozen=True)
class Run:
    """One simulated run, scored as `elicit rank` does; nobody is taken for a clone."""

    mechanism: Mechanism
    scored: Scored
    score: Floats
    statistic: Callable[[Floats], Floats]
    rng: np.random.Generator

    @property
    def block(self) -> Ints:
        """(m,) every task has a prompt of its own."""
        return np.arange(len(self.scored.answered))

    @property
    def prompts(self) -> Ints:
        """(n,) how many an agent answered."""
        return blocks_answered(self.scored.answered, self.block)

    def replicates(self) -> Floats:
        """(R, n) as a ranking has them."""
        return bootstrap(self.statistic, self.score, self.block, self.prompts, resamples=RESAMPLES, rng=self.rng)

    def true(self, pairwise: Floats) -> Floats:
        """(n,) the score if each of these pairs earned what it does in the population (n, n)."""
        return self.scored.peers.scores(np.where(np.isnan(self.scored.pairwise), np.nan, pairwise))


def run(case: Case, rng: np.random.Generator) -> Run:
    """One run of a case."""
    evidence, mechanism = draw(case, rng), MECHANISMS[case.mechanism]
    present, pairwise = answered(evidence), mechanism.pairwise(evidence)
    peers = Peers(np.arange(case.n), np.ones(case.n), tasks_shared(present), case.softmax)

    def statistic(weights: Floats) -> Floats:
        return peers.scores(mechanism.pairwise(evidence, weights))

    return Run(
        mechanism, Scored(evidence, mechanism.unit, pairwise, peers, present), peers.scores(pairwise), statistic, rng
    )


def runs(case: Case, count: int, stream: int = 0) -> Iterator[Run]:
    """So many runs of a case, each from a seed of its own."""
    for number in range(count):
        yield run(case, np.random.default_rng([number, stream, case.n, case.m]))
