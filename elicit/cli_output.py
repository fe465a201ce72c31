"""What the commands share: options, formats, and how a result reaches the terminal or a file."""

import sys
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elicit.errors import ElicitError, InvalidInput

if TYPE_CHECKING:
    from rich.console import RenderableType


class Format(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the start of one, or 'latest'.")]
OutFormat = Annotated[Format, typer.Option("--format", help="Table for eyes; the others for programs.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there instead of to the terminal.")]


def write_document(document: Mapping[str, Any], format_: Format, out: Path | None) -> None:
    """Write a leaderboard in the format asked for; the table of a plan's run ends with what it took."""
    from elicit.exports import DOCUMENT_FORMATS

    if format_ is Format.TABLE:
        write_table(lambda width: document_page(document, width), out)
    else:
        write_text(DOCUMENT_FORMATS[format_](document), out)


def document_page(document: Mapping[str, Any], width: int) -> "RenderableType":
    """A leaderboard for eyes."""
    from rich.console import Group

    from elicit.terminal import leaderboard
    from elicit.terminal_plan import run_table

    page = leaderboard(document, width)
    return Group(page, "", run_table(document)) if "run" in document["diagnostics"] else page


def write_rows(
    rows: Sequence[Mapping[str, Any]],
    format_: Format,
    *,
    table: "Callable[[int], RenderableType]",
    empty: str = "Nothing to show.",
) -> None:
    """Write a list of records in the format asked for."""
    from elicit.exports import ROW_FORMATS

    if format_ is Format.JSON:
        write_text(ROW_FORMATS[format_](rows), None)
    elif not rows:
        typer.echo(empty, err=True)
    elif format_ is Format.TABLE:
        write_table(table, None)
    else:
        write_text(ROW_FORMATS[format_](rows), None)


def write_table(table: "Callable[[int], RenderableType]", out: Path | None) -> None:
    """Print a table made for the terminal's width, or write it as plain text."""
    from rich.console import Console

    if out is None:
        console = Console()
        console.print(table(console.width))
        return
    page = StringIO()
    console = Console(width=120, no_color=True, force_terminal=False, file=page)
    console.print(table(console.width))
    write_text(page.getvalue(), out)


def write_text(text: str, out: Path | None) -> None:
    """Write text to a file, whole or not at all, or to the terminal."""
    if out is None:
        sys.stdout.write(text)
        return
    draft = out.with_name(out.name + ".part")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(out)
    except OSError as error:
        raise ElicitError(f"{out}: cannot be written: {error.strerror}") from error


def check_writable(out: Path | None) -> None:
    """Raise `InvalidInput` where a result could not be written, before the work is done."""
    if out is not None and (out.is_dir() or not out.absolute().parent.is_dir()):
        raise InvalidInput(f"--out must name a file in an existing folder, got {str(out)!r}")
