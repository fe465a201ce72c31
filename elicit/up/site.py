"""The dashboard as a part of this process: Streamlit's own ASGI application over the pages.

One rule: the pages know the server only as its HTTP API, here as on any other machine.
"""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from elicit.errors import ElicitError


def pages(url: str, key: str) -> Any:
    """The dashboard for the API at `url`, as an ASGI application that asks with `key`.

    Raises `ElicitError` where Streamlit is not installed.
    """
    try:
        import streamlit
        from streamlit import config
    except ImportError as error:
        raise ElicitError("the dashboard needs Streamlit: pip install 'elicit[dashboard]'") from error
    dashboard = files("dashboard")
    # Streamlit finds this file by itself only where it is started by its own command.
    for name, value in options(tomllib.loads((dashboard / ".streamlit" / "config.toml").read_text(encoding="utf-8"))):
        config.set_option(name, value)
    return streamlit.App(str(dashboard / "app.py"), secrets={"elicit": {"url": url, "key": key}})


def options(given: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any]]:
    """Settings under their full names.

    >>> list(options({"theme": {"base": "dark", "sidebar": {"baseRadius": "none"}}}))
    [('theme.base', 'dark'), ('theme.sidebar.baseRadius', 'none')]
    """
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from options(value, f"{within}{name}.")
        else:
            yield f"{within}{name}", value
