"""What is remembered and told when a run ends: scores over time, and who moved by more than noise."""

import time
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

import pytest
from scheduled import AGENTS, SIX, World, demo_answers

from elicit.running.advance import advance_run
from elicit.running.starting import begin
from elicit.store.service import evaluations, history, runs, schedules
from elicit.store.service_models import Schedule

HOUR = timedelta(hours=1)


@pytest.fixture
def world(store):
    """A world with an hourly schedule, on a webhook that hears everything."""
    world = World(store, now=SIX - HOUR / 2)
    world.webhook()
    world.schedule()
    return world


def run_at(world, now):
    """The run of a due time, carried out; its id."""
    world.beat(now)
    return world.carry_out()


def test_the_scores_of_a_scheduled_run_enter_the_history_with_their_intervals(world):
    run_id = run_at(world, SIX)
    board = {row["agent"]: row for row in world.store.run(run_id).result["agents"]}
    with world.store.reading() as session:
        for agent in AGENTS:
            (point,) = history.of_agent(session, world.project, agent, None, None, 10)
            kept = (point.run_id, point.rank, point.score, point.low, point.high, point.moved)
            assert kept == (run_id, *(board[agent][name] for name in ("rank", "score", "low", "high")), None)


def test_an_agent_that_got_worse_has_moved_and_is_told_of_and_one_that_stayed_has_not(world):
    first = run_at(world, SIX)
    assert set(world.moved(run_at(world, SIX + HOUR)).values()) == {False}
    assert world.told("agent.moved") == []
    world.submit("careful", demo_answers("constant"))
    last = run_at(world, SIX + 2 * HOUR)
    assert world.moved(last)["careful"] is True
    told = {move["agent"]: move for move in world.told("agent.moved")}
    assert told.keys() == {agent for agent, moved in world.moved(last).items() if moved}
    careful = told["careful"]
    assert (careful["run"], careful["rank_change"] < 0, careful["p_adjusted"] <= 0.05) == (last, True, True)
    assert careful["before"] not in {first, last}


def test_the_end_of_every_run_is_told_of_with_the_reason(world):
    run_at(world, SIX)
    world.beat(SIX + HOUR)
    run = world.runs()[-1]
    with world.store.writing() as session:
        runs.claim(session, run.id, "owner", world.now)
        runs.move(session, run.id, "failed", world.now, reason="it broke")
        world.engine.ending(run.id, None)(session, runs.now_as(session, run.id))
    (finished,), (stopped,) = world.told("run.finished"), world.told("run.stopped")
    assert (finished["state"], finished["reason"]) == ("done", None)
    assert (stopped["run"], stopped["state"], stopped["reason"]) == (run.id, "failed", "it broke")
    assert stopped["schedule_id"] == finished["schedule_id"] == run.schedule_id


def test_a_run_of_no_schedule_has_an_end_and_no_history(world):
    with world.store.writing() as session:
        evaluation = evaluations.find(session, world.project, "e")
        begin(session, evaluation, run_id=world.new_id(), epoch="", now=world.now)
    run_id = world.carry_out()
    assert [told["run"] for told in world.told("run.finished")] == [run_id]
    assert world.moved(run_id) == {}


def test_a_schedule_is_deleted_while_a_run_of_it_ends(world):
    world.beat(SIX)
    (run,) = world.runs()
    advance_run(world.engine, run.id)
    world.beat(SIX + HOUR)
    last = world.runs()[-1]
    about_to = Event()

    def delete():
        about_to.set()
        with world.store.writing() as session:
            schedules.forget(session, session.get(Schedule, last.schedule_id))

    deleting = Thread(target=delete)

    def ending(run_id, ranked):
        on_end = world.engine.ending(run_id, ranked)

        def end_slowly(session, ended):
            deleting.start()
            about_to.wait()
            time.sleep(0.3)  # the other waits for us by now
            on_end(session, ended)

        return end_slowly

    advance_run(replace(world.engine, ending=ending), last.id)
    deleting.join()
    ended = world.runs()[-1]
    assert (ended.state, ended.schedule_id) == ("done", None)
    assert world.moved(last.id)["careful"] is False
