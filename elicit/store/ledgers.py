"""The ledgers of runs as rows: what was paid, and what may have been.

One rule: a ledger changes under a lock on its row, so that all processes of a run share one budget.

A worker that has leased some requests of a run needs no more than

    budget = StoredBudget(store, run_id, plan.budget)
    stop = gateway.complete(requests, budget=budget, on_done=completions.put)

"budget" means that nothing more fits while others' calls are set aside; when those are over, some may fit again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from elicit.errors import StoreError
from elicit.services.budget import NOTHING, Bill, Ledger, Sum
from elicit.services.plan import BudgetSpec
from elicit.store import completions
from elicit.store.models import StoredLedger

if TYPE_CHECKING:
    from elicit.store.store import Store


COLUMNS = ("paid_calls", "paid_cost", "paid_unpriced", "held_calls", "held_cost", "held_unpriced")
# Written once: they are carried out for every few calls, and to put them together takes as long as to carry them out.
OF_RUN = StoredLedger.run_id == bindparam("of_run")
FIND = select(*(getattr(StoredLedger, name) for name in COLUMNS)).where(OF_RUN)
LOCK = FIND.with_for_update()
WRITE = update(StoredLedger).where(OF_RUN).values({name: bindparam(name) for name in COLUMNS})


def start_plan(session: Session, run_id: str, plan: Mapping[str, Any], now: datetime, ledger: Ledger = NOTHING) -> None:
    """Store a plan that is about to be carried out, and open its ledger: with what was paid for it in another run."""
    completions.add_plan(session, run_id, plan, now)
    session.flush()  # the ledger refers to it
    session.execute(insert(StoredLedger).values(run_id=run_id, **columns(ledger)))


def find(session: Session, run_id: str, *, lock: bool = False) -> Ledger:
    """A run's ledger; with `lock` nobody else changes it until the transaction ends (SQLite's writers wait anyway)."""
    found = session.execute(LOCK if lock else FIND, {"of_run": run_id}).first()
    if found is None:
        raise StoreError(f"run {run_id} has no ledger: it was never started")
    return Ledger(paid=Sum(*found[:3]), held=Sum(*found[3:]))


def write(session: Session, run_id: str, ledger: Ledger) -> None:
    """Write a ledger that was found under a lock."""
    session.connection().execute(WRITE, {"of_run": run_id, **columns(ledger)})


def columns(ledger: Ledger) -> dict[str, float]:
    """A ledger by column."""
    values = [getattr(part, name) for part in (ledger.paid, ledger.held) for name in ("calls", "cost", "unpriced")]
    return dict(zip(COLUMNS, values, strict=True))


@dataclass
class StoredBudget:
    """The budget of a run, shared by all processes that work on it; each brings the limit, the ledger is stored."""

    store: "Store"
    run_id: str
    spec: BudgetSpec

    def __post_init__(self) -> None:
        self.ledger = self.store.ledger(self.run_id)

    def settle_and_take(self, over: Sequence[Bill], bounds: Sequence[float | None]) -> int:
        """Enter what was paid, and set aside what fits, in one transaction."""
        with self.store.locked_ledger(self.run_id, self.spec) as budget:
            fitting = budget.settle_and_take(over, bounds)
        self.ledger = budget.ledger
        return fitting
