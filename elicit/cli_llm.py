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

from elicit.cli_output import (
    Format,
    Out,
    OutFormat,
    RunId,
    check_writable,
    write_document,
    write_table,
    write_text,
)
from elicit.errors import ElicitError, InvalidEvaluation, InvalidInput, StoreError
from elicit.mock_llm.command import mock_llm
from elicit.untrusted import printable

if TYPE_CHECKING:
    from elicit.llm import Gateway
    from elicit.local import PlanOutcome
    from elicit.services.plan import Plan
    from elicit.store import Store

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="A plan: YAML, TOML or JSON.")]
MaxCost = Annotated[float | None, typer.Option(min=0, metavar="USD", help="Spend no more, whatever the plan says.")]
MaxCalls = Annotated[int | None, typer.Option(min=0, metavar="N", help="Make no more calls, whatever the plan says.")]

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
    max_calls: MaxCalls = None,
    limit_tasks: Annotated[int | None, typer.Option(min=1, help="Only the plan's first tasks.")] = None,
    format_: OutFormat = Format.TABLE,
    out: Out = None,
) -> None:
    """Ask the agents of PLAN, have a model compare their answers, and rank them.

    Every answer is stored as it arrives, and nothing is paid for twice.

    A run stops at its budget; 'elicit resume' goes on, whatever stopped it.

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
    if dry_run and format_ not in (Format.TABLE, Format.JSON):
        raise InvalidInput(f"--dry-run writes a table or json, got --format {format_}")
    whole = with_budget(limited(read_plan(plan), limit_tasks), max_cost, max_calls)
    with Store.open() as store:
        if dry_run:
            show_estimate(whole, store, format_, out)
            return
        with opened_gateway(whole) as gateway:
            run_id = local.start_plan(whole, store)
            go(whole, run_id, store, gateway, format_, out)


def resume(
    run: RunId,
    max_cost: MaxCost = None,
    max_calls: MaxCalls = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Of a finished run, ask again what failed or timed out.")
    ] = False,
    format_: OutFormat = Format.TABLE,
    out: Out = None,
) -> None:
    """Go on with a run that was stopped: by Ctrl-C, a crash, a spent budget.

    Only what is missing is asked, and what failed or timed out. 'latest' is the newest unfinished run.

    The budget counts what was paid before: --max-cost, --max-calls set another.

    A finished run is shown again. With --retry-failed a new run is made of it.
    """
    from elicit import local
    from elicit.store import Store

    check_writable(out)
    with Store.open() as store:
        run_id, plan = local.started_plan(store, run, unfinished=True)
        whole = with_budget(plan, max_cost, max_calls)
        with opened_gateway(whole) as gateway:
            if retry_failed and store.has_run(run_id):
                run_id = local.start_plan(plan, store, paid_before=store.ledger(run_id))
            go(whole, run_id, store, gateway, format_, out)


def rescore(
    run: RunId,
    mechanism: Annotated[str | None, typer.Option(metavar="NAME", help="See 'elicit mechanisms'.")] = None,
    format_: OutFormat = Format.TABLE,
    out: Out = None,
) -> None:
    """Rank a plan's stored answers again: free, nothing is asked.

    A finished run gives a new one. Part of a run is ranked, and not kept.
    """
    from elicit import local
    from elicit.store import Store
    from elicit.terminal_progress import progress_bars

    check_writable(out)
    with Store.open() as store, progress_bars() as progress:
        outcome = local.rescore(store, run, mechanism, progress)
    report(outcome, format_, out, {})


@plans.command("new")
def plan_new(file: Annotated[Path, typer.Argument(metavar="FILE", help="A YAML file, not there yet.")]) -> None:
    """Write a commented plan, which works beside 'elicit mock-llm'."""
    from elicit.llm import check_llm_extra

    check_llm_extra()
    from elicit.io.plans import write_new_plan

    write_new_plan(file)
    typer.echo(f"Wrote {file}. Next: 'elicit run {file} --dry-run'.", err=True)


def with_budget(plan: "Plan", max_cost: float | None, max_calls: int | None) -> "Plan":
    """The plan with another budget in money or in calls, where one is given."""
    given = plan.budget
    cost = given.max_cost if max_cost is None else max_cost
    calls = given.max_calls if max_calls is None else max_calls
    return replace(plan, budget=replace(given, max_cost=cost, max_calls=calls))


@contextmanager
def opened_gateway(plan: "Plan") -> "Iterator[Gateway | None]":
    """The gateway a plan's calls go through, its keys and prices checked; `None` for a plan without calls."""
    from elicit.llm import open_gateway

    with open_gateway(plan, os.environ) as gateway:
        yield gateway


