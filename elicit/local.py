"""One machine, no server: read, rank, store. What the command line and the notebook both stand on."""

import platform
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from elicit.calls import Completion, Request
from elicit.errors import InvalidEvaluation, InvalidInput
from elicit.services import evaluate
from elicit.services.asking import Gateway, Ports, Stop
from elicit.services.budget import NOTHING, Budget, Ledger, LocalBudget
from elicit.services.combine import combined_sheet
from elicit.services.compare import Board, Move, compare
from elicit.services.difference import Difference, difference
from elicit.services.document import document
from elicit.services.explain import Explanation, explain, votes_told
from elicit.services.judging import mechanisms_for
from elicit.services.plan import BudgetSpec, Plan, plan_document, plan_from
from elicit.services.progress import Progress, silent
from elicit.services.ranking import Ranking, rank_evaluation
from elicit.services.run_document import with_run
from elicit.services.scoring import Options, same_prompt_blocks
from elicit.services.sheet import standings
from elicit.store import PlanSummary, RunRecord, RunSummary, Store, StoredBudget, content_hash, new_run_id
from elicit.types import Evaluation


@dataclass(frozen=True)
class Outcome:
    """A finished ranking as a document, and the id it is stored under, if it is."""

    document: dict[str, Any]
    run_id: str | None


def rank(evaluation: Evaluation, options: Options, store: Store | None, progress: Progress = silent) -> Outcome:
    """Rank an evaluation and, given a store, keep the run."""
    ranking = rank_evaluation(evaluation, options, progress)
    result = document(ranking)
    if store is None:
        return Outcome(result, run_id=None)
    progress("store", 0, 1)
    record = as_record(ranking, result, fresh_id())
    store.save(evaluation, record)
    progress("store", 1, 1)
    return Outcome(result, record.id)


def fresh_id() -> str:
    """A name for a new run."""
    return new_run_id(datetime.now(UTC), random.SystemRandom())


def as_record(ranking: Ranking, result: Mapping[str, Any], run_id: str) -> RunRecord:
    """The run as it is stored: the result, the matrices behind it, and what repeats it."""
    choice = ranking.choice
    return RunRecord(
        id=run_id,
        created_at=datetime.now(UTC),
        input_hash=content_hash(ranking.evaluation),
        sources=ranking.evaluation.sources,
        parameters={
            "mechanism": choice.mechanism.name,
            "scorer": choice.scorer,
            "peers": ranking.scored.peers.name,
            "clones": choice.clones,
            "seed": ranking.seed,
        },
        versions={"elicit": version("elicit"), "python": platform.python_version(), "numpy": np.__version__},
        result=result,
        arrays={
            "pairwise": ranking.scored.pairwise,
            "task_scores": ranking.task_scores,
            "pseudo_values": ranking.pseudo_values,
        },
    )


def run_options(run: RunRecord) -> Options:
    """The options that repeat a stored run."""
    return Options(**run.parameters)


def compare_runs(store: Store, before: str, after: str) -> tuple[RunRecord, RunRecord, list[Move]]:
    """Two stored runs and every shared agent's move between them."""
    first, second = store.run(before), store.run(after)
    boards = (board(run, *store.names(run.input_hash)) for run in (first, second))
    return first, second, compare(*boards, seed=second.result["seed"])


def combine_runs(store: Store, references: Sequence[str]) -> tuple[list[RunRecord], list[dict[str, Any]]]:
    """Stored runs, and the agents they share ranked by all of them together, with 95 % intervals over the tasks."""
    runs = [store.run(reference) for reference in references]
    sheet = combined_sheet([board(run, *store.names(run.input_hash)) for run in runs])
    tasks = {task.id: task for task in store.evaluation(runs[0].input_hash).tasks}
    sheet = replace(sheet, block=same_prompt_blocks(tuple(tasks[name] for name in sheet.tasks)))
    rng = np.random.default_rng(runs[0].result["seed"])
    return runs, standings(sheet, np.arange(len(sheet.tasks)), rng)


def difference_in(store: Store, run: RunRecord, agent: str, baseline: str) -> Difference:
    """How an agent of a stored run differs from another."""
    tasks = store.evaluation(run.input_hash).tasks
    its_board = board(run, *store.names(run.input_hash))
    return difference(its_board, same_prompt_blocks(tasks), run.result, agent, baseline, seed=run.result["seed"])


