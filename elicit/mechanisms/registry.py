"""What a mechanism is to the rest of elicit: its functions, and what a user should know before trusting it.

One rule: whoever does not keep a law says so in `breaks`, and the tests hold it to that, both ways.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from elicit.evidence import Embeddings, Floats, Forecasts, Gains, Labels, PairScores

ALL = (Labels, Forecasts, Gains, PairScores, Embeddings)


@dataclass(frozen=True)
class Law:
    """A law, in words, and the evidence that it speaks of."""

    meaning: str
    speaks_of: tuple[type, ...] = ALL


LAWS: dict[str, Law] = {
    "nothing told pays nothing": Law("an agent that says the same everywhere earns 0, and so does a critic that does"),
    "independent agents earn nothing": Law("two agents whose labels meet just as often as by chance earn 0", (Labels,)),
    "processing never pays": Law("no garbling of one's own labels earns more than the labels themselves", (Labels,)),
    "processing never pays exchangeable agents": Law("the same, where all other agents tell the truth", (Labels,)),
    "renaming labels changes nothing": Law("an agent that swaps the names of its labels earns the same", (Labels,)),
    "unused classes change nothing": Law("labels that nobody uses may be on the list or not", (Labels, Forecasts)),
    "the names of labels do not matter": Law("labels that all agents rename alike earn the same", (Forecasts,)),
    "what one earns another loses": Law("the pays of two agents to each other sum to 0", (Forecasts,)),
    "the best forecast is what comes true": Law(
        "no forecast earns more than the shares of the others' answers", (Forecasts,)
    ),
    "turning the space changes nothing": Law("one rotation of all agents' vectors pays the same", (Embeddings,)),
    "turning the vectors of one agent changes nothing": Law(
        "an agent whose vectors lie in a rotated space of their own earns the same", (Embeddings,)
    ),
    "the names of agents do not matter": Law("agents in another order earn the same"),
    "the order of tasks does not matter": Law("tasks in another order pay the same"),
    "tasks twice change nothing": Law("every task twice pays the same"),
    "a weight is a repetition": Law("a task of weight two counts as the task twice"),
    "a task nobody answered is a task left out": Law("missing is not zero"),
    "unbiased": Law("leaving out a task at random changes nothing on average"),
}


class Pairwise(Protocol):
    """How a mechanism is applied to a whole pool of agents."""

    def __call__(self, evidence: Any, /, task_weights: Floats | None = None) -> Floats:
        """(..., n, n): [i, j] is what agent i earns from peer j, tasks counted `task_weights` (..., m) times.

        NaN on the diagonal and where i and j share nothing comparable.
        """


class ByTask(Protocol):
    """How a mechanism's pay is traced back to tasks."""

    def __call__(self, evidence: Any, /, agent: int) -> Floats:
        """(m, n): [t, j] is what task t contributes to what `agent` earns from peer j; NaN if not comparable."""


class Contrast(Protocol):
    """What a mechanism takes off as chance."""

    def __call__(self, evidence: Any, /) -> Floats | None:
        """(n, n): [i, j] is what agent i's answers to other tasks earn from peer j; `None` if nothing is taken off."""


def no_contrast(evidence: PairScores | Gains | Labels | Forecasts | Embeddings) -> None:
    """For mechanisms that take nothing off as chance."""


@dataclass(frozen=True)
class Mechanism:
    """A mechanism and what a user should know before trusting it.

    `evidence` is the type it reads (its `kind` is the name users see). `contrast` is what it takes off as chance.
    `symmetric` says that i earns from j what j earns from i; `unit` what one unit of pay is. `tasks_needed`, `cost`,
    `guarantees` and `blindness` are a plain sentence each: how many tasks it takes, what the evidence costs, what it
    promises under which assumptions, and what it cannot see. `breaks` are the `LAWS` that it does not keep, each with
    the reason; it keeps all others that speak of its evidence.
    """

    name: str
    evidence: type[PairScores] | type[Gains] | type[Labels] | type[Forecasts] | type[Embeddings]
    pairwise: Pairwise
    by_task: ByTask
    contrast: Contrast
    symmetric: bool
    unit: str
    tasks_needed: str
    cost: str
    guarantees: str
    blindness: str
    source: str
    breaks: Mapping[str, str] = field(default_factory=dict)

    @property
    def laws(self) -> dict[str, str | None]:
        """The laws that speak of its evidence: `None` where it keeps one, else why not."""
        return {name: self.breaks.get(name) for name, law in LAWS.items() if self.evidence in law.speaks_of}
