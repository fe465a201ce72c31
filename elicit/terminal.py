"""What people see in a terminal: the leaderboard, and what it means in plain words.

Every name goes through `printable`: names and responses are untrusted.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from elicit.digits import decimals, span
from elicit.untrusted import printable
from elicit.words import more_tasks_in_words, tied_in_words, trust_points

Document = Mapping[str, Any]

WIDE = 100  # columns from which on the bars are long
LONG_BAR, SHORT_BAR = 24, 10


def leaderboard(document: Document, width: int) -> Group:
    """The leaderboard with its diagnostics, for a terminal `width` characters wide."""
    bar_width = LONG_BAR if width >= WIDE else SHORT_BAR
    return Group(heading(document), leaderboard_table(document, bar_width), *diagnostics(document))


def heading(document: Document) -> Text:
    """What was ranked, and by what."""
    made = "{n_agents} agents, {n_tasks} tasks · {mechanism} with the {scorer} scorer, seed {seed} · score in "
    return Text(made.format_map(document) + document["diagnostics"]["unit"], style="dim")


def leaderboard_table(document: Document, bar_width: int) -> Table:
    """Rank with its interval, agent, score with a bar and its interval, coverage, and the length control."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("rank", "95 %"):
        table.add_column(name, justify="right")
    longest = max(len(agent["agent"]) for agent in document["agents"])
    table.add_column("agent", overflow="fold", min_width=min(longest, 32), max_width=40)
    table.add_column("score", justify="right")
    table.add_column("", no_wrap=True)
    table.add_column("95 %", justify="right", no_wrap=True)
    table.add_column("answered", justify="right")
    with_length = document["diagnostics"]["length"] is not None
    if with_length:
        table.add_column("length out", justify="right")
    shared = {name for names in document["diagnostics"]["clusters"] for name in names}
    scale = Scale(document["agents"], bar_width)
    for agent in document["agents"]:
        cells = row(agent, scale, cloned=agent["agent"] in shared)
        table.add_row(*cells, *([scale.number(agent["score_length_adjusted"])] if with_length else []))
    return table


def row(agent: Mapping[str, Any], scale: "Scale", *, cloned: bool) -> Iterator[RenderableType]:
    """The cells of one agent."""
    yield "–" if agent["rank"] is None else str(agent["rank"])
    yield span(agent["rank_low"], agent["rank_high"])
    name = Text(printable(agent["agent"]))
    yield name.append(f"  clone {agent['cluster']}", style="yellow") if cloned else name
    yield scale.number(agent["score"])
    yield scale.bar(agent)
    yield Text(
        "" if agent["low"] is None else f"{scale.number(agent['low'])} … {scale.number(agent['high'])}", style="dim"
    )
    yield f"{agent['coverage']:.0%}"


class Scale:
    """Draws scores on one axis, with as many digits as their intervals support."""

    def __init__(self, agents: Sequence[Mapping[str, Any]], bar_width: int = LONG_BAR) -> None:
        self.bar_width = bar_width
        known = [agent for agent in agents if agent["low"] is not None]
        self.low = min((agent["low"] for agent in known), default=0.0)
        self.low = min(self.low, 0.0) if self.low > -1e-9 else self.low
        self.high = max((agent["high"] for agent in known), default=1.0)
        self.decimals = decimals(known)

    def number(self, value: float | None) -> str:
        """A score with the digits that mean something."""
        return "" if value is None else f"{value:.{self.decimals}f}"

    def share(self, value: float) -> float:
        """Where a score lies between the ends of the axis, in [0, 1]."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low))) if self.high > self.low else 0.0

    def place(self, value: float) -> int:
        """The column of the bar that a score falls into."""
        return round(self.share(value) * (self.bar_width - 1))

    def bar(self, agent: Mapping[str, Any]) -> Text:
        """A bar up to the score, and a thin line over its interval."""
        if agent["score"] is None:
            return Text("")
        end = self.place(agent["score"])
        low, high = (end, end) if agent["low"] is None else (self.place(agent["low"]), self.place(agent["high"]))
        bar = Text("█" * low, style="cyan")
        bar.append("▓" * (end - low) + "█", style="cyan")
        return bar.append("─" * (high - end) + " " * (self.bar_width - 1 - high), style="dim")


def diagnostics(document: Document) -> Iterator[RenderableType]:
    """How far to trust the leaderboard, a sentence or two on each point."""
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for label, sentence in trust(document):
        facts.add_row(Text(label, style="bold"), Text(printable(sentence)))
    for note in document["diagnostics"]["notes"]:
        facts.add_row(Text("note", style="bold yellow"), Text(printable(note)))
    yield Text("")
    yield facts


# What else there is to say stands in the table or in the notes.
IN_TERMINAL = ("signal", "repeats", "length", "peers", "agents", "clones", "design", "additive")


def trust(document: Document) -> Iterator[tuple[str, str]]:
    """Each diagnostic in plain words, under its label."""
    facts = document["diagnostics"]
    yield "chosen", "; ".join(facts["choices"])
    yield "tied", "; ".join(filter(None, (tied_in_words(facts["tie_groups"]), more_tasks_in_words(document))))
    yield from ((point.name, point.text) for point in trust_points(document) if point.name in IN_TERMINAL)


def plain_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Records as a table, a column a key."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for record in rows:
        table.add_row(*(Text(cell(value)) for value in record.values()))
    return table


def cell(value: Any) -> str:
    """A value as table text."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    return printable(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def comparison(before: Any, after: Any, moves: Sequence[Any]) -> Group:
    """Who moved between two runs."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, justify in (("rank", "right"), ("was", "right"), ("move", "right"), ("95 %", "right"), ("agent", "left")):
        table.add_column(name, justify="left" if justify == "left" else "right")
    table.add_column("score", justify="right")
    table.add_column("95 %", justify="right")
    table.add_column("verdict")
    for move in moves:
        table.add_row(*comparison_row(move))
    moved = [printable(move.agent) for move in moves if move.beyond_noise]
    verdict = f"more than noise: {', '.join(moved)}" if moved else "no move is more than noise"
    return Group(
        Text(f"from run {before.id} to run {after.id}", style="dim"), table, Text(""), Text(verdict, style="bold")
    )


def combined_board(runs: Sequence[Any], rows: Sequence[Mapping[str, Any]]) -> Group:
    """Agents ranked by several runs together."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("rank", "95 %", "agent", "score", "95 %", "tasks"):
        table.add_column(name, justify="left" if name == "agent" else "right")
    scale = Scale(rows)
    for row in rows:
        interval = "" if row["low"] is None else f"{scale.number(row['low'])} … {scale.number(row['high'])}"
        rank = "–" if row["rank"] is None else str(row["rank"])
        agent = Text(printable(row["agent"]))
        ranks = span(row["rank_low"], row["rank_high"])
        table.add_row(rank, ranks, agent, scale.number(row["score"]), interval, str(row["n_tasks"]))
    made_by = "; ".join(f"{run.id} ({run.result['mechanism']}, {run.result['scorer']})" for run in runs)
    unit = "score: standard deviations above the mean answer to a task, averaged over runs and tasks"
    return Group(Text(made_by, style="dim"), table, Text(""), Text(unit, style="dim"))


