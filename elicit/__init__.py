"""Rank LLM agents without ground truth.

Agents answer the same tasks. An agent scores by how much its answers tell about the others' answers, so no answer key
is needed, and padding, copying or flattering a judge does not pay.

>>> import elicit
>>> def label(agent, task):
...     return "xy"[task % 2] if agent != "c" else "xy"[task // 2 % 2]
>>> rows = [{"task_id": t, "agent": a, "label": label(a, t)} for t in range(40) for a in "abc"]
>>> elicit.rank(rows, store=False).leaderboard["agent"].iloc[-1]
'c'
"""

from typing import TYPE_CHECKING, Any

from elicit.errors import ElicitError, InvalidInput

if TYPE_CHECKING:
    from elicit.notebook import Leaderboard, evaluate, rank

__all__ = ["ElicitError", "InvalidInput", "Leaderboard", "evaluate", "rank"]


def __getattr__(name: str) -> Any:
    """Import the notebook side when it is first used, so that `elicit --help` need not wait for numpy."""
    if name in {"Leaderboard", "evaluate", "rank"}:
        from elicit import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'elicit' has no attribute {name!r}")
