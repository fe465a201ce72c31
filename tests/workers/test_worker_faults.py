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


def stopped_while_it_waits(worker, redis_server):
    """Whether the worker is stopped while it waits for a message and is not yet done with another; else it goes on."""
    os.kill(worker.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, worker.pid, os.WSTOPPED)
    if redis_server.waited_for() and redis_server.delivered():
        return True
    os.kill(worker.pid, signal.SIGCONT)
    return False


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


def test_redis_gone_and_first_missed_where_commands_come_in(store, workers, started, redis_server):
    worker = workers.worker(processes=2, app="quick")
    workers.beat(app="quick")
    with serve([SLOWLY]) as server:
        run_id, expected = started(server)
        wait_until(lambda: stopped_while_it_waits(worker, redis_server))
        redis_server.cut("pubsub")
        redis_server.stop()
        os.kill(worker.pid, signal.SIGCONT)
        wait_until(lambda: "Trying again" in workers.said() or worker.poll() is not None)
        assert worker.poll() is None
        redis_server.start()
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
