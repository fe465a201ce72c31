"""What a scorer hands back, and what all scorers share: the model that is asked, and what in a reply is no score."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from elicit.calls import Completion
from elicit.errors import InvalidInput
from elicit.evidence import Floats
from elicit.scorers.asking import ScoringModel
from elicit.services.asking import SCORER, Asker
from elicit.services.plan import Plan
from elicit.types import Evidence, Task

NAMED = 5  # agents of a group at most

Texts: TypeAlias = list[list[str | None]]  # (m, n) `texts[t][i]` is agent i's answer to task t, `None` where missing


@dataclass(frozen=True)
class DesignFacts:
    """What a design compares, before any pair is scored.

    Of its `pairs`, `joint` are answers to one task. `coverage` is the share of all unordered pairs of answers to one
    task that are among them, `peers` how many others an answer is compared with on average. `groups` are the agents
    with answers, those together that are compared directly or by way of others.
    """

    pairs: int
    joint: int
    coverage: float
    peers: float
    groups: tuple[tuple[str, ...], ...]

    def document(self) -> dict[str, Any]:
        """The same as JSON values; of the groups how many there are."""
        return asdict(self) | {"groups": len(self.groups)}

    def notes(self) -> Iterator[str]:
        """What a reader of the ranking must know of the design."""
        if len(self.groups) > 1:
            fewest = ", ".join(min(self.groups, key=len)[:NAMED])
            yield (
                f"the design leaves {len(self.groups)} groups of agents that are never compared, not even by way of "
                f"others (one is {fewest}): scores tell agents of different groups apart by nothing they share"
            )


@dataclass(frozen=True)
class Judged:
    """Evidence, and what there is to say about how it was made: JSON values, and notes in plain words.

    `evidence` is `None` where too little was scored to rank anybody. `mechanism` reads it; `None` leaves that to the
    evidence. `tasks` are its rows where they are not the plan's tasks. `design` is of a scorer that compares pairs.
    """

    evidence: Evidence | None
    mechanism: str | None = None
    tasks: tuple[Task, ...] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cross_task: Floats | None = None
    design: DesignFacts | None = None


def scoring_model(plan: Plan) -> ScoringModel:
    """The plan's scoring model."""
    if plan.scorer.model is None:
        raise InvalidInput(f"a scorer of kind {plan.scorer.kind!r} needs a model")
    return ScoringModel(plan.scorer.model, plan.scorer.params, plan.scorer.api_base, plan.epoch)


def counted(score: float | None, reply: Completion | None, asker: Asker) -> float | None:
    """The score that was read in a reply; a reply without one is counted as unparsable."""
    if score is None and reply is not None and reply.failure is None:
        asker.spend[SCORER].failures["unparsable"] += 1
    return score
