"""Plan files: what is read from them, and what is said about those that cannot be."""

import json
import re
import tomllib
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from elicit.errors import InvalidInput
from elicit.io.plan_fields import (
    AGENT,
    BUDGET,
    DESIGN,
    LIMITS,
    PLAN,
    PRICE,
    SCHEMA_KEY,
    SCORER,
    schema,
    schema_text,
)
from elicit.io.plan_files import load_plan_file, read_json, read_toml, read_yaml
from elicit.io.plan_rules import RESERVED
from elicit.io.plan_tables import IMAGE_LIMIT
from elicit.io.plans import limited, mechanisms_for, new_plan_text, plan_of, read_plan, write_new_plan
from elicit.services.agents import STRATEGIES
from elicit.services.judging import SCORERS
from elicit.services.plan import (
    AgentSpec,
    BudgetSpec,
    DesignSpec,
    Limits,
    Plan,
    Price,
    RewriterSpec,
    ScorerSpec,
    plan_document,
    plan_from,
)

YAML = """\
name: trial
tasks: {file: tasks.jsonl, limit: 2}
agents:
  - name: a
    model: openai/gpt-4o-mini
    strategy: read-then-write
    system: Be brief.
    template: "{prompt}"
    params: {temperature: 0, stop: [END]}
    samples: 2
    api_base: http://127.0.0.1:8000/v1
    api_key_env: MY_KEY
  - {name: outside, responses: outputs.jsonl}
scorer: {kind: critic, model: openai/gpt-4o-mini, scale: soft, contrast: hard}
mechanism: tvd_mi
design: {pairs: rotating, peers: 2, contrast_per_agent: 5}
budget: {max_cost: 5.0, max_calls: 1000}
prices:
  my/model: {input_per_million: 0, output_per_million: 0.5}
limits: {concurrency: 4, requests_per_minute: null, tokens_per_minute: 90000, timeout_s: 30, retries: 2}
use_truncated: true
epoch: second
seed: 7
"""

TOML = """\
name = "trial"
mechanism = "tvd_mi"
use_truncated = true
epoch = "second"
seed = 7

[tasks]
file = "tasks.jsonl"
limit = 2

[[agents]]
name = "a"
model = "openai/gpt-4o-mini"
strategy = "read-then-write"
system = "Be brief."
template = "{prompt}"
samples = 2
api_base = "http://127.0.0.1:8000/v1"
api_key_env = "MY_KEY"
params = {temperature = 0, stop = ["END"]}

[[agents]]
name = "outside"
responses = "outputs.jsonl"

[scorer]
kind = "critic"
model = "openai/gpt-4o-mini"
scale = "soft"
contrast = "hard"

[design]
pairs = "rotating"
peers = 2
contrast_per_agent = 5

[budget]
max_cost = 5.0
max_calls = 1000

[prices."my/model"]
input_per_million = 0
output_per_million = 0.5

[limits]
concurrency = 4
tokens_per_minute = 90000
timeout_s = 30
retries = 2
"""

SMALL = {
    "tasks": "tasks.jsonl",
    "agents": [{"name": "a", "model": "openai/x"}, {"name": "b", "model": "openai/y"}],
    "scorer": {"kind": "critic", "model": "openai/z"},
}


