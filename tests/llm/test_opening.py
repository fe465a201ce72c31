"""A plan from Python: the same run, also inside a notebook's event loop; what would stop it is said first."""

import asyncio

import pandas as pd
import pytest

import elicit
from elicit.errors import InvalidInput
from elicit.llm import Keys
from elicit.mock_llm import serve


@pytest.fixture(autouse=True)
def _own_database(tmp_path, monkeypatch):
    monkeypatch.setenv("ELICIT_DATABASE_URL", f"sqlite:///{tmp_path}/runs.db")


def plan(url, **more):
    names = ("careful", "concise", "constant")
    tasks = [{"task_id": number, "prompt": f"Describe object {number}."} for number in range(4)]
    agents = [{"name": name, "model": f"openai/mock-{name}", "api_base": url} for name in names]
    scorer = {"kind": "critic", "model": "openai/mock-critic", "api_base": url}
    return {"tasks": tasks, "agents": agents, "scorer": scorer, "design": {"pairs": "full"}} | more


def test_a_plan_runs_inside_a_running_event_loop():
    async def notebook(url):
        return elicit.evaluate(plan(url))

    with serve() as server:
        board = asyncio.run(notebook(server.url))
        assert len(server.requests()) == board.diagnostics["run"]["spend"]["calls"]
    assert len(board.leaderboard) == 3
    assert board.run_id is not None


class DataSet:
    """What a data set of the package `datasets` is to us: rows one after another, and the names of its columns."""

    def __init__(self, rows):
        self.rows = rows
        self.column_names = list(rows[0])

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(self.rows)

    def __getitem__(self, place):
        return [row[place] for row in self.rows] if isinstance(place, str) else self.rows[place]


@pytest.mark.parametrize("kind", [list, pd.DataFrame, DataSet], ids=["mappings", "data frame", "data set"])
def test_tasks_and_responses_may_be_rows_of_any_kind(kind):
    tasks = [{"question": f"What is {thing}?", "level": 3, "image": None} for thing in ("a whale", "bread", "rain")]
    answers = [
        {"task_id": f"task-{number:04d}", "response": text}
        for number, text in enumerate(("A large mammal.", "Baked dough.", "Falling water."), start=1)
    ]
    with serve() as server:
        rows = {
            "tasks": kind(tasks),
            "agents": [*plan(server.url)["agents"], {"name": "own", "responses": kind(answers)}],
        }
        board = elicit.evaluate(plan(server.url) | rows)
        asked = [body["messages"][-1]["content"] for body in server.bodies() if body["model"] == "mock-careful"]
    assert sorted(asked) == sorted(row["question"] for row in tasks)
    found = {row["agent"]: row for row in board.document["agents"]}
    assert (found["own"]["usable"], found["own"]["asked"], board.document["n_tasks"]) == (3, 0, 3)


def test_keys_come_from_the_secrets_file_before_the_environment(tmp_path):
    (tmp_path / "secrets").write_text("# mine\nexport MY_KEY='from the file'\n\nOTHER=x\n")
    keys = Keys.from_environment({"ELICIT_SECRETS_FILE": str(tmp_path / "secrets"), "MY_KEY": "from outside"})
    assert keys.of("openai/gpt", None, "MY_KEY") == "from the file"


def test_a_secrets_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(InvalidInput, match=r"nowhere \(ELICIT_SECRETS_FILE\) cannot be read"):
        Keys.from_environment({"ELICIT_SECRETS_FILE": str(tmp_path / "nowhere")})
