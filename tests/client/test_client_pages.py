"""The pages on the client do what they say, against the real server."""

import ast
import asyncio
import inspect
import json
import re
import shlex
from pathlib import Path

import pytest

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TASKS = [{"task_id": f"t{number}", "prompt": f"What is {number}?"} for number in range(40)]


def blocks(page, kind):
    return [code for name, code in BLOCK.findall((HOWTO / page).read_text()) if name == kind]


def answer(who, number):
    """What an agent says; they share the facts of a task and nothing else."""
    return " ".join([f"fact{number}x{k}" for k in range(8)] + [f"{who}{number % 7}x{k}" for k in range(4)])


def rows(who):
    return [{"task_id": f"t{number}", "response": answer(who, number)} for number in range(40)]


def jsonl(file, lines):
    Path(file).write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def desk(place, tmp_path, monkeypatch):
    """A folder with the files that the pages name, and a project in which other agents have submitted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ELICIT_URL", place.url)
    monkeypatch.setenv("ELICIT_API_KEY", place.keys["admin"])
    jsonl("tasks.jsonl", TASKS)
    jsonl("outputs.jsonl", rows("mine"))
    with place.client() as client:
        client.create_task_set("support-questions", TASKS)
        for agent in ("main", "old"):
            client.submit(agent, "support-questions", rows(agent))
    return place


async def my_other_agent(task_id):
    return f"the answer to {task_id}"


async def outputs():
    for row in rows("mine"):
        yield row


def test_the_python_of_the_page_on_submitting_runs(desk):
    names = {
        "my_agent": lambda prompt: answer("mine", int(re.search(r"\d+", prompt).group())),
        "my_other_agent": my_other_agent,
        "outputs": outputs,
    }
    for code in blocks("submit-from-python.md", "py"):
        opened = names.get("client")
        made = eval(compile(code, "page", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
        if inspect.isawaitable(made):
            asyncio.run(made)
            opened.close()
    with desk.client() as client:
        states = [submission.state for submission in client.submissions() if submission.agent == "mine"]
        assert (states, names["run"].state) == (["complete"] * 4, "done")


def test_the_commands_of_the_pages_run(desk, elicit):
    with desk.client() as client:
        for agent in ("mine", "main", "old"):
            client.submit(agent, "support-questions", rows(agent))
        client.create_evaluation(
            "weekly", task_set="support-questions", agents=["mine", "main", "old"], scorer={"kind": "lexical"}
        )
    pages = ("submit-from-python.md", "gate-a-release.md")
    commands = [
        line for page in pages for code in blocks(page, "shell") for line in code.splitlines() if line[:7] == "elicit "
    ]
    assert len(commands) == 3
    for command in commands:
        assert elicit(*shlex.split(command)[1:])[0] == 0
