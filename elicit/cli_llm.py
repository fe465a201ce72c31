"""The commands that call models: run, resume, rescore, plan new, mock-llm.

One rule: whatever stops a run, its answers are kept, and the last line says how to go on.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elicit.cli_output import Format, Out, OutFormat, RunId, check_writable, write_document, write_table
from elicit.errors import ElicitError, StoreError
from elicit.mock_llm.command import mock_llm

if TYPE_CHECKING:
    from elicit.llm import Gateway
    from elicit.local import PlanOutcome
    from elicit.services.budget import Budget
    from elicit.services.plan import Plan
    from elicit.services.progress import Progress
    from elicit.store import Store

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="A plan: YAML, TOML or JSON.")]
MaxCost = Annotated[float | None, typer.Option(min=0, metavar="USD", help="Spend no more, whatever the plan says.")]

plans = typer.Typer(no_args_is_help=True, help="Make plans for 'elicit run'.")


def register(app: typer.Typer) -> None:
    """Enter the commands into the command line."""
    for command in (run, resume, rescore, mock_llm):
        app.command()(command)
    app.add_typer(plans, name="plan")


def run(
    plan: PlanFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count calls, tokens and cost; ask nothing.")] = False,
    max_cost: MaxCost = None,
    limit_tasks: Annotated[int | None, typer.Option(min=1, help="Only the plan's first tasks.")] = None,
    format_: OutFormat = Format.TABLE,
    out: Out = None,
) -> None:
    """Ask the agents of PLAN, have a model compare their answers, and rank them.

    Every answer is stored as it arrives: nothing is paid for twice, and the bill never passes the budget. A run that
    stopped for any reason goes on with 'elicit resume'.

    Examples:

      elicit plan new plan.yaml

      elicit run plan.yaml --dry-run

      elicit run plan.yaml --max-cost 2.50
    """
    from elicit import local
    from elicit.llm import check_llm_extra
    from elicit.store import Store

    check_llm_extra()
    from elicit.io.plans import limited, read_plan

    check_writable(out)
    whole = with_max_cost(limited(read_plan(plan), limit_tasks), max_cost)
    with Store.open() as store:
        if dry_run:
            show_estimate(whole, store)
            return
        with opened_gateway(whole) as gateway:
            run_id = local.start_plan(whole, store)
            go(whole, run_id, store, gateway, format_, out)


def resume(run: RunId, max_cost: MaxCost = None, format_: OutFormat = Format.TABLE, out: Out = None) -> None:
    """Go on with a run that was stopped: by Ctrl-C, a crash, a spent budget, a provider that was down.

    Only what is missing is asked. The budget counts what the run has paid before; --max-cost sets another.
    """
    from elicit import local
    from elicit.store import Store

    check_writable(out)
    with Store.open() as store:
        run_id, plan = local.started_plan(store, run)
        whole = with_max_cost(plan, max_cost)
        with opened_gateway(whole) as gateway:
            go(whole, run_id, store, gateway, format_, out)


def rescore(
    run: RunId,
    mechanism: Annotated[str | None, typer.Option(metavar="NAME", help="See 'elicit mechanisms'.")] = None,
    format_: OutFormat = Format.TABLE,
    out: Out = None,
) -> None:
    """Rank a run's stored answers again, perhaps by another mechanism: free, nothing is asked."""
    from elicit import local
    from elicit.store import Store
    from elicit.terminal_progress import progress_bars

    check_writable(out)
    with Store.open() as store, progress_bars() as progress:
        outcome = local.rescore(store, run, mechanism, progress)
    report(outcome, format_, out)


@plans.command("new")
def plan_new(file: Annotated[Path, typer.Argument(metavar="FILE", help="A YAML file, not there yet.")]) -> None:
    """Write a commented plan on the demo's tasks; with 'elicit mock-llm' running it works as it stands."""
    from elicit.llm import check_llm_extra

    check_llm_extra()
    from elicit.io.plans import write_new_plan

    write_new_plan(file)
    typer.echo(f"Wrote {file}. Next: 'elicit run {file} --dry-run'.", err=True)


