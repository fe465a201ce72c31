"""The dashboard as its own process, started as the compose file does, over a server that runs already."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
from ports import free_port

ROOT = Path(__file__).parents[2]
READY_S = 60


@contextmanager
def dashboard_over(server_url, home, *, port=None, **environ):
    """The dashboard's address; it has no key of its own. `home` is where it looks for secrets and what it logs to."""
    address = f"http://127.0.0.1:{(port := port or free_port())}"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ELICIT_", "STREAMLIT_"))}
    words = ["run", str(ROOT / "dashboard" / "app.py"), "--server.address", "127.0.0.1", "--server.port", str(port)]
    log = home / "dashboard.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", *words, "--server.fileWatcherType", "none"],
            stdout=stream,
            stderr=stream,
            cwd=home,
            env={**clean, "HOME": str(home), "ELICIT_URL": server_url, **environ},
        )
    try:
        wait_until_it_answers(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait()


def wait_until_it_answers(address, process, log):
    """Wait until the dashboard takes visitors."""
    give_up_at = time.monotonic() + READY_S
    while True:
        try:
            return httpx.get(f"{address}/_stcore/health").raise_for_status()
        except httpx.HTTPError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < give_up_at, log.read_text()
            time.sleep(0.1)
