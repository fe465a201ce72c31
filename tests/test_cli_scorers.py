"""Every scorer of a plan over real HTTP: what is asked is what was counted, and what is stored is enough."""

import json

import pytest
from reference_pages import documented_keys, key_paths

from elicit.io.plans import read_plan
from elicit.mock_llm import Rule, serve
from elicit.services.estimate import estimate
from elicit.services.judging import SCORERS, mechanisms_for

AGENTS = ("careful", "teacher", "concise", "hurried")  # no two of their answers are the same
PRICES = {f"openai/mock-{name}": {"input_per_million": 1, "output_per_million": 1} for name in (*AGENTS, "any", "chat")}

SETTINGS = {
    "critic": {"kind": "critic", "scale": "strict", "task_type": "Explanations"},
    "soft critic": {"kind": "critic", "scale": "soft"},
    "judge": {"kind": "judge"},
    "judge without the task": {"kind": "judge", "sees_task": False},
    "likelihood": {"kind": "likelihood"},
    "likelihood of judgments": {"kind": "likelihood", "rewriter": {"model": "openai/mock-chat"}},
    "ratings": {"kind": "pmi"},
    "ratings of judgments": {"kind": "pmi", "rewriter": {"model": "openai/mock-chat"}},
    "questions": {"kind": "questions"},
    "words": {"kind": "lexical"},
}

pytestmark = pytest.mark.usefixtures("own_database")
each_setting = pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)


@pytest.fixture
def plan_file(tmp_path):
    """A function that writes a plan on a few demo tasks, with this scorer, all models at one address."""

    def write(url, setting, n_tasks=4, **more):
        scorer = dict(setting)
        if scorer["kind"] != "lexical":
            scorer |= {"model": "openai/mock-any", "api_base": url}
        if "rewriter" in scorer:
            scorer["rewriter"] = scorer["rewriter"] | {"api_base": url}
        plan = {
            "tasks": {"file": "demo", "limit": n_tasks},
            "agents": [{"name": agent, "model": f"openai/mock-{agent}", "api_base": url} for agent in AGENTS],
            "scorer": scorer,
            "prices": PRICES,
            "limits": {"timeout_s": 10, "retries": 1},
        }
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(plan | more))
        return path

    return write


def board(elicit, *words):
    code, out, err = elicit(*words, "--format", "json")
    assert code == 0, err
    return json.loads(out)


def scores(document):
    return {row["agent"]: (row["rank"], row["score"], row["low"], row["high"]) for row in document["agents"]}


def test_every_kind_of_scorer_is_here():
    assert {setting["kind"] for setting in SETTINGS.values()} == set(SCORERS)


@each_setting
def test_the_calls_counted_beforehand_are_those_made_and_rescoring_makes_none(elicit, plan_file, setting):
    with serve() as server:
        path = plan_file(server.url, setting)
        found = estimate(read_plan(path), {})
        assert server.requests() == []
        first = board(elicit, "run", path)
        made = [received.model for received in server.requests()]
        again = board(elicit, "rescore", "latest", "--mechanism", mechanisms_for(setting["kind"])[0])
        assert len(server.requests()) == len(made)
    counted = {share.model: share.calls for share in found.shares}
    assert counted == {f"openai/{model}": made.count(model) for model in {*made}} | {
        model: 0 for model, calls in counted.items() if not calls
    }
    spend = first["diagnostics"]["run"]["spend"]
    assert found.calls == len(made) == spend["calls"]
    assert spend["cost"] > 0
    assert (spend["rewriter"] is not None) == ("rewriter" in setting)
    assert scores(again) == scores(first)


@each_setting
def test_a_run_stopped_by_its_budget_goes_on_and_asks_only_what_is_missing(elicit, plan_file, setting):
    with serve() as server:
        whole = board(elicit, "run", plan_file(server.url, setting, epoch="undisturbed"))
        needed = len(server.requests())
        server.reset()
        cost = whole["diagnostics"]["run"]["spend"]["cost"]
        code, _, err = elicit("run", plan_file(server.url, setting), "--max-cost", 0.6 * cost)
        assert code == 1, "the budget is spent"
        assert 0 < len(server.requests()) < needed
        resumed = board(elicit, "resume", err.split("Run ")[1][:10], "--max-cost", 10 * cost)
        assert len(server.requests()) == needed == len({received.key for received in server.requests()})
    assert scores(resumed) == scores(whole)


# The soft scale


def test_a_soft_critic_s_scores_are_the_probabilities_that_the_server_tells(elicit, plan_file):
    with serve([Rule(model="mock-any", answer="[[YES]] So it seems.", chances={"YES": 0.7, "NO": 0.2})]) as server:
        soft = board(elicit, "run", plan_file(server.url, SETTINGS["soft critic"]))
    facts = soft["diagnostics"]["run"]["critic"]
    assert facts["top_logprobs"] == 2
    assert [row["cross_task_mean"] for row in soft["agents"]] == pytest.approx([0.7 / 0.9] * 4)
    assert {round(row["score"], 9) for row in soft["agents"]} == {0.0}


