"""The commands that serve: up, api, migrate.

One rule: settings come from the environment once, here.
"""

import os
from typing import Annotated

import typer

from elicit.errors import InvalidInput

Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")]


def register(app: typer.Typer) -> None:
    """Enter the commands into the command line."""
    for command in (up, api, migrate):
        app.command()(command)


def up(
    port: Port = 8501,
    workers: Annotated[int, typer.Option(min=0, max=64, help="Celery workers beside it; 0 needs no broker.")] = 0,
) -> None:
    """Start the service on this machine: API, runs, schedules and dashboard, in one process on one port.

    Open the link it prints. Ctrl-C stops it; runs go on where they stopped at the next start.

    With --workers, runs are carried out by that many Celery workers: set ELICIT_BROKER_URL and a PostgreSQL
    ELICIT_DATABASE_URL first.
    """
    from elicit.settings import ServerSettings, data_directory
    from elicit.up.embedded import embedded_settings, run_up
    from elicit.up.listening import listening

    settings = ServerSettings.from_environment(os.environ)
    if workers:
        check_workers(settings.broker_url, settings.database_url)
    else:
        settings = embedded_settings(settings, data_directory() / "secret")
    run_up(settings, os.environ, listening("127.0.0.1", port), typer.echo, n_workers=workers)


def check_workers(broker_url: str | None, database_url: str) -> None:
    """Raise `InvalidInput` where workers could not be reached, or could not share the database."""
    if not broker_url:
        raise InvalidInput("--workers needs a broker: set ELICIT_BROKER_URL, for example to redis://127.0.0.1:6379/0")
    if database_url.startswith("sqlite"):
        raise InvalidInput("--workers needs PostgreSQL, for several processes: set ELICIT_DATABASE_URL")


def api(
    host: Annotated[str, typer.Option(help="Where to listen; 0.0.0.0 is everywhere.")] = "127.0.0.1",
    port: Port = 8000,
) -> None:
    """Serve the HTTP API alone; runs are carried out by Celery workers. Several may share one database."""
    from elicit.settings import ServerSettings
    from elicit.up.alone import serve_api
    from elicit.up.listening import listening

    serve_api(ServerSettings.from_environment(os.environ), listening(host, port), typer.echo)


def migrate() -> None:
    """Bring the database that ELICIT_DATABASE_URL names up to date, as every server does when it starts."""
    from elicit.store import Store

    Store.open().close()
    typer.echo("The database is up to date.", err=True)