def comparison_row(move: Any) -> Iterator[RenderableType]:
    """The cells of one agent's move."""
    yield str(move.rank_after)
    yield str(move.rank_before)
    yield f"{move.rank_change:+d}" if move.rank_change else "="
    low, high = move.rank_change_low, move.rank_change_high
    yield "" if low is None else "=" if low == high == 0 else f"{low:+d} … {high:+d}"
    yield Text(printable(move.agent))
    yield "" if move.score_change is None else f"{move.score_change:+.3g}"
    low, high = move.score_change_low, move.score_change_high
    yield "" if low is None else f"{low:+.3g} … {high:+.3g}"
    yield verdict_on(move)


def verdict_on(move: Any) -> Text:
    """What to make of a move."""
    if move.beyond_noise:
        return Text("moved", style="bold")
    if move.rank_change == 0:
        return Text("same place", style="dim")
    return Text("noise" if move.p_adjusted is None else f"noise (p = {move.p_adjusted:.2g})", style="dim")


def pair_table(rows: Sequence[Mapping[str, Any]], width: int) -> Group:
    """Who tells about whom: a matrix where it fits into `width` characters, else each agent's best peers."""
    names = list(dict.fromkeys(record["agent"] for record in rows))
    score = {(record["agent"], record["peer"]): record["score"] for record in rows}
    unit = max((abs(value) for value in score.values() if value is not None), default=0.0) / 99 or 1.0
    if len(names) * (CELL + 1) + LONGEST_NAME > width:
        return Group(best_peers(names, score))
    caption = f"earned by the row from the column; 99 is {99 * unit:.3g}"
    return Group(Text(caption, style="dim"), pair_matrix(names, score, unit))


CELL, LONGEST_NAME = 3, 32
PairScore = Mapping[tuple[str, str], float | None]


def pair_matrix(names: Sequence[str], score: PairScore, unit: float) -> Table:
    """What each agent (row) earns from each peer (column), in units, columns numbered as the rows are."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", justify="right")
    table.add_column("agent", no_wrap=True, max_width=LONGEST_NAME - CELL)
    for number in range(1, len(names) + 1):
        table.add_column(str(number), justify="right", no_wrap=True)
    for number, agent in enumerate(names, start=1):
        cells = (score.get((agent, peer)) for peer in names)
        shown = ("·" if value is None else str(round(value / unit)) for value in cells)
        table.add_row(str(number), Text(printable(agent)), *shown)
    return table


def best_peers(names: Sequence[str], score: PairScore) -> Table:
    """The three peers each agent tells most about."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("agent", max_width=LONGEST_NAME)
    table.add_column("tells most about (all pairs: --format csv)")
    for agent in names:
        known = [(value, peer) for peer in names if (value := score.get((agent, peer))) is not None]
        best = sorted(known, key=lambda pair: -pair[0])[:3]
        table.add_row(Text(printable(agent)), Text(", ".join(f"{printable(peer)} {value:.3g}" for value, peer in best)))
    return table


