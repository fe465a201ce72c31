"""How long the leaderboard of a large run takes to be seen: `python benchmarks/dashboard.py`.

A real Chromium opens the page of 200 agents on 800 tasks, and beside it, as the measure, the sign-in page, which
shows nothing of a run. Told are the time to the first cell of the table, bytes over the wire, and calls of the API;
browser, dashboard and API share the machine. Each visit is a new browser's, so nothing is cached there.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from common import ROOT, aligned

sys.path += [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from api_process import api
from dashboard_process import dashboard_over
from load import AGENTS, TASKS, Place, large_run
from playwright.sync_api import Browser, sync_playwright

from elicit import Client

VISITS = 5
CELL, FIELD = "canvas td[id^=glide-cell]", "input[aria-label='API key']"
CHART = "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg"
REQUEST = '"event": "request"'
LOADED = "[data-testid=stApp][data-test-script-state=notRunning]"


@dataclass(frozen=True)
class Visit:
    """What one visit took: seconds to the first cell and to the chart, bytes received, calls of the API."""

    seconds: float
    chart: float
    received: int
    calls: int


def visit(browser: Browser, address: str, cell: str, chart: str, log: Path) -> Visit:
    """Open a page in a browser that has nothing cached."""
    before = log.read_text().count(REQUEST)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    received = [0]
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda told: received.append(int(told["encodedDataLength"])))
    wire.on(
        "Network.webSocketFrameReceived", lambda told: received.append(len(told["response"]["payloadData"]) * 3 // 4)
    )
    page.goto(address, wait_until="commit")
    seconds = seen(page, cell)
    drawn = seen(page, chart)
    page.wait_for_selector(LOADED)
    context.close()
    return Visit(seconds, drawn, sum(received), log.read_text().count(REQUEST) - before)


def seen(page: object, selector: str) -> float:
    """Seconds from the start of the page's loading until something is there."""
    page.wait_for_selector(selector, state="attached")
    return page.evaluate("performance.now()") / 1e3


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium of the system's packages."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--disable-gpu", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


def visits(browser: Browser, address: str, cell: str, chart: str, log: Path) -> Visit:
    """The median of a few visits, after one that is not counted: it makes the dashboard load its modules."""
    made = [visit(browser, address, cell, chart, log) for _ in range(1 + VISITS)][1:]
    return Visit(*(median(getattr(one, name) for one in made) for name in ("seconds", "chart", "received", "calls")))


def show(board: Visit, empty: Visit) -> None:
    """Print both pages and their ratios."""
    rows = [
        [
            "seconds to the first cell",
            f"{empty.seconds:.2f}",
            f"{board.seconds:.2f}",
            f"{board.seconds / empty.seconds:.1f}",
        ],
        ["seconds to the chart", f"{empty.chart:.2f}", f"{board.chart:.2f}", f"{board.chart / empty.chart:.1f}"],
        [
            "MB received",
            f"{empty.received / 1e6:.2f}",
            f"{board.received / 1e6:.2f}",
            f"{board.received / empty.received:.1f}",
        ],
        ["calls of the API", f"{empty.calls:.0f}", f"{board.calls:.0f}", ""],
    ]
    print(f"leaderboard of {AGENTS} agents x {TASKS} tasks, median of {VISITS} visits:")
    print(aligned(["", "sign-in", "leaderboard", "ratio"], rows))


def main() -> None:
    """Make the run, visit, print."""
    with TemporaryDirectory() as folder, chromium() as browser:
        database, log = f"sqlite:///{folder}/elicit.db", Path(folder, "api.log")
        with log.open("w") as stream, api(database, log=stream) as process:
            with Client(process.url, process.key) as operator:
                project = operator.create_project("load").id
            with Client(process.url, process.key, project) as operator:
                key = operator.create_key("load", ["admin"], requests_per_minute=1_000_000).secret
            large_run(Place(process, database, project, key))
            homes = [Path(folder, name) for name in ("with_key", "without")]
            for home in homes:
                home.mkdir()
            with (
                dashboard_over(process.url, homes[0], ELICIT_API_KEY=key) as ours,
                dashboard_over(process.url, homes[1]) as empty,
            ):
                show(visits(browser, ours, CELL, CHART, log), visits(browser, empty, FIELD, FIELD, log))


if __name__ == "__main__":
    main()
