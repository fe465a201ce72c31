"""The tables of the service: who may do what, what was submitted, what is to be run, and what is to be asked.

One rule: the database is the truth and the broker only carries nudges. Work is a row under a lease, and it is marked
done in the same transaction that stores its result.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from elicit.store.models import Base, Moment, Sha256

Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only if they are INTEGER


class Project(Base):
    """What a team shares: its keys, task sets, agents, evaluations, runs and schedules."""

    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class ApiKey(Base):
    """A key, by its public part; `secret_hash` is the SHA-256 of the rest. An operator's key has no project."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str | None] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"), index=True)
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(JSON)
    secret_hash: Mapped[str] = mapped_column(Sha256)
    requests_per_minute: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)


class AuditEntry(Base):
    """Something that was changed: by whose key, what, when."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    project_id: Mapped[str | None] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"), index=True)
    key_id: Mapped[str | None]
    action: Mapped[str]
    object: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


class IdempotencyKey(Base):
    """What a request with this Idempotency-Key was answered; `fingerprint` is the hash of that request."""

    __tablename__ = "idempotency_keys"

    key_id: Mapped[str] = mapped_column(ForeignKey(ApiKey.id, ondelete="CASCADE"), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    fingerprint: Mapped[str] = mapped_column(Sha256)
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class TaskSet(Base):
    """Tasks under a name; `version` is the hash of their content, so equal tasks are one version."""

    __tablename__ = "task_sets"
    __table_args__ = (UniqueConstraint("project_id", "name", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    name: Mapped[str]
    version: Mapped[str] = mapped_column(Sha256)
    n_tasks: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)


class StoredTask(Base):
    """A task of a set; `content` holds prompt, context, category and images, as `completions.pack` writes them."""

    __tablename__ = "tasks"
    __table_args__ = (UniqueConstraint("task_set_id", "task_id"),)

    task_set_id: Mapped[str] = mapped_column(ForeignKey(TaskSet.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Agent(Base):
    """An agent of a project: `spec` is its entry in a plan (a model with its prompts); `None` for one outside."""

    __tablename__ = "agents"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    name: Mapped[str]
    spec: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Submission(Base):
    """An agent's outputs on a task set, coming in (`open`) or whole (`complete`)."""

    __tablename__ = "submissions"
    __table_args__ = (Index(None, "task_set_id", "agent_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"), index=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey(Agent.id, ondelete="CASCADE"))
    task_set_id: Mapped[str] = mapped_column(ForeignKey(TaskSet.id, ondelete="CASCADE"))
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Moment)
    completed_at: Mapped[datetime | None] = mapped_column(Moment)


class SubmittedResponse(Base):
    """A submitted output; `position` is its task's. `content_hash` tells a repeat from a change."""

    __tablename__ = "submitted_responses"

    submission_id: Mapped[str] = mapped_column(ForeignKey(Submission.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class StoredEvaluation(Base):
    """What is to be run: a plan whose tasks and outputs are the project's. `plan` has the fields of a plan file."""

    __tablename__ = "evaluations"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    name: Mapped[str]
    task_set_id: Mapped[str] = mapped_column(ForeignKey(TaskSet.id, ondelete="RESTRICT"), index=True)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Schedule(Base):
    """When an evaluation is run again: by `cron` in `time_zone`, or every `every_s` seconds."""

    __tablename__ = "schedules"
    __table_args__ = (UniqueConstraint("project_id", "name"), Index(None, "paused", "next_run_at"))

    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    evaluation_id: Mapped[str] = mapped_column(ForeignKey(StoredEvaluation.id, ondelete="CASCADE"), index=True)
    name: Mapped[str]
    cron: Mapped[str | None]
    every_s: Mapped[int | None]
    time_zone: Mapped[str]
    catch_up: Mapped[str]
    overlap: Mapped[str]
    budget: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    paused: Mapped[bool]
    next_run_at: Mapped[datetime | None] = mapped_column(Moment)
    last_run_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)


class ServiceRun(Base):
    """A run of an evaluation and how far it is; its plan and, once done, its leaderboard have the same id.

    `stage` says what is being asked, in `stage_total` requests; `wake_at` when a run that waits is looked at again;
    `due_at` is the schedule's due time that it was made for. Until `advance_until` only `advance_owner` advances it.
    `budget` repeats the limits of its plan, to be shown; `None` where an older version has made the run.
    """

    __tablename__ = "service_runs"
    __table_args__ = (
        Index(None, "project_id", "created_at", "id"),
        Index(None, "state", "wake_at"),
        UniqueConstraint("schedule_id", "due_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    evaluation_id: Mapped[str] = mapped_column(ForeignKey(StoredEvaluation.id, ondelete="CASCADE"), index=True)
    schedule_id: Mapped[str | None] = mapped_column(ForeignKey(Schedule.id, ondelete="SET NULL"))
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    state: Mapped[str]
    reason: Mapped[str | None]
    stage: Mapped[str | None]
    stage_total: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    wake_at: Mapped[datetime | None] = mapped_column(Moment)
    advance_owner: Mapped[str | None]
    advance_until: Mapped[datetime | None] = mapped_column(Moment)
    budget: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class WorkItem(Base):
    """A request that a run waits for: `ready`, `leased` until a moment, `failed`, or `parked` after too many tries.

    One that was answered has no row any more: its completion is the answer.
    """

    __tablename__ = "work_items"
    __table_args__ = (Index(None, "run_id", "state", "number"), Index(None, "state", "lease_until"), Index(None, "key"))

    run_id: Mapped[str] = mapped_column(ForeignKey(ServiceRun.id, ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(Sha256, primary_key=True)
    number: Mapped[int]
    state: Mapped[str]
    tries: Mapped[int]
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    owner: Mapped[str | None]
    error: Mapped[str | None]
    request: Mapped[bytes] = mapped_column(LargeBinary)


class Score(Base):
    """An agent's score in a finished run of a schedule: its history, without opening every leaderboard."""

    __tablename__ = "score_history"
    __table_args__ = (Index(None, "project_id", "agent", "at"),)

    run_id: Mapped[str] = mapped_column(ForeignKey(ServiceRun.id, ondelete="CASCADE"), primary_key=True)
    agent: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    schedule_id: Mapped[str | None] = mapped_column(ForeignKey(Schedule.id, ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    rank: Mapped[int | None]
    score: Mapped[float | None] = mapped_column(Double)
    low: Mapped[float | None] = mapped_column(Double)
    high: Mapped[float | None] = mapped_column(Double)
    moved: Mapped[bool | None]


class Webhook(Base):
    """Where a project wants to hear of events. What signs its messages is derived, never stored."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"), index=True)
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Delivery(Base):
    """A message to a webhook: `waiting`, `delivered`, or `given up`."""

    __tablename__ = "deliveries"
    __table_args__ = (Index(None, "state", "next_try_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey(Webhook.id, ondelete="CASCADE"), index=True)
    event: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str]
    tries: Mapped[int]
    status: Mapped[int | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
    next_try_at: Mapped[datetime | None] = mapped_column(Moment)
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
