"""Evaluations and runs: what is to be done, and how far it is."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from elicit.schemas.base import JsonObject, Name, RunState, Wire


class NewEvaluation(Wire):
    """What to run: agents on a task set, and who scores. The other fields are those of a plan file."""

    name: Name = Field(examples=["weekly"])
    task_set: Name = Field(
        description="The id of a task set, or its name for its newest version.", examples=["support-questions"]
    )
    agents: list[Name] = Field(
        min_length=2, max_length=1_000, description="Names of agents of the project.", examples=[["mine", "careful"]]
    )
    scorer: JsonObject = Field(examples=[{"kind": "lexical"}])
    mechanism: str | None = None
    design: JsonObject = Field(default={})
    budget: JsonObject = Field(default={})
    prices: dict[str, dict[str, float]] = Field(default={})
    limits: JsonObject = Field(default={})
    use_truncated: bool = False
    seed: int = Field(default=0, ge=0, le=2**63 - 1)


class Evaluation(Wire):
    """A stored evaluation; `plan` has the fields of a plan file."""

    id: str
    name: str
    task_set_id: str
    plan: dict[str, Any]
    created_at: datetime


class NewRun(Wire):
    """A run to be made. A new `epoch` asks models afresh what an earlier run has stored."""

    evaluation: Name = Field(description="The id or the name of an evaluation.")
    epoch: Annotated[str, StringConstraints(max_length=100)] = ""


class RunBudget(Wire):
    """What a run may take in all, with what it has taken. A limit left out stays as it is, `null` takes it away."""

    max_cost: float | None = Field(default=None, ge=0, allow_inf_nan=False, description="US dollars.")
    max_calls: int | None = Field(default=None, ge=0, le=2**53)


class Resumption(Wire):
    """How a run goes on: within its budget, or within another."""

    budget: RunBudget = RunBudget()


class Progress(Wire):
    """How far a run is: `done` of `total` requests of a stage, `failed` and `parked` among them."""

    stage: str | None
    done: int
    total: int
    failed: int
    parked: int
    calls: int
    cost: float | None


class Run(Wire):
    """A run, and what it is of; `reason` says why it waits, was stopped or failed.

    `evaluation` is the name of its evaluation, which has `n_agents` agents and a task set of `n_tasks` tasks; `scorer`
    is a kind of scorer. `mechanism` is `None` where it is only chosen when the answers are there. `budget` is what the
    run may take in all, `None` where that was not kept.
    """

    id: str
    evaluation_id: str
    evaluation: str
    scorer: str
    mechanism: str | None
    task_set_id: str
    n_agents: int
    n_tasks: int
    schedule_id: str | None
    state: RunState
    reason: str | None
    progress: Progress
    budget: RunBudget | None = None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ParkedItem(Wire):
    """A request that was given up after several tries, with the last error."""

    key: str
    tries: int
    error: str | None
