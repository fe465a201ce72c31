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


def go(visitor, page):
    """Go to a page by the menu."""
    visitor.tab.get_by_test_id("stSidebarNav").get_by_role("link", name=page).click()
    expect(visitor.tab.get_by_role("heading", name=page, exact=True)).to_be_visible()
    visitor.rest()


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


def test_the_walk_from_a_dropped_file_by_way_of_a_task_and_a_comparison_to_an_exported_leaderboard(
    visitor, client, outputs, runner
):
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
    go(visitor, "Task")
    expect(tab.get_by_text("What is 0?").first).to_be_visible()
    expect(tab.get_by_text(NAMES["hurried"]).first).to_be_visible()
    go(visitor, "Compare")
    tab.get_by_text("Two agents of one run").click()
    visitor.rest()
    expect(tab.get_by_text("Tasks that made the difference")).to_be_visible()
    go(visitor, "Leaderboard")
    assert set(exported(tab)["agent"]) == set(NAMES.values())


@pytest.mark.drill
def test_a_file_of_a_hundred_megabytes_is_stored_whole(visitor, client, tmp_path):
    file = tmp_path / "large.jsonl"
    rows = ({"task_id": f"t{n % 1000}", "prompt": f"{n % 1000}?", "agent": f"a{n // 1000}"} for n in range(50_000))
    with file.open("w") as stream:
        stream.writelines(json.dumps({**row, "response": f"{row['agent']} says " * 230}) + "\n" for row in rows)
    assert file.stat().st_size > 100_000_000
    tab = visitor.open("evaluate")
    tab.locator("input[type=file]").set_input_files(file)
    tab.get_by_role("button", name="Store 1,000 tasks and 50,000 outputs of 50 agents").click(timeout=10 * PATIENCE_MS)
    expect(tab.get_by_role("button", name="Start the run")).to_be_enabled(timeout=10 * PATIENCE_MS)
    assert {one.received for one in client.submissions()} == {1000}
