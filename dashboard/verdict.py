"""The verdict on a run as a card: what a reader who knows no statistics may take from it.

One rule: a level is told by an icon and a word, never by colour alone.
"""

import streamlit as st

from dashboard.look import escaped
from elicit.words import Level, Verdict

WORDS: dict[Level, str] = {"good": "good", "caution": "take care", "bad": "bad", "unknown": "not known"}
ICONS: dict[Level, str] = {
    "good": ":material/check_circle:",
    "caution": ":material/warning:",
    "bad": ":material/dangerous:",
    "unknown": ":material/help:",
}
COLOURS: dict[Level, str] = {"good": "green", "caution": "orange", "bad": "red", "unknown": "gray"}
CARDS = {"good": st.success, "caution": st.warning, "bad": st.error}


def show_verdict(verdict: Verdict) -> None:
    """The headline, and under it the gravest doubt where there is one."""
    doubt = verdict.reasons[:1] if verdict.level != "good" else []
    lines = [f"**{escaped(verdict.headline)}**", *map(escaped, doubt)]
    CARDS[verdict.level]("  \n".join(lines), icon=ICONS[verdict.level])


def badge(level: Level) -> str:
    """A level as Markdown: an icon, its colour and a word."""
    return f":{COLOURS[level]}-badge[{ICONS[level]} {WORDS[level]}]"
