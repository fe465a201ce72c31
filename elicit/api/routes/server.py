"""The server itself: what it runs on, and which models it has asked.

One rule: no address is shown with a user, a password or a query, and none to whoever may not evaluate.
"""

import platform
from collections.abc import Iterable
from importlib.metadata import version
from urllib.parse import urlsplit, urlunsplit

from fastapi import APIRouter

from elicit.api.auth import PartsOf, SignedIn
from elicit.schemas import ProviderSeen, ServerInfo
from elicit.store.service import providers

router = APIRouter(prefix="/server", tags=["operation"])

MAY_NAME_ADDRESSES = {"evaluate", "admin"}


@router.get("")
def read_server(key: SignedIn, parts: PartsOf) -> ServerInfo:
    """What the server runs on, and the models that the runs of the key's project have asked."""
    with parts.store.reading() as session:
        seen = providers.seen(session, key.project_id)
    settings = parts.settings
    return ServerInfo(
        version=version("elicit"),
        python=platform.python_version(),
        database="SQLite" if parts.store.file else "PostgreSQL",
        workers="in this process" if settings.broker_url is None else "Celery",
        providers=[ProviderSeen.model_validate(one) for one in seen],
        endpoints=shown(settings.endpoints) if MAY_NAME_ADDRESSES & set(key.scopes) else [],
        any_address=settings.allow_private_endpoints,
    )


def shown(endpoints: Iterable[str]) -> list[str]:
    """Addresses without anything secret in them.

    >>> shown(["http://me:secret@llm:8000/v1?key=secret"])
    ['http://llm:8000/v1']
    """
    parts = (urlsplit(endpoint) for endpoint in endpoints)
    return sorted(urlunsplit((part.scheme, part.netloc.rpartition("@")[2], part.path, "", "")) for part in parts)