def go(plan: "Plan", run_id: str, store: "Store", gateway: "Gateway | None", format_: Format, out: Path | None) -> None:
    """Carry out a started plan with a live line, and write what came of it."""
    from elicit import local
    from elicit.live import live_line

    typer.echo(f"Run {run_id}", err=True)
    budget = local.budget_of(plan, store, run_id)
    try:
        with live_line(budget) as (progress, trouble), stopped_by_signals(gateway):
            if gateway is not None:
                gateway.on_trouble = trouble
            outcome = local.carry_out(plan, run_id, store, gateway, budget, progress)
    except StoreError as error:
        raise StoreError(f"{error} 'elicit resume {run_id}' goes on from what is stored.") from error
    except InvalidEvaluation as error:
        raise InvalidEvaluation(f"{error}. 'elicit resume {run_id}' asks again what failed or timed out.") from error
    except KeyboardInterrupt:
        raise ElicitError(f"interrupted, calls in flight were dropped. 'elicit resume {run_id}' goes on") from None
    finally:
        for why, count in gateway.troubles.most_common(SHOWN_TROUBLES) if gateway else ():
            typer.echo(f"{count} x {printable(why)}", err=True)
    report(outcome, format_, out, gateway.given_up() if gateway else {})


def report(outcome: "PlanOutcome", format_: Format, out: Path | None, given_up: Mapping[str, str]) -> None:
    """Write the leaderboard, then what the run took; raise where the run is not finished."""
    if outcome.document is not None:
        write_document(outcome.document, format_, out)
        for line in in_words(outcome.document["diagnostics"]["run"], outcome.run_id):
            typer.echo(line, err=True)
    if outcome.stop != "done":
        why = "; ".join([WHY[outcome.stop], *(f"{provider}: {reason}" for provider, reason in given_up.items())])
        ranked = "" if outcome.document else "; nothing can be ranked yet"
        more = " with a larger --max-cost or --max-calls" if outcome.stop == "budget" else ""
        raise ElicitError(f"stopped: {why}{ranked}. 'elicit resume {outcome.run_id}' goes on{more}")
    typer.echo(f"Stored as run {outcome.run_id}: 'elicit show {outcome.run_id}' shows it again.", err=True)


SHOWN_TROUBLES = 12
WHY = {
    "budget": "the budget is spent",
    "interrupted": "interrupted",
    "provider down": "a provider was given up, as it does not answer or refuses the key",
    "not asked": "calls are missing, and rescoring asks nothing; what is ranked here is not kept",
}


def in_words(facts: Mapping[str, Any], run_id: str) -> Iterator[str]:
    """What a run took, a line each."""
    spend = facts["spend"]
    lost = spend["possibly_paid"]
    yield (
        f"{spend['calls']} calls, {spend['from_store']} of them from the store; cost {dollars(spend['cost'])}"
        + (f"; {lost['calls']} more were cut off and may have cost {dollars(lost['cost'])}" if lost["calls"] else "")
    )
    if failed := spend["may_pass"]:
        yield (
            f"{failed} call{'s' if failed > 1 else ''} failed or timed out: "
            f"'elicit resume {run_id} --retry-failed' asks again"
        )


def dollars(cost: float | None) -> str:
    """An amount of money."""
    return "unknown (a price is missing)" if cost is None else f"${cost:.4f}"


def show_estimate(plan: "Plan", store: "Store", format_: Format, out: Path | None) -> None:
    """What a run would ask and cost."""
    from elicit.exports import as_json
    from elicit.llm import check_images, listed_prices
    from elicit.llm.opening import models
    from elicit.local import StoredCompletions
    from elicit.services.estimate import estimate, estimate_document
    from elicit.terminal_plan import estimate_table

    check_images(plan)
    prices = listed_prices(part.model for part in models(plan) if part.model)
    found = estimate(plan, prices, StoredCompletions(store, run_id=""))
    if format_ is Format.JSON:
        write_text(as_json(estimate_document(found)), out)
    else:
        write_table(lambda width: estimate_table(found), out)


@contextmanager
def stopped_by_signals(gateway: "Gateway | None") -> Iterator[None]:
    """At Ctrl-C or SIGTERM no more is asked, and what is in flight, and paid for, is waited for; the next one ends."""
    if gateway is None:
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, before[signal.Signals(number)])
        typer.echo("\nWaiting for the calls in flight; once more drops them.", err=True)
        gateway.interrupt()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
