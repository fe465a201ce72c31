"""How a scoring model is asked: the one place where a scorer's text becomes a request.

What the user set wins over what a scorer would send; a parameter set to `None` is not sent at all.
"""

from dataclasses import dataclass
from typing import Any

from elicit.calls import Request, chat, sorted_params


@dataclass(frozen=True)
class ScoringModel:
    """The model that scores: its name, where it is served, and the parameters the user set for it.

    >>> model = ScoringModel("openai/gpt-4o-mini", params=(("temperature", None),))
    >>> model.chat("You compare.", "A or B?", temperature=0, max_tokens=9).params
    (('max_tokens', 9),)
    """

    model: str
    params: tuple[tuple[str, Any], ...] = ()
    api_base: str | None = None
    epoch: str = ""

    def chat(self, system: str, user: str, **defaults: Any) -> Request:
        """A chat call: the rules as system message, the data as user message."""
        return Request(
            self.model,
            messages=chat(("system", system), ("user", user)),
            params=self._params(defaults),
            api_base=self.api_base,
            epoch=self.epoch,
        )

    def likelihood(self, prompt: str, **defaults: Any) -> Request:
        """A call for the log-probabilities of given text."""
        return Request(
            self.model, prompt=prompt, params=self._params(defaults), api_base=self.api_base, epoch=self.epoch
        )

    def _params(self, defaults: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
        merged = {**defaults, **dict(self.params)}
        return sorted_params({name: value for name, value in merged.items() if value is not None})
