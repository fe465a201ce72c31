"""A project with nothing in it: what to do first."""

from dashboard.look import link
from dashboard.states import empty


def show() -> None:
    """What somebody reads who has no run yet."""
    empty("No run yet. Submit outputs and start a run: drag a file onto a new evaluation, or submit from Python.")
    link("evaluate", "New evaluation", icon=":material/add_chart:")
