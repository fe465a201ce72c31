"""What a run shows while it works."""

import pytest

from elicit.live import Live
from elicit.services.budget import Bill, LocalBudget
from elicit.services.plan import BudgetSpec


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def live(said, clock, budget=None, *, log=True):
    return Live(budget or LocalBudget(BudgetSpec()), said.append, log=log, now=clock)


def test_the_first_failure_is_told_at_once_and_the_others_are_counted(clock):
    said = []
    shown = live(said, clock, log=False)
    for _ in range(3):
        shown.trouble("openai/gpt: the backend \x1b[31mis on fire")
    assert len(said) == 1
    assert said[0].startswith("First failure: openai/gpt: the backend")
    assert "\x1b" not in said[0]
    assert "3 failed attempts" in shown.facts()


def test_a_log_gets_a_line_every_half_minute(clock):
    said, budget = [], LocalBudget(BudgetSpec())
    shown = live(said, clock, budget)
    for second in range(91):
        clock.now = second
        budget.settle_and_take([Bill(0.5, 0.5)], [])
        shown.progress("answers", second, 200)
    assert [line.split("  ")[:2] for line in said] == [
        [f"answers {second} of 200", f"${(second + 1) / 2:.4f}"] for second in (30, 60, 90)
    ]


def test_a_terminal_gets_no_lines_but_the_live_one(clock):
    said = []
    shown = live(said, clock, log=False)
    clock.now = 100
    shown.progress("answers", 1, 2)
    assert said == []


def test_the_rate_is_that_of_the_last_seconds(clock):
    budget = LocalBudget(BudgetSpec())
    shown = live([], clock, budget)
    for second in range(1, 41):
        clock.now = second
        for _ in range(2 if second <= 20 else 8):
            budget.settle_and_take([Bill(None, None)], [])
        facts = shown.facts()
    assert facts == "cost unknown  8.0/s"
