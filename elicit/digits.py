"""How numbers are written: with the digits that mean something, and no more.

One rule: what is unknown is said to be unknown, never written as 0.
"""

from collections.abc import Iterable, Mapping
from math import floor, log10
from typing import Any

NONE = "–"  # what is not known


def number(value: float | None, digits: int) -> str:
    """A number with so many decimals, a dash where it is not known.

    >>> number(0.1234, 2), number(None, 2)
    ('0.12', '–')
    """
    return NONE if value is None else f"{value:.{digits}f}"


def interval_widths(agents: Iterable[Mapping[str, Any]]) -> list[float]:
    """The widths of the known intervals, narrowest first."""
    return sorted(agent["high"] - agent["low"] for agent in agents if agent["low"] is not None)


def decimals(agents: Iterable[Mapping[str, Any]]) -> int:
    """How many decimals of a score mean something: two digits of a typical interval; 3 where none is known.

    >>> decimals([{"low": 0.1, "high": 0.14}]), decimals([])
    (3, 3)
    """
    widths = interval_widths(agents)
    typical = widths[len(widths) // 2] if widths else 0.0
    return min(6, max(0, 1 - floor(log10(typical)))) if typical > 0 else 3


def span(low: int | None, high: int | None) -> str:
    """A rank interval, as short as it can be said; nothing where it is unknown.

    >>> span(2, 4), span(1, 1)
    ('2–4', '1')
    """
    if low is None:
        return ""
    return str(low) if low == high else f"{low}–{high}"


def percent(share: float) -> str:
    """A share that is not called all or none unless it is.

    >>> percent(0.999), percent(1.0), percent(0.001)
    ('over 99 %', '100 %', 'under 1 %')
    """
    if 0 < share < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < share < 1 else f"{share:.0%}".replace("%", " %")


def dollars(cost: float | None) -> str:
    """An amount of money; small ones with as many digits as they need.

    >>> dollars(None), dollars(0.0), dollars(12.345), dollars(0.00123)
    ('unknown', '$0', '$12.35', '$0.0012')
    """
    if cost is None:
        return "unknown"
    if cost == 0:
        return "$0"
    return f"${cost:,.2f}" if cost >= 1 else f"${cost:.2g}"
