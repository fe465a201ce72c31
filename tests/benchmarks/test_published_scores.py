"""Published results through the files and commands that users have; `tests/mechanisms` has them from arrays."""

import json

import numpy as np
import pandas as pd
import pytest
import sets
from measures import area_under_curve
from typer.testing import CliRunner

from elicit.cli import app
from elicit.estimators.combined import combined
from elicit.io import read
from elicit.mechanisms import MECHANISMS


@pytest.mark.parametrize("name", sets.STRATEGIC + sets.ALTERED)
def test_tvd_mi_of_a_table_of_scored_pairs_equals_the_published_score_of_every_agent(shared, name):
    folder = shared / "strategic_agents" / name
    options = ["--evidence", "pair-scores", "--mechanism", "tvd_mi", "--format", "json", "--no-store"]
    result = CliRunner().invoke(app, ["rank", str(folder / "pair_scores.parquet"), *options])
    assert result.exit_code == 0
    found = {row["agent"]: row["score"] for row in json.loads(result.stdout)["agents"]}
    published = pd.read_csv(folder / "agents.csv").set_index("agent")["pub_tvd_mi"].to_dict()
    assert found == pytest.approx(published, rel=0, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "mi", "gppm"),
    [
        ("samsum", 0.740, 0.730),
        ("pubmed", 0.820, 0.709),
        ("reddit_tifu", 0.816, 0.800),
        ("opus_de_en", 0.736, 0.683),
    ],
)
def test_log_probabilities_from_a_file_separate_responses_in_good_and_bad_faith(shared, tmp_path, name, mi, gppm):
    folder = shared / "strategic_agents" / name
    sets.log_probability_table(folder / "pairs.npz").to_parquet(tmp_path / "logprobs.parquet")
    evaluation = read([tmp_path / "logprobs.parquet"], evidence="logprobs")
    good = pd.read_csv(folder / "agents.csv").set_index("agent")["good_faith"].reindex(list(evaluation.agents))

    def response_auc(mechanism):
        paid = [MECHANISMS[mechanism].by_task(evaluation.evidence, i) for i in range(len(evaluation.agents))]
        by_response = np.nanmean(paid, axis=-1).T  # (m, n) the mean over peers
        return area_under_curve(by_response.ravel(), np.broadcast_to(good, by_response.shape).ravel())

    assert response_auc("mi") == pytest.approx(mi, abs=0.001)
    assert response_auc("gppm") == pytest.approx(gppm, abs=0.001)


@pytest.mark.parametrize(
    ("name", "floor"),
    [("samsum", 0.85), ("pubmed", 0.90), ("reddit_tifu", 0.89), ("opus_de_en", 0.80), ("reddit_tifu__case_flip", 0.81)],
)
def test_critic_and_log_probabilities_together_tell_good_faith_better_than_either(shared, tmp_path, name, floor):
    folder = shared / "strategic_agents" / name
    sets.log_probability_table(folder / "pairs.npz").to_parquet(tmp_path / "logprobs.parquet")
    told = read([tmp_path / "logprobs.parquet"], evidence="logprobs")
    critic = read([folder / "pair_scores.parquet"], evidence="pair-scores")
    good = pd.read_csv(folder / "agents.csv").set_index("agent")["good_faith"].reindex(list(told.agents))

    def by_response(evaluation, mechanism):
        paid = [MECHANISMS[mechanism].by_task(evaluation.evidence, i) for i in range(len(evaluation.agents))]
        found = pd.DataFrame(np.nanmean(paid, axis=-1).T, [task.id for task in evaluation.tasks], evaluation.agents)
        return found.reindex(index=[task.id for task in told.tasks], columns=list(told.agents)).to_numpy()

    def response_auc(scores):
        return area_under_curve(scores.ravel(), np.broadcast_to(good, scores.shape).ravel())

    scores = [by_response(critic, "tvd_mi"), by_response(told, "mi")]
    together = response_auc(combined(scores))
    assert together >= floor
    assert together > max(map(response_auc, scores))
