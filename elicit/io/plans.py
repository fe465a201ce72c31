"""Plan files: YAML, TOML or JSON to a `Plan`, and the plan that `elicit plan new` starts a user with.

One rule: a plan that is read is a plan that can run; what is wrong with it is said with its line and field.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from elicit.calls import sorted_params
from elicit.errors import InvalidInput
from elicit.io.plan_fields import OF_MODELS, PLAN, SCHEMA_KEY, SETTINGS_OF
from elicit.io.plan_files import PlanFile, load_plan_file
from elicit.io.plan_rules import At, either
from elicit.io.plan_tables import answers_of, tasks_of
from elicit.io.reading import table_of_frame
from elicit.io.tables import Table, listed
from elicit.services.answers import agent_calls
from elicit.services.asking import REWRITER, SCORER
from elicit.services.judging import mechanisms_for
from elicit.services.judging.pairing import scoring_calls
from elicit.services.plan import (
    AgentSpec,
    BudgetSpec,
    DesignSpec,
    Limits,
    Plan,
    Price,
    RewriterSpec,
    ScorerSpec,
)
from elicit.types import Task


def read_plan(path: str | Path) -> Plan:
    """The plan in a file, with the tasks and answers it names.

    Files that the plan names count from its own folder. Raises InvalidInput, naming the file, the line and the field,
    for whatever breaks a rule; `docs/reference-plan.md` has the rules.
    """
    path = Path(path)
    return build(load_plan_file(path), folder=path.parent, name=path.stem)


def plan_of(values: Mapping[str, Any], *, folder: str | Path = ".") -> Plan:
    """The plan in a mapping with the fields of a plan file, by the same rules.

    Tasks and responses may be rows of any kind: a list of mappings, a DataFrame, a data set of `datasets`.

    >>> agents = [{"name": name, "responses": [{"task_id": "a", "response": name}]} for name in "xy"]
    >>> tasks = [{"task_id": "a", "prompt": "Which letter?"}, {"task_id": "b", "prompt": "Which number?"}]
    >>> plan_of({"tasks": tasks, "agents": agents, "scorer": {"kind": "lexical"}}).agents[1].answers
    (('a', 'y'),)
    """
    if not isinstance(values, Mapping):
        raise InvalidInput(f"a plan must be a mapping, got {type(values).__name__}")
    return build(PlanFile("plan", with_plain_rows(values)), folder=Path(folder), name="plan")


def build(file: PlanFile, *, folder: Path, name: str) -> Plan:
    """The plan out of plain values: check the fields one by one, then together, then read what they name."""
    at = At(file)
    PLAN.check(file.values, at)
    values = {key: value for key, value in file.values.items() if key != SCHEMA_KEY}
    check_agents(values["agents"], at / "agents")
    check_scorer(values["scorer"], at / "scorer")
    check_mechanism(values, at / "mechanism")
    check_design(values, at / "design")
    tasks, images = tasks_of(values["tasks"], at / "tasks", folder)
    parts = {
        "name": values.get("name", name),
        "tasks": tasks,
        "images": images,
        "agents": tuple(
            agent_of(agent, tasks, at / "agents" / index, folder) for index, agent in enumerate(values["agents"])
        ),
        "scorer": scorer_of(values["scorer"]),
        "design": design_of(values),
        "budget": BudgetSpec(**values.get("budget", {})),
        "prices": {model: Price(**price) for model, price in values.get("prices", {}).items()},
        "limits": Limits(**values.get("limits", {})),
    }
    plan = Plan(**(values | parts))
    check_fitted(plan, at / "design")
    return plan


def check_fitted(plan: Plan, at: At) -> None:
    """Raise InvalidInput where nothing says how many calls a fitted design is for, or nothing is left for it."""
    if plan.design.pairs != "fitted" or plan.design.calls is not None:
        return
    if plan.budget.max_calls is None:
        at.fail(
            "a fitted design must have 'calls', or 'max_calls' in the budget to take them from: what money is "
            "enough for shows only when the answers are there ('--dry-run' tells what so many calls may cost)"
        )
    if scoring_calls(plan) < 2:
        at.fail(
            f"a fitted design must have 2 calls or more; of the budget's {plan.budget.max_calls:,} calls the agents "
            f"take {agent_calls(plan):,}"
        )


def agent_of(values: Mapping[str, Any], tasks: Iterable[Task], at: At, folder: Path) -> AgentSpec:
    """One agent, with its answers if it is one outside."""
    if "responses" not in values:
        return AgentSpec(**with_sorted_params(values))
    answers = answers_of(values["responses"], values["name"], tasks, at / "responses", folder)
    return AgentSpec(name=values["name"], answers=answers)


def scorer_of(values: Mapping[str, Any]) -> ScorerSpec:
    """The scorer, with the model that rewrites for it if there is one."""
    rewriter = values.get("rewriter")
    if isinstance(rewriter, str):
        rewriter = {"model": rewriter}
    told = None if rewriter is None else RewriterSpec(**with_sorted_params(rewriter))
    return ScorerSpec(**(with_sorted_params(values) | {"rewriter": told}))


def with_sorted_params(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields, `params` in the order that requests have them."""
    return dict(values) | {"params": sorted_params(values.get("params", {}))}


