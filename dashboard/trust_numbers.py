"""The numbers behind the points of trust, for those who want them.

One rule: what is not known is shown as –.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

NUMBERS = {
    "signal p": ("signal", "p_value", "one-sided, that the pool earns more than chance"),
    "mean score": ("signal", "mean_score", "mean of all agents' scores"),
    "split half": (
        "split_half",
        "spearman",
        "Spearman's correlation of the rankings by two random halves of the tasks",
    ),
    "split half, full": ("split_half", "full_length", "the same for the full number of tasks (Spearman-Brown)"),
    "length and score": ("length", "spearman_with_score", "Spearman's correlation of score and mean length"),
    "length out": ("length", "spearman_raw_with_adjusted", "correlation of the score with and without length"),
    "per doubling": ("length", "score_per_doubling", "how much the score rises with twice the words"),
}


def numbers_of(document: Mapping[str, Any]) -> pd.DataFrame:
    """A row a number: its name, its value as text, what it is."""
    facts = document["diagnostics"]
    rows = [(name, number((facts[part] or {}).get(key)), meaning) for name, (part, key, meaning) in NUMBERS.items()]
    rows += [
        ("effective agents", number(facts["effective_agents"]), "votes: a cluster of clones counts once"),
        ("effective peers", number(facts["effective_peers"]), "over how many peers the say is spread"),
        ("intervals", f"{facts['intervals']['level']:.0%}", facts["intervals"]["method"]),
        ("resamples", f"{facts['intervals']['resamples']:,}", "how many times tasks were drawn anew"),
        ("seed", str(document["seed"]), "what all random choices follow from"),
    ]
    return pd.DataFrame([*rows, *design_rows(facts.get("design"))], columns=["number", "value", "what it is"])


AVERAGES = {
    "mean": "by the plain mean over peers",
    "tasks": "by ability and difficulty (additive over agents and tasks)",
    "pairs": "with all peers paying alike (additive over pairs)",
}


def design_rows(design: Mapping[str, Any] | None) -> Iterator[tuple[str, str, str]]:
    """What pairs were compared, and what other averages make of them; nothing where nobody measured it."""
    if not design:
        return
    yield "compared", number(design["compared"]), "share of all pairs of answers to one task that were compared"
    yield "agent pairs", number(design["agent_pairs"]), "share of all pairs of agents that were compared on any task"
    for fit in design["fits"]:
        meaning = f"Spearman's correlation with the ranking {AVERAGES[fit['average']]}; the largest move in places"
        yield f"other average: {fit['average']}", f"{number(fit['spearman'])}; {fit['largest_move']}", meaning
    meaning = "how far task scores are from a sum of agent and task, with the noise of few pairs; in the middle"
    yield "curl", number(design["curl"]["median"]), meaning
    yield "curl, 95 %", number(design["curl"]["p95"]), "the same at the 95th percentile"


def separation_of(document: Mapping[str, Any]) -> pd.DataFrame:
    """A row for each two neighbours in rank: how far apart they are, and how many tasks would tell them apart."""
    return pd.DataFrame(
        [
            {
                "agent": pair["agent"],
                "next": pair["next"],
                "difference": number(pair["difference"]),
                "95 %": f"{number(pair['low'])} … {number(pair['high'])}",
                "p": number(pair["p_value"]),
                "more tasks": "–" if pair["more_tasks"] is None else f"{pair['more_tasks']:,}",
            }
            for pair in document["diagnostics"].get("separation") or ()
        ]
    )


def number(value: float | None) -> str:
    """A number with two digits; – where it is not known.

    >>> number(0.0312), number(None)
    ('0.031', '–')
    """
    return "–" if value is None else f"{value:.2g}"
