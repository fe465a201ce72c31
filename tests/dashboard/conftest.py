"""What tests of the dashboard's pages share: a real server, and pages opened over it with a key of any scope."""

from pathlib import Path

import pytest
from finished_runs import done, evaluation, runner
from serving import server, server_on
from streamlit.testing.v1 import AppTest

from dashboard.connection import configured, shared_client

__all__ = ["done", "evaluation", "runner", "server"]

DASHBOARD = Path(__file__).parents[2] / "dashboard"


@pytest.fixture(scope="session")
def running_server(tmp_path_factory):
    """A server that lives as long as the tests; pages know nothing of databases, so one kind is enough."""
    with server_on(f"sqlite:///{tmp_path_factory.mktemp('dashboard') / 'elicit.db'}") as running:
        yield running


@pytest.fixture
def page(server, monkeypatch):
    """A function that opens a page with a key of this scope, at an address with these parameters.

    Whatever the page met must have been told in words: an exception fails the test.
    """

    def opened(name="leaderboard", scope="read", **view):
        monkeypatch.setenv("ELICIT_URL", server.url)
        monkeypatch.setenv("ELICIT_API_KEY", server.keys[scope])
        shown = AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=60)
        for parameter, value in view.items():
            shown.query_params[parameter] = value
        shown = shown.switch_page(f"views/{name}.py") if name != "leaderboard" else shown
        shown.run()
        assert not shown.exception
        return shown

    yield opened
    shared_client(configured()).close()
    shared_client.clear()
