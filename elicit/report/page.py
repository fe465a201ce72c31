"""The report's page: its parts put into the template.

One rule: a chart is drawn twice, for a wide page and for a phone, and the page shows the one that fits; text is never
scaled down until it cannot be read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from elicit import charts
from elicit.mechanisms import MECHANISMS
from elicit.report.facts import Facts
from elicit.report.method import SCORERS, compared, formula
from elicit.report.tables import category_rows, spending, spent_in_all, standings
from elicit.untrusted import printable
from elicit.words import trust_points, verdict

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)
MOST_IN_MAP = 60  # agents of a heat map that can still be read on paper
WIDE, NARROW = 760, 350  # pixels
LEVELS = {
    "good": ("✓", "Can be quoted, with its intervals"),
    "caution": ("!", "Quote it with care"),
    "bad": ("✕", "Do not quote it"),
    "unknown": ("?", "Not known"),
}


def report(facts: Facts) -> str:
    """A run as one self-contained HTML page."""
    document = facts.document
    run = document["diagnostics"].get("run")
    agents = [agent["agent"] for agent in document["agents"]]
    page: str = template().render(
        facts=facts,
        document=document,
        diagnostics=document["diagnostics"],
        run=run,
        policy=CONTENT_SECURITY_POLICY,
        style=Markup(asset("report.css")),  # noqa: S704 - a file of our own
        levels=LEVELS,
        verdict=verdict(document),
        points=trust_points(document),
        standings=standings(document),
        spending=spending(document) if run else [],
        spent_in_all=spent_in_all(document) if run else "",
        categories=category_rows(facts.boards, agents),
        mechanism=MECHANISMS[document["mechanism"]],
        formula=formula(document["mechanism"]),
        compared=compared(document["diagnostics"].get("design")),
        scorer=SCORERS.get(document["scorer"], ""),
        figures={figure.name: figure for figure in figures(facts)},
        most_in_map=MOST_IN_MAP,
    )
    return page


@cache
def template() -> Template:
    """The template; whatever it is given becomes printable text, and is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=harmless, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(asset("report.html"))


def harmless(value: Any) -> Any:
    """A value without what a page or a terminal might obey; markup of our own stays."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def asset(name: str) -> str:
    """A file beside this one."""
    return (files("elicit.report") / name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Figure:
    """A chart as two pictures, with how to read it."""

    name: str
    wide: Markup
    narrow: Markup
    caption: str


def figures(facts: Facts) -> Iterator[Figure]:
    """The charts that this run has."""
    document, unit = facts.document, facts.document["diagnostics"]["unit"]
    agents = [agent["agent"] for agent in document["agents"]]
    yield figure("forest", charts.forest(document))
    if facts.boards:
        yield figure("category_map", charts.category_map(facts.boards, agents, unit))
    if len(agents) <= MOST_IN_MAP:
        yield figure("heat_map", charts.heat_map(agents, facts.matrix, unit))
    if document["diagnostics"]["length"] is not None:
        yield figure("length_scatter", charts.length_scatter(document))
    if any(agent.get("spend", {}).get("cost") for agent in document["agents"]):
        yield figure("cost_scatter", charts.cost_scatter(document))


def figure(name: str, chart: Any) -> Figure:
    """A chart drawn for both widths."""
    wide, narrow = (picture(chart, f"{name}-{width}", width) for width in (WIDE, NARROW))
    return Figure(name, wide, narrow, charts.caption(name))


def picture(chart: Any, prefix: str, width: int) -> Markup:
    """A chart as SVG whose ids are no other picture's."""
    svg = re.sub(r'( id="|url\(#)((?:clip|gradient_)\d+)', rf"\1{prefix}-\2", charts.as_svg(chart, width=width))
    return Markup(svg)  # noqa: S704 - drawn by us, and names in it are escaped
