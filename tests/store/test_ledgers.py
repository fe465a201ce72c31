"""A run's ledger: shared by all processes that work on the run, and true whatever happens to them."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from elicit.errors import InvalidInput, StoreError
from elicit.services.budget import Bill, Ledger, Sum
from elicit.services.plan import BudgetSpec
from elicit.store import Store, StoredBudget

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def budget_of(store):
    """A function that gives the budget of one run, as another process would open it."""
    store.start_plan("run", {"name": "plan"}, NOW)
    return lambda **limits: StoredBudget(store, "run", BudgetSpec(**limits))


def test_what_is_set_aside_and_paid_is_seen_by_every_process(budget_of):
    ours, theirs = budget_of(max_cost=1.0), budget_of(max_cost=1.0)
    assert ours.settle_and_take([], [0.4, 0.4]) == 2
    assert theirs.settle_and_take([], [0.4]) == 0
    ours.settle_and_take([Bill(0.4, 0.1), Bill(0.4, 0.1)], [])
    assert theirs.settle_and_take([], [0.4]) == 1
    assert theirs.ledger == budget_of().ledger == Ledger(Sum(2, 0.2), Sum(1, 0.4))


def test_what_was_set_aside_and_never_settled_stays_so(budget_of, store, address):
    budget_of().settle_and_take([], [0.3, None])
    with Store.open(address) as reopened:
        assert reopened.ledger("run").held == Sum(2, 0.3, unpriced=1)
        assert reopened.ledger("run").held.known_cost is None


def test_near_the_end_as_many_calls_go_as_fit(budget_of):
    budget = budget_of(max_cost=1.0)
    assert budget.settle_and_take([], [0.3] * 5) == 3
    assert budget_of(max_calls=7).settle_and_take([], [0.3] * 5) == 4


def test_a_call_that_was_not_made_counts_for_nothing(budget_of):
    budget = budget_of()
    budget.settle_and_take([], [0.3])
    budget.settle_and_take([Bill(0.3, made=False)], [])
    assert budget.ledger == Ledger()


def test_another_limit_counts_what_was_paid_before(budget_of):
    small = budget_of(max_calls=2)
    assert small.settle_and_take([], [None] * 3) == 2
    assert budget_of(max_calls=5).settle_and_take([], [None] * 9) == 3


def test_an_unknown_price_is_refused_and_changes_nothing(budget_of):
    budget = budget_of(max_cost=1.0)
    with pytest.raises(InvalidInput, match="needs a price"):
        budget.settle_and_take([], [0.1, None])
    assert budget_of().ledger == Ledger()


def test_a_run_that_was_never_started_has_no_ledger(store):
    with pytest.raises(StoreError, match="run nobody has no ledger"):
        StoredBudget(store, "nobody", BudgetSpec())


def test_what_another_run_has_paid_can_be_carried_over(store):
    store.start_plan("again", {"name": "plan"}, NOW, Ledger(paid=Sum(3, 0.5)))
    assert store.ledger("again").paid == Sum(3, 0.5)


SPENDS = """
import sys
from elicit.services.budget import Bill
from elicit.services.plan import BudgetSpec
from elicit.store import Store, StoredBudget

with Store.open(sys.argv[1]) as store:
    budget, paid = StoredBudget(store, "run", BudgetSpec(max_cost=60.0)), 0
    print("ready", flush=True)
    input()
    while granted := budget.settle_and_take([], [1.0] * 3):
        budget.settle_and_take([Bill(1.0, 0.5)] * granted, [])
        paid += granted
print(paid)
"""


def test_processes_that_spend_at_once_do_not_pass_the_limit(budget_of, address):
    budget = budget_of()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([sys.executable, "-c", SPENDS, address], **pipes) for _ in range(3)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    paid = sum(int(worker.communicate(timeout=60)[0]) for worker in workers)
    assert budget.store.ledger("run") == Ledger(paid=Sum(paid, paid * 0.5))
    assert 60 - 3 * 3 < paid * 0.5 <= 60