@pytest.fixture
def folder(tmp_path):
    """A folder with tasks and the answers of an agent outside."""
    tasks = [{"task_id": f"t{t}", "prompt": f"Question {t}?"} for t in (1, 2, 3)]
    answers = [{"task_id": f"t{t}", "response": f"Answer {t}."} for t in (1, 3)]
    for name, rows in (("tasks.jsonl", tasks), ("outputs.jsonl", answers)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.fixture
def read(folder):
    """Write a plan into the folder and read it."""

    def read(content, name="plan.yaml"):
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        return read_plan(folder / name)

    return read


def changed(**changes):
    """The small plan with other fields; those that are None are left out."""
    return {name: value for name, value in (SMALL | changes).items() if value is not None}


def test_every_field_of_a_plan_is_read(read):
    plan = read(YAML)
    assert [task.id for task in plan.tasks] == ["t1", "t2"]
    assert plan.agents == (
        AgentSpec(
            name="a",
            model="openai/gpt-4o-mini",
            strategy="read-then-write",
            system="Be brief.",
            template="{prompt}",
            params=(("stop", ["END"]), ("temperature", 0)),
            samples=2,
            api_base="http://127.0.0.1:8000/v1",
            api_key_env="MY_KEY",
        ),
        AgentSpec(name="outside", answers=(("t1", "Answer 1."),)),
    )
    assert plan.scorer == ScorerSpec("critic", "openai/gpt-4o-mini", scale="soft", contrast="hard")
    assert plan.design == DesignSpec("rotating", peers=2, contrast_per_agent=5)
    assert plan.budget == BudgetSpec(max_cost=5.0, max_calls=1000)
    assert plan.prices == {"my/model": Price(0, 0.5)}
    assert plan.limits == Limits(concurrency=4, tokens_per_minute=90000, timeout_s=30, retries=2)
    assert (plan.name, plan.mechanism, plan.use_truncated) == ("trial", "tvd_mi", True)
    assert (plan.epoch, plan.seed) == ("second", 7)


def test_the_same_plan_in_three_formats_is_the_same_plan(read):
    as_json = json.dumps(yaml.safe_load(YAML))
    assert read(YAML) == read(TOML, "plan.toml") == read(as_json, "plan.json") == read(YAML, "PLAN.YML")


def test_a_plan_from_python_keeps_the_same_rules(read, folder):
    assert plan_of(yaml.safe_load(YAML), folder=folder) == read(YAML)
    with pytest.raises(InvalidInput, match=r"^plan, field 'scorer\.kind': must be critic\b.*; did you mean 'critic'\?"):
        plan_of(changed(scorer={"kind": "cirtic"}))


def test_a_plan_goes_through_json_unharmed(read):
    plan = read(YAML)
    assert plan_from(json.loads(json.dumps(plan_document(plan)))) == plan


def test_what_a_plan_leaves_out_has_the_default_of_its_dataclass(read):
    plan = read(changed(), "small.json")
    assert plan.name == "small"
    assert (plan.budget, plan.limits, plan.prices) == (BudgetSpec(), Limits(), {})
    assert plan.agents[0] == AgentSpec(name="a", model="openai/x")


def test_a_rewriter_is_a_model_or_a_mapping_with_one(read):
    likelihood = {"kind": "likelihood", "model": "openai/z"}
    short, whole = (
        read(changed(scorer=likelihood | {"rewriter": rewriter})).scorer.rewriter
        for rewriter in ("openai/chat", {"model": "openai/chat", "params": {"top_p": 1, "seed": 2}, "api_key_env": "K"})
    )
    assert short == RewriterSpec("openai/chat")
    assert whole == RewriterSpec("openai/chat", (("seed", 2), ("top_p", 1)), api_key_env="K")
    assert read(changed(scorer=likelihood | {"rewriter": None})).scorer.rewriter is None


@pytest.mark.parametrize(
    ("setting", "field", "words"),
    [
        ({"kind": "critic", "sees_task": False}, "scorer.sees_task", "only a judge scorer has it"),
        ({"kind": "judge", "task_type": "Summaries"}, "scorer.task_type", "only a critic scorer has it"),
        ({"kind": "judge", "rewriter": "openai/c"}, "scorer.rewriter", "only a likelihood or pmi scorer has it"),
        ({"kind": "judge", "sees_task": "yes"}, "scorer.sees_task", "must be true or false"),
        ({"kind": "critic", "task_type": "One\nTwo"}, "scorer.task_type", "without line breaks"),
        ({"kind": "pmi", "rewriter": {"api_base": "http://x/v1"}}, "scorer.rewriter", "must have the field 'model'"),
        ({"kind": "pmi", "rewriter": {"model": "m", "api_key": "x"}}, "scorer.rewriter.api_key", "not hold a key"),
        ({"kind": "pmi", "rewriter": "two words"}, "scorer.rewriter", "as litellm calls it"),
    ],
)
def test_a_setting_that_is_another_scorer_s_or_no_setting_is_refused(setting, field, words):
    values = changed(scorer={"model": "openai/z"} | setting)
    with pytest.raises(InvalidInput) as refusal:
        plan_of(values)
    assert f"field {field!r}" in str(refusal.value)
    assert words in str(refusal.value)
    assert not valid(values)


def test_a_judge_has_no_contrast_pairs_to_design():
    judge = {"kind": "judge", "model": "openai/z"}
    with pytest.raises(InvalidInput, match=r"field 'design\.contrast_per_agent': must be left out: a judge compares"):
        plan_of(changed(scorer=judge, design={"contrast_per_agent": 2}))


@pytest.mark.parametrize("kind", SCORERS)
def test_every_scorer_has_a_mechanism_that_fits(read, kind):
    scorer = {"kind": kind} | ({} if kind == "lexical" else {"model": "openai/z"})
    for mechanism in mechanisms_for(kind):
        assert read(changed(scorer=scorer, mechanism=mechanism)).mechanism == mechanism


def test_two_agents_have_one_peer_each_unless_the_plan_says_otherwise(read):
    assert read(changed(), "small.json").design.peers == 1


@pytest.mark.parametrize(
    ("section", "dataclass", "beside"),
    [
        (AGENT, AgentSpec, {"responses": "answers"}),
        (SCORER, ScorerSpec, {}),
        (DESIGN, DesignSpec, {}),
        (BUDGET, BudgetSpec, {}),
        (PRICE, Price, {}),
        (LIMITS, Limits, {}),
        (PLAN, Plan, {SCHEMA_KEY: "images"}),  # images come with the tasks
    ],
)
def test_a_plan_file_has_the_fields_of_the_plan(section, dataclass, beside):
    names = {beside.get(field.name, field.name) for field in section.fields}
    assert names == {field.name for field in fields(dataclass)}


def test_tasks_may_be_the_bundled_ones_or_rows(read):
    assert len(read(changed(tasks="demo")).tasks) == 40
    assert len(read(changed(tasks={"file": "demo", "limit": 5})).tasks) == 5
    rows = [{"question": "Why?", "document": "So."}, {"question": "How?"}]
    assert [task.id for task in read(changed(tasks=rows)).tasks] == ["task-0001", "task-0002"]
    assert read(changed(tasks={"rows": rows})).tasks[0].context == "So."


def test_rows_from_python_may_be_a_data_frame_or_any_iterable(folder):
    rows = [{"task_id": "x", "prompt": "Why?"}, {"task_id": "y", "prompt": "How?"}]
    answers = pd.DataFrame([{"task_id": "y", "response": "So."}])
    agents = [SMALL["agents"][0], {"name": "outside", "responses": answers}]
    for tasks in (pd.DataFrame(rows), iter(rows), {"rows": pd.DataFrame(rows)}):
        plan = plan_of(changed(tasks=tasks, agents=agents))
        assert [task.id for task in plan.tasks] == ["x", "y"]
        assert plan.agents[1].answers == (("y", "So."),)


def test_images_are_addresses_data_or_files_beside_the_tasks(read, folder):
    (folder / "cat.png").write_bytes(b"\x89PNG")
    rows = [
        {"task_id": "one", "prompt": "What?", "images": ["cat.png", "https://example.org/dog.jpg"]},
        {"task_id": "none", "prompt": "What?"},
    ]
    plan = read(changed(tasks=rows))
    assert plan.images == {"one": ("data:image/png;base64,iVBORw==", "https://example.org/dog.jpg")}
    assert plan_from(json.loads(json.dumps(plan_document(plan)))) == plan
    assert limited(plan, 2).images == plan.images


def test_fewer_tasks_leave_the_images_of_the_others_behind(read):
    rows = [{"task_id": "one", "prompt": "What?"}, {"task_id": "two", "prompt": "What?"}]
    rows.append({"task_id": "three", "prompt": "What?", "images": ["https://example.org/dog.jpg"]})
    plan = read(changed(tasks=rows))
    assert list(plan.images) == ["three"]
    assert limited(plan, 2).images == read(changed(tasks={"rows": rows, "limit": 2})).images == {}


def test_data_that_is_no_image_is_refused_as_one(read):
    rows = [{"task_id": name, "prompt": "?", "image": "data:text/plain;base64,AAAA"} for name in ("one", "two")]
    with pytest.raises(InvalidInput, match="an image must be an address, a data URI or a file of an image"):
        read(changed(tasks=rows))


def test_an_image_may_be_as_large_as_the_limit_and_no_larger(read, folder):
    rows = [{"task_id": name, "prompt": "?", "image": "cat.png"} for name in ("one", "two")]
    (folder / "cat.png").write_bytes(b"0" * IMAGE_LIMIT)
    assert set(read(changed(tasks=rows)).images) == {"one", "two"}
    (folder / "cat.png").write_bytes(b"0" * (IMAGE_LIMIT + 1))
    with pytest.raises(InvalidInput, match="must not exceed 20 MB"):
        read(changed(tasks=rows))


def test_a_task_may_be_a_document_alone(read):
    rows = [{"task_id": name, "context": f"Document {name}"} for name in ("one", "two")]
    assert [task.context for task in read(changed(tasks=rows)).tasks] == ["Document one", "Document two"]


def test_the_answers_of_one_agent_are_taken_whatever_its_column_calls_it(read):
    rows = [{"task_id": "t1", "agent": "another name", "response": "yes"}]
    plan = read(changed(agents=[SMALL["agents"][0], {"name": "o", "responses": rows}]))
    assert plan.agents[1].answers == (("t1", "yes"),)


def test_an_agent_outside_is_found_by_name_among_others(read, folder):
    rows = [{"task_id": "t1", "agent": agent, "response": f"{agent} says"} for agent in ("x", "y")]
    rows += [{"task_id": "t2", "agent": "x", "response": None}, {"task_id": "t3", "agent": "x", "response": ""}]
    agents = [{"name": "x", "responses": rows}, {"name": "y", "responses": {"rows": rows}}]
    plan = read(changed(agents=agents))
    assert plan.agents[0].answers == (("t1", "x says"), ("t3", ""))
    assert plan.agents[1].answers == (("t1", "y says"),)


def test_fewer_tasks_take_their_answers_along(read):
    plan = limited(read(changed(agents=[SMALL["agents"][0], {"name": "o", "responses": "outputs.jsonl"}])), 2)
    assert [task.id for task in plan.tasks] == ["t1", "t2"]
    assert plan.agents[1].answers == (("t1", "Answer 1."),)
    assert limited(plan, None) is plan
    with pytest.raises(InvalidInput, match="2 tasks or more, got 1"):
        limited(plan, 1)


def test_aliases_and_merge_keys_of_yaml_work(read):
    plan = read(
        "tasks: demo\n"
        "agents:\n"
        "  - &base {name: a, model: openai/x, params: &p {temperature: 0}}\n"
        "  - {<<: *base, name: b}\n"
        "  - &more {<<: *base, name: c, model: openai/y, params: *p}\n"
        "  - {<<: *more, name: d}\n"
        "scorer: {kind: lexical}\n"
    )
    assert [agent.name for agent in plan.agents] == ["a", "b", "c", "d"]
    assert {agent.params for agent in plan.agents} == {(("temperature", 0),)}


def test_an_alias_of_a_mapping_with_merged_keys_is_the_same_mapping(read):
    plan = read(
        "tasks: demo\n"
        "agents:\n"
        "  - {name: a, model: openai/x, params: &cool {temperature: 0, seed: 1}}\n"
        "  - {name: b, model: openai/x, params: &hot {<<: *cool, temperature: 1}}\n"
        "  - {name: c, model: openai/x, params: *hot}\n"
        "scorer: {kind: lexical}\n"
    )
    assert plan.agents[1].params == plan.agents[2].params == (("seed", 1), ("temperature", 1))


def edited(old, new, source=YAML):
    """A format's sample with one piece replaced."""
    assert source.count(old) == 1, f"{old!r} must be unique"
    return source.replace(old, new)


BAD_YAML = [
    # (what is changed, into what, the line, the field, words of the error)
    ("name: trial", "nam: trial", 1, "nam", "must not have the field 'nam'; did you mean 'name'?"),
    ("name: trial", "surprise: 1", 1, "surprise", "its fields are $schema, name, tasks, agents"),
    ("name: trial", "name: 7", 1, "name", "got 7; put it in quotes"),
    ("name: trial", 'name: "two\\nlines"', 1, "name", "without line breaks"),
    ("name: trial", 'name: "end\\n"', 1, "name", "without line breaks"),
    ("name: trial", "name: no", 1, "name", "got false; put it in quotes"),
    ("name: trial", "name:", 1, "name", "got nothing"),
    ("name: trial", "name: a\nname: b", 2, "name", "must be given once, it is also on line 1"),
    ("limit: 2", "limit: 1", 2, "tasks.limit", "must be a whole number from 2, got 1"),
    ("file: tasks.jsonl", "file: missing.jsonl", 2, "tasks.file", "there is none at"),
    ("file: tasks.jsonl", "fil: tasks.jsonl", 2, "tasks.fil", "did you mean 'file'?"),
    ("  - name: a\n", "  - nme: a\n", 4, "agents[0].nme", "did you mean 'name'?"),
    ("    model: openai/gpt-4o-mini\n", "", 4, "agents[0]", "must have a 'model' to ask or 'responses' to read"),
    ("    model: openai/gpt-4o-mini\n", "    model: gpt 4\n", 5, "agents[0].model", "as litellm calls it"),
    ("read-then-write", "read_then_write", 6, "agents[0].strategy", "did you mean 'read-then-write'?"),
    ('"{prompt}"', '"{question}"', 8, "agents[0].template", "must have the slot {prompt} or {context}"),
    ("temperature: 0", "temperature: .nan", 9, "agents[0].params.temperature", "must be a value that JSON has"),
    ("temperature: 0", "day: 2026-01-01", 9, "agents[0].params.day", "put it in quotes"),
    ("temperature: 0", "timeout: 3", 9, "agents[0].params.timeout", "it is 'timeout_s' in 'limits'"),
    ("temperature: 0", "n: 3", 9, "agents[0].params.n", "ask for 'samples'"),
    ("samples: 2", "samples: 0", 10, "agents[0].samples", "must be a whole number from 1 to 100, got 0"),
    ("samples: 2", "samples: 1.5", 10, "agents[0].samples", "must be a whole number"),
    ("samples: 2", "samples: true", 10, "agents[0].samples", "got true"),
    ("samples: 2", 'samples: "2"', 10, "agents[0].samples", "write 2 without quotes"),
    ("http://127.0.0.1:8000/v1", "127.0.0.1:8000", 11, "agents[0].api_base", "must be an address such as"),
    ("http://127.0.0.1:8000/v1", "http://u:p@host/v1", 11, "agents[0].api_base", "without a user or a key"),
    ("responses: outputs.jsonl", "responses: no.jsonl", 13, "agents[1].responses", "must be a file"),
    ("responses: outputs.jsonl", "responses: outputs.jsonl, model: m", 13, "agents[1].model", "not both"),
    ("name: outside", "name: scorer", 13, "agents[1].name", "must not be called 'scorer'"),
    ("name: outside", "name: a#1", 13, "agents[1].name", "must differ, got 'a#1' twice"),
    ("kind: critic", "kind: [critic]", 14, "scorer.kind", "got a list of 1 entry"),
    ("kind: critic, model: openai/gpt-4o-mini", "kind: lexical", 14, "scorer.scale", "only a critic scorer has it"),
    ("kind: critic", "kind: lexical", 14, "scorer.model", "must be left out: the lexical scorer asks no model"),
    ("model: openai/gpt-4o-mini, scale", "scale", 14, "scorer", "a scorer of kind 'critic' must have a 'model'"),
    ("tvd_mi", "tvdmi", 15, "mechanism", "did you mean 'tvd_mi'?"),
    ("mechanism: tvd_mi", "mechanism: kl", 15, "mechanism", "must be tvd_mi for a scorer of kind 'critic', got 'kl'"),
    ("peers: 2", "peers: 3", 16, "design.peers", "must be from 1 to 2, as there are 3 agents, got 3"),
    ("pairs: rotating", "pairs: full", 16, "design.peers", "in the full design every agent meets all others"),
    ("max_cost: 5.0", "max_cost: -1", 17, "budget.max_cost", "must be a number from 0, got -1"),
    ("max_cost: 5.0", "max_cost: .inf", 17, "budget.max_cost", "got inf"),
    ("max_cost: 5.0", "max_cost: 1e3", 17, "budget.max_cost", "write 1000 without quotes"),
    ("input_per_million: 0, ", "", 19, "prices.my/model", "a price must have the field 'input_per_million'"),
    ("timeout_s: 30", "timeout_s: 0", 20, "limits.timeout_s", "must be a number above 0 to 3,600, got 0"),
    ("timeout_s: 30", "timeout: 30", 20, "limits.timeout", "did you mean 'timeout_s'?"),
    ("use_truncated: true", "use_truncated: 1", 21, "use_truncated", "must be true or false, got 1"),
    ("seed: 7", "seed: -1", 23, "seed", "must be a whole number from 0"),
    ("seed: 7", "[1, 2]: 7", 23, None, "a key must be a word"),
    ("seed: 7", "seed: !!python/name:os.system", 23, None, "could not determine a constructor"),
    ("seed: 7", "seed: !!python/tuple [7]", 23, None, "could not determine a constructor"),
    ("seed: 7", "seed: !!set {a}", 23, "seed", "must be a whole number"),
    ("seed: 7", "seed: [7", 24, None, "must be YAML"),
    ("seed: 7", "seed: *nowhere", 23, None, "found undefined alias"),
    ("seed: 7", "\tseed: 7", 23, None, "must be YAML"),
    ("seed: 7", "seed: 7\n---\nseed: 8", 24, None, "expected a single document"),
    ("seed: 7", "seed: \x07", 23, None, "special characters are not allowed"),
]


@pytest.mark.parametrize(("old", "new", "line", "field", "words"), BAD_YAML, ids=lambda value: str(value)[:30])
def test_a_bad_yaml_plan_is_refused_at_its_line_and_field(read, folder, old, new, line, field, words):
    with pytest.raises(InvalidInput) as refusal:
        read(edited(old, new))
    message = str(refusal.value)
    assert message.startswith(f"{folder / 'plan.yaml'}, line {line}")
    assert field is None or f", line {line}, field {field!r}: " in message
    assert words in message


def test_a_fitted_design_has_its_calls_or_a_budget_of_calls_to_take_them_from(read):
    fitted = {"design": {"pairs": "fitted"}}
    own = read(changed(design={"pairs": "fitted", "calls": 200}, budget={"max_cost": 1}))
    assert own.design == DesignSpec("fitted", peers=1, calls=200)
    assert read(changed(**fitted, budget={"max_calls": 8})).design.calls is None
    for budget in ({}, {"max_cost": 5}):
        with pytest.raises(InvalidInput, match=r"field 'design': a fitted design must have 'calls', or 'max_calls'"):
            read(changed(**fitted, budget=budget))
    # Two agents on three tasks: six calls.
    with pytest.raises(InvalidInput, match=r"of the budget's 7 calls the agents take 6"):
        read(changed(**fitted, budget={"max_calls": 7}))


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ({"pairs": "fitted", "calls": 9, "peers": 1}, "'calls' says how many pairs a fitted design has"),
        ({"pairs": "fitted", "calls": 9, "contrast_per_agent": 1}, "'calls' says how many pairs"),
        ({"calls": 9}, "only a fitted design has it"),
        ({"pairs": "full", "calls": 9}, "only a fitted design has it"),
        ({"pairs": "fitted", "calls": 1}, "must be a whole number from 2, got 1"),
    ],
)
def test_settings_of_another_design_are_refused_by_reader_and_schema(read, design, words):
    with pytest.raises(InvalidInput, match=words):
        read(changed(design=design))
    assert not valid(changed(design=design))


