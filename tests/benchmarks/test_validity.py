"""The rankings against what is known of the agents, and the benchmark that prints all of them."""

import json

import numpy as np
import pytest
import sets
import validity
from numpy.testing import assert_array_equal
from typer.testing import CliRunner

import elicit
from elicit.cli import app
from elicit.services.ranking import rank_evaluation


def test_a_ranking_of_chat_agents_agrees_with_human_votes_and_puts_the_constant_agent_last(shared):
    file = shared / "alpaca_eval" / "outputs.jsonl.gz"
    result = CliRunner().invoke(app, ["rank", str(file), "--format", "json", "--no-store"])
    assert result.exit_code == 0
    agents = json.loads(result.stdout)["agents"]
    assert (agents[-1]["agent"], agents[-1]["rank"]) == ("NullModel", 26)
    names, score = [row["agent"] for row in agents], np.array([row["score"] for row in agents])
    agreement = {known.name: known.agreement(score, names) for known in case("alpaca_eval").known}
    assert agreement["arena_elo"] >= 0.94
    assert agreement["length_controlled_winrate"] >= 0.94


@pytest.mark.parametrize(("name", "least"), [("gsm8k", 0.9), ("mmlu_pro letters", 0.9)])
def test_a_ranking_agrees_with_the_share_of_right_answers(shared, name, least):
    found = validity.measure(case(name))
    assert found.agreement(case(name).known[0])["score"] >= least - 1e-9


def test_the_demo_agents_that_try_come_out_above_those_that_do_not_and_the_constant_one_last():
    board = elicit.rank(sets.DEMO, store=False).leaderboard.set_index("agent")["rank"]
    best, rest = ["careful", "teacher", "verbose", "concise"], ["junior", "fabricator", "hurried", "evasive"]
    assert board[best].max() < board[rest].min()
    assert board[rest].max() < board["constant"] == len(board)


def test_the_benchmark_has_the_scores_of_the_full_ranking():
    found, ranking = validity.measure(case("demo")), rank_evaluation(case("demo").read(), validity.Options())
    assert_array_equal(found.score, ranking.score)
    assert_array_equal(found.other, ranking.other)
    assert_array_equal(found.adjusted, ranking.adjusted)
    assert found.p < 0.01


def test_no_set_is_read_from_a_table_of_what_is_known(shared):
    read = {source.path for c in sets.CASES if c.file.suffix != ".npz" for source in c.read().sources}
    assert read
    assert not [
        path for path in read if path.endswith(("leaderboard.csv", "agents.csv", "truth.csv", "_scores.csv.gz"))
    ]


def test_a_constant_agent_lands_last_on_text_and_on_labels(shared):
    for name in ("demo", "vicuna_bench", "crowd/bluebirds"):
        constant = validity.measure(case(name)).constant
        assert constant[-1] == pytest.approx(0, abs=1e-9)
        assert (constant[-1] <= constant + 1e-9).all()


def test_the_table_has_a_row_for_everything_known_and_says_what_it_left_out(shared, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["validity.py", "strategic/opus", "gsm8k labels", "--markdown"])
    validity.main()
    out = capsys.readouterr().out
    table = [line for line in out.splitlines() if line.startswith("| ")]
    assert len(table) == 2 + 2 + 1 + 2 * 2
    assert out.count("Reference, left out of the comparison") == 4
    assert "gsm8k labels: refused" in out


def test_a_set_that_is_not_there_is_skipped_in_a_sentence(tmp_path):
    gone = sets.Case("gone", tmp_path / "gone.jsonl", ())
    assert validity.measure_all([gone]) == ([], [f"gone: skipped, {gone.file} is not there"])


def case(name):
    return next(case for case in sets.CASES if case.name == name)
