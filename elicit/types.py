"""The words the whole program shares: tasks, responses, and the evaluation made of them.

Missing is not zero: an agent that did not answer has `None`, never an empty string.
"""

from dataclasses import dataclass

from elicit.evidence import Embeddings, Forecasts, Gains, Labels, PairScores


@dataclass(frozen=True)
class Task:
    """A prompt that every agent was given, with the context (a document, say) it came with."""

    id: str
    prompt: str = ""
    context: str = ""


@dataclass(frozen=True)
class Responses:
    """What the agents wrote: `texts[t][i]` is agent i's response to task t, `None` where it gave none."""

    texts: list[list[str | None]]  # (m, n)


Evidence = Responses | Labels | Forecasts | PairScores | Gains | Embeddings


@dataclass(frozen=True)
class Source:
    """A file the input came from."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Evaluation:
    """What is to be ranked: n agents, m tasks, and what is known about the agents' responses.

    `notes` are the reader's warnings in plain words, each with a count.
    """

    tasks: tuple[Task, ...]
    agents: tuple[str, ...]
    evidence: Evidence
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