def test_only_a_likelihood_scorer_says_how_given_text_is_scored(read):
    scorer = {"kind": "likelihood", "model": "openai/z", "via": "prompt_logprobs"}
    assert read(changed(scorer=scorer)).scorer.via == "prompt_logprobs"
    for wrong, words in (({"kind": "pmi"}, "only a likelihood scorer has it"), ({"via": "logits"}, "must be echo or")):
        with pytest.raises(InvalidInput, match=words):
            read(changed(scorer=scorer | wrong))
        assert not valid(changed(scorer=scorer | wrong))


BAD_TOML = [
    ("seed = 7", "sed = 7", 5, "sed", "did you mean 'seed'?"),
    ("limit = 2", "limit = 2.0", 9, "tasks.limit", "must be a whole number from 2, got 2.0"),
    ("samples = 2", "samples = 0", 17, "agents[0].samples", "must be a whole number"),
    ('stop = ["END"]', "n = 2", 20, "agents[0].params.n", "ask for 'samples'"),
    ('responses = "outputs.jsonl"', "responses = 3", 24, "agents[1].responses", "responses must be a mapping, got 3"),
    ('epoch = "second"', "epoch = 2026-01-01", 4, "epoch", "got 2026-01-01; put it in quotes"),
    ('system = "Be brief."', 'system = """\nseed = -1\n[x]"""\nsamplez = 1', 18, "agents[0].samplez", "'samples'?"),
    ("input_per_million = 0\n", "", 41, "prices.my/model", "'input_per_million'"),
    ('scale = "soft"', 'model = "x"', 29, None, "must be TOML: Cannot overwrite a value"),
    ("retries = 2", "retries = ", 49, None, "must be TOML: Invalid value"),
]