def with_max_cost(plan: "Plan", max_cost: float | None) -> "Plan":
    """The plan with another budget in money."""
    return plan if max_cost is None else replace(plan, budget=replace(plan.budget, max_cost=max_cost))


@contextmanager
def opened_gateway(plan: "Plan") -> "Iterator[Gateway | None]":
    """The gateway a plan's calls go through, its keys and prices checked; `None` for a plan without calls."""
    from elicit.llm import open_gateway

    with open_gateway(plan, os.environ) as gateway:
        yield gateway


def go(plan: "Plan", run_id: str, store: "Store", gateway: "Gateway | None", format_: Format, out: Path | None) -> None:
    """Carry out a started plan with a live line, and write what came of it."""
    from elicit import local

    typer.echo(f"Run {run_id}", err=True)
    budget = local.budget_of(plan, store, run_id)
    try:
        with live_line(budget) as progress, stopped_by_ctrl_c(gateway):
            outcome = local.carry_out(plan, run_id, store, gateway, budget, progress)
    except StoreError as error:
        raise StoreError(f"{error} 'elicit resume {run_id}' goes on from what is stored.") from error
    for why, count in gateway.troubles.most_common(5) if gateway else ():
        typer.echo(f"{count} x {why}", err=True)
    report(outcome, format_, out)


def report(outcome: "PlanOutcome", format_: Format, out: Path | None) -> None:
    """Write the leaderboard, then what the run took; raise where the run is not finished."""
    if outcome.document is not None:
        write_document(outcome.document, format_, out)
        typer.echo(in_words(outcome.document["diagnostics"]["run"]), err=True)
    if outcome.stop != "done":
        ranked = "" if outcome.document else "; nothing can be ranked yet"
        raise ElicitError(f"stopped: {WHY[outcome.stop]}{ranked}. 'elicit resume {outcome.run_id}' goes on")
    typer.echo(f"Stored as run {outcome.run_id}: 'elicit show {outcome.run_id}' shows it again.", err=True)


WHY = {
    "budget": "the budget is spent",
    "interrupted": "interrupted",
    "provider down": "a provider does not answer",
}


def in_words(facts: Mapping[str, Any]) -> str:
    """What a run took, in a line."""
    spend = facts["spend"]
    cost = "unknown (a price is missing)" if spend["cost"] is None else f"${spend['cost']:.4f}"
    return f"{spend['calls']} calls, {spend['from_store']} of them from the store; cost {cost}"


def show_estimate(plan: "Plan", store: "Store") -> None:
    """What a run would ask and cost."""
    from elicit.llm import listed_prices
    from elicit.local import StoredCompletions
    from elicit.services.estimate import estimate
    from elicit.terminal_plan import estimate_table

    models = [agent.model for agent in plan.agents] + [plan.scorer.model]
    found = estimate(plan, listed_prices(filter(None, models)), StoredCompletions(store, run_id=""))
    write_table(lambda width: estimate_table(found), None)


@contextmanager
def stopped_by_ctrl_c(gateway: "Gateway | None") -> Iterator[None]:
    """At the first Ctrl-C no more is asked, and what is in flight, and paid for, is waited for; the second one ends."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        if gateway is not None:
            typer.echo("\nWaiting for the calls in flight; Ctrl-C again drops them.", err=True)
            gateway.interrupt()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def live_line(budget: "Budget") -> "Iterator[Progress]":
    """Progress with cost and rate on standard error while the block runs; nothing where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[facts]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        stages: dict[str, Any] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(stage, total=total, facts="")
            speed = bars.tasks[stages[stage]].speed
            rate = f"{speed:.1f}/s" if speed else ""
            bars.update(stages[stage], completed=done, facts=f"${budget.ledger.paid.cost:.4f}  {rate}")

        yield progress