def test_a_sure_soft_critic_scores_every_pair_and_a_strict_one_asks_for_no_probabilities(elicit, plan_file):
    with serve() as server:
        soft, strict = (
            board(elicit, "run", plan_file(server.url, {"kind": "critic", "scale": scale}))["diagnostics"]["run"]
            for scale in ("soft", "strict")
        )
    assert soft["pairs"]["scored"] == soft["pairs"]["designed"] == strict["pairs"]["scored"]
    assert soft["critic"]["top_logprobs"] > 0
    assert strict["critic"]["top_logprobs"] is None


@pytest.mark.parametrize(
    ("rule", "met"),
    [
        (Rule(model="mock-any", fault="no logprobs"), "the answer holds none"),
        (Rule(model="mock-any", status=400, answer="logprobs are not supported"), "the call ended as 'failed'"),
    ],
    ids=["ignored", "refused"],
)
def test_a_soft_scale_is_refused_at_the_first_call_where_no_rivals_are_told(elicit, plan_file, rule, met):
    with serve([rule]) as server:
        code, out, err = elicit("run", plan_file(server.url, SETTINGS["soft critic"]))
        assert sum(received.model == "mock-any" for received in server.requests()) == 1
    assert (code, out) == (2, "")
    assert "scale 'soft' needs the log-probabilities" in err
    assert met in err


# What a run tells


def test_the_keys_of_a_plan_s_document_are_those_of_the_page(elicit, plan_file):
    kinds = ("critic", "judge", "likelihood", "ratings of judgments", "questions")
    with serve() as server:
        documents = [board(elicit, "run", plan_file(server.url, SETTINGS[kind])) for kind in kinds]
    assert set().union(*map(key_paths, documents)) - documented_keys(of_plans=False) == (
        documented_keys(of_plans=True) - documented_keys(of_plans=False)
    )


# Mechanisms that do not fit


def test_rescoring_by_a_mechanism_that_does_not_fit_the_scorer_starts_no_run(elicit, plan_file):
    with serve() as server:
        board(elicit, "run", plan_file(server.url, SETTINGS["critic"]))
    before = elicit("runs", "--format", "json")[1]
    code, _, err = elicit("rescore", "latest", "--mechanism", "win_rate")
    assert code == 2
    assert "mechanism must be tvd_mi for a scorer of kind 'critic', got 'win_rate'" in err
    assert elicit("runs", "--format", "json")[1] == before


# Judgments


def test_judgments_are_what_the_likelihood_is_of_and_the_notes_say_where_they_are_not(elicit, plan_file):
    prompts = []
    with serve([Rule(endpoint="completions", answer=lambda ask: prompts.append(ask.text) or "")]) as server:
        judged = board(elicit, "run", plan_file(server.url, SETTINGS["likelihood of judgments"], mechanism="gem"))
        compared = prompts[1:]  # the first is the probe
        raw = board(elicit, "run", plan_file(server.url, SETTINGS["likelihood"], mechanism="gem"))
        plain = board(elicit, "run", plan_file(server.url, SETTINGS["likelihood"], mechanism="mi"))
    assert compared
    assert all("point: " in prompt for prompt in compared)
    assert judged["diagnostics"]["run"]["rewriting"]["rewritten"] == 16

    def noted(document):
        return any("gem on answers as they are" in note for note in document["diagnostics"]["notes"])

    assert (noted(judged), noted(raw), noted(plain)) == (False, True, False)


def test_the_rewriter_s_price_and_key_are_asked_for_before_any_call(elicit, plan_file, monkeypatch):
    monkeypatch.delenv("REWRITER_KEY", raising=False)
    unpriced = {name: price for name, price in PRICES.items() if name != "openai/mock-chat"}
    keyed = {"kind": "pmi", "rewriter": {"model": "openai/mock-chat", "api_key_env": "REWRITER_KEY"}}
    with serve() as server:
        path = plan_file(server.url, SETTINGS["ratings of judgments"], prices=unpriced, budget={"max_cost": 1})
        code, _, err = elicit("run", path)
        assert (code, server.requests()) == (2, [])
        assert "nobody knows one of openai/mock-chat" in err
        code, _, err = elicit("run", plan_file(server.url, keyed))
        assert (code, server.requests()) == (2, [])
        assert "REWRITER_KEY" in err


def test_the_dry_run_s_table_has_the_rewriter(elicit, plan_file):
    with serve() as server:
        code, out, _ = elicit("run", plan_file(server.url, SETTINGS["ratings of judgments"]), "--dry-run")
        assert (code, server.requests()) == (0, [])
    assert [line.split()[:3] for line in out.splitlines() if "mock-chat" in line] == [
        ["rewriter", "openai/mock-chat", "16"]
    ]
