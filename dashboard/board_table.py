"""How the columns of the leaderboard look: their digits, and what each means."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.look import go

ROWS_PX, FEW = 560, 15  # as high as a longer table is; up to so many agents all rows are shown
SELECTED = "board"


def show_table(frame: pd.DataFrame, digits: int, run_id: str) -> None:
    """The table, scores with so many decimals; whoever marks a row is taken to the agent."""
    picked = st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(frame) <= FEW else ROWS_PX,
        column_config=columns(digits, frame),
        on_select="rerun",
        selection_mode="single-row",
        key=SELECTED,
        placeholder="",
        alt="Leaderboard, an agent a row",
    )
    for row in picked["selection"]["rows"]:
        go("agent", run=run_id, agent=frame["agent"].iloc[row])


def name_width(frame: pd.DataFrame) -> int:
    """Room for the longest name, within limits."""
    return min(160, max(80, 20 + 7 * int(frame["agent"].str.len().max())))


def columns(digits: int, frame: pd.DataFrame) -> dict[str, Any]:
    """The look of each column."""
    number, text, score = st.column_config.NumberColumn, st.column_config.TextColumn, f"%.{digits}f"
    return {
        "rank": number(help="1 + the number of agents that score higher", width=48),
        "rank 95 %": text(
            "95 %",
            alignment="right",
            help="The ranks an agent may have; with 95 %, those of all agents hold at once",
            width=58,
        ),
        "agent": text(width=name_width(frame)),
        "score": number(format=score, help="What it earns from its peers on average. It is no accuracy.", width=60),
        "score 95 %": text("95 %", alignment="right", help="The 95 % interval of the score", width=108),
        "tied": text(help="Agents with one letter cannot be told apart", width=50),
        "clones": text(help="Agents with one letter are copies of each other and share one vote", width=65),
        "answered": number(format="%d %%", help="Tasks on which it has something to score", width=80),
        "failed": number(help="Answers that failed, counted and never scored as 0", width=60),
        "length out": number(format=score, help="The score with length regressed out: a control", width=85),
        "cost": number(
            format=dollars_format(frame), help="What its answers cost; – where the price is unknown", width=80
        ),
        "latency": number(format="%.1f s", help="Mean time of an answer", width=75),
        "tasks": number(help="Tasks of this category on which it has something to score", width=60),
        "other peers": number(format=score, help="The score under the other weighting of peers"),
        "chance": number(format=score, help="What responses to other tasks earn"),
        "p": number(format="%.2g", help="One-sided, that it earns more than chance"),
        "say": number(format="%.1f %%", help="Its share in the scores of the others"),
        "words": number(format="%.0f", help="Mean length of its responses in words"),
    }


def dollars_format(frame: pd.DataFrame) -> str:
    """Money with the digits that the smallest amount needs."""
    smallest = frame["cost"][frame["cost"] > 0].min() if "cost" in frame else 1.0
    digits = next((digits for digits in (2, 3, 4) if smallest >= 10.0 ** (1 - digits)), 6)
    return f"$%.{digits}f"
