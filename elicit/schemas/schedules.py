"""Schedules, and the history they make."""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from elicit.schemas.base import CatchUp, Name, Overlap, Wire


class PeriodBudget(Wire):
    """What all runs of a schedule may take in each day, week (from Monday) or month of its time zone."""

    period: Literal["day", "week", "month"]
    max_cost: float | None = Field(default=None, ge=0, allow_inf_nan=False, description="US dollars.")
    max_calls: int | None = Field(default=None, ge=0, le=2**53)

    @model_validator(mode="after")
    def limits_something(self) -> "PeriodBudget":
        """A budget has a limit."""
        if self.max_cost is None and self.max_calls is None:
            raise ValueError("a budget must have 'max_cost' or 'max_calls'")
        return self


class NewSchedule(Wire):
    """When to run an evaluation: by `cron` in `time_zone`, or every `every_s` seconds.

    `catch_up` says which runs missed while nothing ran are made up for: none, one or all; `overlap` what happens to one
    that is due while the last still runs. A run gets what is left of the period's `budget`, and where nothing is left
    there is no run.
    """

    name: Name
    evaluation: Name
    cron: str | None = Field(default=None, examples=["0 6 * * 1"])
    every_s: int | None = Field(default=None, ge=60)
    time_zone: str = "UTC"
    catch_up: CatchUp = "once"
    overlap: Overlap = "skip"
    budget: PeriodBudget | None = None
    paused: bool = False

    @model_validator(mode="after")
    def one_rhythm(self) -> "NewSchedule":
        """A schedule has either a cron line or an interval."""
        if (self.cron is None) == (self.every_s is None):
            raise ValueError("a schedule must have either 'cron' or 'every_s'")
        return self


class ScheduleChange(Wire):
    """What to change of a schedule; fields left out stay as they are, and a budget of `null` is taken away."""

    cron: str | None = None
    every_s: int | None = Field(default=None, ge=60)
    time_zone: str | None = None
    catch_up: CatchUp | None = None
    overlap: Overlap | None = None
    budget: PeriodBudget | None = None
    paused: bool | None = None


class Schedule(Wire):
    """A schedule; `next_run_at` is `None` while it is paused."""

    id: str
    name: str
    evaluation_id: str
    cron: str | None
    every_s: int | None
    time_zone: str
    catch_up: CatchUp
    overlap: Overlap
    budget: PeriodBudget | None
    paused: bool
    next_run_at: datetime | None
    last_run_at: datetime | None
    created_at: datetime


class Preview(Wire):
    """The next times a schedule is due."""

    times: list[datetime]


class ScorePoint(Wire):
    """An agent's score in one run; `moved` says whether it is further from the run before than noise explains."""

    run_id: str
    schedule_id: str | None
    agent: str
    at: datetime
    rank: int | None
    score: float | None
    low: float | None
    high: float | None
    moved: bool | None
