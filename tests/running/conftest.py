"""An engine of this process, on a store of each kind in turn."""

import pytest
from playing import engine_on, queued_run


@pytest.fixture
def engine(store):
    """An engine whose runs wait for a lost provider for a moment only."""
    with engine_on(store, wake_s=0.3) as engine:
        yield engine


@pytest.fixture
def started(store, engine):
    """A function that queues a run of a plan and tells the runner; returns its id."""

    def start(plan):
        run_id = queued_run(store, plan)
        engine.dispatcher.nudge_advance(run_id)
        return run_id

    return start
