"""A gate's verdict for the terminal: may this agent take the baseline's place?

One rule: the verdict stands with its interval and its controls, never alone.
"""

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from elicit.untrusted import printable

Facts = Mapping[str, Any]

SURE_ENOUGH = 0.05
VERDICTS = {
    "worse": ("worse, beyond noise", "bold red"),
    "better": ("better, beyond noise", "bold green"),
    "not told apart": ("not told apart", "bold"),
    "unknown": ("cannot be compared", "bold yellow"),
}


def verdict(facts: Facts) -> Group:
    """The verdict in a line, then what it rests on."""
    words, style = VERDICTS[facts["verdict"]]
    names = f"{printable(facts['agent'])} against {printable(facts['baseline'])}: "
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for label, text in reasons(facts):
        table.add_row(f"  {label}", text)
    return Group(Text(names).append(words, style=style), table)


def reasons(facts: Facts) -> list[tuple[str, str]]:
    """Difference, length control and signal, each with its numbers in words."""
    rows = [("difference", in_words(facts))]
    if facts["length_adjusted"] is not None:
        rows.append(("length out", length_words(facts)))
    if facts["signal_p"] is not None:
        rows.append(("signal", signal_words(facts["signal_p"])))
    return rows


def in_words(facts: Facts) -> str:
    """The difference with its interval and p-value."""
    tasks = f"{facts['n_tasks']} task{'' if facts['n_tasks'] == 1 else 's'} that both answered"
    if facts["low"] is None:
        return f"unknown: {tasks}, and it takes two different prompts at least"
    interval = f"95 % {signed(facts['low'])} … {signed(facts['high'])}, p = {facts['p_value']:.2g}"
    return f"{signed(facts['difference'])} {facts['unit']} ({interval}), over {tasks}"


def length_words(facts: Facts) -> str:
    """What is left of the difference without length, and how long the two write."""
    return (
        f"{signed(facts['length_adjusted'])} {facts['unit']}; {printable(facts['agent'])} writes "
        f"{facts['agent_words']:.0f} words an answer, {printable(facts['baseline'])} {facts['baseline_words']:.0f}"
    )


def signal_words(p: float) -> str:
    """Whether the run tells agents apart from chance at all."""
    if p > SURE_ENOUGH:
        return f"none (p = {p:.2g}): from such scores no drop can be seen"
    return f"yes (p = {p:.2g}): the scores are more than chance"


def signed(value: float) -> str:
    """A number with its sign.

    >>> signed(-0.04217), signed(0.0)
    ('-0.0422', '+0')
    """
    return f"{value:+.3g}"
