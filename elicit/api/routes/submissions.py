"""Submissions: the outputs of agents outside, streamed in."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.changes import ProjectChange, changing
from elicit.api.paging import PAGE, Cursor, Limit, NumberCursor, page_of
from elicit.api.uploads import receive
from elicit.schemas import NewSubmission, Page, Receipt, Submission, TaskId
from elicit.store import Session
from elicit.store.service import agents, submissions, task_sets

router = APIRouter(prefix="/projects/{project}/submissions", tags=["submissions"])

Change = Annotated[ProjectChange, Depends(changing("submit"))]
ROWS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A JSON object a line, of any number of lines.",
        "content": {
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "example": '{"task_id": "t1", "response": "Paris"}\n{"task_id": "t2", "response": "42"}\n',
            }
        },
    }
}


def wire(session: Session, project_id: str, submission_id: str) -> Submission:
    """A project's submission as it goes over the wire."""
    return Submission.model_validate(submissions.find(session, project_id, submission_id))


@router.post("", status_code=201, response_model=Submission, responses={200: {"model": Submission}})
def make_submission(body: NewSubmission, change: Change) -> Response:
    """Begin to submit an agent's outputs on a task set, or go on (200). The agent is made if it is new."""
    project_id, now = change.project_id, change.parts.now()
    with change.writing() as session:
        task_set = task_sets.find(session, project_id, body.task_set)
        agent, _ = agents.ensure(
            session, agent_id=change.parts.new_id(), project_id=project_id, name=body.agent, spec=None, now=now
        )
        there = submissions.newest_open(session, agent.id, task_set.id) if body.resume else None
        found_id = change.parts.new_id() if there is None else there.id
        if there is None:
            submissions.make(
                session, submission_id=found_id, project_id=project_id, agent=agent, task_set=task_set, now=now
            )
        return change.answer(
            session,
            wire(session, project_id, found_id),
            did="submission.made" if there is None else None,
            to=found_id,
            status=201 if there is None else 200,
            location=f"/v1/projects/{project_id}/submissions/{found_id}",
            agent=agent.name,
            task_set=task_set.id,
        )


@router.get("")
def list_submissions(
    caller: Annotated[Caller, Depends(allowed("read"))], parts: PartsOf, cursor: Cursor = None, limit: Limit = PAGE
) -> Page[Submission]:
    """The project's submissions, newest first."""
    with parts.store.reading() as session:
        rows = submissions.listed(session, caller.project.id, cursor, limit)
        return page_of(rows, limit, Submission, lambda row: row.id)


@router.get("/{submission}")
def read_submission(
    submission: Reference, caller: Annotated[Caller, Depends(allowed("submit", "read"))], parts: PartsOf
) -> Submission:
    """A submission: how much of it is there, and whether it is complete."""
    with parts.store.reading() as session:
        return wire(session, caller.project.id, submission)


@router.get("/{submission}/received")
def list_received(
    submission: Reference,
    caller: Annotated[Caller, Depends(allowed("submit", "read"))],
    parts: PartsOf,
    cursor: NumberCursor = None,
    limit: Limit = PAGE,
) -> Page[TaskId]:
    """The ids of the tasks that there is an output for, in the order of the task set."""
    with parts.store.reading() as session:
        found = wire(session, caller.project.id, submission)
        rows = submissions.received(session, found.id, cursor or 0, limit)
    return Page(items=[row.task_id for row in rows[:limit]], next=str(rows[limit].position) if rows[limit:] else None)


def submission_of(submission: Reference, caller: Annotated[Caller, Depends(allowed("submit"))], parts: PartsOf) -> str:
    """The id of the project's submission that outputs are for."""
    with parts.store.reading() as session:
        return wire(session, caller.project.id, submission).id


@router.post("/{submission}/rows", openapi_extra=ROWS)
async def add_outputs(
    request: Request, submission_id: Annotated[str, Depends(submission_of)], parts: PartsOf
) -> Receipt:
    """Stream outputs in, a JSON object with `task_id` and `response` a line.

    They are stored while they come. The same output again changes nothing, so an upload that was cut off is simply sent
    again; another output for the same task is refused (409). After an error, `received` counts what is stored.
    """
    return await receive(request.stream(), parts, submission_id)


@router.post("/{submission}/complete", response_model=Submission)
def complete_submission(submission: Reference, change: Change) -> Response:
    """Say that all outputs are there. From now on they are what the agent is ranked by, and never change."""
    with change.writing() as session:
        found = wire(session, change.project_id, submission)
        is_new = submissions.complete(session, found.id, change.parts.now())
        return change.answer(
            session,
            wire(session, change.project_id, found.id),
            did="submission.completed" if is_new else None,
            to=found.id,
            status=200,
            received=found.received,
        )
