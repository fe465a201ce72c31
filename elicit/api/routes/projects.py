"""Projects, and who one is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from elicit.api.auth import Caller, Operator, PartsOf, SignedIn, allowed
from elicit.api.changes import Change, changing_server
from elicit.api.paging import PAGE, Cursor, Limit, page_of
from elicit.schemas import Key, Me, NewProject, Page, Project
from elicit.store.service import projects

router = APIRouter(tags=["projects"])


@router.get("/me")
def read_me(key: SignedIn, parts: PartsOf) -> Me:
    """The key in use, and its project."""
    with parts.store.reading() as session:
        project = key.project_id and projects.find(session, key.project_id)
    return Me(key=Key.model_validate(key), project=Project.model_validate(project) if project else None)


@router.post("/projects", status_code=201, response_model=Project)
def make_project(body: NewProject, change: Annotated[Change, Depends(changing_server)]) -> Response:
    """Make a project (operators only)."""
    with change.writing() as session:
        made = projects.make(session, project_id=change.parts.new_id(), name=body.name, now=change.parts.now())
        return change.answer(
            session,
            Project.model_validate(made),
            did="project.made",
            to=made.id,
            location=f"/v1/projects/{made.id}",
            name=made.name,
        )


@router.get("/projects")
def list_projects(key: Operator, parts: PartsOf, cursor: Cursor = None, limit: Limit = PAGE) -> Page[Project]:
    """All projects, newest first (operators only)."""
    with parts.store.reading() as session:
        return page_of(projects.listed(session, cursor, limit), limit, Project, lambda row: row.id)


@router.get("/projects/{project}")
def read_project(caller: Annotated[Caller, Depends(allowed())]) -> Project:
    """A project, by its id or name."""
    return Project.model_validate(caller.project)
