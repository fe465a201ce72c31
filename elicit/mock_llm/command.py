"""The command `elicit mock-llm`: the mock server in the foreground, until Ctrl-C or SIGTERM."""

import signal
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from elicit.errors import InvalidInput


def mock_llm(
    script: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML or JSON: rules for answers, delays and faults.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Answer a critic's questions as recorded in this folder.")
    ] = None,
    replay_agent: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Replay for this agent only; may be given several times.")
    ] = None,
    lexical: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Answers whose words the log-probabilities are made from.")
    ] = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8321,
) -> None:
    """Serve a mock LLM on this machine, to try plans on: no key, no cost.

    It has an OpenAI-compatible API, and prints its address: the plan's api_base.

    Models mock-careful, mock-verbose, ... answer as the demo's agents did.

    mock-critic compares answers. All requests are listed at /requests.

    Examples:

      elicit mock-llm

      elicit mock-llm --script faults.yaml --port 0
    """
    if find_spec("aiohttp") is None:
        raise InvalidInput("the mock server needs the extra 'llm': pip install 'elicit[llm]'")
    from elicit.mock_llm.models import local_models
    from elicit.mock_llm.running import serve
    from elicit.mock_llm.script import Script, read_script

    scripted = read_script(script) if script else Script()
    models = local_models(replay=replay, replayed_agents=replay_agent or (), lexical=lexical)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with serve(scripted, models=models, host=host, port=port) as server:
        typer.echo(f"mock LLM at {server.url} (Ctrl-C stops it)")
        for note in models.notes:
            typer.echo(f"note: {note}", err=True)
        stop.wait()
