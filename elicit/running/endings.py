"""What happens besides when a run ends: its scores enter the history, and webhooks hear of it.

One rule: all of it is written in the transaction that ends the run.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from elicit.local import board
from elicit.services.alerts import has_moved, move_document, moves_between
from elicit.services.compare import Move
from elicit.store import Ids, RunRecord, Session, rows
from elicit.store.service import history, webhooks
from elicit.store.service_models import ServiceRun


@dataclass(frozen=True)
class Endings:
    """To be called when a run has ended, with its leaderboard if there is one."""

    ids: Ids

    def __call__(self, session: Session, run: ServiceRun, record: RunRecord | None) -> None:
        """Write the history of a scheduled run that is done, and tell of its end and of agents that moved."""
        now = run.finished_at
        if now is None:
            return
        if record is not None and run.state == "done" and run.schedule_id is not None:
            before = history.last_run(session, run.schedule_id)
            moves = since(session, before, record)
            history.record(session, run, record, {agent: has_moved(move) for agent, move in moves.items()}, now)
            for move in moves.values():
                if before is not None and move.beyond_noise:
                    data = move_document(move, run=run.id, before=before, schedule=run.schedule_id)
                    webhooks.tell(session, run.project_id, "agent.moved", data, now=now, ids=self.ids)
        webhooks.tell_end(session, run, now=now, ids=self.ids)


def since(session: Session, before: str | None, record: RunRecord) -> Mapping[str, Move]:
    """How each agent moved since the run before."""
    if before is None:
        return {}
    earlier = rows.record(session, before)
    boards = (board(run, *rows.names(session, run.input_hash)) for run in (earlier, record))
    return moves_between(*boards, seed=record.result["seed"])
