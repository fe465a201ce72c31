"""What goes over the wire: the bodies of the HTTP API, which the server, the client and the dashboard share.

One rule: a field is described here once, and the OpenAPI document says so too. Times are UTC.
"""

import math
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Scope: TypeAlias = Literal["read", "submit", "evaluate", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "submit", "evaluate", "admin")
RunState: TypeAlias = Literal["queued", "running", "waiting", "stopped", "cancelled", "failed", "done"]
RUN_STATES: tuple[RunState, ...] = ("queued", "running", "waiting", "stopped", "cancelled", "failed", "done")
ENDED: tuple[RunState, ...] = ("stopped", "cancelled", "failed", "done")
EventName: TypeAlias = Literal["run.finished", "run.stopped", "agent.moved", "schedule.skipped"]
CatchUp: TypeAlias = Literal["skip", "once", "all"]
Overlap: TypeAlias = Literal["skip", "queue", "allow"]

LONGEST_TEXT = 200_000  # characters of a prompt, a context or an output
LONGEST_NAME = 120
MOST_TASKS = 100_000

Name: TypeAlias = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f/]+$"),
]
TaskId: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text: TypeAlias = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Item = TypeVar("Item")
MOST_DEPTH = 20


def check_json(value: Any, depth: int = 0) -> Any:
    """The value itself; raises `ValueError` for what no database takes: half characters, NaN, endless nesting."""
    if depth > MOST_DEPTH:
        raise ValueError(f"values must not be nested deeper than {MOST_DEPTH}")
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("text must be free of lone surrogates")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number must be finite")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("a whole number must have at most 63 bits")
    parts = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    for part in parts:
        check_json(part, depth + 1)
    return value


JsonObject: TypeAlias = Annotated[dict[str, Any], AfterValidator(check_json)]


class Wire(BaseModel):
    """A body. Fields nobody knows are refused, so that a misspelled one is not lost without a word."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, allow_inf_nan=False)


class Page(Wire, Generic[Item]):
    """Some of a list, newest first unless said otherwise; `next` is the cursor of what follows, `None` at the end."""

    items: list[Item]
    next: str | None = None


class Problem(BaseModel):
    """An error, as RFC 9457 has it. `errors` are the places in the body that break a rule.

    `received` counts the outputs that a submission holds after an upload was stopped.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[dict[str, Any]] = []
    received: int | None = None


# Projects and keys


class NewProject(Wire):
    """A project to be made."""

    name: Name = Field(examples=["chat-agents"])


class Project(Wire):
    """What a team shares."""

    id: str
    name: str
    created_at: datetime


class NewKey(Wire):
    """A key to be made; what it may do is the union of its scopes."""

    name: Name = Field(examples=["ci"])
    scopes: list[Scope] = Field(min_length=1, examples=[["submit"]])
    expires_at: datetime | None = None
    requests_per_minute: int = Field(default=600, ge=1, le=1_000_000)


class Key(Wire):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    project_id: str | None
    requests_per_minute: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class KeyWithSecret(Key):
    """A key just made. `secret` is what goes into the Authorization header; it is shown this once."""

    secret: str = Field(repr=False)


class Me(Wire):
    """The key that was used, and the project it is tied to (`None`: all, for an operator)."""

    key: Key
    project: Project | None


class AuditEntry(Wire):
    """A change: by which key, what, when."""

    id: int
    at: datetime
    key_id: str | None
    action: str
    object: str
    detail: dict[str, Any]


# Task sets, agents, submissions


class TaskIn(Wire):
    """A task of a new set."""

    task_id: TaskId = Field(examples=["t1"])
    prompt: Text = Field(default="", examples=["Which city is the capital of France?"])
    context: Text = ""
    category: Annotated[str, StringConstraints(max_length=LONGEST_NAME)] | None = None
    images: list[Annotated[str, StringConstraints(max_length=2_000)]] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def asks_something(self) -> "TaskIn":
        """A task must have a prompt or a context."""
        if not (self.prompt or self.context):
            raise ValueError("a task must have a prompt or a context, got neither")
        return self


class NewTaskSet(Wire):
    """Tasks under a name. The same tasks under the same name are the same set; others are a new version."""

    name: Name = Field(examples=["support-questions"])
    tasks: list[TaskIn] = Field(min_length=2, max_length=MOST_TASKS)


class TaskSet(Wire):
    """A version of a task set."""

    id: str
    name: str
    version: str
    n_tasks: int
    created_at: datetime


class NewAgent(Wire):
    """An agent: `spec` is its entry in a plan without the name (model, strategy, ...); none for one outside."""

    name: Name = Field(examples=["careful"])
    spec: JsonObject | None = Field(default=None, examples=[{"model": "openai/gpt-4o-mini", "system": "Be brief."}])


