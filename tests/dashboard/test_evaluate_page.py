"""The new evaluation page over a real server: from a file to a run, and what is said where that cannot be."""

import json
from pathlib import Path

import pytest

from elicit import Client

DEMO = Path(__file__).parents[2] / "elicit" / "demo_data"
ROWS = [
    {"task_id": f"t{task}", "prompt": f"What is {task}?", "agent": agent, "response": f"It is fact {task * 7} {agent}."}
    for task in range(6)
    for agent in ("ada", "ben", "cleo")
]
STORE, START = "Store 6 tasks and 18 outputs of 3 agents", "Start the run"


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def button(shown, label):
    """The button with this label."""
    return next(one for one in shown.button if one.label == label)


def labels(shown):
    return [one.label for one in shown.button]


def values(shown):
    """The numbers of the page, by their labels."""
    return {one.label: one.value for one in shown.metric}


def dropped(page, content, name="answers.jsonl", scope="admin"):
    """The page after a file was dropped on it."""
    shown = page("evaluate", scope=scope)
    shown.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    assert not shown.exception
    return shown


@pytest.fixture
def reader(server):
    """A client that sees what is stored."""
    with Client(server.url, server.keys["admin"], progress=False) as client:
        yield client


def test_a_dropped_file_is_shown_and_nothing_is_stored_before_somebody_says_so(page, reader):
    shown = dropped(page, lines(ROWS[:-1]))
    assert values(shown) == {"Tasks": "6", "Agents": "3", "Missing answers": "1"}
    assert list(shown.dataframe[0].value.columns) == ["task", "prompt", "ada", "ben", "cleo"]
    assert (reader.task_sets(), reader.submissions(), reader.agents()) == ([], [], [])


def test_a_bad_file_is_told_by_line_and_field_and_stores_nothing(page, reader):
    shown = dropped(page, lines([*ROWS, {**ROWS[0], "response": ["list"]}]))
    assert "answers\\.jsonl, line 19, field 'task\\_id'" in shown.error[0].value
    assert not any(label.startswith("Store") for label in labels(shown))
    assert reader.task_sets() == []


def test_what_is_stored_is_chosen(page, reader):
    shown = dropped(page, lines(ROWS))
    button(shown, STORE).click().run()
    assert not shown.error
    (task_set,) = reader.task_sets()
    assert (task_set.name, task_set.n_tasks) == ("answers", 6)
    assert shown.selectbox(key="new_task_set").value == task_set.id
    assert sorted(shown.multiselect[0].value) == ["ada", "ben", "cleo"]


def test_a_second_press_of_store_makes_nothing_twice(page, reader, monkeypatch):
    monkeypatch.setattr("streamlit.rerun", lambda: None)  # the second press comes before the page has gone on
    shown = dropped(page, lines(ROWS))
    button(shown, STORE).click().run()
    button(shown, STORE).click().run()
    assert (len(reader.task_sets()), len(reader.submissions())) == (1, 3)
    assert {one.state for one in reader.submissions()} == {"complete"}


def test_columns_beside_the_tasks_become_agents_when_they_are_named(page, reader):
    wide = [{"task_id": f"t{n}", "prompt": f"{n}?", "ada": "yes, surely", "ben": "no, never"} for n in range(3)]
    shown = dropped(page, lines(wide))
    assert values(shown) == {"Tasks": "3", "Agents": "0"}
    shown.multiselect(key="new_columns").set_value(["ada", "ben"]).run()
    assert values(shown)["Agents"] == "2"
    button(shown, "Store 3 tasks and 6 outputs of 2 agents").click().run()
    assert {one.agent for one in reader.submissions()} == {"ada", "ben"}


def test_outputs_without_prompts_go_to_a_stored_set_or_to_ids_when_asked(page, reader):
    bare = [{name: row[name] for name in ("task_id", "agent", "response")} for row in ROWS]
    shown = dropped(page, lines(bare), name="bare.jsonl")
    assert "No file says what the tasks asked" in shown.warning[0].value
    assert not any(label.startswith("Store") for label in labels(shown))
    stored = reader.create_task_set("kept", [{"task_id": f"t{n}", "prompt": f"{n}?"} for n in range(5)])
    shown.run()
    shown.selectbox(key="new_tasks_of_outputs").set_value(stored.id).run()
    button(shown, STORE).click().run()
    assert {(one.task_set_id, one.received) for one in reader.submissions()} == {(stored.id, 5)}


def test_a_key_that_may_not_submit_sees_the_button_disabled_with_the_reason(page):
    shown = dropped(page, lines(ROWS), scope="read")
    store = button(shown, STORE)
    assert store.disabled
    assert "scope submit" in store.help


@pytest.fixture
def stored(page, reader):
    """The page with three agents' outputs stored and chosen."""
    shown = dropped(page, lines(ROWS))
    return button(shown, STORE).click().run()


def test_advice_comes_first_and_is_what_is_chosen(stored):
    advised = next(one.value for one in stored.info if "suits these data best" in one.value)
    scorer = next(one for one in stored.selectbox if one.label == "Scorer")
    assert advised.startswith(f"**{scorer.value} with")


def test_start_makes_one_evaluation_and_one_run_however_often_it_is_pressed(stored, reader, monkeypatch):
    monkeypatch.setattr("dashboard.evaluation_start.go", lambda page, **view: None)
    for _ in range(2):
        button(stored, START).click().run()
        assert not stored.exception
    (run,) = reader.runs()
    (evaluation,) = reader.evaluations()
    assert run.evaluation_id == evaluation.id
    assert sorted(evaluation.plan["agents"]) == ["ada", "ben", "cleo"]


def test_a_scorer_with_a_model_shows_calls_and_an_unknown_price_before_start(stored):
    next(one for one in stored.selectbox if one.label == "Scorer").set_value("critic").run()
    assert START not in labels(stored)
    stored.text_input(key="new_model").set_value("openai/nobody-knows-its-price").run()
    told = values(stored)
    assert told["Cost, about"] == "unknown"
    assert int(told["Calls"].replace(",", "")) > 0
    assert START in labels(stored)


def test_an_agent_that_a_model_answers_for_is_added_and_chosen(stored, reader):
    stored.text_input[0].set_value("asked")
    next(one for one in stored.text_input if one.label == "Model").set_value("openai/gpt-4o-mini")
    button(stored, "Add").click().run()
    (made,) = [agent for agent in reader.agents() if agent.spec]
    assert (made.name, made.spec) == ("asked", {"model": "openai/gpt-4o-mini", "strategy": "direct", "samples": 1})
    assert "asked" in stored.multiselect[0].value
