"""The API keys of a project."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.changes import ProjectChange, changing
from elicit.api.paging import PAGE, Cursor, Limit, page_of
from elicit.errors import InvalidInput
from elicit.schemas import Key, KeyWithSecret, NewKey, Page
from elicit.store.service import keys

router = APIRouter(prefix="/projects/{project}/keys", tags=["keys"])


@router.post("", status_code=201, response_model=KeyWithSecret)
def make_key(body: NewKey, change: Annotated[ProjectChange, Depends(changing("admin"))]) -> Response:
    """Make a key. Its secret is in this answer only: nobody can read it again."""
    now = change.parts.now()
    if body.expires_at is not None and body.expires_at <= now:
        raise InvalidInput(f"expires_at must lie in the future, got {body.expires_at.isoformat()}")
    with change.writing() as session:
        key, text = keys.make(
            session,
            key_id=change.parts.new_id(),
            project_id=change.project_id,
            name=body.name,
            scopes=body.scopes,
            now=now,
            expires_at=body.expires_at,
            requests_per_minute=body.requests_per_minute,
        )
        made = KeyWithSecret(**Key.model_validate(key).model_dump(), secret=text)
        return change.answer(
            session, made, did="key.made", to=key.id, has_secret=True, name=key.name, scopes=key.scopes
        )


@router.get("")
def list_keys(
    caller: Annotated[Caller, Depends(allowed("admin"))], parts: PartsOf, cursor: Cursor = None, limit: Limit = PAGE
) -> Page[Key]:
    """The project's keys, newest first, without their secrets."""
    with parts.store.reading() as session:
        return page_of(keys.listed(session, caller.project.id, cursor, limit), limit, Key, lambda row: row.id)


@router.delete("/{key}", response_model=Key)
def revoke_key(key: Reference, change: Annotated[ProjectChange, Depends(changing("admin"))]) -> Response:
    """Revoke a key: it is good no more, at once and for ever."""
    with change.writing() as session:
        revoked = keys.revoke(session, change.project_id, key, change.parts.now())
        return change.answer(session, Key.model_validate(revoked), did="key.revoked", to=revoked.id, status=200)