def design_of(values: Mapping[str, Any]) -> DesignSpec:
    """The design, with no more peers than a small plan has."""
    design = DesignSpec(**values.get("design", {}))
    return replace(design, peers=min(design.peers, n_agents_of(values) - 1))


def n_agents_of(values: Mapping[str, Any]) -> int:
    """How many agents are ranked: each sample is one."""
    return sum(len(names_of(agent)) for agent in values["agents"])


def check_agents(agents: list[Mapping[str, Any]], at: At) -> None:
    """Raise InvalidInput for agents that are no agents, that share a name, or that are too few."""
    for index, agent in enumerate(agents):
        check_agent(agent, at / index)
    names: Counter[str] = Counter()
    for index, agent in enumerate(agents):
        ranked = names_of(agent)
        twice = [name for name in ranked if names[name]]
        for taken in {SCORER, REWRITER}.intersection(ranked):
            (at / index / "name").fail(f"an agent must not be called {taken!r}, for that is another part of the run")
        if twice:
            (at / index / "name").fail(f"the names of agents must differ, got {twice[0]!r} twice")
        names.update(ranked)
    if len(names) < 2:
        at.fail(f"a plan must have 2 agents or more, as each is compared with another, got {len(names)}")


def check_agent(agent: Mapping[str, Any], at: At) -> None:
    """Raise InvalidInput unless an agent either has a model or has answered already."""
    if "responses" not in agent:
        if "model" not in agent:
            at.fail(f"an agent must have a 'model' to ask or 'responses' to read, got {', '.join(agent)}")
        return
    for name in OF_MODELS:
        if name in agent:
            (at / name).fail(f"an agent must have a model or responses, not both; one with responses has no {name!r}")


def names_of(agent: Mapping[str, Any]) -> list[str]:
    """What the leaderboard calls an agent: each of several samples has a name of its own."""
    samples = agent.get("samples", 1)
    return [agent["name"]] if samples == 1 else [f"{agent['name']}#{sample}" for sample in range(1, samples + 1)]


def check_scorer(scorer: Mapping[str, Any], at: At) -> None:
    """Raise InvalidInput where a scorer lacks its model, or has a setting that is another kind's."""
    kind = scorer["kind"]
    if kind == "lexical":
        refuse_all(scorer, ("model", "api_base", "api_key_env", "params"), "the lexical scorer asks no model", at)
    elif "model" not in scorer:
        at.fail(f"a scorer of kind {kind!r} must have a 'model'")
    for setting, kinds in SETTINGS_OF.items():
        if kind not in kinds:
            refuse_all(scorer, (setting,), f"only a {' or '.join(kinds)} scorer has it", at)


