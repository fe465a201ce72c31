"""Do intervals cover and do tests err as often as they say? Simulated runs from worlds whose true scores are known.

    python benchmarks/coverage.py [STUDY ...] [--full] [--markdown]

    intervals   score intervals of every kind of evidence: coverage of the population score and of the expected score
    ranks       rank intervals and ties, beside the percentile intervals that they replace
    tests       how often each p-value falls to .05 and .01 where there is nothing to find, and where there is

Every share stands beside its 95 % binomial interval (Wilson 1927). Where a share is over all agents of a run, whose
errors go together, the interval counts as many trials as would make runs differ as much as they did. Everything follows
from seeds. By default a few minutes on one core; `--full` takes more runs, and more settings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from worlds import GainWorld, LabelWorld, PairWorld, TextWorld, fixed_pairs, label_world

from elicit.design import full, rotating
from elicit.estimators.apart import margins
from elicit.estimators.bootstrap import blocks_answered, bootstrap, widening
from elicit.estimators.peers import Peers
from elicit.evidence import Floats, Gains, Ints, Labels, PairScores
from elicit.mechanisms import MECHANISMS
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
    def name(self) -> str:
        """The case in a few words."""
        return f"{self.world}, {self.mechanism}"


ABILITY = {"alike": (0.0, 0.0), "close": (0.05, -0.05), "apart": (0.2, -0.2)}


def spaced(n: int, kind: str) -> Floats:
    """(n,) abilities evenly spaced from the best."""
    return np.linspace(*ABILITY[kind], n)


@cache
def world_of(name: str, n: int) -> LabelWorld | PairWorld | GainWorld | TextWorld:
    """The world of a name, with n agents: its kind of evidence, then how far agents are apart."""
    kind, how = name.split()
    ability = spaced(n, how)
    match kind:
        case "binary":
            return label_world(np.array([0.5, 0.5]), 0.75 + ability / 1.3)
        case "four":
            return label_world(np.full(4, 0.25), 0.7 + ability, shared_errors=0.1)
        case "skewed":
            return label_world(np.array([0.85, 0.09, 0.04, 0.02]), 0.75 + ability, shared_errors=0.05)
        case "scores" | "verdicts":
            return PairWorld(ability, verdicts=kind == "verdicts")
        case "gains":
            return GainWorld(1 + ability)
        case "text":
            return TextWorld(0.3 + ability)
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
    """One simulated run, scored as `elicit rank` does."""

    scored: Scored
    score: Floats
    replicates: Floats
    prompts: Ints
    margin: Floats

    def true(self, pairwise: Floats) -> Floats:
        """(n,) the scores that these pairs would earn if each earned what it does in the population (n, n)."""
        return self.scored.peers.scores(np.where(np.isnan(self.scored.pairwise), np.nan, pairwise))

    @property
    def as_drawn(self) -> Floats:
        """(R, n) the replicates before they were widened."""
        return self.score + (self.replicates - self.score) / widening(self.prompts)


def scored_run(case: Case, rng: np.random.Generator) -> Scored:
    """Evidence of one run with its pairs scored; nobody is taken for a clone."""
    evidence, mechanism = draw(case, rng), MECHANISMS[case.mechanism]
    present = answered(evidence)
    peers = Peers(np.arange(case.n), np.ones(case.n), tasks_shared(present), case.softmax)
    return Scored(evidence, mechanism.unit, mechanism.pairwise(evidence), peers, present)


def run(case: Case, rng: np.random.Generator) -> Run:
    """One run with its replicates and margins."""
    scored, mechanism, block = scored_run(case, rng), MECHANISMS[case.mechanism], np.arange(case.m)
    score, prompts = scored.peers.scores(scored.pairwise), blocks_answered(scored.answered, block)

    def statistic(weights: Floats) -> Floats:
        return scored.peers.scores(mechanism.pairwise(scored.evidence, weights))

    replicates = bootstrap(statistic, score, block, prompts, resamples=RESAMPLES, rng=rng)
    return Run(scored, score, replicates, prompts, margins(score, replicates, prompts))


def runs(case: Case, count: int) -> Iterator[Run]:
    """So many runs of a case, each from a seed of its own."""
    for number in range(count):
        yield run(case, np.random.default_rng([number, case.n, case.m]))
