"""Records as rows of the tables, and back."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from elicit.store import codec
from elicit.store.codec import Array, Columns
from elicit.store.engine import insert_into
from elicit.store.models import Input, InputBlock, Run, RunAgent, RunArray
from elicit.store.records import AGENT_KEYS, RUN_KEYS, RunRecord, RunSummary
from elicit.types import Evaluation, Source


def add_input(session: Session, evaluation: Evaluation, run: RunRecord) -> None:
    """Store an evaluation, block by block, unless it is there already."""
    connection = session.connection()
    row = insert_into(session, Input).values(
        hash=run.input_hash,
        created_at=run.created_at,
        kind=codec.kind_of(evaluation.evidence),
        n_agents=len(evaluation.agents),
        n_tasks=len(evaluation.tasks),
        head=codec.pack(codec.head_columns(evaluation)),
    )
    is_new = connection.execute(row.on_conflict_do_nothing().returning(Input.hash)).first()
    if is_new:
        for first, columns in codec.blocks(evaluation):
            block = {"input_hash": run.input_hash, "first_task": first, "content": codec.pack(columns)}
            connection.execute(insert(InputBlock), block)


def add_run(session: Session, run: RunRecord) -> None:
    """Store a run whose input is stored."""
    session.add(run_row(run))
    session.flush()  # what refers to it comes after
    session.add_all(agent_rows(run))
    session.add_all(array_rows(run))


def run_row(run: RunRecord) -> Run:
    """A run without its agents and arrays; `None` in the document stands for what has a column."""
    return Run(
        id=run.id,
        created_at=run.created_at,
        input_hash=run.input_hash,
        mechanism=run.result["mechanism"],
        scorer=run.result["scorer"],
        seed=run.result["seed"],
        parameters=dict(run.parameters),
        versions=dict(run.versions),
        sources=[asdict(source) for source in run.sources],
        document={key: None if key in RUN_KEYS else value for key, value in run.result.items()},
    )


def agent_rows(run: RunRecord) -> Iterator[RunAgent]:
    """The leaderboard, a row an agent."""
    for position, agent in enumerate(run.result["agents"]):
        more = {key: value for key, value in agent.items() if key not in AGENT_KEYS}
        yield RunAgent(run_id=run.id, position=position, more=more, **{key: agent[key] for key in AGENT_KEYS})


def array_rows(run: RunRecord) -> Iterator[RunArray]:
    """The matrices behind a run."""
    for name, array in run.arrays.items():
        yield RunArray(run_id=run.id, name=name, content=codec.pack(Columns(arrays={"array": array})))


def summaries(session: Session, limit: int | None) -> list[RunSummary]:
    """The newest runs, newest first."""
    # By column: the documents of many runs are large, and a list shows none of them.
    columns = (Run.id, Run.created_at, Run.mechanism, Run.scorer, Run.seed, Run.input_hash, Run.sources)
    newest = select(*columns, Input.n_agents, Input.n_tasks).join(Input, Input.hash == Run.input_hash)
    rows = session.execute(newest.order_by(Run.created_at.desc(), Run.id.desc()).limit(limit)).mappings()
    return [RunSummary(**{**row, "sources": as_sources(row["sources"])}) for row in rows]


def record(session: Session, run_id: str) -> RunRecord:
    """A whole run."""
    run = session.get_one(Run, run_id)
    return RunRecord(
        id=run.id,
        created_at=run.created_at,
        input_hash=run.input_hash,
        parameters=run.parameters,
        versions=run.versions,
        sources=as_sources(run.sources),
        result=result(session, run),
        arrays=arrays(session, run_id),
    )


def result(session: Session, run: Run) -> dict[str, Any]:
    """A run's document, put together again."""
    size = select(Input.n_agents, Input.n_tasks).where(Input.hash == run.input_hash)
    n_agents, n_tasks = session.execute(size).one()
    columns = {
        "mechanism": run.mechanism,
        "scorer": run.scorer,
        "seed": run.seed,
        "n_agents": n_agents,
        "n_tasks": n_tasks,
    }
    return run.document | columns | {"agents": agents(session, run.id)}


def agents(session: Session, run_id: str) -> list[dict[str, Any]]:
    """A run's leaderboard."""
    rows = session.scalars(select(RunAgent).where(RunAgent.run_id == run_id).order_by(RunAgent.position))
    return [{key: getattr(row, key) for key in AGENT_KEYS} | row.more for row in rows]


def arrays(session: Session, run_id: str) -> dict[str, Array]:
    """A run's matrices."""
    rows = session.scalars(select(RunArray).where(RunArray.run_id == run_id).order_by(RunArray.name))
    return {row.name: unpacked(row) for row in rows}


def array(session: Session, run_id: str, name: str) -> Array:
    """One of a run's matrices, read without the others."""
    return unpacked(session.get_one(RunArray, (run_id, name)))


def unpacked(row: RunArray) -> Array:
    """The matrix in a row."""
    return codec.unpack(row.content).arrays["array"]


def names(session: Session, input_hash: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The agents and the ids of the tasks of an input, in its order, read without its content."""
    head = codec.unpack(session.get_one(Input, input_hash).head)
    return codec.known(head.texts["agents"]), codec.known(head.texts["tasks"])


def kind(session: Session, input_hash: str) -> str:
    """Of which kind the evidence of an input is, as `codec.KINDS` names it."""
    return session.scalars(select(Input.kind).where(Input.hash == input_hash)).one()


def as_sources(sources: Iterable[dict[str, str]]) -> tuple[Source, ...]:
    """Stored sources."""
    return tuple(Source(**source) for source in sources)
