"""Tables that lead somewhere: numbers with the digits that their intervals support, and rows that open a page.

One rule: a number that is not known is an empty cell or –, never 0.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

NAME_PX = 150  # so that numbers stand beside a name on a phone, too
DIGITS = "digits"  # how many decimals a column shows


def fixed(title: str, digits: int, *, read: str | None = None, signed: bool = False) -> dict[str, Any]:
    """A column of numbers with so many decimals."""
    return {**st.column_config.NumberColumn(title, format=f"%{'+' * signed}.{digits}f", help=read), DIGITS: digits}


def named(title: str, read: str | None = None) -> Any:
    """A column of names of others."""
    return st.column_config.TextColumn(title, width=NAME_PX, help=read)


def table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, Any], *, alt: str, key: str) -> None:
    """A table to read."""
    st.dataframe(framed(rows, columns), hide_index=True, column_config=configured(columns), alt=alt, key=key)


def rows_that_open(
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, Any],
    opens: Callable[[Mapping[str, Any]], None],
    *,
    alt: str,
    key: str,
) -> None:
    """A table whose rows open something: `opens` gets the row that was chosen."""

    def picked() -> None:
        places = st.session_state[key]["selection"]["rows"]
        if places:
            st.session_state[f"{key}_picked"] = places[0]

    st.dataframe(
        framed(rows, columns),
        hide_index=True,
        column_config=configured(columns),
        on_select=picked,
        selection_mode="single-row",
        alt=alt,
        key=key,
    )
    place = st.session_state.pop(f"{key}_picked", None)
    if place is not None and place < len(rows):
        opens(rows[place])


def framed(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, Any]) -> pd.DataFrame:
    """The columns of these rows that are shown, in their order, numbers rounded as they are shown: there is no -0.0."""
    frame = pd.DataFrame(list(rows), columns=list(columns))
    for name, column in columns.items():
        if isinstance(column, dict) and DIGITS in column:
            frame[name] = frame[name].astype(float).round(column[DIGITS]) + 0.0
    return frame


def configured(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns as Streamlit takes them."""
    return {
        name: {key: value for key, value in column.items() if key != DIGITS} if isinstance(column, dict) else column
        for name, column in columns.items()
    }
