"""Files dropped on a page: tasks and outputs of any number of agents, checked before anything is sent."""

from pathlib import Path

import pytest

from elicit.client.files import read_files
from elicit.errors import InvalidInput

DEMO = Path(__file__).parents[2] / "elicit" / "demo_data"
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
LONG = [
    {
        "task_id": task,
        "agent": agent,
        "prompt": f"What is {task}?",
        "category": "sums",
        "response": f"{agent} says {task}",
    }
    for task in ("1+1", "2+2")
    for agent in ("ada", "ben")
]
WIDE = [
    {"task_id": "a", "prompt": "Why?", "ada": "Because.", "ben": "No idea."},
    {"task_id": "b", "prompt": "How?", "ada": "So.", "ben": None},
]
ENDINGS = ["jsonl", "json", "csv", "tsv", "parquet", "jsonl.gz", "csv.gz"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_gives_the_same_tasks_and_outputs(write, ending):
    found = read_files([write(f"answers.{ending}", LONG)])
    assert [task["prompt"] for task in found.tasks] == ["What is 1+1?", "What is 2+2?"]
    assert found.outputs == {
        agent: (("1+1", f"{agent} says 1+1"), ("2+2", f"{agent} says 2+2")) for agent in ("ada", "ben")
    }
    assert (found.missing, dict(found.categories), found.notes) == (0, {"sums": 2}, ())


def test_tasks_and_outputs_in_files_of_their_own_are_one_hand_in():
    found = read_files([DEMO / "responses.jsonl", DEMO / "tasks.jsonl"])
    assert (len(found.tasks), len(found.outputs), found.missing) == (40, 9, 0)
    assert dict(found.categories)["explain"] == 5


def test_labels_in_a_wide_table_are_outputs_and_blanks_are_missing():
    found = read_files([EXAMPLES / "letters.csv"])
    assert (len(found.task_ids), list(found.outputs), found.missing) == (60, ["ada", "ben", "cleo", "dot", "guess"], 4)
    assert found.tasks == ()


def test_a_file_without_an_agent_column_is_the_agent_s_whose_name_it_has(write):
    rows = [{"task_id": "a", "response": "x"}, {"task_id": "b", "response": "y"}]
    assert list(read_files([write("outputs.jsonl", rows)]).outputs) == ["outputs"]


def test_columns_beside_the_tasks_are_offered_and_read_as_answers_when_they_are_named(write):
    file = write("wide.jsonl", WIDE)
    assert read_files([file]).spare == ("ada", "ben")
    found = read_files([file], answer_columns=["ada", "ben"])
    assert found.outputs == {"ada": (("a", "Because."), ("b", "So.")), "ben": (("a", "No idea."),)}
    assert found.missing == 1


def test_prompts_alone_are_tasks_called_by_their_places(write):
    found = read_files([write("prompts.csv", [{"prompt": "Why?"}, {"prompt": "How?"}])])
    assert [task["task_id"] for task in found.tasks] == ["task-0001", "task-0002"]


def test_a_name_that_no_address_could_hold_is_changed_with_a_note(write):
    rows = [{**row, "agent": f"lab/{row['agent']}"} for row in LONG]
    found = read_files([write("answers.jsonl", rows)])
    assert list(found.outputs) == ["lab-ada", "lab-ben"]
    assert "2 agents called otherwise" in found.notes[-1]


def test_outputs_to_tasks_that_are_in_no_file_are_left_out_with_a_note(write):
    tasks = write("tasks.jsonl", [{"task_id": "1+1", "prompt": "Sum?"}, {"task_id": "3+3", "prompt": "Sum!"}])
    found = read_files([write("answers.jsonl", LONG), tasks])
    assert {agent: len(answers) for agent, answers in found.outputs.items()} == {"ada": 1, "ben": 1}
    assert found.notes[-1] == "2 outputs left out, to tasks that are not in tasks.jsonl (first: '2+2')"


BAD = {
    r"^answers.jsonl, line 3, field 'task_id': there must be one row for task 'a' and agent 'x'": (
        '{"task_id":"a","agent":"x","response":"1"}\n\n{"task_id":"a","agent":"x","response":"2"}\n'
    ),
    r"^answers.jsonl, line 1, field 'response': must be text": '{"task_id":"a","agent":"x","response":["1"]}\n',
    r"^answers.jsonl, line 2: each line must be one JSON object": '{"task_id":"a","agent":"x","response":"1"}\n[]\n',
    r"^answers.jsonl: the file must hold rows": "",
    r"this file holds pair-scores: elicit rank reads it": '{"task_id":"a","agent":"x","peer":"y","score":1}\n',
    r"an image must be an address or a data URI, got '/etc/x.png'": (
        '{"task_id":"a","prompt":"?","image":"/etc/x.png"}\n{"task_id":"b","prompt":"?"}\n'
    ),
    r"'b' has neither": (
        '{"task_id":"a","agent":"x","prompt":"?","response":"1"}\n{"task_id":"b","agent":"x","response":"2"}\n'
    ),
    r"tasks: List should have at least 2 items": '{"task_id":"a","prompt":"?"}\n',
}


@pytest.mark.parametrize("problem", BAD)
def test_a_bad_file_is_told_by_its_name_and_the_place_without_its_folder(write, problem):
    with pytest.raises(InvalidInput, match=problem):
        read_files([write("answers.jsonl", BAD[problem])])


def test_a_text_that_no_server_takes_is_told_before_anything_is_sent(write):
    rows = [{"task_id": "a", "agent": "x", "response": "w" * 200_001}]
    with pytest.raises(InvalidInput, match="at most 200,000 characters, that of 'x' to task 'a' has 200,001"):
        read_files([write("answers.jsonl", rows)])