def board(run: RunRecord, agents: tuple[str, ...], tasks: tuple[str, ...]) -> Board:
    """A stored run as far as a comparison needs it; `agents` and `tasks` are those of its input, in order."""
    result = run.result
    score = {row["agent"]: row["score"] for row in result["agents"]}
    return Board(
        name=run.id,
        made_by=f"{result['mechanism']} with {result['scorer']}, peers {result['diagnostics']['peers']['used']}",
        tasks=tasks,
        agents=agents,
        score=np.array([score[agent] for agent in agents], dtype=float),
        task_scores=run.arrays["task_scores"],
        pseudo_values=run.arrays.get("pseudo_values", run.arrays["task_scores"]),  # older runs have none
    )


def run_rows(store: Store, limit: int) -> list[dict[str, Any]]:
    """The stored runs, and the plans that were started and not finished, newest first, at most `limit`.

    `plan` is the name of a plan, `None` for a run of given answers; what an unfinished run has not yet is `None`.
    """
    plans = {plan.id: plan for plan in store.plans()}
    finished = [(run.created_at, run_row(run, plans.get(run.id))) for run in store.runs(limit)]
    unfinished = [(plan.created_at, unfinished_row(plan)) for plan in plans.values() if not plan.finished]
    newest_first = sorted([*finished, *unfinished], key=lambda entry: entry[0], reverse=True)
    return [
        {"id": row["id"], "created_at": made.isoformat(timespec="seconds")} | row for made, row in newest_first[:limit]
    ]


def run_row(run: RunSummary, plan: PlanSummary | None) -> dict[str, Any]:
    """A stored run in the list of runs."""
    return {
        "id": run.id,
        "mechanism": run.mechanism,
        "scorer": run.scorer,
        "n_agents": run.n_agents,
        "n_tasks": run.n_tasks,
        "seed": run.seed,
        "sources": [source.path for source in run.sources],
        "plan": plan.name if plan else None,
        "finished": True,
    }


def unfinished_row(plan: PlanSummary) -> dict[str, Any]:
    """A started run in the list of runs."""
    unknown = dict.fromkeys(("mechanism", "scorer", "n_agents", "n_tasks", "seed"))
    return {"id": plan.id, **unknown, "sources": [], "plan": plan.name, "finished": False}


def pair_rows(store: Store, run: RunRecord) -> list[dict[str, Any]]:
    """Who tells about whom: what every agent earns from every peer, agents and peers in rank order."""
    place = {agent: i for i, agent in enumerate(store.names(run.input_hash)[0])}
    names = [str(row["agent"]) for row in run.result["agents"]]
    pairwise = run.arrays["pairwise"]
    return [
        {"agent": agent, "peer": peer, "score": none_if_nan(pairwise[place[agent], place[peer]])}
        for agent in names
        for peer in names
        if peer != agent
    ]


def none_if_nan(value: float) -> float | None:
    """The value, `None` for NaN."""
    return None if np.isnan(value) else float(value)


def explain_run(
    store: Store, run: RunRecord, task: str, agent: str, peer: str, progress: Progress = silent
) -> Explanation:
    """Take one pair of a stored run apart, scoring its stored input again."""
    evaluation = store.evaluation(run.input_hash)
    vote = votes_told(run.result["agents"], evaluation.agents)
    return explain(evaluation, run_options(run), task, agent, peer, progress, vote=vote)


# Plans


@dataclass(frozen=True)
class StoredCompletions:
    """The store as the place where a run keeps its answers."""

    store: Store
    run_id: str

    def get(self, keys: Sequence[str]) -> Mapping[str, Completion]:
        """The stored answers among these keys."""
        return self.store.completions(keys)

    def put(self, answers: Sequence[tuple[Request, Completion]]) -> None:
        """Store answers."""
        self.store.add_completions(self.run_id, answers, datetime.now(UTC))


@dataclass(frozen=True)
class PlanOutcome:
    """A plan carried out as far as it went: `document` is `None` where nothing could be ranked yet.

    `stop` is "done", or why some calls were not made; then the run can be resumed under its id.
    """

    run_id: str
    stop: Stop
    document: dict[str, Any] | None


