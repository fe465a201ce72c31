"""Answers and prompts as they were written: spaces, lines, code, any script and direction; with words marked, if asked.

One rule: this is the only file that writes HTML, and every character of others in it has gone through `html.escape`.
"""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

import streamlit as st

from elicit.schemas import Mark

TALLEST = "28rem"  # beyond it the text scrolls by itself
BOX = (
    "white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; tab-size: 4; line-height: 1.5; "
    f"max-height: {TALLEST}; overflow-y: auto"
)
# Marked by a line as well as by colour, and the more strongly the more a word told.
STRENGTHS = ("", "1px dotted", "2px solid", "3px solid")
COLOUR = "rgba(230, 159, 0, {})"  # Okabe and Ito's orange, seen through on white and on black
FAINTEST = 0.05  # of the strongest word; what told less is not marked


def text(written: str | None, *, label: str, marks: Sequence[Mark] = (), strongest: float = 0.0) -> None:
    """A text in a box of its own that keyboards can scroll; a missing one is said to be missing."""
    if written is None:
        st.caption("No usable answer: missing, which is not zero.")
    elif not written:
        st.caption("An empty text.")
    else:
        st.html(as_html(written, label=label, marks=marks, strongest=strongest))


def as_html(written: str, *, label: str, marks: Sequence[Mark] = (), strongest: float = 0.0) -> str:
    """The text as HTML that shows it, and does nothing else.

    >>> as_html("<b>", label="answer of x").endswith('aria-label="answer of x">&lt;b&gt;</div>')
    True
    """
    pieces = "".join(painted(piece, level) for piece, level in parts(written, levels(len(written), marks, strongest)))
    return f'<div dir="auto" tabindex="0" role="region" style="{BOX}" aria-label="{escape(label)}">{pieces}</div>'


def levels(length: int, marks: Sequence[Mark], strongest: float) -> list[int]:
    """How strongly each character is marked, 0 to 3, beside the strongest word.

    >>> levels(5, [Mark(start=1, end=3, nats=2.0), Mark(start=2, end=4, nats=0.5)], 2.0)
    [0, 3, 3, 1, 0]
    """
    found = [0] * length
    for mark in marks:
        share = mark.nats / strongest if strongest > 0 else 0.0
        level = 0 if share < FAINTEST else 1 if share < 1 / 3 else 2 if share < 2 / 3 else 3
        found[mark.start : mark.end] = [max(level, before) for before in found[mark.start : mark.end]]
    return found


def parts(written: str, level: Sequence[int]) -> Iterator[tuple[str, int]]:
    """The text in pieces that are marked alike."""
    for strength, places in groupby(range(len(written)), key=level.__getitem__):
        yield "".join(written[at] for at in places), strength


def painted(piece: str, level: int) -> str:
    """A piece of text, marked so strongly."""
    if not level:
        return escape(piece)
    paint = f"background: {COLOUR.format(level / 8)}; border-bottom: {STRENGTHS[level]} {COLOUR.format(0.9)}"
    return f'<mark style="color: inherit; {paint}">{escape(piece)}</mark>'
