"""The application: routes, problems and what surrounds them, put together.

One rule: this is the only place that knows all routes. A new noun is a file in `routes` and a line here.
"""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig

from elicit.api import problems
from elicit.api.changes import Replayed, UnderWay, answer_replayed
from elicit.api.etags import NotModified, answer_not_modified
from elicit.api.events import Watch
from elicit.api.limits import BodyLimit
from elicit.api.metrics import Metrics
from elicit.api.observing import Observing
from elicit.api.rates import rates_at
from elicit.api.routes import (
    agents,
    audit,
    calls,
    comparisons,
    evaluations,
    health,
    history,
    keys,
    leaderboards,
    mechanisms,
    planning,
    projects,
    reports,
    run_tasks,
    runs,
    schedules,
    server,
    submissions,
    task_sets,
    webhooks,
)
from elicit.schemas import Problem
from elicit.wiring import Parts

ROUTERS: tuple[APIRouter, ...] = (
    projects.router,
    keys.router,
    audit.router,
    task_sets.router,
    agents.router,
    submissions.router,
    mechanisms.router,
    planning.router,
    evaluations.router,
    runs.router,
    calls.router,
    leaderboards.router,
    reports.router,
    run_tasks.router,
    comparisons.router,
    schedules.router,
    history.router,
    webhooks.router,
    server.router,
)
TAGS = (
    ("projects", "What a team shares. A request about a project names it by its id or its name."),
    ("keys", "Who may do what, and what was changed."),
    ("task sets", "What agents are asked, versioned by its content."),
    ("agents", "Who is ranked: a model that the server asks, or one outside that submits its outputs."),
    ("submissions", "The outputs of agents outside, streamed in."),
    ("evaluations", "What is to be run: agents, tasks and who scores."),
    ("runs", "An evaluation carried out: how far it is, and its leaderboard."),
    ("schedules", "When an evaluation is run again."),
    ("webhooks", "Where to send word of what happens."),
    ("operation", "The server itself, for those who operate it."),
)
# Every operation may be answered with a problem, whose `type` and `status` say which.
PROBLEM = {
    "description": "A problem (RFC 9457).",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
# Traces and metrics go to OTEL_EXPORTER_OTLP_ENDPOINT where that is set; logs are our own, scrubbed.
TELEMETRY: TelemetryConfig = {"auto_configure": True, "logs": False}


class Api(FastAPI):
    """An application whose OpenAPI document has the body of problems too."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        return document


def create_app(parts: Parts) -> FastAPI:
    """The API over these parts, as an ASGI application: everything under /v1, and what operators look at."""
    app = Api(
        title="elicit",
        version="1",
        summary="Rank LLM agents without ground truth, by peer prediction.",
        openapi_tags=[{"name": name, "description": what} for name, what in TAGS],
        responses={"default": PROBLEM},
        generate_unique_id_function=lambda route: route.name,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=TELEMETRY,
    )
    app.state.parts = parts
    app.state.under_way = UnderWay()
    app.state.watch = Watch()
    app.state.rates = rates_at(parts.settings.broker_url)
    app.state.metrics = Metrics(parts)
    app.include_router(health.router)
    for router in ROUTERS:
        app.include_router(router, prefix="/v1")
    problems.install(app)
    app.exception_handler(Replayed)(answer_replayed)
    app.exception_handler(NotModified)(answer_not_modified)
    app.add_middleware(BodyLimit, settings=parts.settings)
    app.add_middleware(Observing, metrics=app.state.metrics)
    return app
