"""The commands that say which mechanism: mechanisms, advise."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from elicit.cli_output import Format, OutFormat, write_rows
from elicit.errors import InvalidInput

if TYPE_CHECKING:
    from elicit.io import EvidenceKind
    from elicit.mechanisms import Mechanism


def register(app: typer.Typer) -> None:
    """Enter the commands into the command line."""
    for command in (mechanisms, advise):
        app.command()(command)


class Evidence(StrEnum):
    """What the columns of the input are."""

    RESPONSES = "responses"
    LABELS = "labels"
    PAIR_SCORES = "pair-scores"
    LOGPROBS = "logprobs"


def mechanisms(
    name: Annotated[str | None, typer.Argument(help="One of them, with the laws it keeps and breaks.")] = None,
    format_: OutFormat = Format.TABLE,
) -> None:
    """List the mechanisms: what each reads, needs, promises and cannot see."""
    from elicit.mechanisms import MECHANISMS
    from elicit.terminal import mechanism_in_full, mechanism_list

    if name is None:
        rows = [facts(mechanism) for mechanism in MECHANISMS.values()]
        write_rows(rows, format_, table=lambda width: mechanism_list(rows))
        return
    if name not in MECHANISMS:
        raise InvalidInput(f"mechanism must be one of {', '.join(MECHANISMS)}, got {name!r}")
    laws = [{"law": law, "kept": why is None, "why_not": why} for law, why in MECHANISMS[name].laws.items()]
    write_rows(laws, format_, table=lambda width: mechanism_in_full(facts(MECHANISMS[name]), laws))


def facts(mechanism: "Mechanism") -> dict[str, str]:
    """What a mechanism says of itself."""
    told = ("unit", "tasks_needed", "cost", "guarantees", "blindness", "source")
    return {"name": mechanism.name, "evidence": mechanism.evidence.kind} | {
        field: getattr(mechanism, field) for field in told
    }


def advise(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="What 'elicit rank' reads.")],
    tasks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Prompts, if they are in a file of their own.")
    ] = None,
    evidence: Annotated[
        Evidence | None, typer.Option(help="What the columns are, where the file could be read in two ways.")
    ] = None,
    format_: OutFormat = Format.TABLE,
) -> None:
    """Say which scorer and mechanism suit the answers in FILE, and why; nothing is ranked or stored."""
    from dataclasses import asdict

    from elicit.io import read
    from elicit.services.advice import advice_on
    from elicit.terminal import advice_list

    evaluation = read(files, tasks=tasks, evidence=cast("EvidenceKind | None", evidence and evidence.value))
    rows = [asdict(advised) for advised in advice_on(evaluation)]
    write_rows(rows, format_, table=lambda width: advice_list(rows))
