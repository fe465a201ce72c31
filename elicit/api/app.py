"""The application: routes, problems and what surrounds them, put together.

One rule: this is the only place that knows all routes. A new noun is a file in `routes` and a line here.
"""

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig

from elicit.api import problems
from elicit.api.changes import Replayed, UnderWay, answer_replayed
from elicit.api.events import Watch
from elicit.api.limits import BodyLimit
from elicit.api.metrics import Metrics
from elicit.api.observing import Observing
from elicit.api.rates import rates_at
from elicit.api.routes import (
    agents,
    audit,
    evaluations,
    health,
    history,
    keys,
    leaderboards,
    projects,
    runs,
    schedules,
    submissions,
    task_sets,
    webhooks,
)
from elicit.wiring import Parts

ROUTERS: tuple[APIRouter, ...] = (
    projects.router,
    keys.router,
    audit.router,
    task_sets.router,
    agents.router,
    submissions.router,
    evaluations.router,
    runs.router,
    leaderboards.router,
    schedules.router,
    history.router,
    webhooks.router,
)
# Traces and metrics go to OTEL_EXPORTER_OTLP_ENDPOINT where that is set; logs are our own, scrubbed.
TELEMETRY: TelemetryConfig = {"auto_configure": True, "logs": False}


def create_app(parts: Parts) -> FastAPI:
    """The API over these parts, as an ASGI application: everything under /v1, and what operators look at."""
    app = FastAPI(title="elicit", version="1", redoc_url=None, redirect_slashes=False, telemetry=TELEMETRY)
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
    app.add_middleware(BodyLimit, settings=parts.settings)
    app.add_middleware(Observing, metrics=app.state.metrics)
    return app
