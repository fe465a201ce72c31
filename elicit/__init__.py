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

from importlib import import_module
from typing import TYPE_CHECKING, Any

from elicit.errors import ApiError, ElicitError, InvalidInput

if TYPE_CHECKING:
    from elicit.client import AsyncClient, Client
    from elicit.leaderboard import Leaderboard
    from elicit.notebook import audit, evaluate, rank

HOME = {
    "AsyncClient": "client",
    "Client": "client",
    "Leaderboard": "leaderboard",
    "audit": "notebook",
    "evaluate": "notebook",
    "rank": "notebook",
}

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "ElicitError",
    "InvalidInput",
    "Leaderboard",
    "audit",
    "evaluate",
    "rank",
]


def __getattr__(name: str) -> Any:
    """Import a part when it is first used: `elicit --help` need not wait for numpy, nor ranking for an HTTP client."""
    if name in HOME:
        return getattr(import_module(f"elicit.{HOME[name]}"), name)
    raise AttributeError(f"module 'elicit' has no attribute {name!r}")
