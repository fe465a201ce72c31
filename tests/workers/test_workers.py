"""Runs carried out by Celery's workers, as an operator starts them."""

from playing import check_undisturbed, wait_until

from elicit.mock_llm import Rule, serve

SLOWLY = Rule(delay_s=0.25)


def test_a_run_is_carried_out_by_all_workers_at_once(store, workers, started):
    workers.worker(processes=2)
    with serve([SLOWLY]) as server:
        run_id, expected = started(server)
        check_undisturbed(store, run_id, expected, server)
    assert workers.said().count("elicit.ask_slice") > 4


def test_a_worker_told_to_stop_finishes_its_calls_and_gives_back_the_rest(store, workers, started):
    worker = workers.worker(app="quick")
    with serve([SLOWLY]) as server:
        run_id, expected = started(server)
        wait_until(lambda: len(server.requests()) > 10)
        worker.terminate()
        assert worker.wait(timeout=20) == 0
        asked_so_far = len(server.requests())
        assert store.ledger(run_id).paid.calls == asked_so_far
        workers.worker(app="quick")
        workers.beat(app="quick")
        check_undisturbed(store, run_id, expected, server)
        assert asked_so_far < len(server.requests())