def start_plan(plan: Plan, store: Store, paid_before: Ledger = NOTHING) -> str:
    """Keep a plan before its first call, so that it can be resumed whatever happens; returns the run's id.

    `paid_before` is what another run of the plan has paid, and this one's budget counts.
    """
    run_id = fresh_id()
    store.start_plan(run_id, plan_document(plan), datetime.now(UTC), paid_before)
    return run_id


def started_plan(store: Store, reference: str, *, unfinished: bool = False) -> tuple[str, Plan]:
    """The id and the plan of a started run; with `unfinished`, "latest" is the newest that is not finished, if any."""
    run_id, document = store.plan(reference, unfinished=unfinished)
    return run_id, plan_from(document)


def budget_of(plan: Plan, store: Store, run_id: str) -> Budget:
    """The plan's budget, less what the run has paid for, or may have paid for, already."""
    return StoredBudget(store, run_id, plan.budget)


def carry_out(
    plan: Plan,
    run_id: str,
    store: Store,
    gateway: Gateway | None,
    budget: Budget,
    progress: Progress = silent,
) -> PlanOutcome:
    """Carry out a started plan, or what is left of it; the run is kept once it is whole."""
    if store.has_run(run_id):
        return PlanOutcome(run_id, "done", dict(store.run(run_id).result))
    ports = Ports(gateway, StoredCompletions(store, run_id), budget, progress)
    stop, ranking, whole = run_and_rank(plan, ports)
    if stop == "done" and ranking is not None and whole is not None:
        store.save(ranking.evaluation, as_record(ranking, whole, run_id))
    return PlanOutcome(run_id, stop, whole)


def run_and_rank(plan: Plan, ports: Ports) -> tuple[Stop, Ranking | None, dict[str, Any] | None]:
    """Carry out a plan as far as it goes: why it stopped, and the ranking and its document if it is enough for one."""
    result = evaluate.run(plan, ports)
    ranking = ranked(plan, result, ports.progress)
    if ranking is None:
        return result.stop, None, None
    return result.stop, ranking, with_run(document(ranking), plan, result, ports.budget)


def ranked(plan: Plan, result: evaluate.Result, progress: Progress) -> Ranking | None:
    """The ranking of what was scored, `None` where a run that was broken off has too little to rank."""
    try:
        if result.evaluation is None:
            raise InvalidEvaluation("no agent can be ranked: too few answers could be used, or too few pairs scored")
        return rank_evaluation(result.evaluation, Options(mechanism=result.judged.mechanism, seed=plan.seed), progress)
    except InvalidEvaluation as error:
        if result.stop != "done":
            return None
        raise InvalidEvaluation("; ".join([str(error), *evaluate.unranked_in_words(result.unranked)])) from error


def rescore(store: Store, reference: str, mechanism: str | None, progress: Progress = silent) -> PlanOutcome:
    """Score a plan's stored answers again, perhaps by another mechanism; nothing is asked.

    A finished plan gives a new run. Of one that is not finished, what there is so far is ranked and not kept: `stop` is
    "not asked", and `run_id` the run that can be resumed. Raises `InvalidInput` for a mechanism that does not fit the
    plan's scorer, or that reads what was never asked.
    """
    started, plan = started_plan(store, reference)
    plan = with_mechanism(plan, mechanism)
    run_id = fresh_id()
    outcome = carry_out(plan, run_id, store, None, LocalBudget(BudgetSpec(max_cost=0.0, max_calls=0)), progress)
    if outcome.stop == "done":
        store.start_plan(run_id, plan_document(plan), datetime.now(UTC))
        return outcome
    if store.has_run(started):
        raise InvalidInput(
            f"mechanism {mechanism!r} reads what run {started} has not asked for: run its plan with that mechanism, "
            "which pays for what is missing only"
        )
    return replace(outcome, run_id=started)


def with_mechanism(plan: Plan, mechanism: str | None) -> Plan:
    """The plan with another mechanism that reads what its scorer makes."""
    if mechanism is None:
        return plan
    fitting = mechanisms_for(plan.scorer.kind)
    if mechanism not in fitting:
        raise InvalidInput(
            f"mechanism must be {' or '.join(fitting)} for a scorer of kind {plan.scorer.kind!r}, got {mechanism!r}"
        )
    return replace(plan, mechanism=mechanism)
