"""The commands with which an operator lets teams and programs in: project new, key new, key list, key revoke.

One rule: a key's secret goes to standard output once, alone on its line, so that a script can keep it.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from elicit.cli_client import ProjectName, Url, opened_client
from elicit.cli_output import Format, OutFormat, write_rows

projects = typer.Typer(no_args_is_help=True, help="Make projects on a server: what a team shares.")
keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke the API keys of a project.")


class ScopeName(StrEnum):
    """What a key may do."""

    READ = "read"
    SUBMIT = "submit"
    EVALUATE = "evaluate"
    ADMIN = "admin"


def register(app: typer.Typer) -> None:
    """Enter the commands into the command line."""
    app.add_typer(projects, name="project")
    app.add_typer(keys, name="key")


@projects.command("new")
def project_new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The project's name.")], url: Url = ""
) -> None:
    """Make a project; it takes the key of an operator."""
    with opened_client(url, None) as client:
        made = client.create_project(name)
    typer.echo(f"Project {made.id}. Next: 'elicit key new NAME --scope submit --project {made.id}'.", err=True)


@keys.command("new")
def key_new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who or what it is for.")],
    scope: Annotated[list[ScopeName], typer.Option(help="What it may do; may be given several times.")],
    days: Annotated[float | None, typer.Option(min=0, help="It is good for so long; by default for ever.")] = None,
    url: Url = "",
    project: ProjectName = None,
) -> None:
    """Make a key and print its secret, which nobody can read again."""
    until = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with opened_client(url, project) as client:
        made = client.create_key(name, [one.value for one in scope], expires_at=until)
    typer.echo(made.secret)
    typer.echo(f"Key {made.id}: keep what stands above, it is shown this once.", err=True)


@keys.command("list")
def key_list(url: Url = "", project: ProjectName = None, format_: OutFormat = Format.TABLE) -> None:
    """List the project's keys, newest first, without their secrets."""
    from elicit.terminal_keys import key_table

    with opened_client(url, project) as client:
        rows = [key.model_dump(mode="json") for key in client.api_keys()]
    write_rows(rows, format_, table=lambda width: key_table(rows), empty="The project has no key.")


@keys.command("revoke")
def key_revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="A key's id, the middle part of it.")],
    url: Url = "",
    project: ProjectName = None,
) -> None:
    """End a key, at once and for ever."""
    with opened_client(url, project) as client:
        client.revoke_key(key)
    typer.echo(f"Key {key} is good no more.", err=True)
