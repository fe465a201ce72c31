"""What all charts share: colours, labels of names, and the frame.

One rule: text of others enters a chart as data or as the value of a title, never as the name of a field or inside an
expression. Colours of text and background are left to whoever shows the chart, in the light or in the dark.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import altair as alt

from elicit.untrusted import printable
from elicit.words import zero_is_chance

Document: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = list[dict[str, Any]]

# Okabe and Ito (2008): told apart with every kind of colour vision.
BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
SKY, PURPLE = "#56B4E9", "#CC79A7"
GREY = "#7f7f7f"  # read on white and on black alike

LONGEST = 26  # columns of a label: more leaves no room for the chart on a phone
ROW, LOW_ROW, MANY = 22, 15, 40  # pixels a row; the low one from more than so many rows


def labels(names: Sequence[str], longest: int = LONGEST) -> list[str]:
    """Names as labels, in their order: printable, short, and no two alike.

    >>> labels(["a", "a-model-with-a-long-name-temperature-0.1", "a-model-with-a-long-name-temperature-0.2"])
    ['a', 'a-model-with-a-…rature-0.1', 'a-model-with-a-…rature-0.2']
    >>> labels(["a\\n", "a\\t"])
    ['a ', 'a  (2)']
    """
    seen: Counter[str] = Counter()
    return [numbered(shortened(printable(name), longest), seen) for name in names]


def numbered(label: str, seen: Counter[str]) -> str:
    """The label, with a number behind it from its second time on."""
    seen[label] += 1
    return label if seen[label] == 1 else numbered(f"{label} ({seen[label]})", seen)


def shortened(text: str, longest: int) -> str:
    """The text without its middle where it is too long; a wide letter, Chinese say, takes two columns.

    >>> shortened("abcdefghij", 8)
    'abcd…hij'
    """
    if columns(text) <= longest:
        return text
    tail = taken(reversed(text), longest * 2 // 5)
    return taken(text, longest - columns(tail) - 1) + "…" + tail[::-1]


def taken(letters: Iterable[str], room: int) -> str:
    """As many of the letters as fit into so many columns."""
    text = ""
    for letter in letters:
        if columns(text) + columns(letter) > room:
            break
        text += letter
    return text


def columns(text: str) -> int:
    """How many columns a text takes."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def row_axis(names: Sequence[str], field: str = "label:N", title: str | None = None) -> alt.Y:
    """A vertical axis with a row for each label, in the order given."""
    size = 11 if len(names) <= MANY else 10
    axis = alt.Axis(labelFontSize=size, labelLimit=220, ticks=False, domain=False, labelPadding=8)
    return alt.Y(field, title=title, axis=axis, scale=alt.Scale(domain=list(names), type="point", padding=0.5))


def row_height(n: int) -> alt.Step:
    """The height of a chart with a row for each of n names."""
    return alt.Step(ROW if n <= MANY else LOW_ROW)


def data(rows: Iterable[Mapping[str, Any]]) -> alt.InlineData:
    """Rows as a chart's data."""
    return alt.InlineData(values=list(rows))


def tips(**titles: str) -> list[alt.Tooltip]:
    """What is told of a mark under the pointer: fields that hold texts, with their titles."""
    return [alt.Tooltip(field=field, type="nominal", title=title) for field, title in titles.items()]


def framed(chart: Any, note: str = "", **properties: Any) -> Any:
    """The chart as wide as its place, labels included, under a note of what is missing."""
    told = {"title": alt.Title(note, anchor="start", fontSize=12, fontWeight="normal")} if note else {}
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    return chart.properties(width="container", autosize=fit, padding=PADDING, **told, **properties)


PADDING = {"left": 2, "right": 14, "top": 4, "bottom": 2}


def missing(n: int, what: str, of: str, several: str = "") -> str:
    """A note that so many things are left out for want of something; nothing where none is.

    >>> missing(0, "run", "score"), missing(1, "run", "score"), missing(3, "run", "score")
    ('', '1 run without score is not shown', '3 runs without score are not shown')
    """
    if n == 0:
        return ""
    return (
        f"1 {what} without {of} is not shown" if n == 1 else f"{n:,} {several or f'{what}s'} without {of} are not shown"
    )


def titled(title: str, unit: str) -> str:
    """A title with its unit, where that is told.

    >>> titled("score", "nats"), titled("score", "")
    ('score (nats)', 'score')
    """
    return f"{title} ({unit})" if unit else title


def score_title(document: Document) -> str:
    """The title of a score's axis: its unit, and what 0 is where that is known."""
    chance = {"": "", "exactly": "; 0 is chance", "nearly": "; near 0 is chance"}
    return titled("score", document["diagnostics"]["unit"]) + chance[zero_is_chance(document)]


def zero_line(channel: str) -> alt.Chart:
    """The line at 0, across the axis of `channel` ("x" or "y")."""
    return alt.Chart(data([{"zero": 0}])).mark_rule(color=GREY, strokeDash=[4, 3]).encode(**{channel: "zero:Q"})
