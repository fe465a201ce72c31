"""Runs of several scorers as one ranking, on the command line."""

import json

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def answers(tmp_path):
    """A file of five agents of falling quality on thirty tasks, and one of four of them on the first ten."""
    rng = np.random.default_rng(0)
    facts = [[f"w{word}" for word in rng.integers(400, size=14)] for _ in range(30)]

    def rows(agents, tasks):
        for task in tasks:
            for quality, agent in agents:
                said = [word if rng.random() < quality else f"x{rng.integers(400)}" for word in facts[task]]
                yield {"task_id": f"t{task}", "agent": agent, "prompt": f"p{task}", "response": " ".join(said)}

    agents = [(0.95, "a"), (0.8, "b"), (0.6, "c"), (0.4, "d"), (0.1, "e")]
    files = {"all": rows(agents, range(30)), "some": rows(agents[:4], range(10)), "others": rows(agents, range(30))}
    for name, lines in files.items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    text = (tmp_path / "others.jsonl").read_text()
    (tmp_path / "others.jsonl").write_text(text.replace('"task_id": "t', '"task_id": "u'))
    return tmp_path


@pytest.fixture
def run(elicit, answers):
    """A function that ranks a file by a mechanism and gives the run's id."""

    def ranked(name, mechanism):
        code, _, err = elicit("rank", answers / f"{name}.jsonl", "--mechanism", mechanism)
        assert code == 0, err
        return err.split("Stored as run ")[1].split(":")[0]

    return ranked


def test_two_runs_rank_the_agents_they_share_on_the_tasks_they_share(elicit, run):
    runs = [run("all", "mi"), run("some", "mi")]
    code, out, _ = elicit("combine", *runs, "--format", "json")
    rows = json.loads(out)
    assert code == 0
    assert [row["agent"] for row in rows] == ["a", "b", "c", "d"]
    assert {row["n_tasks"] for row in rows} == {10}
    assert all(row["low"] < row["score"] < row["high"] for row in rows)
    assert sum(row["score"] for row in rows) == pytest.approx(0, abs=1e-9)
    assert "standard deviations above the mean answer" in elicit("combine", *runs)[1]


def test_runs_that_share_no_tasks_are_refused_with_what_they_share(elicit, run):
    runs = [run("all", "mi"), run("others", "mi")]
    code, _, err = elicit("combine", *runs)
    assert code == 2
    assert "share 5 and 0" in err


def test_one_run_is_nothing_to_combine(elicit, run):
    code, _, err = elicit("combine", run("some", "mi"))
    assert (code, "2 or more, got 1" in err) == (2, True)
