"""Evaluations: what is to be run."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.changes import ProjectChange, changing
from elicit.api.paging import PAGE, Cursor, Limit, page_of
from elicit.outbound import check_plan
from elicit.schemas import Evaluation, NewEvaluation, Page
from elicit.services.plan import Plan
from elicit.store.service import evaluations, task_sets
from elicit.store.service_models import TaskSet
from elicit.stored_plans import plan_so_far
from elicit.wiring import Parts

router = APIRouter(prefix="/projects/{project}/evaluations", tags=["evaluations"])

Reader = Annotated[Caller, Depends(allowed("read"))]


@router.post("", status_code=201, response_model=Evaluation, responses={200: {"model": Evaluation}})
def make_evaluation(
    body: NewEvaluation, change: Annotated[ProjectChange, Depends(changing("evaluate"))], parts: PartsOf
) -> Response:
    """Store what is to be run, once it is known that it can be. The same again is the same evaluation (200)."""
    task_set, _ = checked_plan(body, change.project_id, parts)
    with change.writing() as session:
        made, is_new = evaluations.make(
            session,
            evaluation_id=parts.new_id(),
            project_id=change.project_id,
            name=body.name,
            task_set_id=task_set.id,
            plan=fields_of(body),
            now=parts.now(),
        )
        return change.answer(
            session,
            Evaluation.model_validate(made),
            did="evaluation.made" if is_new else None,
            to=made.id,
            status=201 if is_new else 200,
            location=f"/v1/projects/{change.project_id}/evaluations/{made.id}",
            name=made.name,
        )


def checked_plan(body: NewEvaluation, project_id: str, parts: Parts) -> tuple[TaskSet, Plan]:
    """The tasks of an evaluation and its plan, before answers are known.

    Raises `InvalidInput` where it could not be run, `UnknownObject` where it names what is not in the project.
    """
    with parts.store.reading() as session:
        task_set = task_sets.find(session, project_id, body.task_set)
        plan = plan_so_far(session, project_id, task_set.id, body.name, fields_of(body))
    check_plan(plan, parts.settings.endpoints, parts.outbound)
    return task_set, plan


def fields_of(body: NewEvaluation) -> dict[str, Any]:
    """The fields of a plan file that an evaluation has."""
    return body.model_dump(exclude={"name", "task_set"})


@router.get("")
def list_evaluations(caller: Reader, parts: PartsOf, cursor: Cursor = None, limit: Limit = PAGE) -> Page[Evaluation]:
    """The project's evaluations, newest first."""
    with parts.store.reading() as session:
        rows = evaluations.listed(session, caller.project.id, cursor, limit)
        return page_of(rows, limit, Evaluation, lambda row: row.id)


@router.get("/{evaluation}")
def read_evaluation(evaluation: Reference, caller: Reader, parts: PartsOf) -> Evaluation:
    """An evaluation by its id or name."""
    with parts.store.reading() as session:
        return Evaluation.model_validate(evaluations.find(session, caller.project.id, evaluation))
