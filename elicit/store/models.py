"""The tables. Every number stands in one place only.

A run's document keeps `None` in the place of what has a column here: the order of its keys survives, and nothing can
disagree. Change a table, then write its migration: `python -m elicit.store.revise "what changed"`.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Sha256 = String(64)


class Moment(TypeDecorator[datetime]):
    """A moment, in UTC on the way in and out: PostgreSQL gives it in the server's zone, SQLite without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables; names of constraints follow one convention, so that a migration can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        }
    )


class Input(Base):
    """What was ranked, under the hash of its content; stored once however many runs read it."""

    __tablename__ = "inputs"

    hash: Mapped[str] = mapped_column(Sha256, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str]
    n_agents: Mapped[int]
    n_tasks: Mapped[int]
    head: Mapped[bytes] = mapped_column(LargeBinary)


class InputBlock(Base):
    """The content of some consecutive tasks of an input, `first_task` the first of them."""

    __tablename__ = "input_blocks"

    input_hash: Mapped[str] = mapped_column(ForeignKey(Input.hash, ondelete="CASCADE"), primary_key=True)
    first_task: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Run(Base):
    """One ranking of an input."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    input_hash: Mapped[str] = mapped_column(ForeignKey(Input.hash, ondelete="RESTRICT"), index=True)
    mechanism: Mapped[str]
    scorer: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    versions: Mapped[dict[str, Any]] = mapped_column(JSON)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


class RunAgent(Base):
    """One agent in one run; `position` is its row in the leaderboard, from 0."""

    __tablename__ = "run_agents"
    __table_args__ = (Index(None, "agent", "run_id"),)

    run_id: Mapped[str] = mapped_column(ForeignKey(Run.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    agent: Mapped[str]
    rank: Mapped[int | None]
    rank_low: Mapped[int | None]
    rank_high: Mapped[int | None]
    score: Mapped[float | None] = mapped_column(Double)
    low: Mapped[float | None] = mapped_column(Double)
    high: Mapped[float | None] = mapped_column(Double)
    n_tasks: Mapped[int]
    coverage: Mapped[float | None] = mapped_column(Double)
    cluster: Mapped[int | None]
    more: Mapped[dict[str, Any]] = mapped_column(JSON)


class RunArray(Base):
    """A matrix behind a run, as `codec.pack` writes it."""

    __tablename__ = "run_arrays"

    run_id: Mapped[str] = mapped_column(ForeignKey(Run.id, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class StoredCompletion(Base):
    """What a model answered to one request, under its content key; `content` as `completions.pack` writes it.

    `run_id` names the plan run that paid for it, in `attempts` calls.
    """

    __tablename__ = "completions"

    key: Mapped[str] = mapped_column(Sha256, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    run_id: Mapped[str] = mapped_column(index=True)
    model: Mapped[str]
    attempts: Mapped[int]
    cost: Mapped[float | None] = mapped_column(Double)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class PlanRun(Base):
    """A plan somebody started to carry out. It is finished when a run has the same id."""

    __tablename__ = "plan_runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    name: Mapped[str]
    plan: Mapped[bytes] = mapped_column(LargeBinary)


class StoredLedger(Base):
    """What a plan run has paid, and what is set aside: each in calls, in US dollars as far as known, and in calls whose
    price is unknown. All processes that work on the run share it."""

    __tablename__ = "ledgers"

    run_id: Mapped[str] = mapped_column(ForeignKey(PlanRun.id, ondelete="CASCADE"), primary_key=True)
    paid_calls: Mapped[int] = mapped_column(BigInteger)
    paid_cost: Mapped[float] = mapped_column(Double)
    paid_unpriced: Mapped[int] = mapped_column(BigInteger)
    held_calls: Mapped[int] = mapped_column(BigInteger)
    held_cost: Mapped[float] = mapped_column(Double)
    held_unpriced: Mapped[int] = mapped_column(BigInteger)
