"""The rankings against what is known of the agents, and the benchmark that prints all of them."""

import json
from dataclasses import replace

import controls
import measures
import numpy as np
import pytest
import sets
import validity
import validity_page
import validity_rows
from numpy.testing import assert_allclose, assert_array_equal
from typer.testing import CliRunner

import elicit
from elicit.cli import app
from elicit.evidence import Labels
from elicit.mechanisms import MECHANISMS
from elicit.services.ranking import rank_evaluation
from elicit.services.scoring import Options
from elicit.types import Evaluation, Responses, Task


def test_a_ranking_of_chat_agents_agrees_with_human_votes_and_puts_the_constant_agent_last(shared):
    file = shared / "alpaca_eval" / "outputs.jsonl.gz"
    result = CliRunner().invoke(app, ["rank", str(file), "--format", "json", "--no-store"])
    assert result.exit_code == 0
    agents = json.loads(result.stdout)["agents"]
    assert (agents[-1]["agent"], agents[-1]["rank"]) == ("NullModel", 26)
    names, score = [row["agent"] for row in agents], np.array([row["score"] for row in agents])
    agreement = {known.name: known.agreement(names, [], score, np.empty(0)) for known in case("alpaca_eval").known}
    assert agreement["arena_elo"].value >= 0.95
    assert agreement["length_controlled_winrate"].value >= 0.95


@pytest.mark.parametrize(("name", "least"), [("gsm8k", 0.9), ("mmlu_pro letters", 0.92)])
def test_a_ranking_agrees_with_the_share_of_right_answers(shared, name, least):
    found = default_row(case(name))
    assert found.agreement[case(name).known[0].name].value >= least - 1e-9


def test_the_demo_agents_that_try_come_out_above_those_that_do_not_and_the_constant_one_last():
    board = elicit.rank(sets.DEMO, store=False).leaderboard.set_index("agent")["rank"]
    best, rest = ["careful", "teacher", "verbose", "concise"], ["junior", "fabricator", "hurried", "evasive"]
    assert board[best].max() < board[rest].min()
    assert board[rest].max() < board["constant"] == len(board)


def test_the_benchmark_has_the_scores_of_the_full_ranking():
    found, ranking = default_row(case("demo")), rank_evaluation(case("demo").inputs[0].read(), Options())
    assert_array_equal(found.score, ranking.score)
    assert_array_equal(found.other, ranking.other)
    assert_array_equal(found.adjusted, ranking.adjusted)
    assert found.p < 0.01


def test_no_set_is_read_from_a_table_of_what_is_known(shared):
    given = [one for c in sets.CASES for one in c.inputs if not c.name.startswith("strategic") or one.name == "text"]
    read = {source.path for one in given for source in one.read().sources}
    assert read
    assert not [
        path for path in read if path.endswith(("leaderboard.csv", "agents.csv", "truth.csv", "_scores.csv.gz"))
    ]


def test_a_constant_agent_lands_last_on_text_and_on_labels(shared):
    for name in ("vicuna_bench", "crowd/bluebirds"):
        place, of = default_row(case(name)).constant.split(" of ")
        assert place == of


def test_every_mechanism_that_reads_the_input_has_a_row_and_stands_beside_the_controls(shared):
    opus = validity_rows.measure(case("strategic/opus_de_en"))
    rows = {(row.what, row.how): row for row in opus.rows}
    assert {("text, lexical", "mi"), ("critic", "tvd_mi"), ("log-probs", "gppm"), ("text", "length")} <= set(rows)
    bluebirds = {row.how for row in validity_rows.measure(case("crowd/bluebirds")).rows}
    assert bluebirds == {name for name, mechanism in MECHANISMS.items() if mechanism.evidence is Labels}
    nothing = validity_rows.Found(case("demo"), [], ["demo: refused"])
    tables = validity_page.tables([opus, nothing], ["gone: skipped"])
    assert "- gone: skipped\n\n- demo: refused" in tables["sets"]
    assert "TVD-MI | .695 / .754 / .830 | .694 / .755 / .830 | -.001 |" in tables["published"]
    assert "combined" in tables["summary"]
    assert "17 of 31" in tables["sets"]  # the place of the human reference by the critic
    page = "Said by hand.\n<!-- sets: written by benchmarks/validity.py -->\nold\n<!-- end -->\nAnd this."
    renewed = validity_page.rewritten(page, [opus], [])
    assert renewed.startswith("Said by hand.")
    assert renewed.endswith("<!-- end -->\nAnd this.")
    assert "old" not in renewed.splitlines()


def test_an_input_that_no_mechanism_takes_is_named_with_the_reason(shared):
    found = validity_rows.measure(case("gsm8k labels"))
    assert not found.rows
    assert found.notes[0].startswith("gsm8k labels (labels, labels): refused, labels must come from a list")


def test_a_set_that_is_not_there_is_skipped_in_a_sentence(tmp_path):
    gone = replace(case("demo"), name="gone", file=tmp_path / "gone.jsonl")
    assert validity.measure_all([gone]) == ([], [f"gone: skipped, {gone.file} is not there"])


def test_the_auc_over_responses_counts_what_comparing_all_of_them_does():
    rng = np.random.default_rng(1)
    score, good = rng.integers(0, 5, (20, 6)).astype(float), np.array([1.0, 1, 0, 0, 1, np.nan])
    score[3, 2] = np.nan
    everywhere = np.broadcast_to(good, score.shape)
    assert_allclose(
        measures.over_responses(score, good).value, measures.area_under_curve(score.ravel(), everywhere.ravel())
    )
    each = [measures.area_under_curve(row, good) for row in score]
    assert_allclose(measures.within_tasks("AUC", score, everywhere).value, np.mean(each))


def test_a_response_is_as_good_as_it_was_judged_not_as_its_agent_is(shared):
    within = case("summeval").known[1]
    judged = within.of_responses(["M0", "M11"], ["se_000", "no such task"])
    assert judged.shape == (2, 2)
    assert np.isfinite(judged[0]).all()
    assert np.isnan(judged[1]).all()


def test_the_interval_of_a_measure_holds_it_and_is_narrower_with_more_agents():
    rng = np.random.default_rng(0)

    def width(n):
        known = rng.normal(size=n)
        found = measures.over_agents("Spearman", known + rng.normal(size=n), known)
        assert found.low < found.value < found.high
        return found.high - found.low

    assert width(200) < width(12) / 2


def test_controls_of_texts_see_shared_words_and_take_chance_off():
    texts = [
        ["red fox runs", "red fox sleeps", "hello there", None],
        ["blue whale", "blue whale dives", "hello there", ""],
    ]
    evaluation = Evaluation(
        agents=("a", "b", "c", "d"), tasks=(Task("1"), Task("2")), evidence=Responses(texts), sources=()
    )
    found = controls.of_texts(evaluation)
    assert found["length"][0].tolist()[:3] == [3, 3, 2]
    assert np.isnan(found["length"][0, 3])
    assert found["words in common"][0, 0] == pytest.approx((2 / 4 + 0) / 2)
    assert found["TF-IDF cosine"][:, 2] == pytest.approx([0, 0])
    assert (found["TF-IDF cosine"][:, :2] > 0.2).all()


def case(name):
    return next(case for case in sets.CASES if case.name == name)


def default_row(case):
    given = case.inputs[0]
    return validity_rows.scored_row(given, given.read(), Options()).compared_with(case.known)
