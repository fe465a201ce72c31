"""From a file to a leaderboard in a browser, as somebody does who writes no code."""

import json

import pandas as pd
import pytest
from facts import TASKS, TEXTS
from playwright.sync_api import expect
from visitor import NARROW

PATIENCE_MS = 60_000
NAMES = {**{agent: agent for agent in TEXTS}, "hurried": "مستعجل 很急"}


@pytest.fixture
def outputs(tmp_path):
    """A file of tasks with the outputs of three agents, one of them named in other scripts."""
    file = tmp_path / "support questions.jsonl"
    rows = [
        {**task, "category": f"kind {number % 2}", "agent": NAMES[agent], "response": texts[number]}
        for agent, texts in TEXTS.items()
        for number, task in enumerate(TASKS)
    ]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return file


def exported(tab):
    """The leaderboard as the file of the export menu has it."""
    tab.get_by_role("button", name="Export").click()
    with tab.expect_download() as download:
        tab.get_by_role("button", name="CSV", exact=True).click()
    return pd.read_csv(download.value.path())


def test_a_bad_file_is_told_by_line_and_field_and_leaves_nothing(visitor, client, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("task_id,agent,response\na,x,1\na,x,2\n")
    tab = visitor.open("evaluate")
    tab.locator("input[type=file]").set_input_files(file)
    expect(tab.get_by_text("bad.csv, line 3, field 'task_id'")).to_be_visible()
    visitor.screenshot("evaluate-bad-file")
    assert client.task_sets() == []


def test_a_reader_sees_the_way_barred_with_the_reason(visiting, done):
    visitor = visiting("read")
    tab = visitor.open("evaluate")
    expect(tab.get_by_role("button", name="Start the run")).to_be_disabled()
    expect(tab.get_by_text("Your key lacks the scope evaluate, which runs need.")).to_be_visible()


def test_the_walk_from_a_dropped_file_to_a_finished_leaderboard(visitor, client, outputs, runner):
    tab = visitor.open("evaluate")
    visitor.screenshot("evaluate-empty")
    tab.locator("input[type=file]").set_input_files(outputs)
    store = tab.get_by_role("button", name="Store 40 tasks and 120 outputs of 3 agents")
    expect(store).to_be_visible()
    visitor.screenshot("evaluate-upload", NARROW, dark=True)
    assert client.task_sets() == []
    store.click()
    start = tab.get_by_role("button", name="Start the run")
    expect(start).to_be_enabled(timeout=PATIENCE_MS)
    visitor.rest()
    expect(tab.get_by_text("Costs nothing: no model is asked.")).to_be_visible()
    visitor.screenshots("evaluate-ready")
    start.click()
    expect(tab.get_by_text("Done: the leaderboard is there.")).to_be_visible(timeout=PATIENCE_MS)
    visitor.rest()
    visitor.screenshot("runs-done")
    (run,) = client.runs()
    assert run.id in tab.url
    tab.get_by_role("link", name="Open the leaderboard").click()
    expect(tab.get_by_role("heading", name="Leaderboard")).to_be_visible()
    visitor.rest()
    assert set(exported(tab)["agent"]) == set(NAMES.values())
