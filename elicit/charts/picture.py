"""Charts as pictures: PNG for a slide, SVG for a page.

One rule: a picture is made here, by a program of our own, and fetches nothing.
"""

from typing import Any

import altair as alt

LIGHT, DARK = ("#ffffff", "#262730"), ("#0e1117", "#fafafa")
FONT = "Liberation Sans, Helvetica, Arial, sans-serif"


def as_png(chart: Any, *, width: int = 700, dark: bool = False) -> bytes:
    """The chart as PNG, `width` pixels wide, twice as fine for sharp screens."""
    import vl_convert

    background, ink = DARK if dark else LIGHT
    found: bytes = vl_convert.vegalite_to_png(dressed(chart, width, ink, background), vl_version=VERSION, scale=2)
    return found


def as_svg(chart: Any, *, width: int = 700) -> str:
    """The chart as SVG, `width` pixels wide; its text takes the colour of the text around it."""
    import vl_convert

    found: str = vl_convert.vegalite_to_svg(dressed(chart, width, "currentColor", None), vl_version=VERSION)
    return found


VERSION = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def dressed(chart: Any, width: int, ink: str, background: str | None) -> dict[str, Any]:
    """The chart's description with a width, and with colours of text and background."""
    words = {"labelColor": ink, "titleColor": ink}
    faint = {"gridColor": "#7f7f7f", "gridOpacity": 0.25, "domainColor": "#7f7f7f", "tickColor": "#7f7f7f"}
    config = {
        "aria": False,  # a picture is described as a whole, by its caption
        "font": FONT,
        "axis": words | faint,
        "legend": words,
        "title": {"color": ink, "subtitleColor": ink},
        "view": {"stroke": None},
    }
    spec: dict[str, Any] = chart.to_dict()
    return spec | {"width": width, "background": background, "config": config}