@pytest.mark.parametrize(("old", "new", "line", "field", "words"), BAD_TOML, ids=lambda value: str(value)[:30])
def test_a_bad_toml_plan_is_refused_at_its_line_and_field(read, folder, old, new, line, field, words):
    with pytest.raises(InvalidInput) as refusal:
        read(edited(old, new, TOML), "plan.toml")
    message = str(refusal.value)
    assert message.startswith(f"{folder / 'plan.toml'}, line {line}")
    assert field is None or f", line {line}, field {field!r}: " in message
    assert words in message


BAD_JSON = [
    ('{\n "tasks": "demo",\n "agent": []\n}', 3, "agent", "did you mean 'agents'?"),
    ('{\n "tasks": "demo",\n "tasks": "demo"\n}', 3, "tasks", "must be given once, it is also on line 2"),
    ('{"tasks": "demo", "tasks": "demo"}', 1, "tasks", "must be given once"),
    ('{\n "seed":\n NaN}', 2, "seed", "got nan"),
    (
        '{\n "agents": [\n  {"name": "a",\n   "params": {"\\u0078": [1, {"k": Infinity}]}}]}',
        4,
        "agents[0].params.x[1].k",
        "inf",
    ),
    ('{\n "seed": 1,\n}', 3, None, "must be JSON"),
    ("[1]", None, None, "a plan must be a mapping, got a list of 1 entry"),
    ('{"seed": 1}', None, None, "a plan must have the field 'tasks', got seed"),
    ("", None, None, "it is empty"),
    ("[" * 100_000, None, None, "nested too deeply"),
]


