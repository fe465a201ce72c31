"""A run as a page to pass on.

One rule: the page may do nothing by itself, and the response says so too.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.etags import UNCHANGED, Etag
from elicit.schemas import CategoryBoard
from elicit.services.sheet import category_boards
from elicit.store import rows
from elicit.store.service import results

router = APIRouter(prefix="/projects/{project}/runs/{run}", tags=["runs"], responses=UNCHANGED)

PAGE: dict[int | str, dict[str, Any]] = {200: {"description": "The report, an HTML page."}}


@router.get("/report", response_class=HTMLResponse, responses=PAGE)
def read_report(
    run: Reference, caller: Annotated[Caller, Depends(allowed("read"))], parts: PartsOf, etag: Etag
) -> HTMLResponse:
    """A run as one HTML page that needs no server: leaderboard, charts, trust, method and limits."""
    from elicit.report import CONTENT_SECURITY_POLICY  # draws charts: too slow to load where nobody asks for a report
    from elicit.reporting import report_of, title_of

    with parts.store.reading() as session:
        headers = etag.unless_known(results.version(session, caller.project.id, run))
        record = rows.record(session, run)
        agents, _ = rows.names(session, record.input_hash)
        boards = category_boards(results.sheet(session, run), seed=record.result["seed"])
    known = [CategoryBoard.model_validate(board, from_attributes=True) for board in boards]
    page = report_of(record, agents, f"elicit.Client(URL).create_run({title_of(record)!r})", known)
    policy = f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'none'; sandbox"
    return HTMLResponse(
        page, headers={**headers, "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}
    )
