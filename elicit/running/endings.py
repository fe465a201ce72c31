"""What happens besides when a run ends: its scores enter the history, and webhooks hear of it.

One rule: all of it is written in the transaction that ends the run; what takes long is worked out before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from elicit.local import board
from elicit.running.engine import OnEnd, Ranked
from elicit.services.alerts import has_moved, move_document, moves_between
from elicit.services.compare import Move
from elicit.store import Ids, RunRecord, Session, Store, rows
from elicit.store.service import history, runs, webhooks
from elicit.store.service_models import ServiceRun


@dataclass(frozen=True)
class Since:
    """How each agent moved since the run `before`, by name."""

    before: str = ""
    moves: Mapping[str, Move] = field(default_factory=dict)


@dataclass(frozen=True)
class Endings:
    """Called before a run is ended, with what it has ranked; gives what is to be written when it is."""

    store: Store
    ids: Ids

    def __call__(self, run_id: str, ranked: Ranked | None) -> OnEnd:
        """Compare a run with the last one of its schedule."""
        return partial(self.write, ranked and ranked[1], self.since_last(run_id, ranked) if ranked else Since())

    def since_last(self, run_id: str, ranked: Ranked) -> Since:
        """How each agent moved; nothing where there is no run to compare with."""
        evaluation, record = ranked
        with self.store.reading() as session:
            schedule_id = runs.now_as(session, run_id).schedule_id
            before = schedule_id and history.last_run(session, schedule_id)
            if not before:
                return Since()
            earlier = rows.record(session, before)
            last = board(earlier, *rows.names(session, earlier.input_hash))
        now = board(record, evaluation.agents, tuple(task.id for task in evaluation.tasks))
        return Since(before, moves_between(last, now, seed=record.result["seed"]))

    def write(self, record: RunRecord | None, since: Since, session: Session, run: ServiceRun) -> None:
        """Write the history of a scheduled run that is done, and tell of its end and of agents that moved."""
        now = run.finished_at or run.created_at
        if record is not None and run.state == "done" and run.schedule_id is not None:
            history.record(session, run, record, {name: has_moved(move) for name, move in since.moves.items()}, now)
            for move in since.moves.values():
                if move.beyond_noise:
                    data = move_document(move, run=run.id, before=since.before, schedule=run.schedule_id)
                    webhooks.tell(session, run.project_id, "agent.moved", data, now=now, ids=self.ids)
        webhooks.tell_end(session, run, now=now, ids=self.ids)