@pytest.mark.parametrize(("text", "line", "field", "words"), BAD_JSON, ids=lambda value: str(value)[:30])
def test_a_bad_json_plan_is_refused_at_its_line_and_field(read, folder, text, line, field, words):
    with pytest.raises(InvalidInput) as refusal:
        read(text, "plan.json")
    message = str(refusal.value)
    assert message.startswith(f"{folder / 'plan.json'}{f', line {line}' if line else ''}")
    assert field is None or f"field {field!r}: " in message
    assert words in message


def test_a_file_that_is_no_plan_is_refused_by_name(folder):
    (folder / "plan.txt").write_text("x")
    (folder / "latin.yaml").write_bytes(b"name: a\nepoch: caf\xe9\n")
    with pytest.raises(InvalidInput, match=r"plan\.txt: .* \.yaml, \.yml, \.toml, \.json, got '\.txt'"):
        read_plan(folder / "plan.txt")
    with pytest.raises(InvalidInput, match=r"latin\.yaml, line 2: must be UTF-8"):
        read_plan(folder / "latin.yaml")
    with pytest.raises(InvalidInput, match=r"none\.yaml: cannot be read"):
        read_plan(folder / "none.yaml")


def test_a_plan_that_unfolds_without_end_is_refused(read):
    levels = "\n".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10))
    with pytest.raises(InvalidInput, match="must not unfold to more than"):
        read(f"x:\n  l0: &l0 [1]\n{levels}\n")
    with pytest.raises(InvalidInput, match="nested too deeply"):
        read("x: &x [*x]\n")