class Agent(Wire):
    """An agent of the project."""

    id: str
    name: str
    spec: dict[str, Any] | None
    created_at: datetime


class NewSubmission(Wire):
    """Outputs to come: of an agent (made if it is new) on a task set."""

    agent: Name = Field(examples=["mine"])
    task_set: Name = Field(
        description="The id of a task set, or its name for its newest version.", examples=["support-questions"]
    )
    resume: bool = Field(default=False, description="Go on with the agent's newest open submission, if there is one.")


class OutputRow(Wire):
    """One output, a line of the NDJSON that is streamed into a submission."""

    task_id: TaskId
    response: Text


class Submission(Wire):
    """Outputs of an agent. `received` counts the tasks it has an output for; it is used once it is complete."""

    id: str
    agent: str
    task_set_id: str
    state: Literal["open", "complete"]
    received: int
    n_tasks: int
    created_at: datetime
    completed_at: datetime | None


class Receipt(Wire):
    """What became of the rows of one upload: `stored` are new, `repeated` were there already, word for word."""

    stored: int
    repeated: int
    received: int = Field(description="Outputs that the submission now holds.")


# Evaluations and runs


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
    design: JsonObject = {}
    budget: JsonObject = {}
    prices: dict[str, dict[str, float]] = {}
    limits: JsonObject = {}
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
    """A run; `reason` says why it waits, was stopped or failed."""

    id: str
    evaluation_id: str
    schedule_id: str | None
    state: RunState
    reason: str | None
    progress: Progress
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ParkedItem(Wire):
    """A request that was given up after several tries, with the last error."""

    key: str
    tries: int
    error: str | None


class PairMatrix(Wire):
    """Who tells about whom: `score[i][j]` is what agent i earns from peer j; `None` where it is not known."""

    agents: list[str]
    score: list[list[float | None]]


class RunTask(Wire):
    """A task of a run in short: how many agents have a score on it, the mean of these scores and how far they spread
    (standard deviation); `None` where that is not known.
    """

    task_id: str
    scored: int
    mean: float | None
    spread: float | None


class Answer(Wire):
    """An agent's answer to a task, and its score on it: the score of a run is the mean over the tasks."""

    agent: str
    rank: int | None
    response: str | None
    score: float | None


class TaskDetail(Wire):
    """One task of a run: what it asked, and what each agent answered, best agent of the run first."""

    task_id: str
    prompt: str
    context: str
    answers: list[Answer]


class Move(Wire):
    """How an agent stands in two runs, ranks being among the agents they share; positive for one that rose.

    `beyond_noise` says whether the move survives the correction for having looked at every agent (`p_adjusted`);
    `score_change` is known where both runs measure the same.
    """

    agent: str
    rank_before: int
    rank_after: int
    rank_change: int
    rank_change_low: int | None
    rank_change_high: int | None
    p_value: float | None
    p_adjusted: float | None
    score_change: float | None
    score_change_low: float | None
    score_change_high: float | None
    beyond_noise: bool


class Comparison(Wire):
    """Two runs: who moved between them, and whether that is more than noise."""

    before: str
    after: str
    moves: list[Move]


class Explanation(Wire):
    """Why an agent earned what it did from a peer on a task: `amount` is what the task adds to the pair's score.

    `rows` are the words, verdicts or labels behind it, largest share first, all with the same keys.
    """

    task: str
    agent: str
    peer: str
    unit: str
    amount: float | None
    pair_mean: float | None
    rows: list[dict[str, Any]]
    response: str | None
    peer_response: str | None


class Difference(Wire):
    """Two agents of one run, compared task by task: what `agent` earned more than `baseline`, with its 95 % interval.

    `verdict` is "worse" or "better" only beyond noise, "unknown" where fewer than two prompts were answered by both.
    """

    run_id: str
    agent: str
    baseline: str
    verdict: Literal["worse", "better", "not told apart", "unknown"]
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    n_tasks: int
    unit: str
    length_adjusted: float | None
    agent_words: float | None
    baseline_words: float | None
    signal_p: float | None


# Schedules, history, webhooks


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


class NewWebhook(Wire):
    """Where to send which events."""

    url: Annotated[str, StringConstraints(max_length=2_000, pattern=r"^https?://[^\s@#]+$")]
    events: list[EventName] = Field(min_length=1)


class Webhook(Wire):
    """A webhook without its secret."""

    id: str
    url: str
    events: list[EventName]
    created_at: datetime


class WebhookWithSecret(Webhook):
    """A webhook just made. `secret` signs its messages (HMAC-SHA256); it is shown this once."""

    secret: str = Field(repr=False)


class Delivery(Wire):
    """A message to a webhook and what became of it."""

    id: str
    event: str
    state: Literal["waiting", "delivered", "given up"]
    tries: int
    status: int | None
    error: str | None
    created_at: datetime
    next_try_at: datetime | None
    delivered_at: datetime | None
