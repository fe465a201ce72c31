"""How much of a ranking is left when only few pairs are scored: sparse designs replayed from a recorded critic.

    python benchmarks/designs.py [--share 0.1] [--seeds 20]

Every design asks the recorded critic of ../shared/data/strategic_agents for the pairs it holds, as a run would ask a
model, and the ranking is compared with that of the whole table. The share is of all unordered pairs of responses to one
task; contrast pairs are paid out of it too. Prints the mean and the least Spearman correlation over the seeds.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from elicit.design import Pairs, fitted, full
from elicit.estimators.peers import Peers
from elicit.estimators.ranks import spearman
from elicit.evidence import Floats, PairScores
from elicit.io import read
from elicit.mechanisms import MECHANISMS

DATA = Path(__file__).resolve().parents[2] / "shared/data/strategic_agents"
DOMAINS = ("samsum", "pubmed", "reddit_tifu", "opus_de_en")


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


def recorded(domain: str) -> RecordedCritic:
    """The recorded critic of one domain."""
    scores = read([DATA / domain / "pair_scores.parquet"]).evidence
    if not isinstance(scores, PairScores):
        raise TypeError(f"{domain} holds {scores.kind}, not scored pairs")
    tables = np.full((2, scores.n_tasks, scores.n_agents, scores.n_agents), np.nan)
    tables[scores.joint.astype(int), scores.task, scores.agent, scores.peer] = scores.score
    return RecordedCritic(joint=tables[1], contrast=tables[0])


def agent_scores(scores: PairScores) -> Floats:
    """One score an agent, all peers alike, as `elicit rank` gives them for scored pairs."""
    pairwise = MECHANISMS["tvd_mi"].pairwise(scores)
    n = len(pairwise)
    return Peers(np.arange(n), np.ones(n), np.ones((n, n)), softmax=False).scores(pairwise)


def replays(domain: str, share: float, seeds: int) -> Iterator[float]:
    """The rank correlation with the whole table's scores, one for each seed, at a share of the pairs."""
    critic = recorded(domain)
    m, n, _ = critic.joint.shape
    answered = np.ones((m, n), dtype=bool)
    whole = agent_scores(critic.scores(full(answered, seed=0)))
    for seed in range(seeds):
        pairs = fitted(answered, calls=round(share * m * n * (n - 1) / 2), seed=seed)
        yield spearman(whole, agent_scores(critic.scores(pairs)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    print(f"{'domain':<14}{'mean':>8}{'least':>8}   at {asked.share:.0%} of the pairs, {asked.seeds} seeds")
    for domain in DOMAINS:
        found = list(replays(domain, asked.share, asked.seeds))
        print(f"{domain:<14}{np.mean(found):>8.4f}{min(found):>8.4f}")


if __name__ == "__main__":
    main()
