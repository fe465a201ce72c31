"""Whether the server lives, and whether it can work. No key is needed, and nothing is told."""

from fastapi import APIRouter
from pydantic import BaseModel

from elicit.api.auth import PartsOf

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