def check_mechanism(values: Mapping[str, Any], at: At) -> None:
    """Raise InvalidInput where the mechanism cannot read what the scorer makes."""
    name, kind = values.get("mechanism"), values["scorer"]["kind"]
    fitting = mechanisms_for(kind)
    if name is not None and name not in fitting:
        at.refuse(f"must be {either(fitting)} for a scorer of kind {kind!r}", name)


def refuse_all(values: Mapping[str, Any], names: Iterable[str], why: str, at: At) -> None:
    """Raise InvalidInput where a section has a field that does not belong there."""
    for name in names:
        if name in values:
            (at / name).fail(f"must be left out: {why}")


def check_design(values: Mapping[str, Any], at: At) -> None:
    """Raise InvalidInput for more peers than there are, and for settings that this design or scorer has no use for."""
    design = values.get("design", {})
    n_agents = n_agents_of(values)
    if "peers" in design and design.get("pairs") == "full":
        (at / "peers").fail("must be left out: in the full design every agent meets all others")
    if "contrast_per_agent" in design and values["scorer"]["kind"] == "judge":
        (at / "contrast_per_agent").fail("must be left out: a judge compares answers to one task only")
    if design.get("pairs") == "fitted":
        refuse_all(design, ("peers", "contrast_per_agent"), "'calls' says how many pairs a fitted design has", at)
    else:
        refuse_all(design, ("calls",), "only a fitted design has it (pairs: fitted)", at)
    if design.get("peers", 1) >= n_agents:
        (at / "peers").refuse(f"must be from 1 to {n_agents - 1}, as there are {n_agents} agents", design["peers"])


def with_plain_rows(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same plan with lists of mappings where Python gave tables of other kinds."""
    plain = dict(values)
    if "tasks" in plain:
        plain["tasks"] = plain_rows(plain["tasks"])
    if isinstance(plain.get("agents"), list | tuple):
        plain["agents"] = [
            dict(agent) | {"responses": plain_rows(agent["responses"])}
            if isinstance(agent, Mapping) and "responses" in agent
            else agent
            for agent in plain["agents"]
        ]
    return plain


def plain_rows(values: Any) -> Any:
    """A table as a list of mappings, also inside of `rows`; anything else as it is."""
    if isinstance(values, Path):
        return str(values)
    if isinstance(values, Mapping):
        return dict(values) | ({"rows": plain_rows(values["rows"])} if "rows" in values else {})
    if hasattr(values, "itertuples"):  # a DataFrame, found out without importing pandas
        return rows_of_table(table_of_frame(values, "rows"))
    return values if isinstance(values, str) or not isinstance(values, Iterable) else list(values)


def rows_of_table(table: Table) -> list[dict[str, Any]]:
    """A table's rows as mappings."""
    columns = [listed(table.column(name)) for name in table.names]
    return [dict(zip(table.names, row, strict=True)) for row in zip(*columns, strict=True)]


def limited(plan: Plan, n_tasks: int | None) -> Plan:
    """The plan with its first `n_tasks` tasks only, as `--limit-tasks` wants it."""
    if n_tasks is None:
        return plan
    if n_tasks < 2:
        raise InvalidInput(f"a run needs 2 tasks or more, got {n_tasks}")
    return plan.only({task.id for task in plan.tasks[:n_tasks]})


def new_plan_text() -> str:
    """A plan to start from: commented, on the bundled tasks, against the mock server; it runs as it stands."""
    return (files("elicit.io") / "new_plan.yaml").read_text(encoding="utf-8")


def write_new_plan(path: str | Path) -> None:
    """Write `new_plan_text` to a new YAML file; raises InvalidInput rather than touch one that is there."""
    path = Path(path)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise InvalidInput(f"{path}: a new plan is written as YAML, so its name must end in .yaml, got {path.suffix!r}")
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(new_plan_text())
    except FileExistsError as error:
        raise InvalidInput(f"{path}: the file must not exist yet; a plan is never written over") from error
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error.strerror}") from error