def run_list(rows: Sequence[Mapping[str, Any]]) -> Table:
    """The stored runs, one a line."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("run", "made (UTC)", "mechanism", "agents", "tasks", "seed", "input"):
        table.add_column(name, no_wrap=name != "input", justify="right" if name in RIGHT else "left")
    for row in rows:
        made = row["created_at"][:16].replace("T", " ")
        numbers = (cell(row[name]) for name in ("n_agents", "n_tasks", "seed"))
        table.add_row(row["id"], made, cell(row["mechanism"]), *numbers, Text(read_by(row)))
    return table


def read_by(row: Mapping[str, Any]) -> str:
    """What a stored run read, in the list of runs."""
    if row["plan"] is not None:
        goes_on = "" if row["finished"] else f", unfinished: elicit resume {row['id']}"
        return f"plan {printable(row['plan'])}{goes_on}"
    return ", ".join(printable(PurePath(path).name) for path in row["sources"]) or "rows"


RIGHT = {"agents", "tasks", "seed"}


SHOWN_REASONS = 30
SHOWN_TEXT = 600


def explanation(reasons: Any) -> Group:
    """One pair taken apart."""
    parts: list[RenderableType] = [explanation_heading(reasons)]
    for who, text in ((reasons.agent, reasons.response), (reasons.peer, reasons.peer_response)):
        if text is not None:
            shown = text[:SHOWN_TEXT] + (" …" if len(text) > SHOWN_TEXT else "")
            parts += [Text(f"\n{printable(who)} answered:", style="bold"), Text(printable(shown))]
    parts.append(Text(""))
    if reasons.rows:
        parts.append(plain_table([*reasons.rows[:SHOWN_REASONS], *reasons.rows[SHOWN_REASONS:][-2:]]))
    hidden = max(0, len(reasons.rows) - SHOWN_REASONS - 2)
    if hidden:
        parts.append(Text(f"{hidden} smaller ones are in --format json", style="dim"))
    return Group(*parts)


def explanation_heading(reasons: Any) -> Text:
    """Who told how much about whom."""
    agent, peer, task = printable(reasons.agent), printable(reasons.peer), printable(reasons.task)
    if reasons.amount is None:
        return Text(f"{agent} and {peer} were not both scored on {task}: missing, not zero", style="yellow")
    return Text(
        f"on {task}, {agent} earned {reasons.amount:.3g} ({reasons.unit}) from {peer}; "
        f"over all tasks {reasons.pair_mean:.3g}"
    )


def mechanism_list(rows: Sequence[Mapping[str, str]]) -> Group:
    """Each mechanism with what it promises and what it cannot see."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 1, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for record in rows:
        text = Text.assemble(
            (f"reads {record['evidence']}\n", "dim"),
            f"{record['guarantees']}\n",
            ("Blind: ", "yellow"),
            f"{record['blindness']}\n",
            (record["source"], "dim"),
        )
        table.add_row(Text(record["name"], style="bold"), text)
    return Group(table)


def advice_list(rows: Sequence[Mapping[str, Any]]) -> Group:
    """Scorers and mechanisms that suit, best first, each with its reason."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 1, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for record in rows:
        name = Text(f"{record['mechanism']}\n", style="bold").append(record["scorer"], style="not bold dim")
        best = ("Recommended. ", "green") if record["recommended"] else ""
        text = Text.assemble(best, f"{record['reason']}\n", ("But: ", "yellow"), record["caveat"])
        table.add_row(name, text)
    return Group(table)


def audit_table(rows: Sequence[Mapping[str, Any]]) -> Group:
    """What tricks would gain: a row for each, and the most places that anybody rose under each mechanism."""
    columns = list(dict.fromkeys((row["mechanism"], row["clones"]) for row in rows))
    places = {(row["attack"], row["mechanism"], row["clones"]): row["most_places"] for row in rows}
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("trick", no_wrap=True)
    table.add_column("the agent", overflow="fold")
    for mechanism, clones in columns:
        table.add_column(f"{mechanism}\n{'defended' if clones == 'on' else 'open'}", justify="right")
    for attack, does in dict.fromkeys((row["attack"], row["does"]) for row in rows):
        risen = [places.get((attack, *column)) for column in columns]
        shown = [Text(f"{most:+.0f}", style="bold red") if most and most > 0 else Text(cell(most)) for most in risen]
        table.add_row(attack, Text(does, style="dim"), *shown)
    caption = "places that the luckiest agent rose; 0 or less: nobody gained. Defended: clones share one vote."
    return Group(table, Text(""), Text(caption, style="dim"))


def mechanism_in_full(record: Mapping[str, str], laws: Sequence[Mapping[str, Any]]) -> Group:
    """One mechanism: all that it says of itself, and the laws that it keeps and breaks."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in record.items():
        table.add_row(Text(name.replace("_", " "), style="bold"), Text(text))
    table.add_row("", "")
    for law in laws:
        kept = Text("keeps", style="green") if law["kept"] else Text("breaks", style="yellow")
        table.add_row(kept, Text(law["law"] if law["kept"] else f"{law['law']}: {law['why_not']}"))
    return Group(table)
