"""Advancing a run: replay its plan on the stored answers, and enter what is missing as work, or end the run.

One rule: advancing asks nothing. It may be done again at any moment, and does then what is left to do.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from elicit.calls import Completion, Request
from elicit.errors import ElicitError, StoreError
from elicit.local import StoredCompletions, as_record, budget_of, run_and_rank
from elicit.running.engine import BEAT_S, Engine, Ranked, beating, new_owner
from elicit.services.asking import Ports, Stop
from elicit.services.budget import Budget
from elicit.services.plan import plan_from
from elicit.store.completions import portions
from elicit.store.service import items, runs

ITEMS_AT_ONCE = 200


class Waiting(ElicitError):
    """The run waits for answers that workers are to ask for."""


@dataclass
class Enqueuing:
    """A gateway that asks nothing: what is missing becomes work items, and `Waiting` is raised until they are over.

    With `spent` the budget is at its end: nothing is entered.
    """

    engine: Engine
    run_id: str
    spent: bool

    def complete(
        self,
        requests: Iterable[Request],
        *,
        budget: Budget,
        on_done: Callable[[Sequence[tuple[Request, Completion]]], None],
    ) -> Stop:
        """Enter the requests."""
        if self.spent:
            return "budget"
        number = waiting = 0
        for some in portions(requests, ITEMS_AT_ONCE):
            with self.engine.store.writing() as session:
                waiting += items.enqueue(session, self.run_id, some, first=number)
            number += len(some)
        if waiting:
            raise Waiting(f"run {self.run_id} waits for {waiting} answers")
        return "done"


@dataclass
class Stage:
    """What is being asked: the stage that was told of last."""

    name: str = ""
    total: int = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note."""
        self.name, self.total = stage, total


def advance_run(engine: Engine, run_id: str) -> None:
    """Take a run as far as its stored answers go: to the next requests, to its end, or to the error that fails it."""
    owner = new_owner()
    with engine.store.writing() as session:
        run = runs.claim(session, run_id, owner, engine.now())
    if run is None:
        return

    def still_here() -> None:
        with engine.store.writing() as session:
            runs.hold_claim(session, run_id, owner, engine.now())

    stage = Stage()
    with beating(still_here, BEAT_S):
        try:
            replay(engine, run_id, owner, stage, spent=run.reason == runs.BUDGET)
        except Waiting:
            leave(engine, run_id, owner, stage)
        except StoreError:
            raise  # nothing is wrong with the run: it is taken up again when the database is back
        except ElicitError as error:
            end(engine, run_id, "failed", str(error), owner=owner)


def replay(engine: Engine, run_id: str, owner: str, stage: Stage, *, spent: bool) -> None:
    """Replay a run's plan to its end; raises `Waiting` where answers are missing that are to be asked for."""
    with engine.store.reading() as session:
        plan = plan_from(runs.plan(session, run_id))
    gateway = Enqueuing(engine, run_id, spent)
    ports = Ports(gateway, StoredCompletions(engine.store, run_id), budget_of(plan, engine.store, run_id), stage)
    stop, ranking, document = run_and_rank(plan, ports)
    ranked = None
    if ranking is not None and document is not None:
        ranked = ranking.evaluation, as_record(ranking, document, run_id)
    if stop == "done":
        end(engine, run_id, "done", None, ranked, owner=owner)
    else:
        end(engine, run_id, "stopped", runs.BUDGET, ranked, owner=owner)


def end(
    engine: Engine,
    run_id: str,
    state: str,
    reason: str | None,
    ranked: Ranked | None = None,
    owner: str | None = None,
) -> None:
    """End a run, with its leaderboard, in one transaction; nothing is done where somebody else has ended it."""
    on_end = engine.ending(run_id, ranked)
    with engine.store.writing() as session:
        if not runs.move(session, run_id, state, engine.now(), reason=reason, owner=owner):
            return
        if ranked is not None:
            runs.keep_leaderboard(session, *ranked)
        on_end(session, runs.now_as(session, run_id))


def fail(engine: Engine, run_id: str, why: str) -> None:
    """End a run that cannot go on."""
    end(engine, run_id, "failed", why)


def leave(engine: Engine, run_id: str, owner: str, stage: Stage) -> None:
    """Let workers ask what the run waits for; where they were so fast that nothing is left, go on."""
    with engine.store.writing() as session:
        runs.set_stage(session, run_id, stage.name, stage.total)
        runs.give_up_claim(session, run_id, owner)
    tell(engine, run_id)


def tell(engine: Engine, run_id: str, *, ask: bool = True) -> None:
    """Nudge whoever can take a run further: to ask what is ready (unless `ask` is false), or, where all is over, to
    advance it."""
    with engine.store.reading() as session:
        if runs.state(session, run_id) != "running":
            return
        counts = items.counts(session, run_id)
    if not (counts["ready"] or counts["leased"]):
        engine.dispatcher.nudge_advance(run_id)
    elif counts["ready"] and ask:
        engine.dispatcher.nudge_ask(run_id)
