"""Task sets: what agents are asked."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.changes import ProjectChange, changing
from elicit.api.paging import PAGE, Cursor, Limit, NumberCursor, page_of
from elicit.errors import InvalidInput
from elicit.schemas import NewTaskSet, Page, TaskIn, TaskSet
from elicit.store.service import task_sets

router = APIRouter(prefix="/projects/{project}/task-sets", tags=["task sets"])

Reader = Annotated[Caller, Depends(allowed("read", "submit"))]
IMAGE_ADDRESSES = ("https://", "data:image/")


@router.post("", status_code=201, response_model=TaskSet, responses={200: {"model": TaskSet}})
def make_task_set(
    body: NewTaskSet, change: Annotated[ProjectChange, Depends(changing("submit", "evaluate"))]
) -> Response:
    """Store tasks under a name. The same tasks again are the same version (200), others a new one (201)."""
    check(body)
    with change.writing() as session:
        made, is_new = task_sets.make(
            session,
            task_set_id=change.parts.new_id(),
            project_id=change.project_id,
            name=body.name,
            tasks=[task.model_dump() for task in body.tasks],
            now=change.parts.now(),
        )
        return change.answer(
            session,
            TaskSet.model_validate(made),
            did="task set.made" if is_new else None,
            to=made.id,
            status=201 if is_new else 200,
            location=f"/v1/projects/{change.project_id}/task-sets/{made.id}",
            name=made.name,
            version=made.version,
        )


def check(body: NewTaskSet) -> None:
    """Raise `InvalidInput` for tasks that share an id, and for images that are files of the server."""
    ((task_id, times),) = Counter(task.task_id for task in body.tasks).most_common(1)
    if times > 1:
        raise InvalidInput(f"tasks must have ids of their own, {task_id!r} stands {times} times")
    for index, task in enumerate(body.tasks):
        if any(not image.startswith(IMAGE_ADDRESSES) for image in task.images):
            raise InvalidInput(f"tasks.{index}.images: an image must begin with {' or '.join(IMAGE_ADDRESSES)}")


@router.get("")
def list_task_sets(caller: Reader, parts: PartsOf, cursor: Cursor = None, limit: Limit = PAGE) -> Page[TaskSet]:
    """The project's task sets, newest first."""
    with parts.store.reading() as session:
        rows = task_sets.listed(session, caller.project.id, cursor, limit)
        return page_of(rows, limit, TaskSet, lambda row: row.id)


@router.get("/{task_set}")
def read_task_set(task_set: Reference, caller: Reader, parts: PartsOf) -> TaskSet:
    """A task set by its id, or the newest version under a name."""
    with parts.store.reading() as session:
        return TaskSet.model_validate(task_sets.find(session, caller.project.id, task_set))


@router.get("/{task_set}/tasks")
def list_tasks(
    task_set: Reference, caller: Reader, parts: PartsOf, cursor: NumberCursor = None, limit: Limit = PAGE
) -> Page[TaskIn]:
    """The tasks of a set, in their order."""
    first = 0 if cursor is None else cursor
    with parts.store.reading() as session:
        found = task_sets.find(session, caller.project.id, task_set)
        tasks = task_sets.tasks_of(session, found.id, first=first, limit=limit + 1)
    return page_of(tasks, limit, TaskIn, lambda _: first + limit)
