"""Agents: who is ranked."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.changes import ProjectChange, changing
from elicit.api.paging import PAGE, Cursor, Limit, page_of
from elicit.outbound import check_plan
from elicit.schemas import Agent, NewAgent, Page
from elicit.store.service import agents
from elicit.stored_plans import plan_of_agent

router = APIRouter(prefix="/projects/{project}/agents", tags=["agents"])

Reader = Annotated[Caller, Depends(allowed("read"))]


@router.post("", status_code=201, response_model=Agent, responses={200: {"model": Agent}})
def put_agent(body: NewAgent, change: Annotated[ProjectChange, Depends(changing("evaluate"))]) -> Response:
    """Make an agent (201), or say anew what the one of this name is (200): its next runs follow."""
    if body.spec is not None:
        plan = plan_of_agent(body.name, body.spec)
        check_plan(plan, change.parts.settings.endpoints, change.parts.outbound)
    with change.writing() as session:
        agent, is_new = agents.ensure(
            session,
            agent_id=change.parts.new_id(),
            project_id=change.project_id,
            name=body.name,
            spec=body.spec,
            now=change.parts.now(),
        )
        did = "agent.made" if is_new else "agent.changed" if agent.spec != body.spec else None
        agent.spec = body.spec
        return change.answer(
            session,
            Agent.model_validate(agent),
            did=did,
            to=agent.id,
            status=201 if is_new else 200,
            name=agent.name,
            spec=agent.spec,
        )


@router.get("")
def list_agents(caller: Reader, parts: PartsOf, cursor: Cursor = None, limit: Limit = PAGE) -> Page[Agent]:
    """The project's agents, newest first."""
    with parts.store.reading() as session:
        return page_of(agents.listed(session, caller.project.id, cursor, limit), limit, Agent, lambda row: row.id)


@router.get("/{agent}")
def read_agent(agent: Reference, caller: Reader, parts: PartsOf) -> Agent:
    """An agent by its name."""
    with parts.store.reading() as session:
        return Agent.model_validate(agents.find(session, caller.project.id, agent))
