"""`elicit.rank(...)` in a notebook: the same numbers as the command line, as objects a notebook can show."""

import json
from pathlib import Path

import pandas as pd
import pytest

import elicit
from elicit.store import Store

DEMO = Path(elicit.__file__).parent / "demo_data" / "responses.jsonl"


@pytest.fixture(autouse=True)
def _own_database(tmp_path, monkeypatch):
    monkeypatch.setenv("ELICIT_DATABASE_URL", f"sqlite:///{tmp_path}/runs.db")


@pytest.fixture(scope="module")
def frame():
    return pd.read_json(DEMO, lines=True)


@pytest.fixture(scope="module")
def board(frame):
    return elicit.rank(frame, store=False)


def test_a_data_frame_rows_and_their_file_give_the_same_document(frame, board):
    assert elicit.rank(DEMO, store=False).document == board.document
    assert elicit.rank(frame.to_dict("records"), store=False).document == board.document


def test_the_leaderboard_is_a_data_frame_in_rank_order(board):
    table = board.leaderboard
    assert list(table["rank"]) == sorted(table["rank"])
    assert table["agent"].iloc[-1] == "constant"
    assert ((table["low"] <= table["score"]) & (table["score"] <= table["high"])).all()


def test_a_run_is_kept_unless_told_not_to(frame, board):
    kept = elicit.rank(frame)
    with Store.open() as store:
        assert [run.id for run in store.runs()] == [kept.run_id]
        assert store.run(kept.run_id).result == board.document
    assert board.run_id is None


def test_the_plot_draws_every_agent_with_its_interval(board):
    drawn = json.loads(board.plot().to_json())
    drawn_agents = {row["name"] for rows in drawn["datasets"].values() for row in rows if "name" in row}
    assert drawn_agents == set(board.leaderboard["agent"])
    fields = {
        channel["field"]
        for layer in drawn["layer"]
        for channel in layer["encoding"].values()
        if isinstance(channel, dict) and "field" in channel
    }
    assert {"low", "high", "score", "label"} <= fields


def test_the_notebook_view_escapes_names_and_says_what_to_trust():
    rows = [
        {"task_id": t, "agent": name, "label": "AB"[t % 2]}
        for t in range(40)
        for name in ("<script>alert(1)</script>", "b")
    ]
    page = elicit.rank(rows, store=False)._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "only two agents" in page


def test_an_agent_without_a_score_has_no_rank():
    rows = [{"task_id": t, "agent": a, "label": "AB"[t % 2]} for t in range(40) for a in "abc"]
    rows += [{"task_id": t, "agent": "late", "label": "A"} for t in (0, 1, 2)]
    table = elicit.rank(rows, store=False).leaderboard.set_index("agent")
    assert pd.isna(table.loc["late", "rank"])
    assert pd.isna(table.loc["late", "score"])
    assert table.loc["late", "n_tasks"] == 3
    assert table.loc["a", "rank"] == 1


def test_tasks_may_come_as_rows_of_their_own():
    tasks = [{"task_id": "t1", "prompt": "Name a colour."}, {"task_id": "t2", "prompt": "Name a tree."}]
    rows = [
        {"task_id": task, "agent": agent, "response": f"{word} indeed, a word of agent {agent}"}
        for task, word in (("t1", "red"), ("t2", "oak"))
        for agent in "abc"
    ]
    assert elicit.rank(rows, tasks=tasks, store=False).document["n_tasks"] == 2


def test_rows_and_a_file_of_tasks_do_not_mix():
    with pytest.raises(elicit.InvalidInput, match="tasks must be rows"):
        elicit.rank([{"task_id": 1, "agent": "a", "label": "x"}], tasks="tasks.jsonl", store=False)


def test_a_bad_row_is_named():
    with pytest.raises(elicit.InvalidInput, match="row 2"):
        elicit.rank(
            [{"task_id": 1, "agent": "a", "label": "x"}, {"task_id": 1, "agent": "a", "label": "y"}], store=False
        )