def test_bad_tables_are_refused_with_their_place(read, folder):
    one = [{"task_id": "t1", "prompt": "?"}]
    twice = [{"task_id": "t1", "response": "a"}] * 2
    other = [{"task_id": "t1", "agent": agent, "response": "a"} for agent in "pq"]
    agent = SMALL["agents"][0]
    for changes, words in [
        ({"tasks": one}, "a plan must have 2 tasks or more"),
        ({"tasks": [*one, {"task_id": "t2", "prompt": ""}]}, "row 2, field 'prompt': a task must have a prompt"),
        ({"tasks": one * 2}, "there must be one row for task 't1'"),
        (
            {"tasks": [{"task_id": "x", "prompt": "?", "image": "a.txt"}, *one]},
            "row 1, field 'image': an image must be",
        ),
        ({"tasks": [{"task_id": "x", "prompt": "?", "image": "a.png"}, *one]}, "a.png: cannot be read"),
        ({"tasks": [1, 2]}, "field 'tasks[0]': a row must be a mapping, got 1"),
        ({"agents": [agent, {"name": "o", "responses": twice}]}, "there must be one row for task 't1'"),
        ({"agents": [agent, {"name": "o", "responses": other}]}, "must have answers of 'o', it has those of 'p', 'q'"),
        ({"agents": [agent, {"name": "o", "responses": [{"task_id": "z", "response": ""}]}]}, "none of 1 answer does"),
        ({"agents": [agent, {"name": "o", "responses": [{"prompt": "z", "response": ""}]}]}, "column task_id"),
        ({"agents": [agent]}, "a plan must have 2 agents or more"),
        ({"agents": []}, "must be a list of agents, got a list of 0 entries"),
    ]:
        with pytest.raises(InvalidInput, match=re.escape(words)):
            read(changed(**changes))


