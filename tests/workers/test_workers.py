"""Runs carried out by Celery's workers, as an operator starts them."""

from playing import asked, board, queued_run, small_plan, undisturbed, wait_for

from elicit.mock_llm import Rule, serve


def test_a_run_is_carried_out_by_workers(store, workers, dispatcher, tmp_path):
    workers.worker(processes=2)
    with serve([Rule(delay_s=0.05)]) as server:
        plan = small_plan(server.url)
        expected = undisturbed(plan, tmp_path)
        server.reset()
        run_id = queued_run(store, plan)
        dispatcher.nudge_advance(run_id)
        assert wait_for(store, run_id).state == "done"
        assert set(asked(server).values()) == {1}
    assert board(store.run(run_id).result) == expected
