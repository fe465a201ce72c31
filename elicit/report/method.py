"""How scores come about, in words: what the mechanism computes, and what each scorer looks at.

One rule: what a mechanism computes is told where it is computed, and read from there.
"""

import inspect
import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from elicit.digits import percent
from elicit.mechanisms import MECHANISMS

SCORERS = {
    "lexical": "informative words that two answers share, weighted by how rare they are; no model",
    "embeddings": "one vector per answer, compared by direction; no model asked about pairs",
    "labels": "the labels as they were given",
    "given": "scores that were given with the input",
    "critic": "a model that says whether two answers speak of the same thing",
    "judge": "a model that says which of two answers is better; a control",
    "likelihood": "a model's probability of an answer, with and without the other answer before it",
    "pmi": "a model's ratings of how much one answer tells about another",
    "questions": "a model's answers, from each response, to questions about the task",
}


def formula(mechanism: str) -> list[Markup]:
    """What a mechanism pays agent i for peer j: what it is, then how it is computed, in what range."""
    paragraphs = (inspect.getdoc(MECHANISMS[mechanism].pairwise) or "").split("\n\n")
    return [with_code(" ".join(paragraph.split())) for paragraph in paragraphs[:2]]


def compared(design: Mapping[str, Any] | None) -> str:
    """Which pairs were compared, and how far other averages rank alike; "" where there is nothing to tell.

    >>> fit = {"average": "pairs", "spearman": 0.953}
    >>> compared({"compared": 0.2, "agent_pairs": 1.0, "fits": [fit], "curl": {"median": 0.12, "p95": None}})
    '20 % of all pairs of answers to one task, 100 % of all pairs of agents; rank correlation with others: pairs 0.95'
    """
    if design is None or design["compared"] is None:
        return ""
    told = [
        f"{percent(design['compared'])} of all pairs of answers to one task, "
        f"{percent(design['agent_pairs'])} of all pairs of agents"
    ]
    kept = [f"{fit['average']} {fit['spearman']:.2f}" for fit in design["fits"] if fit["spearman"] is not None]
    bent = design["curl"]
    told += [f"rank correlation with others: {', '.join(kept)}"] if kept else []
    told += [f"curl {bent['median']:.2f} (95 %: {bent['p95']:.2f})"] if bent["p95"] is not None else []
    return "; ".join(told)


def with_code(text: str) -> Markup:
    """Text with what stands between backquotes set as code.

    >>> with_code("at most ``C - 1``, as `kl` <b>")
    Markup('at most <code>C - 1</code>, as <code>kl</code> &lt;b&gt;')
    """
    parts = re.split(r"``?([^`]+)``?", text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )
