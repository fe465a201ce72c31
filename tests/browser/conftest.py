"""What tests in a browser share: one server and one dashboard for all; each test has its own project."""

import os
import shutil

import pytest
from dashboard_process import dashboard_over
from finished_runs import done, evaluation, runner
from playwright.sync_api import sync_playwright
from serving import Unplugged, server, server_on
from visitor import HEIGHT, WIDE, Visitor

import elicit

__all__ = ["done", "evaluation", "runner", "server"]

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium of the system's packages; while it is there no test may run an event loop of its own."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing = f"no Chromium: install one of {', '.join(PROGRAMS)} (tests/install_browser.sh does on Debian as root)"
        assert not os.environ.get("ELICIT_TESTS_NEED_BROWSER"), missing
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--disable-gpu", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def running_server(tmp_path_factory):
    """A server that lives as long as the tests; models on this machine may be asked."""
    database = f"sqlite:///{tmp_path_factory.mktemp('browser') / 'elicit.db'}"
    with server_on(database, Unplugged(allow_private=True)) as running:
        yield running


@pytest.fixture(scope="session")
def dashboard(running_server, tmp_path_factory):
    """The address of a dashboard where people sign in with their own keys."""
    _, url, _ = running_server
    with dashboard_over(url, tmp_path_factory.mktemp("dashboard")) as address:
        yield address


@pytest.fixture
def tab(chromium):
    """A function that opens a tab in a browser of its own, so to speak: without the cookies of any other."""
    contexts = []

    def opened(width=WIDE, **options):
        contexts.append(
            chromium.new_context(viewport={"width": width, "height": HEIGHT}, reduced_motion="reduce", **options)
        )
        return contexts[-1].new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def visiting(dashboard, server, tab):
    """A function that gives a visitor who signs in with the project's key of this scope, or with none (`None`)."""
    return lambda scope: Visitor(tab(), dashboard, server.keys[scope] if scope else None)


@pytest.fixture
def visitor(visiting):
    """A visitor who may do everything in the project."""
    return visiting("admin")


@pytest.fixture
def client(server):
    """A client of the same project, to make what the visitor will see."""
    with elicit.Client(server.url, server.keys["admin"], progress=False) as client:
        yield client
