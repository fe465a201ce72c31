"""The audit log of a project."""

from typing import Annotated

from fastapi import APIRouter, Depends

from elicit.api.auth import Caller, PartsOf, allowed
from elicit.api.paging import PAGE, Limit, NumberCursor, page_of
from elicit.schemas import AuditEntry, Page
from elicit.store.service import audit

router = APIRouter(prefix="/projects/{project}/audit", tags=["keys"])


@router.get("")
def list_changes(
    caller: Annotated[Caller, Depends(allowed("admin"))],
    parts: PartsOf,
    cursor: NumberCursor = None,
    limit: Limit = PAGE,
) -> Page[AuditEntry]:
    """What was changed in the project, by which key and when, newest first."""
    with parts.store.reading() as session:
        return page_of(audit.listed(session, caller.project.id, cursor, limit), limit, AuditEntry, lambda row: row.id)
