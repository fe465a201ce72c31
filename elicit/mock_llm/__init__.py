"""A mock LLM server that ships with elicit: an OpenAI-compatible API on this machine, with scripted answers and faults.

One rule: it speaks real HTTP and knows nothing of its clients; what passes against it passes for the right reasons.

    with serve([Rule(model="mock-weak", status=429, retry_after_s=1, times=2)]) as server:
        ...  # give server.url as api_base
        server.requests()

Needs the extra `llm`, with which aiohttp comes.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from elicit.mock_llm.models import LocalModels, Models, local_models
    from elicit.mock_llm.running import Server, serve
    from elicit.mock_llm.script import Ask, Rule, Script, read_script
    from elicit.mock_llm.server import Received

HOME = {
    "LocalModels": "models",
    "Models": "models",
    "local_models": "models",
    "Server": "running",
    "serve": "running",
    "Ask": "script",
    "Rule": "script",
    "Script": "script",
    "read_script": "script",
    "Received": "server",
}

__all__ = [
    "Ask",
    "LocalModels",
    "Models",
    "Received",
    "Rule",
    "Script",
    "Server",
    "local_models",
    "read_script",
    "serve",
]


def __getattr__(name: str) -> Any:
    """Import a part when it is first used: the command line knows the command without its web server."""
    if name in HOME:
        return getattr(import_module(f"elicit.mock_llm.{HOME[name]}"), name)
    raise AttributeError(f"module 'elicit.mock_llm' has no attribute {name!r}")
