"""A run that takes its time, in a browser: watched, cancelled, taken up again, done."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from facts import TEXTS
from playwright.sync_api import expect
from visitor import NARROW

from elicit.mock_llm import Rule, serve

PATIENCE_MS = 60_000


@contextmanager
def of_another_thread(context):
    """A context entered and left in a thread of its own: in this one Playwright's event loop runs."""
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(context.__enter__).result()
        thread.submit(context.__exit__, None, None, None).result()


@pytest.fixture
def slow(client, evaluation, runner):
    """A run whose model takes its time over the first questions: long enough to be watched, and cancelled."""
    with of_another_thread(serve([Rule(delay_s=1.0, times=80)])) as llm:
        client.create_evaluation(
            "slow",
            task_set="s",
            agents=list(TEXTS),
            scorer={"kind": "critic", "model": "openai/mock-critic", "api_base": llm.url},
            design={"pairs": "full"},
        )
        yield client.create_run("slow")


def test_a_slow_run_is_watched_cancelled_and_taken_up_again_to_its_end(visitor, client, slow):
    tab = visitor.open("runs", run=slow.id)
    expect(tab.get_by_role("heading", name="slow")).to_be_visible()
    expect(tab.get_by_text(re.compile(r"of [\d,]+ requests · .* a (second|minute), about .* left"))).to_be_visible(
        timeout=PATIENCE_MS
    )
    visitor.screenshot("runs-live")
    tab.get_by_role("button", name="Cancel").click()
    expect(tab.get_by_text("Cancelled. What was asked is kept")).to_be_visible()
    assert client.run(slow).state == "cancelled"
    visitor.screenshot("runs-cancelled", NARROW, dark=True)
    tab.get_by_role("button", name="Resume", exact=True).click()
    expect(tab.get_by_role("dialog")).to_contain_text("Only what is missing is asked")
    tab.get_by_role("button", name="Resume it").click()
    expect(tab.get_by_text("Done: the leaderboard is there.")).to_be_visible(timeout=PATIENCE_MS)
    assert client.run(slow).state == "done"
    visitor.rest()
    tab.get_by_role("link", name="Open the leaderboard").click()
    expect(tab).to_have_url(re.compile(f"leaderboard.*run={slow.id}|run={slow.id}"))


def test_a_run_whose_budget_is_spent_goes_on_with_a_larger_one(visitor, client, evaluation, runner):
    with of_another_thread(serve([])) as llm:
        scorer = {"kind": "critic", "model": "openai/mock-critic", "api_base": llm.url}
        client.create_evaluation("dear", task_set="s", agents=list(TEXTS), scorer=scorer, budget={"max_calls": 100})
        run = client.wait(client.create_run("dear"), timeout_s=120)
        tab = visitor.open("runs", run=run.id)
        tab.get_by_role("button", name="Resume", exact=True).click()
        expect(tab.get_by_role("dialog")).to_contain_text("calls: 100 of 100")
        expect(tab.get_by_role("button", name="Resume it")).to_be_disabled()
        tab.get_by_label("Calls in all").fill("120")
        tab.get_by_label("Calls in all").press("Enter")
        visitor.screenshot("runs-larger-budget")
        tab.get_by_role("button", name="Resume it").click()
        expect(tab.get_by_text("120 of 120")).to_be_visible(timeout=PATIENCE_MS)
    assert client.run(run).budget.max_calls == 120


def test_running_again_is_confirmed_and_pressed_twice_is_one_run(visitor, client, done):
    tab = visitor.open("runs", run=done)
    tab.get_by_role("button", name="Run again").click()
    tab.get_by_role("button", name="Start the run").dblclick()
    expect(tab).not_to_have_url(re.compile(done))
    visitor.rest()
    assert len(client.runs()) == 2
