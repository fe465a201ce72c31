"""The dashboard as a part of this process: Streamlit's own ASGI application over the pages.

One rule: the pages know the server only as its HTTP API, here as on any other machine.
"""

from importlib.resources import files
from typing import Any

from elicit.errors import ElicitError

# Streamlit reads its settings before the pages run; these hold for a server that is started by a program.
OPTIONS = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "logger.level": "error",
    "server.headless": True,
}


def pages(url: str, key: str) -> Any:
    """The dashboard for the API at `url`, as an ASGI application that asks with `key`.

    Raises `ElicitError` where Streamlit is not installed.
    """
    try:
        import streamlit
        from streamlit import config
    except ImportError as error:
        raise ElicitError("the dashboard needs Streamlit: pip install 'elicit[dashboard]'") from error
    for name, value in OPTIONS.items():
        config.set_option(name, value)
    return streamlit.App(str(files("dashboard") / "app.py"), secrets={"elicit": {"url": url, "key": key}})
