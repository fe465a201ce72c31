"""The commands that talk to a server: submit, gate.

One rule: the API key comes from the environment, never from the command line, where others could read it.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elicit.cli_output import Format, OutFormat, write_rows, write_text
from elicit.errors import ElicitError, InvalidInput

if TYPE_CHECKING:
    from elicit.client import Client

WORSE = 3  # the exit code of a gate that did not let an agent through

Url = Annotated[
    str,
    typer.Option(envvar="ELICIT_URL", metavar="URL", help="The server; its key comes from ELICIT_API_KEY."),
]
ProjectName = Annotated[
    str | None, typer.Option(metavar="NAME", help="The project, for a key that is not tied to one.")
]


def register(app: typer.Typer) -> None:
    """Enter the commands into the command line."""
    for command in (submit, gate):
        app.command()(command)


def submit(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Outputs: task_id and response, as in 'rank'.")],
    agent: Annotated[str, typer.Option(metavar="NAME", help="Whose outputs they are.")],
    task_set: Annotated[str, typer.Option(metavar="NAME", help="The tasks they answer: a set's name or id.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a submission that was cut off.")] = False,
    url: Url = "",
    project: ProjectName = None,
) -> None:
    """Submit an agent's outputs to a server.

    The file is checked whole before anything is sent.

    Example: elicit submit outputs.jsonl --agent mine --task-set support-questions
    """
    with opened_client(url, project) as client:
        done = client.submit(agent, task_set, file, resume=resume)
    typer.echo(f"Submission {done.id}: {done.received} of {done.n_tasks} tasks answered by {done.agent}.", err=True)


def gate(
    agent: Annotated[str, typer.Option(metavar="NAME", help="The agent that wants to get through.")],
    baseline: Annotated[str, typer.Option(metavar="NAME", help="The agent it must not be worse than.")],
    run: Annotated[
        str | None, typer.Option(metavar="RUN", help="A finished run with both: its id; 'latest' without a server.")
    ] = None,
    evaluation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Run this evaluation now, and wait for it.")
    ] = None,
    timeout_s: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="How long to wait for a run.")] = 3600,
    url: Url = "",
    project: ProjectName = None,
    format_: OutFormat = Format.TABLE,
) -> None:
    """Fail where an agent is worse than a baseline, beyond noise: for a pipeline that releases agents.

    Both are compared within one run, task by task. Without a server (--url or ELICIT_URL) the run is one that is kept
    on this machine, by default the latest.

    Exit codes: 0 not worse, 3 worse beyond noise, 1 no verdict, 2 bad input.

    Examples:

      elicit gate --agent mine --baseline main --evaluation weekly

      elicit gate --agent mine --baseline main --run latest
    """
    from elicit.exports import as_json
    from elicit.terminal_gate import verdict

    if run is not None and evaluation is not None:
        raise InvalidInput("a gate looks at --run or at a new run of --evaluation, got both")
    if url:
        with opened_client(url, project) as client:
            run_id = run or finished_run(client, evaluation, timeout_s)
            facts: Mapping[str, Any] = client.difference(run_id, agent=agent, baseline=baseline).model_dump()
    else:
        facts = difference_here(run, evaluation, agent, baseline)
    if format_ is Format.JSON:
        write_text(as_json(facts), None)
    else:
        write_rows([facts], format_, table=lambda width: verdict(facts))
    if facts["verdict"] == "unknown":
        raise ElicitError("the run does not say which is better: no verdict")
    if facts["verdict"] == "worse":
        raise typer.Exit(WORSE)


def opened_client(url: str, project: str | None) -> "Client":
    """A client for this command."""
    from elicit.client import Client

    return Client(url, project=project)


def finished_run(client: "Client", evaluation: str | None, timeout_s: float) -> str:
    """A new run of an evaluation, once it is done."""
    if evaluation is None:
        raise InvalidInput("a gate needs --run or --evaluation where a server is asked")
    run = client.create_run(evaluation)
    typer.echo(f"Run {run.id}", err=True)
    ended = client.wait(run, timeout_s=timeout_s)
    if ended.state != "done":
        raise ElicitError(f"run {run.id} is {ended.state}{f' ({ended.reason})' if ended.reason else ''}: no verdict")
    return run.id


def difference_here(run: str | None, evaluation: str | None, agent: str, baseline: str) -> Mapping[str, Any]:
    """The difference in a run that is kept on this machine."""
    from elicit.local import difference_in
    from elicit.store import Store

    if evaluation is not None:
        raise InvalidInput("--evaluation is run by a server: set --url or ELICIT_URL")
    with Store.open() as store:
        record = store.run(run or "latest")
        found = difference_in(store, record, agent, baseline)
    return {"run_id": record.id, **asdict(found), "verdict": found.verdict}
