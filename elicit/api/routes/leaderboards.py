"""What came of a run as a whole: the leaderboard, by category, by agent, by pair, and beside other runs.

One rule: a leaderboard never changes under its ETag.
"""

from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Path, Response
from pydantic_core import to_json

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.etags import UNCHANGED, Etag
from elicit.errors import UnknownObject
from elicit.schemas import AgentInRun, Agreement, CategoryBoard, PairMatrix
from elicit.services.agreement import agreement
from elicit.services.document import plain
from elicit.services.sheet import agent_by_task, category_boards
from elicit.store import rows
from elicit.store.service import results

router = APIRouter(prefix="/projects/{project}/runs/{run}", tags=["runs"], responses=UNCHANGED)

Reader = Annotated[Caller, Depends(allowed("read"))]
AgentInPath = Annotated[str, Path(min_length=1, max_length=500)]
DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "The leaderboard."},
}
MOST_RUNS = 20  # that a run is compared with at once


@router.get("/leaderboard", response_class=Response, responses=DOCUMENT)
def read_leaderboard(run: Reference, caller: Reader, parts: PartsOf, etag: Etag) -> Response:
    """The leaderboard of a run, as `elicit rank --format json` writes it."""
    with parts.store.reading() as session:
        headers = etag.unless_known(results.version(session, caller.project.id, run))
        return Response(to_json(results.leaderboard(session, run)), headers=headers, media_type="application/json")


@router.get("/pairs")
def read_pairs(run: Reference, caller: Reader, parts: PartsOf, etag: Etag) -> PairMatrix:
    """Who tells about whom: what every agent earns from every peer, agents in the order of the leaderboard."""
    with parts.store.reading() as session:
        etag.unless_known(results.version(session, caller.project.id, run))
        agents, _ = rows.names(session, results.input_of(session, run))
        order = [agents.index(agent) for agent, _ in results.ranked(session, run)]
        matrix = rows.array(session, run, "pairwise")[np.ix_(order, order)]
    return PairMatrix(agents=[agents[i] for i in order], score=[[plain(value) for value in row] for row in matrix])


@router.get("/categories")
def list_categories(run: Reference, caller: Reader, parts: PartsOf, etag: Etag) -> list[CategoryBoard]:
    """The agents on the tasks of each category, as the whole run scored them; empty where tasks have none."""
    with parts.store.reading() as session:
        etag.unless_known(results.version(session, caller.project.id, run))
        sheet, seed = results.sheet(session, run), results.seed_of(session, run)
    return [CategoryBoard.model_validate(board) for board in category_boards(sheet, seed=seed)]


@router.get("/agents/{agent}")
def read_agent_in_run(run: Reference, agent: AgentInPath, caller: Reader, parts: PartsOf, etag: Etag) -> AgentInRun:
    """How an agent did on each task of a run, in their order, beside the mean of the others."""
    with parts.store.reading() as session:
        etag.unless_known(results.version(session, caller.project.id, run))
        sheet = results.sheet(session, run)
    if agent not in sheet.agents:
        raise UnknownObject(f"run {run} has no agent {agent!r}")
    return AgentInRun.model_validate({"agent": agent, "tasks": agent_by_task(sheet, agent)})


@router.get("/agreement")
def list_agreement(run: Reference, caller: Reader, parts: PartsOf, etag: Etag) -> list[Agreement]:
    """How far the newest other runs on the same task set rank alike; those that share at least three ranked agents."""
    with parts.store.reading() as session:
        version = results.version(session, caller.project.id, run)
        etag.unless_known(version, results.others_version(session, run))
        score, seed = results.scores(session, [run])[run], results.seed_of(session, run)
        others = results.others(session, run, limit=MOST_RUNS)
    return [
        Agreement.model_validate(other.about | asdict(agreement(score, other.score, seed=seed))) for other in others
    ]
