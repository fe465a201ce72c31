"""What the mock server's models say by themselves: whoever knows the request answers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from elicit.mock_llm.demo import DemoAgents
from elicit.mock_llm.lexical import word_model
from elicit.mock_llm.replay import RecordedCritic
from elicit.mock_llm.script import Ask
from elicit.mock_llm.wire import Given, Reply
from elicit.mock_llm.word_scorers import WORD_SCORERS

Answerer = Callable[[Ask], Reply | None]


class Models(Protocol):
    """What answers where the script has nothing to say."""

    @property
    def names(self) -> Sequence[str]:
        """The models that `/v1/models` lists; others are answered too."""

    def answer(self, ask: Ask) -> Reply:
        """The answer to a chat, or what goes on from a prompt."""

    def given(self, prompt: str) -> Given:
        """The log-probability of each token of a prompt."""


@dataclass(frozen=True)
class LocalModels:
    """Models that answer on this machine: the first answerer that knows a request answers it.

    `notes` are what a user should know of their answers, in sentences.
    """

    names: tuple[str, ...]
    answerers: tuple[Answerer, ...]
    given_by: Callable[[str], Given]
    notes: tuple[str, ...] = ()

    def answer(self, ask: Ask) -> Reply:
        """The answer, which says so where nobody knows the request."""
        answers = (answerer(ask) for answerer in self.answerers)
        return next(
            (reply for reply in answers if reply), Reply(f"This is {ask.model}, a mock: no script answers that.")
        )

    def given(self, prompt: str) -> Given:
        """The prompt's tokens and log-probabilities."""
        return self.given_by(prompt)


def local_models(
    *, replay: Path | None = None, replayed_agents: Sequence[str] = (), lexical: Path | None = None
) -> LocalModels:
    """The demo's agents, and scoring models that go by shared words; with `replay` a recorded critic before them.

    Log-probabilities of given text come from the words of the responses in the file `lexical`, by default the demo's.
    """
    agents = DemoAgents()
    recorded = RecordedCritic(replay, replayed_agents) if replay else None
    return LocalModels(
        names=(*agents.names, "mock-critic"),
        answerers=(*([recorded.answer] if recorded else []), *WORD_SCORERS, agents.answer),
        given_by=word_model(lexical).given,
        notes=recorded.notes if recorded else (),
    )
