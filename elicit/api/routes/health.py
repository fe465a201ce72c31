"""For those who operate the server: whether it lives, whether it can work, and how it does. No key is needed."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from elicit.api.auth import PartsOf
from elicit.api.metrics import Metrics

router = APIRouter(tags=["operation"])


class Health(BaseModel):
    """Everything is well."""

    status: str = "ok"


@router.get("/healthz")
async def healthz() -> Health:
    """The server lives."""
    return Health()


@router.get("/readyz")
def readyz(parts: PartsOf) -> Health:
    """The server can work: its database answers."""
    parts.store.ping()
    return Health()


@router.get("/metrics", response_class=Response)
def read_metrics(request: Request) -> Response:
    """Metrics for Prometheus."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)
