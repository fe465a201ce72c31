"""Schedules over the API, and the history of what they measured."""

import pytest
from facts import TEXTS, submit, wait_for_run
from playing import wait_until

from elicit.store.service_models import Schedule

SCHEDULE = {"name": "weekly", "evaluation": "weekly", "cron": "30 2 * * *", "time_zone": "Europe/Berlin"}


@pytest.fixture
def http(server, evaluation):
    """A client that may evaluate, in a project with an evaluation."""
    return server.http("evaluate")


def made(http, **fields):
    return http.post("/schedules", json=SCHEDULE | fields).raise_for_status().json()


def test_a_schedule_is_made_found_and_listed(server, http):
    schedule = made(http)
    assert (schedule["catch_up"], schedule["overlap"], schedule["budget"]) == ("once", "skip", None)
    assert schedule["next_run_at"] == http_times(server, schedule)[0]
    read = server.http("read")
    assert read.get("/schedules/weekly").json() == read.get(f"/schedules/{schedule['id']}").json() == schedule
    assert read.get("/schedules").json()["items"] == [schedule]
    assert http.post("/schedules", json=SCHEDULE).status_code == 409
    assert read.get("/schedules/none").status_code == 404


def http_times(server, schedule, count=5):
    params = {"count": count}
    return server.http("read").get(f"/schedules/{schedule['id']}/preview", params=params).json()["times"]


def test_the_next_times_are_those_of_the_zones_clock(server, http):
    times = http_times(server, made(http), count=100)
    assert len(times) == 100
    assert {time[11:] for time in times} <= {"00:30:00Z", "01:30:00Z", "01:00:00Z"}


@pytest.mark.parametrize(
    ("change", "status", "rule"),
    [
        ({"cron": "every morning"}, 422, "five fields"),
        ({"cron": "0 0 30 2 *"}, 422, "never comes true"),
        ({"time_zone": "Berlin"}, 422, "time_zone must be a name"),
        ({"every_s": 3600}, 422, "either 'cron' or 'every_s'"),
        ({"cron": None}, 422, "either 'cron' or 'every_s'"),
        ({"cron": None, "every_s": 59}, 422, "greater than or equal to 60"),
        ({"cron": None, "every_s": 10**18}, 422, "between 60 and"),
        ({"evaluation": "none"}, 404, "there is no evaluation 'none'"),
        ({"budget": {"period": "year", "max_calls": 1}}, 422, "'day', 'week' or 'month'"),
        ({"budget": {"period": "day"}}, 422, "'max_cost' or 'max_calls'"),
        ({"budget": {"period": "day", "max_cost": -1}}, 422, "greater than or equal to 0"),
        ({"overlap": "wait"}, 422, "'skip', 'queue' or 'allow'"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(http, change, status, rule):
    refused = http.post("/schedules", json=SCHEDULE | change)
    assert (refused.status_code, rule in refused.json()["detail"]) == (status, True)
    assert made(http)["name"] == "weekly"


def test_a_change_changes_what_it_names_and_a_pause_holds_the_schedule(server, http):
    schedule = made(http, budget={"period": "day", "max_calls": 5})
    place = f"/schedules/{schedule['id']}"
    paused = http.patch(place, json={"paused": True}).json()
    assert (paused["next_run_at"], paused["cron"], paused["budget"]["max_calls"]) == (None, SCHEDULE["cron"], 5)
    hourly = http.patch(place, json={"every_s": 3600, "budget": None, "paused": False}).json()
    assert (hourly["cron"], hourly["every_s"], hourly["budget"]) == (None, 3600, None)
    assert hourly["next_run_at"] == http_times(server, schedule)[0]
    refused = http.patch(place, json={"cron": "nonsense"})
    assert refused.status_code == 422
    assert http.patch(place, json={"cron": "0 6 * * *", "every_s": 60}).status_code == 422
    assert server.http("read").get(place).json() == hourly
    log = [entry["action"] for entry in server.http("admin").get("/audit").json()["items"]]
    assert log[:3] == ["schedule.changed", "schedule.changed", "schedule.made"]


def test_a_run_now_is_a_run_of_the_schedule_and_outlives_it(server, http, runner):
    schedule = made(http)
    run = http.post(f"/schedules/{schedule['id']}/run-now")
    assert (run.status_code, run.json()["schedule_id"]) == (202, schedule["id"])
    read = server.http("read")
    assert wait_for_run(read, run.json()["id"])["state"] == "done"
    assert [found["id"] for found in read.get("/schedules/weekly/runs").json()["items"]] == [run.json()["id"]]
    assert http.delete(f"/schedules/{schedule['id']}").status_code == 204
    assert read.get("/schedules").json()["items"] == []
    assert read.get(f"/runs/{run.json()['id']}").json()["schedule_id"] is None


def test_a_run_now_keeps_to_the_budget_of_the_period(http):
    made(http, budget={"period": "month", "max_calls": 0})
    refused = http.post("/schedules/weekly/run-now")
    assert (refused.status_code, "nothing is left of the budget" in refused.json()["detail"]) == (409, True)


def test_a_schedule_that_is_due_is_run_by_whoever_keeps_time(server, http, runner):
    made_now = made(http, cron="* * * * *")
    with server.parts.store.writing() as session:
        schedule = session.get(Schedule, made_now["id"])
        schedule.next_run_at = schedule.created_at.replace(second=0, microsecond=0)
    read = server.http("read")
    wait_until(lambda: read.get("/schedules/weekly/runs").json()["items"])
    (run,) = read.get("/schedules/weekly/runs").json()["items"]
    http.delete("/schedules/weekly").raise_for_status()  # it would go on in other tests
    assert wait_for_run(read, run["id"])["state"] == "done"


def test_the_history_of_an_agent_has_its_score_in_each_scheduled_run(server, http, runner):
    made(http)
    read = server.http("read")
    ended = []
    for texts in (TEXTS["careful"], ["nothing to say"] * len(TEXTS["careful"])):
        submit(server.http("submit"), "careful", texts)
        ended.append(http.post("/schedules/weekly/run-now").json()["id"])
        wait_for_run(read, ended[-1])
    first = read.get("/agents/careful/history", params={"limit": 1}).json()
    second = read.get("/agents/careful/history", params={"limit": 1, "cursor": first["next"]}).json()
    points = first["items"] + second["items"]
    assert [point["run_id"] for point in points] == ended[::-1]
    assert [point["moved"] for point in points] == [True, None]
    board = {row["agent"]: row for row in read.get(f"/runs/{ended[0]}/leaderboard").json()["agents"]}
    assert {name: points[1][name] for name in ("rank", "score", "low", "high")} == {
        name: board["careful"][name] for name in ("rank", "score", "low", "high")
    }
    only = read.get("/agents/careful/history", params={"schedule": "weekly"}).json()["items"]
    assert only == points
    assert read.get("/agents/nobody/history").status_code == 404
    assert read.get("/agents/careful/history", params={"schedule": "none"}).status_code == 404
