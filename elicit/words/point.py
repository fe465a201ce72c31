"""What a point is, and how names stand in a sentence.

One rule: names are untrusted. They are made printable here, and escaped where they are shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from elicit.untrusted import printable

Document: TypeAlias = Mapping[str, Any]
Level: TypeAlias = Literal["good", "caution", "bad", "unknown"]

MOST_NAMES = 4


@dataclass(frozen=True)
class Point:
    """One reason to trust a leaderboard, or not to: what was looked at, how it came out, and in words.

    `text` begins in lower case, to stand behind `name`; `sentence` stands alone.
    """

    name: str
    level: Level
    text: str

    @property
    def sentence(self) -> str:
        """The text with a capital and a full stop."""
        return f"{self.text[0].upper()}{self.text[1:]}."


def listed(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """Names in a sentence, a few of many.

    >>> listed(["a", "b"]), listed(list("abcdef"))
    ('a and b', 'a, b, c and 3 others')
    """
    shown = [printable(name) for name in names]
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(shown) - most + 1} others"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
