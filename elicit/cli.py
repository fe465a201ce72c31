"""The command line: words in, one service called, words out.

Exit codes: 0 done, 1 failed, 2 bad input, 3 a gate not passed. What imports numpy is imported inside the commands:
`--help` must be quick.
"""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from elicit import cli_client, cli_keys, cli_llm, cli_mechanisms, cli_service
from elicit.cli_mechanisms import Evidence
from elicit.cli_output import (
    Format,
    Out,
    OutFormat,
    RunId,
    check_writable,
    write_document,
    write_rows,
    write_table,
    write_text,
)
from elicit.errors import ElicitError, InvalidInput
from elicit.untrusted import printable

if TYPE_CHECKING:
    from elicit.io import EvidenceKind
    from elicit.services.progress import Progress
    from elicit.types import Evaluation

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Rank LLM agents without ground truth.\n\nAgents answer the same tasks; an agent scores by how much its "
    "answers tell about the others' answers. Start with [bold]elicit demo[/bold], then [bold]elicit rank FILE[/bold].",
    epilog="Exit codes: 0 done, 1 failed, 2 bad input, 3 a gate not passed. Runs are kept in the database that "
    "ELICIT_DATABASE_URL names, by default an SQLite file in your data directory.",
)


class Peers(StrEnum):
    """How peers are weighted."""

    SOFTMAX = "softmax"
    UNIFORM = "uniform"
    ADDITIVE = "additive"


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


Seed = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Every random choice follows from it.")]
NoStore = Annotated[bool, typer.Option("--no-store", help="Do not keep the run.")]


@app.command()
def rank(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="JSONL, JSON, CSV, TSV, Parquet (each also .gz), inspect logs, or a folder; one or more.",
        ),
    ],
    tasks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Prompts, if they are in a file of their own.")
    ] = None,
    mechanism: Annotated[
        str | None, typer.Option(metavar="NAME", help="See 'elicit mechanisms'. By default it fits the evidence.")
    ] = None,
    scorer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="lexical, embeddings, labels or given. By default it fits the input."),
    ] = None,
    evidence: Annotated[
        Evidence | None, typer.Option(help="What the columns are, where the file could be read in two ways.")
    ] = None,
    peers: Annotated[
        Peers | None,
        typer.Option(
            help="Peers alike, each by its own standing (default for text), or alike with generosity taken off."
        ),
    ] = None,
    clones: Annotated[
        Switch | None, typer.Option(help="Let near-duplicate agents share one vote (default for text and labels).")
    ] = None,
    seed: Seed = 0,
    no_store: NoStore = False,
    format_: OutFormat = Format.TABLE,
    out: Out = None,
) -> None:
    """Rank the agents whose answers are in FILE, with intervals, and keep the run.

    A row is an answer: task_id, agent, response, maybe prompt, context, label.

    Other usual names work too; so do tables of labels, scored pairs, log-probabilities, embeddings.

    Examples:

      elicit rank answers.jsonl

      elicit rank outputs/ --tasks tasks.jsonl --format json --out board.json

      elicit rank answers.csv --evidence labels --mechanism tvd

      elicit rank critic.parquet --evidence pair-scores

      elicit rank answers.jsonl --scorer embeddings
    """
    from elicit.io import read
    from elicit.services.scoring import Options
    from elicit.terminal_progress import progress_bars

    options = Options(
        mechanism=mechanism,
        scorer=scorer,
        peers=peers and peers.value,
        clones=None if clones is None else clones is Switch.ON,
        seed=seed,
    )
    check_writable(out)
    with progress_bars() as progress:
        progress("read", 0, 1)
        evaluation = read(files, tasks=tasks, evidence=cast("EvidenceKind | None", evidence and evidence.value))
        progress("read", 1, 1)
        rank_and_show(evaluation, options, progress, store=not no_store, format_=format_, out=out)


@app.command()
def demo(seed: Seed = 0, no_store: NoStore = False, format_: OutFormat = Format.TABLE, out: Out = None) -> None:
    """Rank the nine bundled agents, from careful to constant: the whole job on a small example, no key, no network."""
    from importlib.resources import as_file, files

    from elicit.io import read
    from elicit.services.scoring import Options
    from elicit.terminal_progress import progress_bars

    check_writable(out)
    with as_file(files("elicit") / "demo_data") as folder, progress_bars() as progress:
        evaluation = read([folder / "responses.jsonl"])
        rank_and_show(evaluation, Options(seed=seed), progress, store=not no_store, format_=format_, out=out)


@app.command()
def runs(
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 20,
    format_: OutFormat = Format.TABLE,
) -> None:
    """List the runs that were kept, and those that can be resumed, newest first."""
    from elicit.local import run_rows
    from elicit.store import Store
    from elicit.terminal import run_list

    with Store.open() as store:
        rows = run_rows(store, limit)
    write_rows(rows, format_, table=lambda width: run_list(rows), empty="No run is stored yet: try 'elicit demo'.")


@app.command()
def show(run: RunId, format_: OutFormat = Format.TABLE, out: Out = None) -> None:
    """Show a stored run's leaderboard again; nothing is computed."""
    from elicit.store import Store

    with Store.open() as store:
        write_document(store.run(run).result, format_, out)


