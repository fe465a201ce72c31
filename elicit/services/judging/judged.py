"""What a scorer hands back, and what all scorers share: the model that is asked, and what in a reply is no score."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

from elicit.calls import Completion
from elicit.errors import InvalidInput
from elicit.evidence import Floats
from elicit.scorers.asking import ScoringModel
from elicit.services.asking import SCORER, Asker
from elicit.services.plan import Plan
from elicit.types import Evidence, Task

NAMED = 5  # agents of a group at most

Read = TypeVar("Read")
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

    def also(self, facts: dict[str, Any], notes: Iterable[str]) -> "Judged":
        """The same, with more facts, and more notes before the others."""
        return replace(self, facts=self.facts | facts, notes=(*notes, *self.notes))


def scoring_model(plan: Plan) -> ScoringModel:
    """The plan's scoring model."""
    if plan.scorer.model is None:
        raise InvalidInput(f"a scorer of kind {plan.scorer.kind!r} needs a model")
    return ScoringModel(plan.scorer.model, plan.scorer.params, plan.scorer.api_base, plan.epoch)


def counted(read: Read | None, reply: Completion | None, asker: Asker, who: str = SCORER) -> Read | None:
    """What was read in a reply; a reply in which nothing can be read is counted as unparsable."""
    if read is None and reply is not None and reply.failure is None:
        asker.count_unparsable(who, reply)
    return read


def unscored_notes(missing: int, designed: int) -> list[str]:
    """How many pairs have no score, if any, in a sentence."""
    return [f"{missing} of {designed} pairs have no score: missing, not zero"] if missing else []
