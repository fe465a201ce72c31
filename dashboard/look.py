"""What all pages look alike in: headings, numbers, charts with their caption, links that carry what is looked at.

One rule: text of others goes through `escaped`, and no page writes HTML.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

PAGES = "views/{}.py"


def heading(title: str, read: str) -> None:
    """The page's title, and a line on what it answers."""
    st.title(title)
    st.caption(read)


def chart(picture: alt.TopLevelMixin, read: str, *, alt_text: str, within_px: int | None = None, **options: Any) -> Any:
    """A chart, and under it the line that says what to read from it; a tall one may scroll within so many pixels."""
    with st.container(height=within_px or "content", border=False):
        drawn = st.altair_chart(picture, width="stretch", alt=alt_text, **options)
    st.caption(read)
    return drawn


def link(page: str, label: str, icon: str | None = None, **view: str) -> None:
    """A link to another page that opens at what is named in `view`."""
    st.page_link(PAGES.format(page), label=escaped(label), icon=icon, query_params=view)


def go(page: str, **view: str | Sequence[str]) -> None:
    """Open another page at what is named in `view`."""
    st.switch_page(PAGES.format(page), query_params=view)


def span(low: int | None, high: int | None) -> str:
    """An interval of ranks; – where it is unknown.

    >>> span(2, 4), span(1, 1), span(None, None)
    ('2–4', '1', '–')
    """
    if pd.isna(low) or pd.isna(high):
        return "–"
    return str(low) if low == high else f"{low}–{high}"


def moment(at: datetime | None) -> str:
    """A time as people read it; – where there is none.

    >>> moment(datetime(2026, 5, 1, 7, 30)), moment(None)
    ('2026-05-01 07:30 UTC', '–')
    """
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "–"


def duration(seconds: float | None) -> str:
    """A length of time in the largest unit that fits; – where it is unknown.

    >>> duration(0.42), duration(75), duration(7260), duration(None)
    ('0.4 s', '1 min 15 s', '2 h 1 min', '–')
    """
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def roughly(seconds: float) -> str:
    """A length of time with no more than a guess can hold.

    >>> roughly(2), roughly(44), roughly(130), roughly(5000)
    ('5 s', '45 s', '2 min', '1 h 20 min')
    """
    if seconds < 60:
        return f"{max(5, 5 * round(seconds / 5))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {10 * (minutes % 60 // 10)} min"


def escaped(text: str) -> str:
    """Text of others as Markdown that shows it and does nothing else.

    >>> print(escaped("**big** [x](http://y) $1$ :red[a]"))
    \\*\\*big\\*\\* \\[x\\]\\(http\\://y\\) \\$1\\$ \\:red\\[a\\]
    """
    for mark in "\\`*_{}[]()#+-.!|<>$:~":
        text = text.replace(mark, f"\\{mark}")
    return text
