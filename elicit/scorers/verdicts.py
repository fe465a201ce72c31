"""How a verdict is read in a scoring model's reply.

One rule: the last well-formed verdict counts, and a reply without one is no score.
"""

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
