"""The fields of a plan file: what each is called, what it means and which rule it has.

One rule: this table is the only source. The reader's checks and the published JSON Schema are both made from it.
"""

import json
from typing import get_args

from elicit.io.plan_rules import (
    Choice,
    Field,
    Flag,
    ListOf,
    MapOf,
    Number,
    Optional,
    Params,
    Rows,
    Schema,
    Section,
    Short,
    Text,
)
from elicit.scorers.likelihood import WAYS
from elicit.services.agents import STRATEGIES
from elicit.services.catalogue import catalogue
from elicit.services.judging import SCORERS
from elicit.services.plan import ScorerKind

SCHEMA_ADDRESS = "urn:elicit:plan"
SCHEMA_KEY = "$schema"  # editors look for it in JSON plans; it says nothing to elicit

# What only an agent with a model has.
OF_MODELS = ("model", "strategy", "system", "template", "samples", "api_base", "api_key_env", "params")

ADDRESS = Text(
    "must be an address such as http://127.0.0.1:8000/v1, without a user or a key", r"^https?://[^\s@?#]+$", hidden=True
)
VARIABLE = Text("must be the name of an environment variable", r"^[A-Za-z_][A-Za-z0-9_]*$", hidden=True)
NAME = Text("must be a name of 1 to 120 characters, without line breaks", r"^[^\x00-\x1f\x7f]{1,120}$")
MODEL = Text("must be a model as litellm calls it, such as openai/gpt-4o-mini", r"^\S+$")
TASK_TYPE = Text("must be text of 1 to 200 characters, without line breaks", r"^[^\x00-\x1f\x7f]{1,200}$")
FILE = Text("must be the name of a file", r"^[^\x00]+$")
TEMPLATE = Text("must have the slot {prompt} or {context}", r"^[\s\S]*\{(prompt|context)\}[\s\S]*$")

SERVER = (
    Field(
        "api_base", "The address of a server of your own; no key of the environment is sent there.", Optional(ADDRESS)
    ),
    Field("api_key_env", "The environment variable that holds the API key.", Optional(VARIABLE)),
    Field("params", "Passed to the model as they are: temperature, max_tokens and the like.", Params()),
)

RESPONSES = Section(
    "responses",
    (
        Field("file", "The file, beside the plan or by its full path.", FILE),
        Field("rows", "The rows themselves.", Rows()),
    ),
    more=(("minProperties", 1), ("maxProperties", 1)),
)

AGENT = Section(
    "an agent",
    (
        Field("name", "What the leaderboard calls the agent.", NAME, required=True),
        Field("model", "The model that answers, as litellm calls it.", MODEL),
        Field("strategy", "How the model is asked.", Choice(tuple(STRATEGIES))),
        Field("system", "The system prompt.", Text()),
        Field("template", "The message to the model, with the slots {prompt} and {context}.", TEMPLATE),
        Field(
            "samples", "How often each task is asked; each sample is ranked by itself.", Number(1, whole=True, high=100)
        ),
        *SERVER,
        Field(
            "responses",
            "The answers of an agent outside: a file, or rows, with task_id and response.",
            Short(RESPONSES, ((str, "file"), (list, "rows"))),
        ),
    ),
    more=(
        (
            "oneOf",
            [
                {"required": ["model"], "properties": {"responses": False}},
                {"required": ["responses"], "properties": dict.fromkeys(OF_MODELS, False)},
            ],
        ),
    ),
)

TASKS = Section(
    "tasks",
    (
        Field("file", "The file of tasks, beside the plan or by its full path; demo is the bundled one.", FILE),
        Field("rows", "The tasks themselves, with task_id, prompt, context, images.", Rows()),
        Field("limit", "Only so many of them, the first ones.", Optional(Number(2, whole=True))),
    ),
    more=(("oneOf", [{"required": ["file"]}, {"required": ["rows"]}]),),
)

REWRITER = Section(
    "the rewriter",
    (
        Field("model", "The chat model that rewrites, as litellm calls it.", MODEL, required=True),
        *SERVER,
    ),
)

# Which kinds of scorer have a setting that others do not have.
SETTINGS_OF = {
    "scale": ("critic",),
    "contrast": ("critic",),
    "task_type": ("critic",),
    "sees_task": ("judge",),
    "rewriter": ("likelihood", "pmi"),
    "via": ("likelihood",),
}

