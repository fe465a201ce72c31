"""What a scorer hands back, and what all scorers share: the model that is asked, and what in a reply is no score."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from elicit.calls import Completion
from elicit.errors import InvalidInput
from elicit.evidence import Floats
from elicit.scorers.asking import ScoringModel
from elicit.services.asking import SCORER, Asker
from elicit.services.plan import Plan
from elicit.types import Evidence, Task

Texts: TypeAlias = list[list[str | None]]  # (m, n) `texts[t][i]` is agent i's answer to task t, `None` where missing


@dataclass(frozen=True)
class Judged:
    """Evidence, and what there is to say about how it was made: JSON values, and notes in plain words.

    `evidence` is `None` where too little was scored to rank anybody. `mechanism` reads it; `None` leaves that to the
    evidence. `tasks` are its rows where they are not the plan's tasks.
    """

    evidence: Evidence | None
    mechanism: str | None = None
    tasks: tuple[Task, ...] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cross_task: Floats | None = None


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
