"""What there is to choose from: every mechanism of a plan, and the scorers that make what it reads.

One rule: the facts are those of the registry and of the scorers' table; here they are only put side by side.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from elicit.mechanisms import MECHANISMS, Mechanism
from elicit.scorers.likelihood import VARIANTS
from elicit.services.judging import SCORERS, mechanisms_for

# What a scorer's evidence is read by where a plan says nothing; answers that are all short labels are read by "kl".
DEFAULTS = {
    "lexical": "mi",
    "critic": "tvd_mi",
    "likelihood": "mi",
    "pmi": "mi",
    "judge": "win_rate",
    "questions": "tvd",
}
SOURCES = {"gem": "Xu et al. (2025), arXiv:2411.07127", "gem-s": "Xu et al. (2025), arXiv:2411.07127"}


@dataclass(frozen=True)
class Entry:
    """A mechanism as a plan names it; the fields are those of `elicit.schemas.MechanismInfo`."""

    name: str
    evidence: str
    unit: str
    guarantees: str
    blindness: str
    source: str
    scorers: tuple[str, ...]
    default_for: tuple[str, ...]


def catalogue() -> list[Entry]:
    """Every mechanism that a plan may name: those that read what some scorer makes.

    >>> [(entry.name, entry.scorers) for entry in catalogue() if entry.name in ("tvd_mi", "gem")]
    [('tvd_mi', ('critic',)), ('gem', ('likelihood',))]
    """
    entries = (entry(name, found, found.unit) for name, found in MECHANISMS.items())
    return [*(one for one in entries if one.scorers), *variants()]


def variants() -> Iterator[Entry]:
    """The likelihood mechanisms that are another one's, over other log-probabilities."""
    for name, variant in VARIANTS.items():
        if name not in MECHANISMS:
            yield entry(name, MECHANISMS[variant.mechanism], variant.unit)


def entry(name: str, mechanism: Mechanism, unit: str) -> Entry:
    """A mechanism under the name that plans have for it."""
    return Entry(
        name=name,
        evidence=mechanism.evidence.kind,
        unit=unit,
        guarantees=mechanism.guarantees,
        blindness=mechanism.blindness,
        source=SOURCES.get(name, mechanism.source),
        scorers=tuple(kind for kind in SCORERS if name in mechanisms_for(kind)),
        default_for=tuple(kind for kind, default in DEFAULTS.items() if default == name),
    )
