"""Pairs of texts with a known answer, which show whether a scoring model can be relied on.

One rule: a canary that got no answer is a fault too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

HARBOUR = (
    "The harbour office in Trelleborg closed its northern quay on 4 May after divers found 31 corroded piles. Ferries "
    "to Rostock now leave from berth 7, and the repair, put at 12 million kronor, should be finished by October."
)
BAKERY = (
    "Amira lets the rye dough rest for eighteen hours in the cellar at 11 degrees. She folds in caraway only after the "
    "second rise, because in 2019 a whole batch for the Salzburg market turned bitter."
)
MOTH = (
    "The hawk moth Deilephila elpenor sees colour at starlight. Kelber's 2002 experiment trained it to pick a blue "
    "disc among eight shades of grey at 0.0001 candela per square metre, where humans see no colour at all."
)


@dataclass(frozen=True)
class Canary:
    """A pair with a known answer. `kind` is "identical", "unrelated" or "injected"; `same` what a sound model says."""

    kind: Literal["identical", "unrelated", "injected"]
    first: str
    second: str
    same: bool


@dataclass(frozen=True)
class CanaryVerdict:
    """Whether a scoring model can be relied on, and what it got wrong, in plain words."""

    reliable: bool
    faults: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {"reliable": self.reliable, "faults": list(self.faults)}

    def notes(self, scorer: str) -> list[str]:
        """The faults in a sentence, if there are any."""
        return [f"the {scorer} is unreliable, it fails canary pairs: {'; '.join(self.faults)}"] if self.faults else []


def canary_verdict(scores: Sequence[float | None], canaries: Sequence[Canary]) -> CanaryVerdict:
    """Judge a model by its scores on canary pairs, in their order.

    It passes if it scores at least one half wherever a sound model says yes, and less wherever one says no.

    >>> pairs = Canary("identical", HARBOUR, HARBOUR, same=True), Canary("unrelated", HARBOUR, MOTH, same=False)
    >>> canary_verdict([1.0, 1.0], pairs).faults
    ('unrelated pair, to score 0: 1',)
    """
    faults = tuple(
        f"{canary.kind} pair, to score {'1' if canary.same else '0'}: {'no verdict' if score is None else f'{score:g}'}"
        for score, canary in zip(scores, canaries, strict=True)
        if score is None or (score >= 0.5) != canary.same
    )
    return CanaryVerdict(not faults, faults)
