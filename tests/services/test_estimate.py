"""The dry run: its calls are those of the run, its tokens and dollars follow the rules of thumb it states."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from elicit.calls import Completion
from elicit.io.plans import limited, new_plan_text, plan_of, read_plan
from elicit.scorers import likelihood, questions
from elicit.scorers.asking import ScoringModel
from elicit.scorers.critic import CANARIES
from elicit.services.asking import SCORER, Ports
from elicit.services.budget import LocalBudget
from elicit.services.estimate import estimate, estimate_document, made_up, readable
from elicit.services.evaluate import run
from elicit.services.judging import SCORERS
from elicit.services.plan import AgentSpec, BudgetSpec, DesignSpec, Limits, Plan, Price, ScorerSpec
from elicit.terminal_plan import estimate_table
from elicit.types import Task

CRITIC = ScorerSpec("critic", "openai/critic")
PRICES = {"openai/one": Price(1.0, 10.0), "openai/two": Price(0.0, 0.0), "openai/critic": Price(2.0, 3.0)}
CONSTANT_ANSWER = "word " * 100


def plan_with(n_tasks=10, **changes):
    """A plan of two models and an outside agent."""
    agents = (
        AgentSpec("one", "openai/one", params=(("max_tokens", 60),)),
        AgentSpec("two", "openai/two", strategy="read-then-write"),
        AgentSpec("outside", answers=tuple((f"t{t}", f"{CONSTANT_ANSWER} {t}") for t in range(n_tasks - 1))),
    )
    tasks = tuple(Task(f"t{t}", prompt=f"Tell me about number {t}.") for t in range(n_tasks))
    return replace(Plan("trial", tasks, agents, CRITIC, design=DesignSpec("full")), **changes)


class Remembering:
    """A store in memory."""

    def __init__(self):
        self.kept = {}

    def get(self, keys):
        return {key: self.kept[key] for key in keys if key in self.kept}

    def put(self, answers):
        self.kept |= {completion.key: completion for _, completion in answers}


class Obliging:
    """A gateway that answers everything; `asked` holds the requests."""

    def __init__(self):
        self.asked = []

    def complete(self, requests, *, budget, on_done):
        for request in requests:
            self.asked.append(request)
            on_done([(request, Completion(request.key, f"ANSWER: {request.key} [[NO]]", None))])
        return "done"


def carried_out(plan, store):
    """What a run of the plan asks."""
    gateway = Obliging()
    run(plan, Ports(gateway, store, LocalBudget(BudgetSpec())))
    return gateway.asked


def share(found, who):
    return next(share for share in found.shares if share.who == who)


PLANS = {
    "full": plan_with(),
    "rotating": plan_with(design=DesignSpec(peers=1, contrast_per_agent=2)),
    "hard contrasts": plan_with(scorer=replace(CRITIC, contrast="hard")),
    "words only": plan_with(scorer=ScorerSpec("lexical")),
    "samples": plan_with(agents=(AgentSpec("one", "openai/one", samples=4, strategy="chain-of-thought"),)),
    "twins": plan_with(agents=(AgentSpec("one", "openai/one"), AgentSpec("same", "openai/one"))),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_dry_run_counts_exactly_the_calls_that_the_run_makes(plan):
    asked = carried_out(plan, Remembering())
    found = estimate(plan, PRICES)
    by_model = {model: sum(request.model == model for request in asked) for model in PRICES}
    counted = {model: sum(share.calls for share in found.shares if share.model == model) for model in PRICES}
    assert found.calls == len(asked)
    assert plan is PLANS["twins"] or counted == by_model


def test_the_numbers_of_a_full_design_can_be_worked_out_by_hand():
    found = estimate(plan_with(), PRICES)
    assert share(found, "one").calls == 10
    assert share(found, "two").calls == 20  # two steps
    assert share(found, "outside").calls == 0
    joint = 9 * 6 + 1 * 2  # the outside agent left the last task out
    assert found.design.pairs == 2 * joint
    assert share(found, "scorer").calls == 2 * joint + len(CANARIES)
    assert (found.n_agents, found.n_tasks) == (3, 10)


def test_tokens_are_four_thirds_of_a_word_and_answers_no_longer_than_their_limit():
    one, two = (share(estimate(plan_with(), PRICES), who) for who in ("one", "two"))
    assert one.tokens_in == 10 * 7  # "Tell me about number 1." has five words
    assert one.tokens_out == 10 * 60
    assert two.tokens_out == 20 * 200
    assert two.tokens_in > 10 * 200  # the second step reads the notes of the first


def test_a_script_without_blanks_is_not_taken_for_one_word():
    tasks = (Task("a", prompt="数" * 600), Task("b", prompt="字" * 600))
    found = estimate(plan_with(tasks=tasks, agents=plan_with().agents[:2]), PRICES)
    assert share(found, "one").tokens_in == 2 * 300


def test_images_are_counted():
    with_image = plan_with(images={"t0": ("https://example.org/a.png",)})
    extra = share(estimate(with_image, PRICES), "one").tokens_in - share(estimate(plan_with(), PRICES), "one").tokens_in
    assert extra == 1000


def test_cost_follows_the_price_and_the_plans_own_price_stands_above():
    one = share(estimate(plan_with(), PRICES), "one")
    assert one.cost == pytest.approx((70 * 1.0 + 600 * 10.0) / 1e6)
    dearer = plan_with(prices={"openai/one": Price(1000.0, 0.0)})
    assert share(estimate(dearer, PRICES), "one").cost == pytest.approx(70 * 1000 / 1e6)


def test_an_unknown_price_is_unknown_and_never_nothing():
    found = estimate(plan_with(), {"openai/one": Price(1.0, 10.0)})
    assert share(found, "two").cost is None
    assert share(found, "outside").cost == 0
    assert found.cost is None
    assert estimate_document(found)["cost"] is None
    assert any("no price is known of openai/critic, openai/two" in note for note in found.notes)


def test_what_is_stored_need_not_be_asked_again():
    plan, store = plan_with(), Remembering()
    asked = carried_out(limited(plan, 4), store)
    before, after = estimate(plan, PRICES), estimate(plan, PRICES, store)
    answers = [request for request in asked if request.model != "openai/critic"]
    assert share(after, "one").stored + share(after, "two").stored == len(answers)
    assert share(after, "one").calls == share(before, "one").calls - 4
    carried_out(plan, store)
    finished = estimate(plan, PRICES, store)
    assert (finished.calls, finished.cost, finished.seconds) == (0, 0, 0)


def test_failures_that_may_pass_are_asked_again():
    plan, store = plan_with(), Remembering()
    carried_out(plan, store)
    failed = list(store.kept)[-1]  # a pair's; a failed answer of an agent would change its pairs too
    store.kept[failed] = Completion(failed, None, "timed out")
    assert estimate(plan, PRICES, store).calls == 1


def test_time_is_that_of_the_slowest_provider_in_each_step():
    base = plan_with(scorer=ScorerSpec("lexical"), limits=Limits(concurrency=5))
    first, second = 20 * 1.0 + (10 * 60 + 10 * 200) / 50, 10 * 1.0 + 10 * 200 / 50
    assert estimate(base, PRICES).seconds == pytest.approx((first + second) / 5)
    assert estimate(replace(base, limits=Limits(requests_per_minute=2)), PRICES).seconds == pytest.approx(60 * 30 / 2)
    slow = estimate(replace(base, limits=Limits(tokens_per_minute=100)), PRICES)
    assert slow.seconds == pytest.approx(
        60 * (slow.shares[0].tokens_in + slow.shares[0].tokens_out + two_of(slow)) / 100
    )


def two_of(found):
    return share(found, "two").tokens_in + share(found, "two").tokens_out


def test_a_budget_that_will_end_the_run_is_said_beforehand():
    def said(budget, prices=PRICES):
        return " ".join(estimate(plan_with(budget=budget), prices).notes)

    assert "the budget of 20 calls ends the run before all" in said(BudgetSpec(max_calls=20))
    assert "the budget of $0.01 ends the run" in said(BudgetSpec(max_cost=0.01))
    assert "this run would be refused" in said(BudgetSpec(max_cost=1.0), {})
    assert said(BudgetSpec(max_cost=100, max_calls=10_000)) == "outside has answered 9 of 10 tasks"


def test_the_estimate_is_plain_json_with_the_sums():
    found = estimate(plan_with(), PRICES)
    document = estimate_document(found)
    assert json.loads(json.dumps(document)) == document
    assert document["calls"] == sum(share["calls"] for share in document["shares"])
    assert document["design"]["pairs"] == 2 * document["design"]["joint"] == 112
    assert document["tokens_in"] == sum(share["tokens_in"] for share in document["shares"])


def test_the_table_names_everybody_and_says_what_is_unknown():
    console = Console(width=120, record=True, file=StringIO())
    console.print(estimate_table(estimate(plan_with(name="tri\x1b[31mal"), {})))
    page = console.export_text()
    assert "3 agents, 10 tasks, 112 pairs (100% of all on one task, 1.9 peers for each answer)" in page.replace(
        "\n", " "
    )
    assert "unknown" in page
    assert "answers given" in page
    assert "\x1b" not in page


def test_the_new_plan_passes_its_dry_run_within_its_budget(tmp_path):
    (tmp_path / "plan.yaml").write_text(new_plan_text())
    plan = read_plan(tmp_path / "plan.yaml")
    found = estimate(plan, {})
    assert found.cost == 0
    assert 0 < found.calls <= plan.budget.max_calls
    assert not found.notes


@pytest.mark.parametrize("kind", sorted(SCORERS))
def test_every_scorer_can_be_rehearsed(kind):
    scorer = {"kind": kind} if kind == "lexical" else {"kind": kind, "model": "openai/critic"}
    agents = [{"name": name, "model": f"openai/{name}"} for name in ("one", "two")]
    found = estimate(plan_of({"tasks": {"file": "demo", "limit": 6}, "agents": agents, "scorer": scorer}), PRICES)
    assert (share(found, "scorer").calls > 0) if kind != "lexical" else found.calls == 12


def test_made_up_replies_can_be_read_by_every_scorer():
    model = ScoringModel("openai/critic")
    for via in likelihood.WAYS:
        probe = likelihood.probe_request(model, via)
        assert likelihood.probe_fault(probe, made_up(probe)) is None
    given = likelihood.conditional_request(model, "what is shown", "the answer\n itself")
    assert likelihood.target_likelihood(made_up(given), given, "the answer\n itself") is not None
    asked = questions.write_request(model, ["a", "b"])
    written = made_up(asked, readable(SCORER, asked))
    assert len(questions.parse_questions(written)) == questions.MOST
