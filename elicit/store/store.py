"""The store of runs, of the inputs they read and of the answers that were paid for, in SQLite or PostgreSQL.

One rule: a run is stored whole or not at all, and a paid answer at once.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL, Engine, exists, select
from sqlalchemy.orm import Session

from elicit.calls import Completion, Request
from elicit.errors import InvalidInput, StoreError, UnknownRun
from elicit.services.budget import NOTHING, Ledger, LocalBudget
from elicit.services.plan import BudgetSpec
from elicit.settings import Settings
from elicit.store import codec, completions, ledgers, rows, schema
from elicit.store.engine import connect, database_url, make_directory, place, sqlite_file, told_plainly, writer
from elicit.store.models import Input, InputBlock, PlanRun, Run
from elicit.store.records import PlanSummary, RunRecord, RunSummary
from elicit.types import Evaluation


class Store:
    """Runs and their inputs. Open one with `Store.open`; close it, or use it in a `with` statement.

    Every method raises `StoreError` where the database cannot be reached, read or written.
    """

    def __init__(self, url: URL, engine: Engine) -> None:
        self._url = url
        self._engine = engine

    @classmethod
    def open(cls, address: str | None = None) -> Self:
        """Open the database at a `sqlite:///FILE` or `postgresql://...` address, by default the one of the settings.

        A new or older database is brought up to date first; a SQLite file that holds something is then copied aside.
        """
        url = database_url(address or Settings.from_environment(os.environ).database_url)
        make_directory(url)
        with told_plainly(url):
            schema.bring_up_to_date(url)
        return cls(url, connect(url))

    @property
    def file(self) -> Path | None:
        """The SQLite file, `None` for PostgreSQL."""
        return sqlite_file(self._url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def save(self, evaluation: Evaluation, run: RunRecord) -> None:
        """Store a run, and the evaluation it ranked unless that is stored already, in one transaction.

        Raises `InvalidInput` where the run names another input than this one.
        """
        if run.input_hash != codec.content_hash(evaluation):
            raise InvalidInput(f"run {run.id} is of another input than the one to be stored with it")
        with self.writing() as session:
            rows.add_input(session, evaluation, run)
            rows.add_run(session, run)

    def runs(self, limit: int | None = None) -> list[RunSummary]:
        """The stored runs, newest first, at most `limit` of them."""
        with self.reading() as session:
            return rows.summaries(session, limit)

    def run(self, reference: str) -> RunRecord:
        """The run with this id, or the only one whose id begins so; "latest" is the newest.

        Raises `UnknownRun`, naming ids like it, where there is none or more than one.
        """
        with self.reading() as session:
            return rows.record(session, self._find_run(session, reference))

    def evaluation(self, input_hash: str) -> Evaluation:
        """A stored input. Its sources and notes are empty: they stand with the runs that read it."""
        with self._transaction(self._engine) as session:
            kind, head = self._find_input(session, input_hash)
            content = select(InputBlock.content).where(InputBlock.input_hash == input_hash)
            blocks = session.scalars(content.order_by(InputBlock.first_task).execution_options(yield_per=1))
            return codec.evaluation_from(kind, head, map(codec.unpack, blocks))

    def names(self, input_hash: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The agents and the ids of the tasks of a stored input, in its order, read without its content."""
        with self.reading() as session:
            return rows.names(session, input_hash)

    def task(self, input_hash: str, task_id: str) -> Evaluation:
        """A stored input cut down to one task, read without the others.

        Of pair scores it has the rows about this task; the tasks that these contrast it with follow, by id alone.
        Raises `InvalidInput` naming ids like it where the input has no such task.
        """
        with self._transaction(self._engine) as session:
            kind, head = self._find_input(session, input_hash)
            index = codec.task_index(head, task_id)
            block = select(InputBlock.first_task, InputBlock.content)
            block = block.where(InputBlock.input_hash == input_hash, InputBlock.first_task <= index)
            first, content = session.execute(block.order_by(InputBlock.first_task.desc()).limit(1)).one()
            return codec.task_from(kind, head, codec.unpack(content), first=first, index=index)

    def completions(self, keys: Iterable[str]) -> dict[str, Completion]:
        """The stored answers among these keys, by key."""
        with self.reading() as session:
            return completions.find(session, keys)

    def add_completions(self, run_id: str, answers: Sequence[tuple[Request, Completion]], now: datetime) -> None:
        """Store what a run paid for, in one transaction; a later answer takes the place of an earlier."""
        with self.writing() as session:
            completions.add(session, run_id, answers, now)

    def start_plan(self, run_id: str, plan: Mapping[str, Any], now: datetime, ledger: Ledger = NOTHING) -> None:
        """Store a plan, as JSON values, before its first call; the run that finishes it will have the same id.

        `ledger` is what was paid for it before, in another run.
        """
        with self.writing() as session:
            ledgers.start_plan(session, run_id, plan, now, ledger)

    def ledger(self, run_id: str) -> Ledger:
        """What a started run has paid, and what is set aside for calls that are not over or may have been paid."""
        with self.reading() as session:
            return ledgers.find(session, run_id)

    @contextmanager
    def locked_ledger(self, run_id: str, limit: BudgetSpec) -> Iterator[LocalBudget]:
        """A run's budget to change: nobody else changes it meanwhile, and it is stored when the block ends."""
        with self.writing() as session:
            budget = LocalBudget(limit, ledgers.find(session, run_id, lock=True))
            yield budget
            ledgers.write(session, run_id, budget.ledger)

    def plan(self, reference: str, *, unfinished: bool = False) -> tuple[str, dict[str, Any]]:
        """The id and the plan of a started run, found as `run` finds runs. Raises `UnknownRun`.

        With `unfinished`, "latest" is the newest one that is not finished, as long as there is one.
        """
        with self._transaction(self._engine) as session:
            newest = PlanRun.created_at.desc(), PlanRun.id.desc()
            finished = exists().where(Run.id == PlanRun.id)
            ids = session.scalars(select(PlanRun.id).order_by(*([finished] if unfinished else []), *newest)).all()
            run_id = self._find(ids, reference)
            stored = session.scalars(select(PlanRun.plan).where(PlanRun.id == run_id)).one()
            return run_id, completions.unpack(stored)

    def plans(self) -> list[PlanSummary]:
        """All plans that were started, newest first."""
        with self._transaction(self._engine) as session:
            return completions.plans(session)

    def has_run(self, run_id: str) -> bool:
        """Whether a run with exactly this id is stored."""
        with self.reading() as session:
            return session.get(Run, run_id) is not None

    def ping(self) -> None:
        """Do nothing, successfully."""
        with self.reading() as session:
            session.execute(select(1))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that reads, for the functions of `elicit.store.service`."""
        with self._transaction(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that writes: all of it is stored when the block ends, nothing if it raises."""
        with self._transaction(writer(self._engine)) as session:
            yield session

    def _find_input(self, session: Session, input_hash: str) -> tuple[str, codec.Columns]:
        stored = session.get(Input, input_hash)
        if stored is None:
            raise StoreError(f"{place(self._url)}: no input {input_hash} is stored here")
        return stored.kind, codec.unpack(stored.head)

    def _find_run(self, session: Session, reference: str) -> str:
        return self._find(
            session.scalars(select(Run.id).order_by(Run.created_at.desc(), Run.id.desc())).all(), reference
        )

    def _find(self, ids: Sequence[str], reference: str) -> str:
        wanted = reference.strip().lower()
        found = ids[:1] if wanted == "latest" else [run_id for run_id in ids if wanted and run_id.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        near = found or get_close_matches(wanted, ids, cutoff=0.5) or ids
        known = f"did you mean {', '.join(near[:3])}?" if near else "none is stored yet"
        problem = f"{len(found)} runs begin with" if found else "there is no run"
        raise UnknownRun(f"{place(self._url)}: {problem} {reference!r}: {known}")

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Session]:
        with told_plainly(self._url), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