@app.command()
def export(
    run: RunId,
    format_: Annotated[Format, typer.Option("--format", help="As in 'rank'; JSON is the stable form.")] = Format.JSON,
    out: Out = None,
) -> None:
    """Write a stored run for a program: JSON unless asked otherwise."""
    show(run, format_, out)


@app.command()
def report(run: RunId, out: Out = None) -> None:
    """Write a run as one HTML page that opens without a server: leaderboard, charts, trust, method and limits.

    Nothing in it is fetched, and no script runs. Answers are not in it, names of agents are.

    Example: elicit report latest --out report.html
    """
    from elicit.reporting import report_on
    from elicit.store import Store

    check_writable(out)
    with Store.open() as store:
        page = report_on(store, run)
    write_text(page, out)


@app.command()
def compare(
    before: Annotated[
        str, typer.Argument(metavar="RUN", help="The earlier run: its id, the start of it, or 'latest'.")
    ],
    after: Annotated[str, typer.Argument(metavar="RUN", help="The later run, named likewise.")],
    format_: OutFormat = Format.TABLE,
) -> None:
    """Say who moved between two runs, and whether it is more than noise.

    Ranks are among the agents both runs have. Tasks are resampled in both runs at once; p-values are two-sided and
    corrected for looking at every agent (Holm).
    """
    from dataclasses import asdict

    from elicit.local import compare_runs
    from elicit.store import Store
    from elicit.terminal import comparison

    with Store.open() as store:
        first, second, moves = compare_runs(store, before, after)
    rows = [asdict(move) | {"beyond_noise": move.beyond_noise} for move in moves]
    write_rows(rows, format_, table=lambda width: comparison(first, second, moves))


@app.command()
def combine(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Two runs or more on the same tasks.")],
    format_: OutFormat = Format.TABLE,
) -> None:
    """Rank the agents by several runs together: what one scorer cannot see, another may.

    Each run says of a response how far it stands out among the answers to its task; the score is the mean over runs
    and tasks. Only agents and tasks that all runs have take part.
    """
    from elicit.local import combine_runs
    from elicit.store import Store
    from elicit.terminal import combined_board

    if len(runs) < 2:
        raise InvalidInput(f"runs to combine must be 2 or more, got {len(runs)}")
    with Store.open() as store:
        records, rows = combine_runs(store, runs)
    write_rows(rows, format_, table=lambda width: combined_board(records, rows))


@app.command()
def pairs(run: RunId, format_: OutFormat = Format.TABLE) -> None:
    """Show who tells about whom: what each agent (row) earns from each peer (column)."""
    from elicit.local import pair_rows
    from elicit.store import Store
    from elicit.terminal import pair_table

    with Store.open() as store:
        rows = pair_rows(store, store.run(run))
    write_rows(rows, format_, table=lambda width: pair_table(rows, width))


@app.command()
def explain(
    run: RunId,
    task: Annotated[str, typer.Argument(metavar="TASK", help="A task's id.")],
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="The agent that earns.")],
    peer: Annotated[str, typer.Argument(metavar="PEER", help="The agent it tells about.")],
    format_: OutFormat = Format.TABLE,
) -> None:
    """Show which words, labels or verdicts made what AGENT earned from PEER on TASK."""
    from dataclasses import asdict

    from elicit.exports import as_json
    from elicit.local import explain_run
    from elicit.store import Store
    from elicit.terminal import explanation
    from elicit.terminal_progress import progress_bars

    with Store.open() as store, progress_bars() as progress:
        reasons = explain_run(store, store.run(run), task, agent, peer, progress)
    if format_ is Format.JSON:
        write_text(as_json(asdict(reasons)), None)
    elif format_ is Format.TABLE:
        write_table(lambda width: explanation(reasons), None)
    else:
        write_rows(reasons.rows, format_, table=lambda width: explanation(reasons))


cli_mechanisms.register(app)
cli_llm.register(app)
cli_client.register(app)
cli_service.register(app)
cli_keys.register(app)


def rank_and_show(
    evaluation: "Evaluation", options: Any, progress: "Progress", *, store: bool, format_: Format, out: Path | None
) -> None:
    """Rank, keep the run unless told not to, and write the result."""
    from elicit import local
    from elicit.store import Store

    if store:
        with Store.open() as opened:
            outcome = local.rank(evaluation, options, opened, progress)
    else:
        outcome = local.rank(evaluation, options, None, progress)
    write_document(outcome.document, format_, out)
    if format_ is not Format.TABLE or out is not None:  # the printed table has its notes below it
        for note in evaluation.notes:
            typer.echo(f"note: {printable(note)}", err=True)
    if outcome.run_id is not None:
        typer.echo(f"Stored as run {outcome.run_id}: 'elicit show {outcome.run_id}' shows it again.", err=True)


def main() -> None:
    """Run the command line; an error elicit raised is one line and an exit code."""
    try:
        app()
    except ElicitError as error:
        typer.echo(f"elicit: {printable(str(error))}", err=True)
        sys.exit(error.exit_code)
