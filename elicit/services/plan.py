"""A plan: who answers what, who scores it, and how much that may cost.

A plan is whole: tasks and answers that came from files are in it, so that a stored plan can be resumed without them.
It names the environment variables that hold API keys, and never holds a key.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from elicit.calls import sorted_params
from elicit.types import Task

Params = tuple[tuple[str, Any], ...]
Via = Literal["echo", "prompt_logprobs"]
ScorerKind = Literal["critic", "likelihood", "pmi", "judge", "questions", "lexical"]


@dataclass(frozen=True)
class AgentSpec:
    """An agent: a model with its prompts (`model` set), or an outside one whose answers are given (`answers` set).

    `template` has the slots `{prompt}` and `{context}`; `strategy` is a row of `elicit.services.agents.STRATEGIES`.
    `answers` are (task id, text) pairs; `params` sorted (name, value) pairs that go to the model as they are. With
    `samples` above 1 the agent appears once for each sample, as `name#1`, `name#2`, ...
    """

    name: str
    model: str | None = None
    strategy: str = "direct"
    system: str = ""
    template: str = "{prompt}\n{context}"
    params: Params = ()
    samples: int = 1
    api_base: str | None = None
    api_key_env: str | None = None
    answers: tuple[tuple[str, str], ...] | None = None

    def only(self, tasks: Collection[str]) -> "AgentSpec":
        """The agent with no answers but those to some tasks."""
        if self.answers is None:
            return self
        return replace(self, answers=tuple((task, text) for task, text in self.answers if task in tasks))


@dataclass(frozen=True)
class RewriterSpec:
    """The chat model that rewrites answers to one judgment a line before they are scored."""

    model: str
    params: Params = ()
    api_base: str | None = None
    api_key_env: str | None = None


@dataclass(frozen=True)
class ScorerSpec:
    """What turns responses into evidence; `model` is `None` for "lexical" only.

    `scale`, `contrast` and `task_type` are the critic's: how verdicts count, whether the other task of a contrast pair
    is any (`random`) or among the most alike (`hard`), and what sort of tasks they are, in a line. `sees_task` is the
    judge's: whether it is shown the task. `via` is how a likelihood scorer has given text scored; `None` finds out.
    With a `rewriter`, "likelihood" and "pmi" score judgments instead of answers. `params` go to the model as they are.
    """

    kind: ScorerKind = "critic"
    model: str | None = None
    scale: Literal["strict", "graded", "soft"] = "graded"
    contrast: Literal["random", "hard"] = "random"
    task_type: str = ""
    sees_task: bool = True
    rewriter: RewriterSpec | None = None
    via: Via | None = None
    params: Params = ()
    api_base: str | None = None
    api_key_env: str | None = None


@dataclass(frozen=True)
class DesignSpec:
    """Which pairs are scored: all of them, or `peers` for each agent and task, drawn anew for each task.

    `contrast_per_agent` is how many contrast pairs each agent gets; by default one for each joint pair of a full
    design, and a seventh of the joint pairs of a rotating one. A fitted design has as many pairs as `calls` of the
    scorer are enough for; `None` takes what `max_calls` of the budget leaves beside the agents' calls.
    """

    pairs: Literal["full", "rotating", "fitted"] = "rotating"
    peers: int = 3
    contrast_per_agent: int | None = None
    calls: int | None = None


@dataclass(frozen=True)
class BudgetSpec:
    """What a run may spend: US dollars and calls; `None` is no limit."""

    max_cost: float | None = None
    max_calls: int | None = None


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens."""

    input_per_million: float
    output_per_million: float


@dataclass(frozen=True)
class Limits:
    """How hard a provider may be asked. `retries` counts further attempts after a failure that may pass."""

    concurrency: int = 8
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    timeout_s: float = 60
    retries: int = 4


@dataclass(frozen=True)
class Plan:
    """The whole evaluation, as `elicit run` carries it out.

    `images` are the pictures of a task by its id: addresses or data URIs. `prices` are by model and stand above
    the built-in table. A truncated answer counts as an answer only with `use_truncated`.
    """

    name: str
    tasks: tuple[Task, ...]
    agents: tuple[AgentSpec, ...]
    scorer: ScorerSpec = ScorerSpec()
    mechanism: str | None = None
    design: DesignSpec = DesignSpec()
    budget: BudgetSpec = BudgetSpec()
    prices: Mapping[str, Price] = field(default_factory=dict)
    limits: Limits = Limits()
    images: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    use_truncated: bool = False
    epoch: str = ""
    seed: int = 0

    def only(self, tasks: Collection[str]) -> "Plan":
        """The plan on some of its tasks, in their order."""
        return replace(
            self,
            tasks=tuple(task for task in self.tasks if task.id in tasks),
            images={task: images for task, images in self.images.items() if task in tasks},
            agents=tuple(agent.only(tasks) for agent in self.agents),
        )


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON values; `plan_from` makes the same plan of them."""
    return asdict(plan)


def plan_from(document: Mapping[str, Any]) -> Plan:
    """The plan that `plan_document` wrote down, also after a way through JSON."""
    parts = {
        "tasks": tuple(Task(**task) for task in document["tasks"]),
        "agents": tuple(agent_from(agent) for agent in document["agents"]),
        "scorer": scorer_from(document["scorer"]),
        "design": DesignSpec(**document["design"]),
        "budget": BudgetSpec(**document["budget"]),
        "prices": {model: Price(**price) for model, price in document["prices"].items()},
        "limits": Limits(**document["limits"]),
        "images": {task: tuple(images) for task, images in document["images"].items()},
    }
    return Plan(**(dict(document) | parts))


def agent_from(document: Mapping[str, Any]) -> AgentSpec:
    """One agent out of a plan's document."""
    answers = document["answers"]
    told = None if answers is None else tuple((task, text) for task, text in answers)
    return AgentSpec(**(with_params(document) | {"answers": told}))


def scorer_from(document: Mapping[str, Any]) -> ScorerSpec:
    """The scorer out of a plan's document."""
    rewriter = document.get("rewriter")
    told = None if rewriter is None else RewriterSpec(**with_params(rewriter))
    return ScorerSpec(**(with_params(document) | {"rewriter": told}))


def with_params(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields, `params` as sorted pairs again where JSON made lists of them."""
    return dict(document) | {"params": sorted_params(dict(document["params"]))}