KEY = "sk-proj-0123456789abcdef"
WITH_KEYS = [
    f"api_key: {KEY}",
    f"apikey: {KEY}",
    f"token: {KEY}",
    f"api_key_env: {KEY}",
    "api_key_env: 0123456789abcdef",
    f"model: {KEY}",
    f"system: '  {KEY} '",
    f"system: {KEY}",
    f"params: {{api_key: {KEY}}}",
    f"params: {{extra_headers: {{Authorization: {KEY}}}}}",
    f"params: {{extra_headers: {{x: Bearer {KEY}}}}}",
    f"params: {{extra_body: [{KEY}]}}",
    f"params: {{API-KEY: {KEY}}}",
    f"api_base: http://host/v1?key={KEY}",
    f"strategy: {KEY}",
    f"samples: {KEY}",
]


@pytest.mark.parametrize("line", WITH_KEYS)
def test_a_key_in_a_plan_is_refused_and_never_repeated(read, line):
    with pytest.raises(InvalidInput) as refusal:
        read(f"tasks: demo\nagents:\n- name: a\n  {line}\nscorer: {{kind: lexical}}\n")
    message = str(refusal.value)
    assert "0123456789abcdef" not in message
    assert ", line 4, field 'agents[0]." in message


def test_whoever_writes_a_key_is_told_the_way_out(read):
    with pytest.raises(InvalidInput, match="name the environment variable that holds it: api_key_env: MY_KEY"):
        read(changed(agents=[SMALL["agents"][0] | {"api_key": KEY}]))


def test_words_about_tokens_are_no_keys(read):
    params = {"max_tokens": 9, "max_completion_tokens": 9, "logit_bias": {"50256": -100}, "user": None}
    plan = read(changed(agents=[SMALL["agents"][0] | {"params": params}, SMALL["agents"][1]]))
    assert dict(plan.agents[0].params) == params


def test_the_published_schema_is_the_readers_table():
    published = files("elicit") / "plan.schema.json"
    anew = "write elicit.io.plan_fields.schema_text() to elicit/plan.schema.json anew"
    assert published.read_text(encoding="utf-8") == schema_text(), anew
    jsonschema.Draft202012Validator.check_schema(schema())


def valid(values):
    """Whether the schema takes the plan."""
    return jsonschema.Draft202012Validator(schema()).is_valid(values)


def test_the_schema_takes_what_the_reader_takes():
    for values in (yaml.safe_load(YAML), tomllib.loads(TOML), yaml.safe_load(new_plan_text()), SMALL):
        assert valid(values)
    assert valid(changed(design={"pairs": "fitted"}))
    assert valid(changed(tasks=[{"question": "?"}, {"question": "!"}]) | {"$schema": "../plan.schema.json"})


# What needs more than one place, a file, or the text itself to be found out, a schema cannot see.
BEYOND_A_SCHEMA = {
    *("name: a\nname: b", 'name: "end\\n"', "name: a#1", "name: scorer", "file: missing.jsonl", "responses: no.jsonl"),
    *(
        "seed: !!set {a}",
        "mechanism: kl",
        "peers: 3",
        "pairs: full",
        "temperature: .nan",
        "max_cost: .inf",
        "day: 2026-01-01",
    ),
}
FOR_A_SCHEMA = [(old, new) for old, new, _, field, _ in BAD_YAML if field and new not in BEYOND_A_SCHEMA]


@pytest.mark.parametrize(("old", "new"), FOR_A_SCHEMA, ids=lambda value: str(value)[:30])
def test_the_schema_refuses_what_the_reader_refuses(old, new):
    assert not valid(yaml.safe_load(edited(old, new)))


@pytest.mark.parametrize(
    "line", [line for line in WITH_KEYS if "extra_" not in line]
)  # it looks at no parameter's inside
def test_the_schema_refuses_keys(line):
    agent = {"name": "a", "model": "openai/x"} | yaml.safe_load(line)
    assert not valid(changed(agents=[agent, SMALL["agents"][1]]))


