"""`elicit gate` on a run of this machine: its exit codes, and what it says."""

import json
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"


@pytest.fixture
def ranked(own_database, elicit, monkeypatch):
    monkeypatch.delenv("ELICIT_URL", raising=False)
    assert elicit("rank", EXAMPLES / "answers.jsonl")[0] == 0


def test_an_agent_that_is_worse_is_stopped_with_a_code_of_its_own(ranked, elicit):
    code, said, _ = elicit("gate", "--agent", "dot", "--baseline", "ben")
    assert code == 3
    assert "dot against ben: worse, beyond noise" in said
    assert "8 tasks that both answered" in said
    assert "dot writes" in said


def test_an_agent_that_is_no_worse_gets_through(ranked, elicit):
    assert elicit("gate", "--agent", "ben", "--baseline", "dot")[0] == 0
    code, said, _ = elicit("gate", "--agent", "eve", "--baseline", "ada", "--run", "latest")
    assert (code, "not told apart" in said) == (0, True)


def test_for_a_program_it_is_one_object(ranked, elicit):
    code, said, _ = elicit("gate", "--agent", "dot", "--baseline", "ben", "--format", "json")
    facts = json.loads(said)
    assert (code, facts["verdict"], facts["n_tasks"]) == (3, "worse", 8)
    assert facts["low"] < facts["difference"] < facts["high"] < 0


def test_where_nothing_can_be_said_it_does_not_let_through(own_database, elicit, tmp_path):
    rows = [
        {"task_id": f"t{t}", "agent": agent, "label": "xy"[t % 2]}
        for agent, tasks in (("a", range(10)), ("b", range(10, 20)), ("c", range(20)))
        for t in tasks
    ]
    file = tmp_path / "labels.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert elicit("rank", file)[0] == 0
    code, said, told = elicit("gate", "--agent", "a", "--baseline", "b")
    assert (code, "cannot be compared" in said, "no verdict" in told) == (1, True, True)


BAD = {
    "no agent 'zed'": ["--agent", "zed", "--baseline", "ben"],
    "two agents": ["--agent", "ben", "--baseline", "ben"],
    "got both": ["--agent", "dot", "--baseline", "ben", "--run", "latest", "--evaluation", "weekly"],
    "ELICIT_URL": ["--agent", "dot", "--baseline", "ben", "--evaluation", "weekly"],
    "no run": ["--agent", "dot", "--baseline", "ben", "--run", "zzz"],
}


@pytest.mark.parametrize("problem", BAD)
def test_bad_input_is_told_with_its_usual_code(ranked, elicit, problem):
    code, _, told = elicit("gate", *BAD[problem])
    assert (code, problem in told) == (2, True)
