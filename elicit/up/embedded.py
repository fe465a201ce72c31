"""The whole service in one process on one port: API, runs, schedules and dashboard, with no broker.

One rule: only this machine is let in, through a link that opens once; a second process on the same file is refused.
"""

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from elicit import logs
from elicit.api.app import create_app
from elicit.errors import ElicitError
from elicit.running.runner import InProcessRunner
from elicit.settings import ServerSettings
from elicit.store.service import keys, projects
from elicit.up.beside import workers_beside
from elicit.up.gate import Door
from elicit.up.listening import address, serve
from elicit.up.site import pages
from elicit.wiring import Parts, first_key, opened, opened_engine

PROJECT = "default"
DASHBOARD_KEY_DAYS = 30


def run_up(
    settings: ServerSettings,
    environ: Mapping[str, str],
    door: socket.socket,
    say: Callable[[str], None],
    *,
    n_workers: int,
) -> None:
    """Serve API and dashboard at a listening socket until the process is told to stop.

    Runs are carried out in this process, or by `n_workers` Celery workers beside it where there are to be some. `say`
    gets what people must know.
    """
    logs.set_up(level="WARNING", secrets=[settings.secret_key])
    with opened(settings) as parts, ExitStack() as beside:
        if n_workers:
            beside.enter_context(workers_beside(n_workers))
        else:
            engine = beside.enter_context(opened_engine(parts, environ))
            beside.enter_context(InProcessRunner(engine))
        serve_site(parts, door, say)


def serve_site(parts: Parts, door: socket.socket, say: Callable[[str], None]) -> None:
    """Serve the API and the dashboard over these parts."""
    url = address(door)
    with dashboard_key(parts) as key:
        site = Door(create_app(parts), pages(url, key))
        logs.take_over_servers()
        if (shown_once := first_key(parts)) is not None:
            say(f"Operator's key, shown this once: {shown_once}")
        say(f"API at {url}/v1, its pages at {url}/docs")
        say(f"Dashboard: {url}{site.path}  (the link opens once)")
        serve(site, door)


@contextmanager
def dashboard_key(parts: Parts) -> Iterator[str]:
    """A key of the project `default` for the dashboard of this process; it is revoked when the block ends."""
    now = parts.now()
    with parts.store.writing() as session:
        project = projects.find(session, PROJECT) or projects.make(
            session, project_id=parts.new_id(), name=PROJECT, now=now
        )
        key, text = keys.make(
            session,
            key_id=parts.new_id(),
            project_id=project.id,
            name="dashboard of this process",
            scopes=["admin"],  # whoever holds the link runs the server
            now=now,
            expires_at=now + timedelta(days=DASHBOARD_KEY_DAYS),
            requests_per_minute=1_000_000,
        )
    try:
        yield text
    finally:
        with parts.store.writing() as session:
            keys.revoke(session, project.id, key.id, parts.now())


def embedded_settings(settings: ServerSettings, file: Path) -> ServerSettings:
    """The settings for one machine: models may be on it, and what signs is kept in a file beside the data."""
    return replace(settings, allow_private_endpoints=True, secret_key=settings.secret_key or kept_secret(file))


def kept_secret(file: Path) -> str:
    """The secret in a file that only its owner can read, made at the first start."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise ElicitError(f"{file}: cannot be written: {error.strerror}") from error
    return file.read_text(encoding="utf-8").strip()
