"""Runs carried out by threads of one process: to the same leaderboard, paying for nothing twice, on either database."""

from dataclasses import replace

import pytest
from plan_commands import scores
from playing import (
    asked,
    counted,
    engine_on,
    queued_run,
    run_row,
    small_plan,
    undisturbed,
    utc_now,
    wait_for,
    wait_until,
)

from elicit.errors import Conflict, ElicitError
from elicit.mock_llm import Rule, serve
from elicit.running.runner import InProcessRunner
from elicit.services.plan import AgentSpec, ScorerSpec
from elicit.store import Store
from elicit.store.service import runs


@pytest.fixture
def runner(engine):
    """A runner that ticks often."""
    with InProcessRunner(engine, tick_s=0.2) as runner:
        yield runner


def test_a_run_ends_with_the_leaderboard_of_a_run_by_hand(store, started, runner, tmp_path):
    with serve() as server:
        plan, expected = small_plan(server.url), undisturbed(tmp_path)
        run_id = started(plan)
        assert wait_for(store, run_id).state == "done"
        assert set(asked(server).values()) == {1}
        assert scores(store.run(run_id).result) == expected


def test_a_run_that_nobody_was_told_of_is_found(store, runner):
    with serve() as server:
        assert wait_for(store, queued_run(store, small_plan(server.url))).state == "done"


def test_two_runs_of_the_same_plan_at_once_ask_each_request_once(store, started, runner):
    with serve([Rule(delay_s=0.05)]) as server:
        plan = small_plan(server.url)
        both = [started(plan), started(plan)]
        assert [wait_for(store, run_id).state for run_id in both] == ["done", "done"]
        assert set(asked(server).values()) == {1}
        assert len({str(scores(store.run(run_id).result)) for run_id in both}) == 1


def test_a_plan_that_calls_no_model_is_ranked_at_once(store, started, runner):
    with serve() as server:
        whole = small_plan(server.url)
        texts = {agent: f"the answer of {agent} is" for agent in ("ada", "bob", "cyd")}
        agents = tuple(
            AgentSpec(name, answers=tuple((task.id, f"{text} {task.prompt}") for task in whole.tasks))
            for name, text in texts.items()
        )
        run_id = started(replace(whole, agents=agents, scorer=ScorerSpec("lexical")))
        assert wait_for(store, run_id).state == "done"
        assert server.requests() == []


def test_a_spent_budget_stops_a_run_which_goes_on_with_a_larger_one(store, started, runner, engine):
    with serve() as server:
        plan = small_plan(server.url, budget={"max_calls": 40})
        run_id = started(plan)
        stopped = wait_for(store, run_id)
        assert (stopped.state, stopped.reason, len(server.requests())) == ("stopped", "budget", 40)
        assert "stopped early" in str(store.run(run_id).result["diagnostics"])
        with store.writing() as session:
            runs.resume(session, stopped.project_id, run_id, utc_now(), budget={"max_calls": 1000, "max_cost": None})
        engine.dispatcher.nudge_advance(run_id)
        assert wait_for(store, run_id, "done").reason is None
        assert set(asked(server).values()) == {1}
        assert "stopped early" not in str(store.run(run_id).result["diagnostics"])


def test_a_cancelled_run_asks_no_more_and_can_be_taken_up_again(store, started, runner, engine):
    with serve([Rule(delay_s=0.2)]) as server:
        run_id = started(small_plan(server.url))
        wait_until(lambda: len(server.requests()) > 3)
        with store.writing() as session:
            runs.cancel(session, run_row(store, run_id).project_id, run_id, utc_now())
        wait_until(lambda: not counted(store, run_id)["leased"])
        asked_so_far = len(server.requests())
        assert run_row(store, run_id).state == "cancelled"
        with store.writing() as session:
            runs.resume(session, run_row(store, run_id).project_id, run_id, utc_now())
        engine.dispatcher.nudge_advance(run_id)
        assert wait_for(store, run_id, "done").state == "done"
        assert asked_so_far < len(server.requests())
        assert set(asked(server).values()) == {1}


def test_a_run_that_is_done_can_be_neither_cancelled_nor_resumed(store, started, runner):
    with serve() as server:
        run_id = started(small_plan(server.url))
        project_id = wait_for(store, run_id, "done").project_id
    for change in (runs.cancel, runs.resume, runs.retry_failed):
        with store.writing() as session, pytest.raises(Conflict, match=f"run {run_id} is done"):
            change(session, project_id, run_id, utc_now())


def test_what_failed_is_asked_again_when_it_is_told_to(store, started, runner, engine):
    broken = Rule(model="mock-hurried", status=400, times=2)
    with serve([broken]) as server:
        run_id = started(small_plan(server.url, budget={"max_calls": 15}))
        project_id = wait_for(store, run_id, "stopped").project_id
        assert counted(store, run_id)["failed"] == 2
        with store.writing() as session:
            runs.retry_failed(session, project_id, run_id, utc_now())
        assert counted(store, run_id)["failed"] == 0


def test_a_run_waits_while_its_provider_is_down_and_then_goes_on(store, started, runner):
    with serve([Rule(status=503, times=14)]) as server:
        run_id = started(small_plan(server.url))
        assert "provider down" in wait_for(store, run_id, "waiting").reason
        assert wait_for(store, run_id, "done").reason is None
        assert counted(store, run_id)["failed"] == 0
        assert "None" not in str(scores(store.run(run_id).result))


def test_a_missing_key_fails_the_run_and_says_which(store, started, runner):
    with serve() as server:
        plan = small_plan(server.url)
    agents = (replace(plan.agents[0], model="groq/llama", api_base=None), *plan.agents[1:])
    run = wait_for(store, started(replace(plan, agents=agents)))
    assert (run.state, "GROQ_API_KEY" in run.reason) == ("failed", True)


def test_a_runner_that_stops_keeps_what_is_under_way_and_gives_back_the_rest(store, engine, started):
    with serve([Rule(delay_s=0.3)]) as server:
        with InProcessRunner(engine):
            run_id = started(small_plan(server.url))
            wait_until(lambda: len(server.requests()) >= 4)
        asked_so_far = len(server.requests())
        assert counted(store, run_id)["leased"] == 0
        assert store.ledger(run_id).paid.calls == asked_so_far
        with InProcessRunner(engine):
            assert wait_for(store, run_id).state == "done"
        assert set(asked(server).values()) == {1}


def test_a_second_runner_on_a_file_is_refused(sqlite_address):
    with Store.open(sqlite_address) as store, engine_on(store) as engine:
        with (
            InProcessRunner(engine),
            pytest.raises(ElicitError, match="another elicit server carries out the runs of this file"),
        ):
            InProcessRunner(engine).start()
        with InProcessRunner(engine):
            pass  # the first has let go of it
