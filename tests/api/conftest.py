"""What tests of the API share: a running server with a project of the test's own, and what carries out its runs."""

from finished_runs import done, evaluation, runner, with_models
from serving import running_server, server, started_servers

__all__ = ["done", "evaluation", "runner", "running_server", "server", "started_servers", "with_models"]
