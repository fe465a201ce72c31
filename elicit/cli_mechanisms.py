"""The commands that say which mechanism, and what tricks do to it: mechanisms, advise, audit."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from elicit.cli_output import Format, OutFormat, RunId, check_writable, write_rows
from elicit.errors import InvalidInput

if TYPE_CHECKING:
    from elicit.io import EvidenceKind
    from elicit.mechanisms import Mechanism


def register(app: typer.Typer) -> None:
    """Enter the commands into the command line."""
    for command in (mechanisms, advise, audit):
        app.command()(command)


class Evidence(StrEnum):
    """What the columns of the input are."""

    RESPONSES = "responses"
    LABELS = "labels"
    FORECASTS = "forecasts"
    PAIR_SCORES = "pair-scores"
    EMBEDDINGS = "embeddings"
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


def audit(
    run: RunId,
    mechanism: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Try this one; may be given again. By default several.")
    ] = None,
    attack: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Play this one; may be given again. By default all.")
    ] = None,
    tasks: Annotated[int, typer.Option(min=2, help="Tasks at most, evenly spaced.")] = 100,
    agents: Annotated[int, typer.Option(min=1, help="Agents that play each attack at most, from best to worst.")] = 6,
    seed: Annotated[int, typer.Option(min=0, help="Every random choice follows from it.")] = 0,
    picture: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a heat map there, .svg or .png.")] = None,
    format_: OutFormat = Format.TABLE,
) -> None:
    """Play tricks on the answers of a run, and say what each would gain under each mechanism.

    Every attack is played by agents in turn, and the pool is scored again, with the defence against clones off and on.
    Places are among the agents of the run. Nothing is asked of a model, and nothing is stored.
    """
    from elicit.services.audit import Sampling, summary
    from elicit.services.audit import audit as played
    from elicit.store import Store
    from elicit.terminal import audit_table
    from elicit.terminal_progress import progress_bars

    check_picture(picture)
    with Store.open() as store:
        evaluation = store.evaluation(store.run(run).input_hash)
    with progress_bars() as progress:
        effects = played(
            evaluation,
            mechanisms=mechanism,
            attacks=attack,
            sampling=Sampling(tasks, agents),
            seed=seed,
            progress=progress,
        )
    rows = summary(effects)
    if picture is not None:
        write_picture(rows, picture)
    write_rows(rows, format_, table=lambda width: audit_table(rows))


def check_picture(picture: Path | None) -> None:
    """Raise `InvalidInput` where no picture can be written."""
    check_writable(picture)
    if picture is not None and picture.suffix not in (".svg", ".png"):
        raise InvalidInput(f"a picture must end in .svg or .png, got {picture.name!r}")


def write_picture(rows: "list[dict[str, Any]]", picture: Path) -> None:
    """Write the heat map."""
    from elicit.charts import as_png, as_svg, attack_map

    chart = attack_map(rows)
    picture.write_bytes(as_png(chart) if picture.suffix == ".png" else as_svg(chart).encode())