SCORER = Section(
    "the scorer",
    (
        Field(
            "kind",
            "What turns responses into evidence.",
            Choice(tuple(kind for kind in get_args(ScorerKind) if kind in SCORERS)),
            required=True,
        ),
        Field("model", "The model that scores, as litellm calls it; lexical needs none.", MODEL),
        Field("scale", "How the verdicts of a critic count.", Choice(("strict", "graded", "soft"))),
        Field(
            "contrast",
            "A critic's contrast pairs: any other task, or one that is much alike.",
            Choice(("random", "hard")),
        ),
        Field("task_type", "What a critic is told of the tasks: their sort, in a line.", TASK_TYPE),
        Field("sees_task", "Whether a judge is shown the task.", Flag()),
        Field(
            "rewriter",
            "A chat model that rewrites each answer to one judgment a line before it is scored.",
            Optional(Short(REWRITER, ((str, "model"),))),
        ),
        Field(
            "via",
            "How the server of a likelihood scorer has given text scored; by default that is found out.",
            Optional(Choice(tuple(WAYS))),
        ),
        *SERVER,
    ),
    more=(
        ("if", {"properties": {"kind": {"const": "lexical"}}}),
        ("then", {"properties": dict.fromkeys(("model", "api_base", "api_key_env", "params"), False)}),
        ("else", {"required": ["model"]}),
        (
            "allOf",
            [
                {"if": {"properties": {"kind": {"enum": list(kinds)}}}, "else": {"properties": {setting: False}}}
                for setting, kinds in SETTINGS_OF.items()
            ],
        ),
    ),
)

DESIGN = Section(
    "the design",
    (
        Field(
            "pairs",
            "All pairs; a few for each agent, drawn anew for each task; or as many as so many calls are enough for.",
            Choice(("full", "rotating", "fitted")),
        ),
        Field("peers", "How many peers each agent meets on a task, in the rotating design.", Number(1, whole=True)),
        Field("contrast_per_agent", "How many contrast pairs each agent has.", Optional(Number(1, whole=True))),
        Field(
            "calls",
            "Calls of the scorer that a fitted design is made for, those beside pairs included; by default what "
            "max_calls of the budget leaves beside the agents' calls.",
            Optional(Number(2, whole=True)),
        ),
    ),
    more=(
        (
            "allOf",
            [
                {
                    "if": {"properties": {"pairs": {"const": "fitted"}}, "required": ["pairs"]},
                    "then": {"properties": {"peers": False, "contrast_per_agent": False}},
                    "else": {"properties": {"calls": False}},
                }
            ],
        ),
    ),
)

BUDGET = Section(
    "the budget",
    (
        Field("max_cost", "US dollars that the run may spend.", Optional(Number(0))),
        Field("max_calls", "Calls that the run may make.", Optional(Number(0, whole=True))),
    ),
)

PRICE = Section(
    "a price",
    (
        Field("input_per_million", "US dollars for a million tokens read.", Number(0), required=True),
        Field("output_per_million", "US dollars for a million tokens written.", Number(0), required=True),
    ),
)

LIMITS = Section(
    "the limits",
    (
        Field("concurrency", "Calls under way at a time, for each provider.", Number(1, whole=True, high=1000)),
        Field("requests_per_minute", "Calls in a minute, for each provider.", Optional(Number(0, above=True))),
        Field("tokens_per_minute", "Tokens in a minute, for each provider.", Optional(Number(0, above=True))),
        Field("timeout_s", "Seconds after which a call is given up.", Number(0, above=True, high=3600)),
        Field("retries", "Further attempts after a failure that may pass.", Number(0, whole=True, high=20)),
    ),
)

PLAN = Section(
    "a plan",
    (
        Field(SCHEMA_KEY, "The address of this schema, for editors.", Text()),
        Field("name", "What the run is called; by default the file's name.", NAME),
        Field(
            "tasks",
            "What every agent is asked: demo, a file, rows, or a mapping.",
            Short(TASKS, ((str, "file"), (list, "rows"))),
            required=True,
        ),
        Field("agents", "Who answers.", ListOf(AGENT, "agents"), required=True),
        Field("scorer", "Who compares the answers.", SCORER, required=True),
        Field(
            "mechanism",
            "What a score pays for; by default what fits the scorer.",
            Optional(Choice(tuple(entry.name for entry in catalogue()))),
        ),
        Field("design", "Which pairs of answers are scored.", DESIGN),
        Field("budget", "Where the run stops.", BUDGET),
        Field("prices", "Prices by model, for models that litellm has no price of.", MapOf(PRICE, "prices by model")),
        Field("limits", "How hard a provider may be asked.", LIMITS),
        Field("use_truncated", "Whether an answer that was cut short counts as an answer.", Flag()),
        Field("epoch", "A new word here asks afresh what an earlier run has stored.", Text()),
        Field("seed", "Every random choice follows from it.", Number(0, whole=True, high=2**63 - 1)),
    ),
)


def schema() -> Schema:
    """The JSON Schema of a plan file."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ADDRESS, "title": "elicit plan"}
    return head | PLAN.schema()


def schema_text() -> str:
    """The schema as it is published in `elicit/plan.schema.json`."""
    return json.dumps(schema(), indent=2) + "\n"
