"""How much of a ranking is left when only few pairs are scored: sparse designs replayed from a recorded critic.

    python benchmarks/designs.py [--share 0.1] [--seeds 20]

Every design asks the recorded critic of ../shared/data/strategic_agents for the pairs it holds, as a run would ask a
model, and the ranking is compared with that of the whole table by Spearman's correlation. First our own design,
`fitted`: the share is of all unordered pairs of responses to one task, and contrast pairs are paid out of it too. Then
pairs drawn anew for every task, and the same pairs on all tasks: by the plain mean over peers, by the additive fit over
agents and tasks, and by that over pairs (`--peers additive`). Last how far the tables are from additive.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from elicit.design import Pairs, fitted, full
from elicit.estimators.additive import curl, fit_additive
from elicit.estimators.meetings import meetings
from elicit.estimators.peers import Peers
from elicit.estimators.ranks import spearman
from elicit.evidence import Bools, Floats, PairScores
from elicit.io import read
from elicit.mechanisms import MECHANISMS

DATA = Path(__file__).resolve().parents[2] / "shared/data/strategic_agents"
DOMAINS = ("samsum", "pubmed", "reddit_tifu", "opus_de_en")
SHARES = (0.33, 0.20, 0.10, 0.05, 0.03)


@dataclass(frozen=True)
class RecordedCritic:
    """A whole table of verdicts: `joint[t, i, j]` and `contrast[t, i, j]` (m, n, n), NaN on the diagonals.

    Which other task a contrast pair was drawn from is not on record, so any answers for all.
    """

    joint: Floats
    contrast: Floats

    def scores(self, pairs: Pairs) -> PairScores:
        """What the critic says of a design's pairs."""
        there = (pairs.task, pairs.agent, pairs.peer)
        return pairs.scored(np.where(pairs.joint, self.joint[there], self.contrast[there]))

    @property
    def shape(self) -> tuple[int, int]:
        """How many tasks and agents there are."""
        return self.joint.shape[0], self.joint.shape[1]


def recorded(domain: str) -> RecordedCritic:
    """The recorded critic of one domain."""
    scores = read([DATA / domain / "pair_scores.parquet"]).evidence
    if not isinstance(scores, PairScores):
        raise TypeError(f"{domain} holds {scores.kind}, not scored pairs")
    tables = np.full((2, scores.n_tasks, scores.n_agents, scores.n_agents), np.nan)
    tables[scores.joint.astype(int), scores.task, scores.agent, scores.peer] = scores.score
    return RecordedCritic(joint=tables[1], contrast=tables[0])


def agent_scores(scores: PairScores, *, additive: bool = False) -> Floats:
    """One score an agent, all peers alike, as `elicit rank` gives them for scored pairs."""
    pairwise = MECHANISMS["tvd_mi"].pairwise(scores)
    n = len(pairwise)
    return Peers(np.arange(n), np.ones(n), np.ones((n, n)), softmax=False, additive=additive).scores(pairwise)


def task_scores(scores: PairScores) -> Floats:
    """(m, n) what each response earns on average of the peers it was compared with."""
    by_task = (MECHANISMS["tvd_mi"].by_task(scores, agent) for agent in range(scores.n_agents))
    return np.stack([mean_of_row(one) for one in by_task], axis=1)


def mean_of_row(values: Floats) -> Floats:
    """(m,) the mean of what is known in each row, NaN of nothing."""
    known = ~np.isnan(values)
    total, count = np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)


def replays(domain: str, share: float, seeds: int) -> Iterator[float]:
    """The rank correlation with the whole table's scores, one for each seed, at a share of the pairs."""
    critic = recorded(domain)
    m, n = critic.shape
    answered = np.ones((m, n), dtype=bool)
    whole = agent_scores(critic.scores(full(answered, seed=0)))
    for seed in range(seeds):
        pairs = fitted(answered, calls=round(share * m * n * (n - 1) / 2), seed=seed)
        yield spearman(whole, agent_scores(critic.scores(pairs)))


def some_pairs(shape: tuple[int, int], share: float, rng: np.random.Generator, *, fixed: bool) -> Bools:
    """(m, n, n) which pairs to score, a share of each task's: drawn anew for every task, or once for all if `fixed`."""
    m, n = shape
    one, other = np.triu_indices(n, 1)
    chosen = np.zeros((m, n, n), dtype=bool)
    draw = rng.permuted(np.tile(np.arange(len(one)), (1 if fixed else m, 1)), axis=1)[:, : round(share * len(one))]
    chosen[np.arange(m)[:, None], one[draw], other[draw]] = True
    return chosen | chosen.swapaxes(1, 2)


def with_contrasts(chosen: Bools) -> Pairs:
    """The chosen pairs in both orders, each with the contrast that was recorded beside it."""
    m, n, _ = chosen.shape
    task, agent, peer = np.nonzero(chosen)
    joint = Pairs(n, m, agent, task, peer, task)
    return joint.and_then(Pairs(n, m, agent, task, peer, (task + 1) % m))


def kept_of(critic: RecordedCritic, whole: Floats, chosen: Bools) -> list[float]:
    """The rank correlation with the whole table's scores: of the plain mean, and of both additive fits."""
    scores = critic.scores(with_contrasts(chosen))
    by_task = fit_additive(task_scores(scores), meetings(scores).by_response.astype(np.float64)).ability
    found = agent_scores(scores), by_task, agent_scores(scores, additive=True)
    return [spearman(whole[known], one[known]) for one in found for known in [~np.isnan(one)]]


def sections(domain: str, share: float, seeds: int, *, fixed: bool) -> Floats:
    """(3,) the mean correlation over the seeds of each of the averages in `kept_of`, at a share of the pairs."""
    critic = recorded(domain)
    whole = agent_scores(
        critic.scores(with_contrasts(some_pairs(critic.shape, 1.0, np.random.default_rng(0), fixed=True)))
    )
    rngs = (np.random.default_rng(seed) for seed in range(seeds))
    kept = [kept_of(critic, whole, some_pairs(critic.shape, share, rng, fixed=fixed)) for rng in rngs]
    return np.mean(kept, axis=0)


def bent(domain: str) -> tuple[float, float]:
    """The median and the 95th percentile of the curl of a whole table."""
    critic = recorded(domain)
    scores = critic.scores(full(np.ones(critic.shape, dtype=bool), seed=0))
    found = curl(task_scores(scores), np.random.default_rng(0))
    return float(np.median(found)), float(np.quantile(found, 0.95))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    print(f"{'domain':<14}{'mean':>8}{'least':>8}   at {asked.share:.0%} of the pairs, {asked.seeds} seeds")
    for domain in DOMAINS:
        found = list(replays(domain, asked.share, asked.seeds))
        print(f"{domain:<14}{np.mean(found):>8.4f}{min(found):>8.4f}")
    for fixed, title in ((False, "pairs drawn anew for every task"), (True, "the same pairs on all tasks")):
        print(f"\n{title}: plain mean / additive over tasks / additive over pairs")
        print(f"{'domain':<14}" + "".join(f"{share:>20.0%}" for share in SHARES))
        for domain in DOMAINS:
            cells = (sections(domain, share, asked.seeds // 2, fixed=fixed) for share in SHARES)
            print(f"{domain:<14}" + "".join(f"{'/'.join(f'{kept:.3f}' for kept in cell):>20}" for cell in cells))
    print(f"\n{'curl':<14}{'median':>8}{'95 %':>8}")
    for domain in DOMAINS:
        print(f"{domain:<14}" + "".join(f"{value:>8.3f}" for value in bent(domain)))


if __name__ == "__main__":
    main()
