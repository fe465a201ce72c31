"""Who calls, and whether they may.

One rule: whoever has no key of a project cannot tell whether it exists. Scopes are checked once the project is known to
be the caller's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from elicit.api.rates import Rates
from elicit.errors import NotAllowed, NotSignedIn, RateLimited, UnknownObject
from elicit.schemas import LONGEST_NAME, Scope
from elicit.store.service import keys, projects
from elicit.store.service_models import ApiKey, Project
from elicit.wiring import Parts

# What is no id or name cannot be anything's; it is refused before a database sees it.
Reference = Annotated[str, Path(min_length=1, max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f/]+$")]

bearer = HTTPBearer(auto_error=False, description="An API key: `el_...`")


@dataclass(frozen=True)
class Caller:
    """A good key, and the project that the request is about."""

    key: ApiKey
    project: Project


def parts_of(request: Request) -> Parts:
    """The parts of the server that takes this request."""
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(parts_of)]


def signed_in(
    request: Request, parts: PartsOf, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]
) -> ApiKey:
    """The key that came with the request.

    Raises `NotSignedIn` where there is none that is good, `RateLimited` where it is used too often.
    """
    now = parts.now()
    with parts.store.reading() as session:
        key = credentials and keys.find(session, credentials.credentials, now)
    if not key:
        raise NotSignedIn("a request must have the header 'Authorization: Bearer KEY' with a key that is good")
    request.state.key_id = key.id
    rates: Rates = request.app.state.rates
    if wait_s := rates.wait_s(key.id, key.requests_per_minute, now):
        raise RateLimited(f"this key may send {key.requests_per_minute} requests a minute, wait {wait_s:.1f} s", wait_s)
    if keys.use_is_new(key, now):
        with parts.store.writing() as session:
            keys.used(session, key.id, now)
    return key


SignedIn = Annotated[ApiKey, Depends(signed_in)]


def operator(key: SignedIn) -> ApiKey:
    """The key of an operator. Raises `NotAllowed` for any other."""
    if key.project_id is not None:
        raise NotAllowed("only a key of an operator may do this")
    return key


Operator = Annotated[ApiKey, Depends(operator)]


def allowed(*scopes: Scope) -> Callable[..., Caller]:
    """A dependency: a caller with a key of the project in the path that has one of these scopes; any key, with none.

    `admin` includes all other scopes. Raises `UnknownObject` for a project that is not the key's.
    """

    def caller(project: Reference, key: SignedIn, parts: PartsOf) -> Caller:
        with parts.store.reading() as session:
            found = projects.find(session, project)
        if found is None or key.project_id not in {None, found.id}:
            raise UnknownObject(f"there is no project {project!r}")
        if scopes and not {"admin", *scopes} & set(key.scopes):
            raise NotAllowed(
                f"this needs a key with the scope {' or '.join(scopes)}, this one has {', '.join(key.scopes)}"
            )
        return Caller(key, found)

    return caller
