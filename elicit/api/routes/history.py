"""An agent's scores over the runs of schedules."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.paging import PAGE, Cursor, Limit, page_of
from elicit.schemas import Page, ScorePoint
from elicit.store.service import agents, history, schedules

router = APIRouter(prefix="/projects/{project}/agents/{agent}/history", tags=["agents"])


@router.get("")
def read_history(
    agent: Reference,
    caller: Annotated[Caller, Depends(allowed("read"))],
    parts: PartsOf,
    schedule: Annotated[str | None, Query(max_length=200, description="The id or name of a schedule.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Page[ScorePoint]:
    """An agent's score in each finished run of a schedule, newest first; scores compare within one schedule."""
    project_id = caller.project.id
    with parts.store.reading() as session:
        schedule_id = schedule and schedules.find(session, project_id, schedule).id
        rows = history.of_agent(session, project_id, agent, schedule_id, cursor, limit)
        if not rows:
            agents.find(session, project_id, agent)  # the samples of an agent are in the history only
        return page_of(rows, limit, ScorePoint, lambda row: row.run_id)
