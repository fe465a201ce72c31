"""Published results on real agents, reproduced from the raw model outputs behind them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_allclose

from elicit.estimators.additive import curl
from elicit.evidence import Gains, PairScores
from elicit.mechanisms import MECHANISMS

DATA = Path(__file__).parents[3] / "shared" / "data" / "strategic_agents"
ATTACKED = ["reddit_tifu__case_flip", "reddit_tifu__format", "reddit_tifu__padding"]
CLEAN = ["samsum", "pubmed", "reddit_tifu", "opus_de_en"]

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the published outputs are not at {DATA}")


@dataclass(frozen=True)
class Published:
    """One set: the agents, in the order of agents.csv, and what its authors' models said about them."""

    agents: pd.DataFrame
    folder: Path

    def pair_scores(self) -> PairScores:
        table = pq.read_table(self.folder / "pair_scores.parquet").to_pandas()
        tasks = pd.Index(table["task_id"].unique())
        return PairScores(
            n_agents=len(self.agents),
            n_tasks=len(tasks),
            agent=self.agents.index.get_indexer(table["agent"]),
            task=tasks.get_indexer(table["task_id"]),
            peer=self.agents.index.get_indexer(table["peer"]),
            peer_task=tasks.get_indexer(table["peer_task_id"]),
            score=table["score"].to_numpy(float),
            weight=np.ones(len(table)),
        )

    def gains(self) -> Gains:
        with np.load(self.folder / "pairs.npz") as pairs:
            assert list(pairs["agents"]) == list(self.agents.index)
            base = pairs["logp_base"].astype(float)
            told = pairs["logp_cond"].astype(float).swapaxes(1, 2)  # rows were targets
        return Gains(told - base[:, None, :], base, unit="nats per token")


def published(name: str) -> Published:
    return Published(pd.read_csv(DATA / name / "agents.csv", index_col="agent"), DATA / name)


@pytest.mark.parametrize("name", CLEAN + ATTACKED)
def test_tvd_mi_equals_the_published_score_of_every_agent(name):
    data = published(name)
    pay = MECHANISMS["tvd_mi"].pairwise(data.pair_scores())
    assert_allclose(np.nanmean(pay, axis=1), data.agents["pub_tvd_mi"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", CLEAN)
def test_mi_averaged_over_both_directions_equals_the_published_score_of_every_agent(name):
    data = published(name)
    pay = MECHANISMS["mi"].pairwise(data.gains())
    both = (np.nanmean(pay, axis=1) + np.nanmean(pay, axis=0)) / 2
    assert_allclose(both, data.agents["pub_mi_logp"], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "mechanism", "auc"),
    [
        ("samsum", "mi", 0.740),
        ("pubmed", "mi", 0.820),
        ("reddit_tifu", "mi", 0.816),
        ("opus_de_en", "mi", 0.736),
        ("samsum", "gppm", 0.730),
        ("pubmed", "gppm", 0.709),
        ("reddit_tifu", "gppm", 0.800),
        ("opus_de_en", "gppm", 0.683),
    ],
)
def test_what_a_response_tells_about_its_peers_separates_good_from_bad_faith(name, mechanism, auc):
    data = published(name)
    score = response_scores(mechanism, data.gains())  # (m, n)
    good = np.broadcast_to(data.agents["good_faith"].to_numpy(), score.shape)  # NaN for the human reference
    assert abs(area_under_curve(score[good == 1], score[good == 0]) - auc) < 0.001


@pytest.mark.parametrize(
    ("name", "median", "largest"),
    [("samsum", 0.121, 0.405), ("pubmed", 0.116, 0.431), ("opus_de_en", 0.129, 0.446)],
)
def test_task_scores_are_as_near_to_additive_as_was_published(name, median, largest):
    found = curl(response_scores("tvd_mi", published(name).pair_scores()), np.random.default_rng(0))
    assert_allclose([np.median(found), np.quantile(found, 0.95)], [median, largest], rtol=0, atol=0.006)


def response_scores(mechanism: str, gains: Gains | PairScores) -> np.ndarray:
    """(m, n) what each response earns on average over its peers; rows of tasks nobody scored left out."""
    by_task = np.stack([MECHANISMS[mechanism].by_task(gains, agent) for agent in range(gains.n_agents)])
    scored = ~np.isnan(by_task).all(axis=(0, 2))
    return np.nanmean(by_task[:, scored], axis=-1).T


def area_under_curve(good: np.ndarray, bad: np.ndarray) -> float:
    """The chance that a response of the first kind scores higher than one of the second; ties count half."""
    rank = pd.Series(np.concatenate([good, bad])).rank().to_numpy()
    return float((rank[: good.size].mean() - (good.size + 1) / 2) / bad.size)
