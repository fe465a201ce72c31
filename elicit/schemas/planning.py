"""Before a run: what it would take, what suits the data, which mechanisms there are."""

from typing import Literal

from pydantic import Field

from elicit.schemas.base import Name, Wire

OutputKind = Literal["free text", "labels", "short answers", "unknown"]


class CostShare(Wire):
    """What one agent, or the scorer, would ask of a model; `from_store` calls are answered already and cost nothing.

    `cost` is in US dollars, `None` where the model's price is not known.
    """

    who: str
    model: str | None
    calls: int
    from_store: int
    tokens_in: int
    tokens_out: int
    cost: float | None


class DesignShape(Wire):
    """What the scorer would compare: of its `pairs`, `joint` are answers to one task.

    `coverage` is the share of all pairs of answers to one task that are among them, `peers` how many others an answer
    is compared with on average, `groups` how many groups of agents are never compared with one another.
    """

    pairs: int
    joint: int
    coverage: float
    peers: float
    groups: int


class CostEstimate(Wire):
    """What a run would take: calls are counted, tokens and times are rules of thumb.

    `cost` is in US dollars, `None` where the price of any model is not known; `notes` say what a reader should know.
    `design` is of a scorer that compares pairs by calls.
    """

    n_agents: int
    n_tasks: int
    calls: int
    from_store: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    seconds_at_least: float
    design: DesignShape | None
    shares: list[CostShare]
    notes: list[str]


class AdviceFor(Wire):
    """The agents that are to be compared."""

    agents: list[Name] = Field(min_length=1, max_length=1_000, examples=[["mine", "careful"]])


class AdvisedMechanism(Wire):
    """A scorer with a mechanism that reads what it makes: why to take it, and what to beware of.

    One is `recommended`; the others are what else fits, best first.
    """

    scorer: str
    mechanism: str
    reason: str
    caveat: str
    recommended: bool


class Advice(Wire):
    """What suits a task set and its agents, by rules over what was measured.

    `answered` counts the agents whose answers are there. `kinds` says of each of these what its answers look like.
    `notes` are what a reader should know before any choice.
    """

    n_tasks: int
    n_agents: int
    answered: int
    kinds: dict[str, OutputKind]
    recommended: list[AdvisedMechanism]
    notes: list[str]


class MechanismInfo(Wire):
    """A mechanism and what a user should know before trusting it; `scorers` make what it reads.

    Those in `default_for` take it where nothing else is said.
    """

    name: str
    evidence: Literal["pair-scores", "gains", "labels"]
    unit: str
    guarantees: str
    blindness: str
    source: str
    scorers: list[str]
    default_for: list[str]
