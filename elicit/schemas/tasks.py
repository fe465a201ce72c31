"""Task sets, agents, submissions of outputs."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from elicit.schemas.base import LONGEST_NAME, MOST_TASKS, JsonObject, Name, TaskId, Text, Wire


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
