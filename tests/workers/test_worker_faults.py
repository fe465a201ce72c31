"""Faults while workers carry out a run: it ends with the undisturbed leaderboard, and nothing is lost or paid twice.

The mock server's log is the witness: what was sent twice was under way when somebody was killed.
"""

import os
import random
import signal
import time

import pytest
from playing import check_undisturbed, wait_until

from elicit.mock_llm import Rule, serve

SEATS = 4  # the plan's calls at once
SLOWLY = Rule(delay_s=0.25)


def test_a_worker_killed_in_the_middle_of_a_slice(store, workers, started):
    first, _ = workers.worker(app="quick"), workers.worker(app="quick")
    workers.beat(app="quick")
    with serve([SLOWLY]) as server:
        run_id, expected = started(server)
        wait_until(lambda: len(server.requests()) > 10)
        os.killpg(first.pid, signal.SIGKILL)
        check_undisturbed(store, run_id, expected, server, sent_again=SEATS)


def test_every_message_delivered_twice_and_every_job_done_twice(store, workers, started):
    workers.worker(app="twice"), workers.worker(app="twice")
    with serve([SLOWLY]) as server:
        run_id, expected = started(server)
        check_undisturbed(store, run_id, expected, server)


def test_redis_restarted_with_nothing_in_it(store, workers, started, redis_server):
    workers.worker(app="quick")
    workers.beat(app="quick")
    with serve([SLOWLY]) as server:
        run_id, expected = started(server)
        wait_until(lambda: len(server.requests()) > 10)
        redis_server.restart(empty=True)
        check_undisturbed(store, run_id, expected, server)


def test_two_beats(store, workers, started):
    workers.worker(app="quick")
    workers.beat(app="quick"), workers.beat(app="quick")
    with serve([SLOWLY]) as server:
        run_id, expected = started(server)
        check_undisturbed(store, run_id, expected, server)


@pytest.mark.drill
@pytest.mark.parametrize("seed", range(5))
def test_workers_killed_again_and_again_at_any_moment(store, workers, started, seed):
    moments, kills = random.Random(seed), 8
    living = [workers.worker(app="quick") for _ in range(2)]
    workers.beat(app="quick")
    with serve([SLOWLY]) as server:
        run_id, expected = started(server, n_tasks=40)
        wait_until(lambda: len(server.requests()) > 10)
        for _ in range(kills):
            time.sleep(moments.uniform(0, 3))
            os.killpg(living.pop(0).pid, signal.SIGKILL)
            living.append(workers.worker(app="quick"))
        check_undisturbed(store, run_id, expected, server, sent_again=kills * SEATS, timeout_s=300)


@pytest.mark.drill
def test_redis_lost_again_and_again(store, workers, started, redis_server):
    workers.worker(processes=2, app="quick")
    workers.beat(app="quick")
    with serve([SLOWLY]) as server:
        run_id, expected = started(server, n_tasks=40)
        for seed in range(6):
            time.sleep(random.Random(seed).uniform(0, 4))
            redis_server.restart(empty=bool(seed % 2))
        check_undisturbed(store, run_id, expected, server, timeout_s=300)
