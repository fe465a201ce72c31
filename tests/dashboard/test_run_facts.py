"""What the runs page says of a run, from what the server told: pace, time left, state and reason in words."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.run_facts import Seen, calls, headline, money, pace, pace_in_words, seen_lately, table, took_s
from elicit.schemas import Run

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def run(state="running", reason=None, cost=0.0, budget=None, **progress):
    """A run that began two minutes ago."""
    told = {"stage": "pairs", "done": 0, "total": 0, "failed": 0, "parked": 0, "calls": 0, "cost": cost}
    return Run(
        id="r",
        evaluation_id="e",
        evaluation="weekly",
        scorer="critic",
        mechanism="tvd_mi",
        task_set_id="s",
        n_agents=3,
        n_tasks=40,
        schedule_id=None,
        state=state,
        reason=reason,
        progress=told | progress,
        budget=budget,
        created_at=NOW - timedelta(minutes=3),
        started_at=NOW - timedelta(minutes=2),
        finished_at=None,
    )


def test_there_is_no_time_left_before_there_is_a_pace():
    assert pace([Seen(0, "pairs", 0), Seen(1, "pairs", 50)]) is None
    assert pace([Seen(0, "pairs", 7), Seen(60, "pairs", 7)]) is None
    assert pace_in_words(None, 100) == ""


def test_a_pace_is_of_one_stage_and_of_the_last_minute():
    seen = [Seen(0, "pairs", 0), Seen(50, "pairs", 10), Seen(100, "pairs", 60)]
    assert seen_lately(seen, Seen(105, "pairs", 65)) == [*seen[1:], Seen(105, "pairs", 65)]
    assert seen_lately(seen, Seen(105, "answers", 0)) == [Seen(105, "answers", 0)]


def test_a_stage_begun_anew_has_no_pace_of_the_time_before():
    assert seen_lately([Seen(0, "pairs", 90)], Seen(5, "pairs", 3)) == [Seen(5, "pairs", 3)]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (run("queued"), "Waits for its turn."),
        (run("waiting", "provider down: 503"), "Waits: provider down: 503. It goes on by itself."),
        (run("running", done=120, total=1480), "pairs: 120 of 1,480 requests"),
        (run("running", "budget"), "Comes to its end: its budget is used up. What is there is being scored."),
        (
            run("stopped", "budget"),
            "Stopped before its end: its budget is used up. What was paid for is kept and scored.",
        ),
        (run("failed"), "Failed: no reason was given. What was paid for is kept."),
    ],
)
def test_every_state_is_a_sentence_with_its_reason(told, words):
    assert headline(told) == words


def test_what_is_spent_stands_beside_what_may_be_and_an_unknown_cost_is_not_0():
    assert money(run(cost=1.5, budget={"max_cost": 20.0})) == "$1.50 of $20.00"
    assert money(run(cost=None)) == "unknown"
    assert calls(run(calls=1200, budget={"max_calls": 5000})) == "1,200 of 5,000"


def test_a_run_that_has_not_begun_has_no_duration_and_no_progress():
    waiting = run("queued").model_copy(update={"started_at": None})
    assert took_s(waiting, NOW) is None
    row = table([waiting, run("running", done=1, total=4)], NOW)
    assert row["took"].tolist() == ["–", "2 min 0 s"]
    assert row["progress"].isna().tolist() == [True, False]
    assert row["progress"][1] == 25
