"""Where an agent stands in a run, in words and numbers.

One rule: a rank never stands without its interval, and a number that is not known is a –.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.look import duration, escaped, span
from elicit.digits import decimals, dollars, percent
from elicit.words import listed

Document = Mapping[str, Any]


def show_standing(document: Document, row: Mapping[str, Any]) -> None:
    """The place of an agent in a sentence, and its numbers."""
    st.markdown(f"#### {place(document, row)}")
    for note in notes(document, row):
        st.markdown(f"- {note}")
    numbers = figures(document, row)
    with st.container(horizontal=True):
        for title, (value, read) in numbers.items():
            st.metric(title, value, help=read, border=True, width="content")


def place(document: Document, row: Mapping[str, Any]) -> str:
    """Rank, its interval, and who is tied, in a sentence.

    >>> agent = {"agent": "a", "rank": 1, "rank_low": 1, "rank_high": 2}
    >>> print(place({"n_agents": 3, "diagnostics": {"tie_groups": [["a", "b"], ["c"]]}}, agent))
    Rank 1 of 3 (95 %: 1–2), tied with b.
    """
    if row["rank"] is None:
        return f"Not ranked: {escaped(row.get('reason') or 'there is no peer to compare it with')}."
    rank = f"Rank {row['rank']} of {document['n_agents']} (95 %: {span(row['rank_low'], row['rank_high'])})"
    tied = tied_with(document, row["agent"])
    return f"{rank}, tied with {escaped(listed(tied))}." if tied else f"{rank}, told apart from its neighbours."


def tied_with(document: Document, agent: str) -> list[str]:
    """The agents that this one cannot be told apart from."""
    group = next((names for names in document["diagnostics"]["tie_groups"] if agent in names), [])
    return [name for name in group if name != agent]


def notes(document: Document, row: Mapping[str, Any]) -> list[str]:
    """What to know of the agent beside its rank."""
    found = []
    copies = next((names for names in document["diagnostics"]["clusters"] if row["agent"] in names), [])
    if copies:
        others = escaped(listed([name for name in copies if name != row["agent"]]))
        found.append(f"A near-copy of {others}: they share one vote, and do not pay each other.")
    if row["p_value"] is not None and row["p_value"] > 0.05:
        found.append(f"Its score could be chance (p = {row['p_value']:.2g}).")
    return found


def figures(document: Document, row: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The numbers of an agent under their titles, each with what it means."""
    digits, unit = decimals(document["agents"]), document["diagnostics"]["unit"]
    shown = {"Score": (score(row, digits), f"With its 95 % interval; unit: {unit}.")}
    if row["score_length_adjusted"] is not None:
        shown["Length out"] = (f"{row['score_length_adjusted']:.{digits}f}", "The score with length regressed out.")
    shown["Answered"] = (percent(row["coverage"]), f"{row['n_tasks']} of {document['n_tasks']} tasks can be scored.")
    if row["mean_words"] is not None:
        shown["Words an answer"] = (f"{row['mean_words']:.0f}", "Mean length of its answers.")
    return shown | spent(row.get("spend"))


def score(row: Mapping[str, Any], digits: int) -> str:
    """A score with its interval.

    >>> score({"score": 0.5, "low": 0.4, "high": 0.6}, 2), score({"score": None, "low": None, "high": None}, 2)
    ('0.50 (0.40 … 0.60)', '–')
    """
    if row["score"] is None:
        return "–"
    interval = "" if row["low"] is None else f" ({row['low']:.{digits}f} … {row['high']:.{digits}f})"
    return f"{row['score']:.{digits}f}{interval}"


def spent(spend: Mapping[str, Any] | None) -> dict[str, tuple[str, str]]:
    """What its answers took, where the run asked a model for them."""
    if not spend or not spend["calls"]:
        return {}
    return {
        "Cost": (
            dollars(spend["cost"]),
            f"{spend['calls']:,} answers, {spend['from_store']:,} of them from the store.",
        ),
        "Time an answer": (duration(spend["mean_latency_s"]), "Mean time that an answer took."),
        "Tokens": (
            f"{spend['tokens_in'] + spend['tokens_out']:,}",
            f"{spend['tokens_in']:,} in, {spend['tokens_out']:,} out.",
        ),
    }


def failures(row: Mapping[str, Any]) -> str:
    """What became of the tasks it was asked, in a sentence.

    >>> failures({"asked": 10, "usable": 8, "spend": {"failures": {"refused": 2}}})
    'Of 10 tasks it was asked, 8 have a usable answer. Failed: 2 refused.'
    """
    if "usable" not in row:
        return ""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in row["spend"]["failures"].items())
    if not row["asked"]:
        return f"Its answers were handed in: {row['usable']:,} can be used."
    told = f"Of {row['asked']:,} tasks it was asked, {row['usable']:,} have a usable answer."
    return f"{told} Failed: {kinds}." if kinds else f"{told} None failed."
