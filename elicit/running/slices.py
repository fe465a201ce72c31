"""A slice of asking: lease some requests of a run, have them answered, store what came, and leave the rest to others.

One rule: what was paid for is stored before anything else, however long the database is away; what was not asked is
given back. Any number of workers may be at slices of one run.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import chain
from time import monotonic
from typing import TypeVar

from sqlalchemy.orm import Session

from elicit.calls import Completion, Request
from elicit.errors import ElicitError, StoreError, UnknownHost
from elicit.local import budget_of
from elicit.running.advance import fail, tell
from elicit.running.engine import BEAT_S, Engine, OpenGateway, beating, new_owner, patiently
from elicit.services.asking import Stop
from elicit.services.budget import Bill, Budget, Ledger
from elicit.services.plan import BudgetSpec, Plan, plan_from
from elicit.store.service import items, runs

T = TypeVar("T")

LOOK_S = 0.5  # how soon a worker that asks notices that it is to stop


def ask_slice(engine: Engine, run_id: str) -> None:
    """Ask some requests of a running run, for about `slice_s`; then say who is to go on."""
    with engine.store.reading() as session:
        if runs.state(session, run_id) != "running":
            return
        plan = plan_from(runs.plan(session, run_id))
    piece = Slice(engine, run_id, new_owner(), plan)
    first = piece.lease()
    if not first:
        tell(engine, run_id, ask=False)  # others are at what is left
        return
    passed_on = piece.pass_on()
    try:
        stop, down = piece.ask(first)
    except StoreError:
        raise
    except UnknownHost as error:
        wait(engine, run_id, str(error))
        return
    except ElicitError as error:
        fail(engine, run_id, str(error))
        return
    finally:
        piece.release()
    go_on(piece, stop, down, ask=not passed_on)


@dataclass
class Slice:
    """One worker's part of a run; its leases stand under `owner`.

    `held` are the keys of requests that are leased and not answered, `served` other runs that wanted the same.
    """

    engine: Engine
    run_id: str
    owner: str
    plan: Plan
    held: set[str] = field(default_factory=set)
    served: set[str] = field(default_factory=set)

    def lease(self) -> list[Request]:
        """Lease a few requests: half of what is asked at once, so that the last ones go round.

        A clock that jumped ahead may have ended leases of this worker's own: what it holds it does not ask twice.
        """
        most = max(1, self.plan.limits.concurrency // 2)
        if self.engine.stopping():
            return []
        some = self._surely(lambda session: items.lease(session, self.run_id, self.owner, self.engine.now(), most))
        new = [request for request in some if request.key not in self.held]
        self.held |= {request.key for request in new}
        return new or (self.lease() if some else [])

    def pass_on(self) -> bool:
        """Tell another worker, where there is more to ask than this one has taken."""
        with self.engine.store.reading() as session:
            more = items.counts(session, self.run_id)["ready"] > 0
        if more:
            self.engine.dispatcher.nudge_ask(self.run_id)
        return more

    def ask(self, first: Sequence[Request]) -> tuple[Stop, dict[str, str]]:
        """Have requests answered, leasing more as there is room; why it stopped, and which providers were given up."""
        budget = PatientBudget(patiently(lambda: budget_of(self.plan, self.engine.store, self.run_id)))
        with self.engine.gateways.open(self.plan) as gateway, self.watched(gateway):
            requests = chain(first, self.more(gateway))
            stop = gateway.complete(requests, budget=budget, on_done=self.store)
            return stop, gateway.given_up()

    def more(self, gateway: OpenGateway) -> Iterator[Request]:
        """Requests, leased a few at a time, until none is free or a provider is down."""
        while not gateway.given_up() and (some := self.lease()):
            yield from some

    def store(self, answers: Sequence[tuple[Request, Completion]]) -> None:
        """Store answers and be done with their items."""
        now = self.engine.now()
        self.held -= {request.key for request, _ in answers}
        self.served |= self._surely(lambda session: items.finish(session, self.run_id, answers, now))

    def release(self) -> None:
        """Give back what was not asked."""
        self._surely(lambda session: items.release(session, self.run_id, self.owner))

    @contextmanager
    def watched(self, gateway: OpenGateway) -> Iterator[None]:
        """While the block runs, hold the leases, and stop the gateway when the slice is over or the run is."""
        over_at = monotonic() + self.engine.slice_s

        def look() -> None:
            if self.engine.stopping() or monotonic() >= over_at:
                gateway.interrupt()

        def hold() -> None:
            with self.engine.store.writing() as session:
                items.extend(session, self.run_id, self.owner, self.engine.now())
                if runs.state(session, self.run_id) != "running":
                    gateway.interrupt()

        with beating(look, LOOK_S), beating(hold, BEAT_S):
            yield

    def _surely(self, do: Callable[[Session], T]) -> T:
        """What a transaction returns, tried again while the database is away."""

        def once() -> T:
            with self.engine.store.writing() as session:
                return do(session)

        return patiently(once)


@dataclass
class PatientBudget:
    """A budget that waits for its database."""

    budget: Budget

    @property
    def spec(self) -> BudgetSpec:
        """Its limits."""
        return self.budget.spec

    @property
    def ledger(self) -> Ledger:
        """Its ledger as it was last seen."""
        return self.budget.ledger

    def settle_and_take(self, bills: Sequence[Bill], bounds: Sequence[float | None]) -> int:
        """Enter what was paid, and set aside what fits."""
        return patiently(lambda: self.budget.settle_and_take(bills, bounds))


def go_on(piece: Slice, stop: Stop, down: dict[str, str], *, ask: bool) -> None:
    """After a slice: have the run wait for its provider, be scored as it is, asked on or advanced."""
    engine, run_id = piece.engine, piece.run_id
    if down:
        wait(engine, run_id, "; ".join(f"{provider}: {why}" for provider, why in sorted(down.items())))
    elif stop == "budget":
        stop_asking(piece)
    else:
        tell(engine, run_id, ask=ask)
    for other in piece.served:
        tell(engine, other, ask=False)


def wait(engine: Engine, run_id: str, why: str) -> None:
    """Leave a run alone for a while; what failed while its provider was down is asked again then."""
    now = engine.now()
    with engine.store.writing() as session:
        wake_at = now + timedelta(seconds=engine.wake_s)
        if runs.move(session, run_id, "waiting", now, reason=f"provider down: {why}", wake_at=wake_at):
            items.ask_again(session, run_id, "failed")


def stop_asking(piece: Slice) -> None:
    """The budget does not allow another call: the run is scored as it is.

    Where others have calls under way, something may be left of what was set aside for those; they see to it.
    """
    with piece.engine.store.writing() as session:
        if items.counts(session, piece.run_id)["leased"]:
            return
        runs.stop_asking(session, piece.run_id, asdict(piece.plan.budget))
    piece.engine.dispatcher.nudge_advance(piece.run_id)
