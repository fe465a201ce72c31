"""Faults while a run is carried out in one process: it ends with the undisturbed leaderboard, paying nothing twice."""

import json
import subprocess
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from playing import check_undisturbed, engine_on, queued_run, small_plan, undisturbed, utc_now, wait_for, wait_until
from ports import free_port

import elicit
from elicit.mock_llm import Rule, serve
from elicit.running.runner import InProcessRunner
from elicit.services.plan import plan_document
from elicit.store import Store

CHECKOUT = Path(elicit.__file__).parents[1]
SLOWLY = Rule(delay_s=0.2)
SEATS = 4  # the plan's calls at once


def test_the_llm_server_down_for_a_while(store, engine, started, tmp_path):
    with ExitStack() as first:
        port = free_port()
        server = first.enter_context(serve([SLOWLY], port=port))
        plan, expected = small_plan(server.url), undisturbed(tmp_path)
        with InProcessRunner(engine, tick_s=0.2):
            run_id = started(plan)
            wait_until(lambda: len(server.requests()) > 10)
            first.close()
            assert "provider down" in wait_for(store, run_id, "waiting").reason
            with serve([SLOWLY], port=port) as again:
                check_undisturbed(store, run_id, expected, server, again, sent_again=SEATS)


@pytest.mark.parametrize("jump", [timedelta(hours=2), -timedelta(hours=2)], ids=["forward", "back"])
def test_a_clock_that_jumps(store, tmp_path, jump):
    ahead = timedelta()
    with serve([SLOWLY]) as server:
        plan, expected = small_plan(server.url), undisturbed(tmp_path)
        with engine_on(store, now=lambda: utc_now() + ahead) as engine, InProcessRunner(engine, tick_s=0.2):
            run_id = queued_run(store, plan)
            wait_until(lambda: len(server.requests()) > 10)
            ahead = jump
            check_undisturbed(store, run_id, expected, server)


FILLS = """
import json, resource, sys, time
from playing import engine_on, queued_run, run_row, wait_for, wait_until
from elicit.running.runner import InProcessRunner
from elicit.services.plan import plan_from
from elicit.store import Store

address, plan = sys.argv[1], plan_from(json.loads(sys.argv[2]))
with Store.open(address) as store, engine_on(store) as engine, InProcessRunner(engine, tick_s=0.2):
    run_id = queued_run(store, plan)
    wait_until(lambda: store.ledger(run_id).paid.calls > 8)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    time.sleep(0.5)
    paid = store.ledger(run_id).paid.calls
    time.sleep(1.5)
    print(run_row(store, run_id).state, store.ledger(run_id).paid.calls - paid)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    wait_for(store, run_id, "done")
    print(run_id)
"""


def test_a_disk_that_is_full_for_a_while(sqlite_address, tmp_path):
    with serve([SLOWLY]) as server:
        plan, expected = small_plan(server.url), undisturbed(tmp_path)
        words = [sqlite_address, json.dumps(plan_document(plan))]
        command = [sys.executable, "-c", FILLS, *words]
        done = subprocess.run(command, cwd=CHECKOUT / "tests", capture_output=True, text=True, timeout=120)
        state, entered, run_id = done.stdout.split()
        assert (state, entered) == ("running", "0")  # nothing could be written
        with Store.open(sqlite_address) as store:
            check_undisturbed(store, run_id, expected, server)
