"""How a verdict is read in a scoring model's reply, and what is said of a model that fails pairs with a known answer.

One rule: the last well-formed verdict counts, and a reply without one is no score.
"""

from dataclasses import dataclass
from typing import Any

import regex

from elicit.calls import Completion


def last_well_formed(completion: Completion, form: "regex.Pattern[str]") -> "regex.Match[str] | None":
    """The verdict that counts in a reply: the last one, for a model may quote before it decides.

    In a reply that was cut short only a verdict at its very start counts: what stands later may be thinking aloud.

    >>> form = regex.compile(r"\\[\\[(YES|NO)\\]\\]")
    >>> last_well_formed(Completion("", "It says [[YES]]. [[NO]]", None), form)[1]
    'NO'
    >>> last_well_formed(Completion("", "Is it [[YES]] or", "truncated"), form) is None
    True
    """
    text = completion.text or ""
    if completion.failure == "truncated":
        return form.match(text, len(text) - len(text.lstrip()))
    if completion.failure is not None:
        return None
    return max(form.finditer(text), key=lambda found: found.start(), default=None)


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