def test_a_new_plan_can_be_read_as_written(tmp_path):
    write_new_plan(tmp_path / "plan.yaml")
    plan = read_plan(tmp_path / "plan.yaml")
    assert len(plan.tasks) == 40
    assert {agent.api_base for agent in plan.agents} == {"http://127.0.0.1:8321/v1"}
    models = {agent.model for agent in plan.agents} | {plan.scorer.model}
    assert models == set(plan.prices)


def test_a_new_plan_is_never_written_over_a_file(tmp_path):
    mine = tmp_path / "plan.yaml"
    mine.write_text("mine")
    with pytest.raises(InvalidInput, match="must not exist yet"):
        write_new_plan(mine)
    assert mine.read_text() == "mine"
    with pytest.raises(InvalidInput, match=r"must end in \.yaml, got '\.toml'"):
        write_new_plan(tmp_path / "plan.toml")
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_new_plan(tmp_path / "nowhere" / "plan.yaml")


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
DOCUMENTS = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
)


def places(values, path=()):
    """The path of everything in a document."""
    entries = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from places(value, (*path, key))


@given(st.dictionaries(WORDS, DOCUMENTS, max_size=4), st.sampled_from([None, 1]))
def test_any_json_is_read_as_it_is_with_a_line_for_everything(values, indent):
    text = json.dumps(values, indent=indent)
    file = read_json(text, "plan.json")
    assert file.values == values
    assert set(file.lines) == set(places(values))
    for (*_, key), line in file.lines.items():
        assert isinstance(key, int) or json.dumps(key) in text.split("\n")[line - 1]


@given(st.dictionaries(WORDS, DOCUMENTS, max_size=4), st.sampled_from([None, False]))
def test_any_yaml_is_read_as_it_is_with_a_line_for_everything(values, style):
    text = yaml.safe_dump(values, allow_unicode=True, default_flow_style=style, width=10_000)
    file = read_yaml(text, "plan.yaml")
    assert file.values == values
    assert set(file.lines) == set(places(values))


def as_toml(values):
    """A value as TOML writes it in one line."""
    if isinstance(values, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {as_toml(value)}" for key, value in values.items())
            + "}"
        )
    if isinstance(values, list):
        return "[" + ",\n".join(map(as_toml, values)) + "]"
    return json.dumps(values, ensure_ascii=False)


@given(st.dictionaries(WORDS, DOCUMENTS, max_size=4))
def test_any_toml_is_read_as_it_is_with_a_line_for_everything(values):
    text = "".join(f"{json.dumps(key, ensure_ascii=False)} = {as_toml(value)}\n" for key, value in values.items())
    file = read_toml(text, "plan.toml")
    assert file.values == values
    assert set(file.lines) == set(places(values))


@given(st.dictionaries(st.sampled_from([field.name for field in PLAN.fields]), DOCUMENTS, max_size=6) | DOCUMENTS)
def test_a_document_of_any_kind_is_a_plan_or_a_clear_error(values):
    with pytest.raises(InvalidInput, match=r"^(plan(, field (['\"]).*\3)?:|a plan must be) "):
        plan_of(values)


def test_the_reference_page_names_every_field():
    page = (Path(__file__).parents[2] / "docs" / "reference-plan.md").read_text(encoding="utf-8")
    for section in (PLAN, AGENT, SCORER, DESIGN, BUDGET, PRICE, LIMITS):
        for field in section.fields:
            assert f"`{field.name}`" in page, field.name
    for word in (*SCORERS, *STRATEGIES, *RESERVED):
        assert f"`{word}`" in page, word


def test_a_plan_file_knows_the_line_of_every_field_of_the_sample(read, folder):
    read(YAML)
    file = load_plan_file(folder / "plan.yaml")
    assert file.place(("agents", 0, "params", "temperature")).endswith("line 9, field 'agents[0].params.temperature'")
    assert file.place(("agents", 1, "missing")).endswith("line 13, field 'agents[1].missing'")


def plans_in(page):
    """The YAML examples of a page that have agents."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [block for block in blocks if block.startswith(("tasks:", "name:", "agents:")) or "\nagents:" in block]


HOWTO = Path(__file__).parents[2] / "docs" / "howto"
EXAMPLES = [(page.name, block) for page in sorted(HOWTO.glob("*.md")) for block in plans_in(page)]


@pytest.mark.parametrize(("page", "block"), EXAMPLES, ids=[page for page, _ in EXAMPLES])
def test_the_plans_of_the_recipes_can_be_read(page, block):
    values = yaml.safe_load(block)
    asked = [agent for agent in values["agents"] if "responses" not in agent]  # the files are the reader's own
    third = {"name": "third", "model": "openai/third"}
    plan = plan_of({"scorer": {"kind": "lexical"}, **values, "tasks": "demo", "agents": [*asked, third]})
    assert len(plan.agents) == len(asked) + 1
