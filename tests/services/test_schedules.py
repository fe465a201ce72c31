"""When schedules are due: on the zone's clock, on the days it is put forward or back, and after nothing ran."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicit.errors import InvalidInput
from elicit.services.plan import BudgetSpec
from elicit.services.schedules import MOST_CAUGHT_UP, PeriodBudget, Policy, Skip, Timing, decide, tighter

START = datetime(2027, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def cron(line, zone="Europe/Berlin"):
    return Timing(line, None, zone, START)


def due(timing, after, at_most):
    return [f"{moment:%d %H:%M}" for moment in timing.first(at_most, after=utc(after))]


# On 28 March 2027 Berlin's clocks go from 2:00 to 3:00 (1:00 UTC), on 31 October from 3:00 back to 2:00 (1:00 UTC).


@pytest.mark.parametrize(
    ("line", "after", "expected"),
    [
        ("0 6 * * *", "2027-03-27", ["27 05:00", "28 04:00", "29 04:00"]),  # six by the clock, whatever its shift
        ("30 2 * * *", "2027-03-27", ["27 01:30", "28 01:00", "29 00:30"]),  # skipped: once, when the hour is over
        ("0,30 2 * * *", "2027-03-28", ["28 01:00", "29 00:00", "29 00:30"]),
        ("30 2,3 * * *", "2027-03-28", ["28 01:00", "28 01:30", "29 00:30"]),
        ("30 * * * *", "2027-03-28", ["28 00:30", "28 01:30", "28 02:30"]),  # every hour that passes
        ("*/20 */1 * * *", "2027-03-28T00:30", ["28 00:40", "28 01:00", "28 01:20"]),
        ("0 6 * * *", "2027-10-30", ["30 04:00", "31 05:00"]),
        ("30 2 * * *", "2027-10-30", ["30 00:30", "31 00:30"]),  # comes twice: the first time
        ("30 * * * *", "2027-10-30T23:45", ["31 00:30", "31 01:30", "31 02:30"]),
        ("*/30 * * * *", "2027-10-31T00:15", ["31 00:30", "31 01:00", "31 01:30", "31 02:00"]),
        ("30 2 * * *", "2027-10-31T00:45", ["01 01:30"]),
    ],
)
def test_a_cron_line_follows_the_clock_of_its_zone_through_the_change_of_summer_time(line, after, expected):
    assert due(cron(line), after, len(expected)) == expected


def test_a_zone_that_moves_its_clock_by_half_an_hour_is_followed_too():
    lord_howe = cron("15 2 * * *", "Australia/Lord_Howe")  # 2:00 becomes 2:30 on 3 October 2027
    assert due(lord_howe, "2027-10-01", 3) == ["01 15:45", "02 15:30", "03 15:15"]


def test_a_day_that_a_zone_skipped_is_due_when_it_is_over():
    assert due(cron("0 12 30 12 *", "Pacific/Apia"), "2011-12-29", 1) == ["30 10:00"]


def test_an_interval_is_counted_from_the_start_whatever_the_clock_shows():
    daily = Timing(None, 24 * 3600, "Europe/Berlin", utc("2027-03-26T10:00"))
    assert due(daily, "2027-03-26T10:00", 3) == ["27 10:00", "28 10:00", "29 10:00"]
    assert due(daily, "2027-03-27T09:59", 1) == ["27 10:00"]
    assert due(daily, "2020-01-01", 1) == ["27 10:00"]


LINES = st.sampled_from(["*/7 * * * *", "30 * * * *", "15 2 * * *", "0,30 1-3 * * *", "59 */2 * * *", "0 0 * * 0"])
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"])


@given(LINES, ZONES, st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)))
def test_due_times_rise_and_do_not_depend_on_when_one_looks(line, zone, moment):
    timing, after = cron(line, zone), moment.replace(tzinfo=UTC)
    times = timing.first(30, after=after)
    assert times[0] > after
    assert all(earlier < later for earlier, later in pairwise(times))
    assert timing.first(20, after=times[9]) == times[10:]
    assert timing.first(1, after=times[9] - timedelta.resolution) == times[9:10]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"cron": "0 6 * *"}, "five fields"),
        ({"cron": "0 0 6 * * *"}, "five fields"),
        ({"cron": "@daily"}, "five fields"),
        ({"cron": "0 25 * * *"}, "cannot be read"),
        ({"cron": "x y z 1 2"}, "cannot be read"),
        ({"cron": "0 0 30 2 *"}, "never comes true"),
        ({"cron": "R * * * *"}, "to chance"),
        ({"cron": "0 h(1-5) * * *"}, "to chance"),
        ({"cron": "0" * 300 + " * * * *"}, "five fields"),
        ({"cron": "0 6 * * *", "every_s": 60}, "either 'cron' or 'every_s'"),
        ({}, "either 'cron' or 'every_s'"),
        ({"every_s": 59}, "between 60 and"),
        ({"every_s": 10**15}, "between 60 and"),
        ({"every_s": 60, "time_zone": "Berlin"}, "time_zone must be a name"),
        ({"every_s": 60, "time_zone": "Europe"}, "time_zone must be a name"),
        ({"every_s": 60, "time_zone": "../../etc/passwd"}, "time_zone must be a name"),
        ({"every_s": 60, "time_zone": "a\0b"}, "time_zone must be a name"),
        ({"every_s": 60, "time_zone": ""}, "time_zone must be a name"),
    ],
)
def test_a_rhythm_that_cannot_be_kept_is_refused(fields, rule):
    with pytest.raises(InvalidInput, match=rule):
        Timing(**({"cron": None, "every_s": None, "time_zone": "UTC", "start": START} | fields))


# What is done at a due time

HOURLY = Timing("0 * * * *", None, "UTC", START)
SIX = utc("2027-05-01T06:00")


def decided(catch_up="once", overlap="skip", now=SIX, running=False, free_since=None, planned=SIX):
    return decide(HOURLY, Policy(catch_up, overlap), planned, now, running=running, free_since=free_since)


@pytest.mark.parametrize("catch_up", ["skip", "once", "all"])
@pytest.mark.parametrize("overlap", ["skip", "queue", "allow"])
def test_a_due_time_is_run_though_the_beat_is_a_minute_late(catch_up, overlap):
    decision = decided(catch_up, overlap, now=SIX + timedelta(minutes=1))
    assert (decision.run, decision.skip, decision.next_run_at) == ((SIX,), (), SIX + HOUR)


@pytest.mark.parametrize(
    ("catch_up", "overlap", "run", "skipped"),
    [
        ("skip", "skip", [], [("missed", 6, 9)]),
        ("once", "skip", [9], [("missed", 6, 8)]),
        ("all", "allow", [6, 7, 8, 9], []),
        ("all", "skip", [9], [("overlap", 6, 8)]),
    ],
)
def test_due_times_that_were_missed_are_made_up_for_as_the_policy_says(catch_up, overlap, run, skipped):
    decision = decided(catch_up, overlap, now=SIX + 3 * HOUR + timedelta(minutes=30))
    assert [moment.hour for moment in decision.run] == run
    assert [(skip.reason, skip.first.hour, skip.last.hour) for skip in decision.skip] == skipped
    assert decision.next_run_at == SIX + 4 * HOUR


def test_runs_that_are_made_up_for_wait_in_turn_where_they_must_not_overlap():
    first = decided("all", "queue", now=SIX + 2 * HOUR)
    assert (first.run, first.next_run_at) == ((SIX,), SIX + HOUR)
    while_it_runs = decided("all", "queue", now=SIX + 2 * HOUR, planned=SIX + HOUR, running=True)
    assert (while_it_runs.run, while_it_runs.next_run_at) == ((), SIX + HOUR)
    second = decided("all", "queue", now=SIX + 2 * HOUR, planned=SIX + HOUR)
    assert (second.run, second.next_run_at) == ((SIX + HOUR,), SIX + 2 * HOUR)


def test_no_more_than_a_bounded_number_of_missed_runs_is_made_up_for():
    now = SIX + 365 * 24 * HOUR
    decision = decided("all", "allow", now=now)
    newest = [now - hours * HOUR for hours in reversed(range(MOST_CAUGHT_UP))]
    assert list(decision.run) == newest
    assert decision.skip == (Skip("missed", SIX, SIX),)


def test_a_due_time_that_meets_a_run_under_way_is_dropped_waits_or_runs_beside_it():
    assert decided(overlap="skip", running=True).skip == (Skip("overlap", SIX, SIX),)
    assert decided(overlap="skip", running=True).next_run_at == SIX + HOUR
    assert decided(overlap="queue", running=True).next_run_at == SIX
    assert decided(overlap="allow", running=True).run == (SIX,)


def test_a_due_time_that_waited_for_a_run_to_end_was_not_missed():
    now = SIX + timedelta(minutes=40)
    assert decided("skip", "queue", now=now, free_since=now - timedelta(minutes=1)).run == (SIX,)
    assert decided("skip", "queue", now=now, free_since=SIX - HOUR).run == ()


# What a period may cost


def test_a_period_begins_at_midnight_of_the_zone():
    limit = BudgetSpec(max_calls=1)
    now = utc("2027-03-31T22:30")  # half past midnight on Thursday 1 April in Berlin
    starts = [PeriodBudget(period, limit).start(now, "Europe/Berlin") for period in ("day", "week", "month")]
    assert starts == [utc("2027-03-31T22:00"), utc("2027-03-28T22:00"), utc("2027-03-31T22:00")]


def test_what_is_left_of_a_period_is_the_limit_less_what_its_runs_took():
    budget = PeriodBudget("day", BudgetSpec(max_cost=1.0, max_calls=10))
    assert budget.left([]) == BudgetSpec(max_cost=1.0, max_calls=10)
    assert budget.left([(0.25, 4), (0.25, 1)]) == BudgetSpec(max_cost=0.5, max_calls=5)
    assert budget.left([(0.25, 10)]) is None
    assert budget.left([(1.5, 1)]) is None


def test_the_tighter_of_two_budgets_is_taken_in_money_and_in_calls():
    assert tighter(BudgetSpec(max_cost=1.0), None) == BudgetSpec(max_cost=1.0)
    assert tighter(BudgetSpec(max_cost=1.0), BudgetSpec(max_cost=2.0, max_calls=3)) == BudgetSpec(1.0, 3)
