"""The page of a task in a browser: answers side by side, hostile ones too, and what a score is made of."""

import re

import pytest
from facts import TEXTS, begin, submit, wait_for_run
from playwright.sync_api import expect

SCRIPT = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
HOSTILE = (
    f"{SCRIPT}\n</div><style>* {{ display: none }}</style><h1>Sign in again</h1>\n\tcode  with   spaces\nعربي 中文"
)


@pytest.fixture
def hostile(server, evaluation, runner):
    """A finished run in which an agent wrote what would take the page over, if it could."""
    submit(server.http("submit"), "concise", [f"{HOSTILE} {text}" for text in TEXTS["concise"]])
    run = begin(server, evaluation).json()["id"]
    assert wait_for_run(server.http("read"), run)["state"] == "done"
    return run


def test_answers_stand_side_by_side_and_a_click_leads_to_the_next_task_and_back(visitor, done):
    tab = visitor.open("task", run=done, task="t/5", agent="careful", peer="concise")
    expect(tab.get_by_role("region", name=re.compile("^Answer of careful$"))).to_contain_text("shade 35")
    tops = [tab.get_by_role("region", name=f"Answer of {agent}", exact=True).bounding_box()["y"] for agent in TEXTS]
    assert max(tops) - min(tops) < 2
    expect(tab.locator("mark").first).to_be_visible()
    visitor.screenshots("task")
    tab.get_by_role("button", name="Next").click()
    expect(tab.get_by_role("region", name="Prompt")).to_contain_text("What is 6?")
    visitor.rest()
    assert "task=t%2F6" in tab.url


def test_a_hostile_answer_is_shown_letter_by_letter_and_does_nothing(visitor, hostile):
    tab = visitor.open("task", run=hostile, task="t/5", agent="concise", peer="careful")
    box = tab.get_by_role("region", name="Answer of concise", exact=True)
    expect(box).to_be_visible()
    assert box.evaluate("box => box.textContent").startswith(HOSTILE)
    assert box.locator("*").count() == 0
    assert "taken" not in tab.title()
    assert tab.get_by_role("heading", name="Sign in again").count() == 0
    visitor.screenshot("task-hostile", 390, dark=True)


def test_on_a_phone_the_answers_stand_one_below_the_other_and_nothing_runs_off_the_page(visitor, done):
    tab = visitor.open("task", run=done, task="t/5")
    tab.set_viewport_size({"width": 390, "height": 900})
    visitor.rest()
    boxes = [tab.get_by_role("region", name=f"Answer of {agent}", exact=True).bounding_box() for agent in TEXTS]
    assert len({round(box["x"]) for box in boxes}) == 1
    assert all(box["x"] + box["width"] <= 390 for box in boxes)
