"""What answers look like, measured: labels, short answers or text, how long, how often the same.

One rule: labels are told from text exactly as a run tells them.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from elicit.scorers.words import words
from elicit.services.scoring import are_labels, as_label, as_labels
from elicit.types import Responses, Task

Kind: TypeAlias = Literal["free text", "labels", "short answers", "unknown"]

SHORT_WORDS = 10  # on average: below that words have little to tell of one another
MOSTLY = 0.5
SAMPLE = 100  # answers of an agent that are looked at closely


@dataclass(frozen=True)
class AnswerFacts:
    """What is known of an evaluation before it is run.

    `kinds` says of each agent what its answers look like, `kind` of all of them together; "unknown" where there are
    none yet. `classes` counts the labels, 0 where there are none. `answered` is on how many tasks each agent has an
    answer, `shared` the fewest that two agents with answers have in common. `repeats` is the largest share of an
    agent's answers that are one and the same. `with_context` is the share of tasks that come with a text to work on.
    """

    n_tasks: int
    with_context: float
    kind: Kind
    kinds: Mapping[str, Kind]
    answered: Mapping[str, int]
    repeats: Mapping[str, float]
    shared: int
    classes: int

    @property
    def n_agents(self) -> int:
        """How many agents are to be compared."""
        return len(self.kinds)

    @property
    def n_answered(self) -> int:
        """How many of them have answers."""
        return sum(count > 0 for count in self.answered.values())


def answer_facts(tasks: Sequence[Task], agents: Sequence[str], texts: list[list[str | None]]) -> AnswerFacts:
    """Measure answers: `texts[t][i]` is agent i's to task t, `None` where there is none (yet).

    >>> facts = answer_facts([Task("a"), Task("b")] * 4, ["x", "y"], [["A", "A"], ["B", "B"]] * 4)
    >>> facts.kind, facts.classes, facts.shared
    ('labels', 2, 8)
    """
    columns = {agent: [row[i] for row in texts if row[i] is not None] for i, agent in enumerate(agents)}
    told = {agent: [text for text in column if text is not None] for agent, column in columns.items()}
    is_labels = are_labels(Responses(texts))
    return AnswerFacts(
        n_tasks=len(tasks),
        with_context=float(np.mean([bool(task.context.strip()) for task in tasks])),
        kind=kind_of([text for column in told.values() for text in column], is_labels=is_labels),
        kinds={agent: kind_of(column, is_labels=is_labels) for agent, column in told.items()},
        answered={agent: len(column) for agent, column in told.items()},
        repeats={agent: most_frequent(column) for agent, column in told.items()},
        shared=fewest_shared(texts),
        classes=len(as_labels(Responses(texts)).classes) if is_labels else 0,
    )


def kind_of(texts: Sequence[str], *, is_labels: bool) -> Kind:
    """What these answers look like; `is_labels` says that those of the whole pool are labels."""
    if not texts:
        return "unknown"
    if is_labels:
        return "labels"
    length = np.mean([len(words(text)) for text in sampled(texts)])
    return "short answers" if length < SHORT_WORDS else "free text"


def sampled(texts: Sequence[str]) -> Sequence[str]:
    """`SAMPLE` of the texts at most, spread evenly.

    >>> len(sampled(["a"] * 250)), len(sampled(["a"] * 30))
    (84, 30)
    """
    return texts[:: math.ceil(len(texts) / SAMPLE) or 1]


def most_frequent(texts: Sequence[str]) -> float:
    """The share of the most frequent answer.

    >>> most_frequent(["Yes.", "yes", "no", "maybe"])
    0.5
    """
    some = sampled(texts)
    return max(Counter(map(as_label, some)).values()) / len(some) if some else 0.0


def fewest_shared(texts: list[list[str | None]]) -> int:
    """On how many tasks any two agents with answers have both answered, at least; 0 for fewer than two agents."""
    there = np.array([[text is not None for text in row] for row in texts], dtype=np.int64)
    there = there[:, there.any(axis=0)]
    both = there.T @ there
    return int(both[~np.eye(len(both), dtype=bool)].min(initial=len(texts))) if len(both) > 1 else 0
