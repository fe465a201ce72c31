"""What the pages on the forms of input and output list, and the names that a document really has."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
FIRST_CELL = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
OF_PLANS = "## Of a plan's run"

# Objects that only group their keys: the table has the keys, not the group.
GROUPS = ("peers", "intervals", "signal", "split_half", "design.curl", "run", "run.spend", "run.spend.budget")
GROUPS += (
    "run.spend.paid_by_this_run",
    "run.spend.possibly_paid",
    "run.pairs",
    "run.critic",
    "run.critic.order",
    "run.judge",
    "run.judge.order",
)
GROUPS += ("run.ratings", "run.rewriting", "run.questions", "run.design", "run.likelihood")
NOT_ROWS = {"agents[].spend", *(f"diagnostics.{group}" for group in GROUPS)}
# Lists of objects whose keys are in the table, too.
LISTS = ("agents", "diagnostics.separation", "diagnostics.design.fits")
# Objects that are like another in the table.
LIKE_ANOTHER = ("diagnostics.run.spend.scorer.", "diagnostics.run.spend.rewriter.")


def documented(page):
    """What stands first in the rows of the page's tables."""
    return FIRST_CELL.findall(page.read_text())


def documented_keys(*, of_plans):
    """The keys of the JSON form that its page lists, with or without those that only a plan's run has."""
    plain, _, more = (DOCS / "reference-json.md").read_text().partition(OF_PLANS)
    return {*FIRST_CELL.findall(plain), *(FIRST_CELL.findall(more) if of_plans else ())}


def key_paths(value, path=""):
    """The keys of a document, by their paths."""
    if isinstance(value, list):
        return set().union(*(key_paths(item, f"{path}[]") for item in value)) if path in LISTS else set()
    if not isinstance(value, dict):
        return set()
    below = [(f"{path}.{key}" if path else key, item) for key, item in value.items()]
    leaves = {name for name, item in below if name not in NOT_ROWS and not name.startswith(LIKE_ANOTHER)}
    return leaves.union(*(key_paths(item, name) for name, item in below))
