"""Schedules that are due: one run for each due time, whoever asks, how often, and by which clock."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from scheduled import SIX, World

from elicit.running.due import begin_due
from elicit.store.service import runs, schedules
from elicit.store.service_models import Schedule

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def world(store):
    """A world whose schedule was made at half past five, on a webhook that hears everything."""
    world = World(store, now=SIX - HOUR / 2)
    world.webhook()
    return world


def plan_of(world, run):
    with world.store.reading() as session:
        return runs.plan(session, run.id)


def test_a_due_time_gets_one_run_which_somebody_is_told_of(world):
    schedule = world.schedule()
    assert world.beat(SIX - MINUTE) == []
    assert world.beat(SIX + MINUTE) == world.beat(SIX + 2 * MINUTE) == [SIX]
    (run,) = world.runs()
    assert (run.schedule_id, run.state, world.planned()) == (schedule, "queued", SIX + HOUR)
    assert world.engine.dispatcher.take("advance", timeout_s=0) == run.id
    assert world.engine.dispatcher.take("advance", timeout_s=0) is None


def test_each_run_asks_afresh_what_earlier_ones_have_stored(world):
    world.schedule()
    world.beat(SIX)
    world.beat(SIX + HOUR)
    epochs = [plan_of(world, run)["epoch"] for run in world.runs()]
    assert epochs == ["2027-05-03T06:00:00+00:00", "2027-05-03T07:00:00+00:00"]


def test_of_many_beats_at_once_one_begins_the_run(world):
    world.schedule()
    begin_due(world.engine, SIX - MINUTE)
    world.now = SIX
    together = Barrier(6)

    def beat():
        together.wait()
        begin_due(world.engine, SIX)

    beats = [Thread(target=beat) for _ in range(6)]
    for thread in beats:
        thread.start()
    for thread in beats:
        thread.join()
    assert world.due_times() == [SIX]


def test_a_paused_schedule_begins_nothing(world):
    schedule = world.schedule(paused=True)
    assert world.beat(SIX) == []
    with world.store.writing() as session:
        schedules.change(session, session.get(Schedule, schedule), {"paused": False}, SIX + 90 * MINUTE)
    assert world.beat(SIX + 91 * MINUTE) == []
    assert world.beat(SIX + 2 * HOUR) == [SIX + 2 * HOUR]


def test_a_clock_that_jumps_ahead_and_back_repeats_nothing_and_loses_nothing(world):
    world.schedule()
    assert world.beat(SIX) == [SIX]
    ahead = SIX + 1000 * HOUR
    assert world.beat(ahead) == [SIX, ahead]
    assert world.beat(SIX + MINUTE) == [SIX, ahead]
    assert world.planned() == SIX + HOUR
    assert world.beat(SIX + HOUR) == [SIX, ahead, SIX + HOUR]
    assert world.beat(SIX + 30 * MINUTE) == [SIX, ahead, SIX + HOUR]
    assert world.beat(SIX + HOUR) == [SIX, ahead, SIX + HOUR]
    assert world.beat(SIX + 2 * HOUR)[-1] == SIX + 2 * HOUR
    with world.store.writing() as session:
        session.get(Schedule, world.runs()[0].schedule_id).next_run_at = ahead
    assert world.beat(ahead)[3:] == [SIX + 2 * HOUR]  # this due time has had its run, by a clock that was wrong


def test_due_times_that_were_missed_are_told_of_and_made_up_for(world):
    world.schedule(catch_up="once")
    assert world.beat(SIX + 3 * HOUR + MINUTE) == [SIX + 3 * HOUR]
    (skipped,) = world.told("schedule.skipped")
    assert (skipped["name"], skipped["reason"]) == ("hourly", "missed")
    assert (skipped["first"], skipped["last"]) == ("2027-05-03T06:00:00+00:00", "2027-05-03T08:00:00+00:00")


def test_a_due_time_that_meets_a_run_under_way_is_skipped_and_told_of(world):
    world.schedule(overlap="skip")
    world.beat(SIX)
    assert world.beat(SIX + HOUR) == [SIX]
    assert [skipped["reason"] for skipped in world.told("schedule.skipped")] == ["overlap"]
    world.carry_out()
    assert world.beat(SIX + 2 * HOUR) == [SIX, SIX + 2 * HOUR]


def test_a_due_time_that_is_to_wait_is_run_once_the_run_under_way_has_ended(world):
    world.schedule(overlap="queue", catch_up="skip")
    world.beat(SIX)
    assert world.beat(SIX + HOUR) == world.beat(SIX + HOUR + 30 * MINUTE) == [SIX]
    world.carry_out()
    assert world.beat(SIX + HOUR + 31 * MINUTE) == [SIX, SIX + HOUR]
    assert world.told("schedule.skipped") == []


def test_a_run_gets_what_is_left_of_the_periods_budget_and_none_where_nothing_is(world):
    world.schedule(budget={"period": "day", "max_cost": None, "max_calls": 10})
    world.beat(SIX)
    (first,) = world.runs()
    assert plan_of(world, first)["budget"] == {"max_cost": None, "max_calls": 10}
    assert world.beat(SIX + HOUR) == [SIX]  # the first may still take it all
    assert [skipped["reason"] for skipped in world.told("schedule.skipped")] == ["budget"]
    world.carry_out()  # it has taken nothing
    assert world.beat(SIX + 2 * HOUR) == [SIX, SIX + 2 * HOUR]
    assert world.beat(SIX + 18 * HOUR)[2:] == [SIX + 18 * HOUR]  # midnight, a new day


def test_a_run_that_cannot_be_begun_is_told_of_and_the_schedule_goes_on(world):
    world.schedule(world.evaluate("with a silent one", ["careful", "silent"]))
    assert world.beat(SIX) == []
    (skipped,) = world.told("schedule.skipped")
    assert (skipped["reason"], "'silent' has none" in skipped["detail"]) == ("cannot start", True)
    world.submit("silent", {"howto-5": "At last."})
    assert world.beat(SIX + HOUR) == [SIX + HOUR]
