"""A finished ranking as an object: a DataFrame, a chart, and what a notebook shows of it.

One rule: every name is somebody else's text, and is escaped.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from elicit.digits import span
from elicit.exports import as_csv, as_json
from elicit.terminal import Scale
from elicit.untrusted import printable
from elicit.words import tied_in_words, trust_points

if TYPE_CHECKING:
    import altair
    import pandas as pd


@dataclass(frozen=True)
class Leaderboard:
    """A finished ranking. `document` is its JSON form; `run_id` the stored run, if it was stored."""

    document: dict[str, Any]
    run_id: str | None

    @property
    def leaderboard(self) -> "pd.DataFrame":
        """The same as `to_frame()`."""
        return self.to_frame()

    def to_frame(self) -> "pd.DataFrame":
        """A row an agent in rank order, with the columns of the JSON form; unknown numbers are NaN."""
        import pandas as pd

        frame = pd.DataFrame(self.document["agents"])
        whole = [name for name in ("rank", "rank_low", "rank_high", "tie_group") if frame[name].isna().any()]
        return frame.astype(dict.fromkeys(whole, "Int64"))

    def to_csv(self) -> str:
        """The agents as CSV, with nothing that a spreadsheet takes for a formula."""
        return as_csv(self.document["agents"])

    def to_json(self) -> str:
        """The document as `elicit export` writes it."""
        return as_json(self.document)

    @property
    def diagnostics(self) -> dict[str, Any]:
        """How far to trust the ranking."""
        found: dict[str, Any] = self.document["diagnostics"]
        return found

    @property
    def trust(self) -> list[tuple[str, str]]:
        """How far to trust the ranking, in plain words: headings, each with a sentence or two."""
        points = [(point.name, point.text) for point in trust_points(self.document)]
        chosen, tied = "; ".join(self.diagnostics["choices"]), tied_in_words(self.diagnostics["tie_groups"])
        return [("chosen", chosen), ("tied", tied), *points]

    def plot(self) -> "altair.LayerChart":
        """Scores with their 95 % intervals, best agent on top, as an Altair chart."""
        from elicit.charts import forest

        return forest(self.document).properties(title=self.title)

    @property
    def title(self) -> str:
        """What was ranked, and by what."""
        return "{n_agents} agents, {n_tasks} tasks · {mechanism} ({scorer})".format_map(self.document)

    def _repr_html_(self) -> str:
        """The leaderboard and what it means, for a notebook; every name is escaped."""
        scale = Scale(self.document["agents"])
        body = "".join(html_row(agent, scale) for agent in self.document["agents"])
        words = "".join(f"<li><b>{html.escape(label)}</b> {html.escape(text)}</li>" for label, text in self.trust)
        notes = "".join(f"<li>{html.escape(printable(note))}</li>" for note in self.diagnostics["notes"])
        return (
            f"<div><p>{html.escape(self.title)}</p><table><thead><tr><th>rank</th><th>95 %</th><th>agent</th>"
            "<th>score</th><th></th><th>95 %</th><th>answered</th><th>length out</th></tr></thead>"
            f"<tbody>{body}</tbody></table>"
            f"<ul>{words}{notes}</ul></div>"
        )


def html_row(agent: Mapping[str, Any], scale: Scale) -> str:
    """One agent as a table row with a bar."""
    ranked = agent["rank"] is not None
    share = 100 * scale.share(agent["score"]) if agent["score"] is not None else 0
    bar = (
        f'<div style="width:160px;background:#eee"><div style="width:{share:.0f}%;height:0.8em;background:#3a7ca5">'
        "</div></div>"
    )
    interval = "" if agent["low"] is None else f"{scale.number(agent['low'])} … {scale.number(agent['high'])}"
    cells = [
        str(agent["rank"]) if ranked else "–",
        span(agent["rank_low"], agent["rank_high"]),
        html.escape(printable(agent["agent"])),
        scale.number(agent["score"]),
        bar,
        interval,
        f"{agent['coverage']:.0%}",
        scale.number(agent["score_length_adjusted"]),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
