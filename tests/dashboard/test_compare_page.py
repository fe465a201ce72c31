"""The page that compares, over a real server: two runs, and two agents of one run."""

import pytest
from facts import FACTS, TEXTS, begin, submit, wait_for_run

from dashboard import two_agents
from dashboard.two_runs import differing, verdict
from elicit.schemas import Comparison, Difference


def said(shown):
    """Everything the page says in words of its own."""
    parts = (*shown.markdown, *shown.caption, *shown.warning, *shown.info)
    return "\n".join(part.value for part in parts).replace("\\", "")


@pytest.fixture
def run_again(server):
    """A function that runs an evaluation and waits for the end."""

    def made(evaluation="weekly"):
        run = begin(server, evaluation).json()["id"]
        assert wait_for_run(server.http("read"), run)["state"] == "done"
        return run

    return made


def test_one_run_alone_cannot_be_compared(done, page):
    assert "takes two finished runs" in said(page("compare"))


def test_two_runs_of_the_same_answers_differ_in_nothing(done, run_again, page):
    again = run_again()
    shown = page("compare")
    assert (shown.query_params["before"], shown.query_params["after"]) == (done, again)
    assert "Nobody moved beyond noise" in said(shown)
    assert "both are runs of one evaluation" in said(shown)
    moves = shown.dataframe[0].value
    assert (set(moves["rank_change"]), set(moves["moved"])) == ({0}, {"no"})


def test_an_agent_that_got_worse_is_named_first_with_the_tasks_that_made_the_difference(server, done, run_again, page):
    submit(server.http("submit"), "concise", ["no idea at all"] * 40)
    after = run_again()
    shown = page("compare", before=done, after=after, agent="concise")
    moves = shown.dataframe[0].value.set_index("agent")
    assert moves.loc["concise", "score_change_high"] < 0
    tasks = shown.dataframe[-1].value
    assert len(tasks) == 40
    assert (tasks["difference"].abs().diff().dropna() <= 0.05).all()
    assert tasks["difference"].iloc[0] < 0


def test_settings_that_differ_are_listed_and_scores_of_other_scorers_are_not_compared(server, done, run_again, page):
    body = {"name": "other", "task_set": "s", "agents": list(TEXTS), "scorer": {"kind": "lexical"}, "seed": 7}
    server.http("evaluate").post("/evaluations", json=body | {"mechanism": "gppm"}).raise_for_status()
    shown = page("compare", before=done, after=run_again("other"))
    settings = next(table.value for table in shown.dataframe if "field" in table.value.columns)
    assert {"seed", "mechanism"} <= set(settings["field"])
    assert "not measure the same" in said(shown)
    assert "score_change" not in shown.dataframe[0].value.columns


def test_runs_without_two_agents_in_common_are_told_so_with_a_way_on(server, done, run_again, page):
    submit(server.http("submit"), "x", FACTS)
    submit(server.http("submit"), "y", TEXTS["hurried"])
    body = {"name": "others", "task_set": "s", "agents": ["x", "y"], "scorer": {"kind": "lexical"}}
    server.http("evaluate").post("/evaluations", json=body).raise_for_status()
    shown = page("compare", before=done, after=run_again("others"))
    assert "These two runs cannot be compared" in said(shown)
    assert "at least two agents in common" in said(shown)
    assert not shown.dataframe


def test_two_agents_of_a_run_get_a_verdict_with_its_interval_and_the_tasks_behind_it(done, page, server):
    both = {"agent": "concise", "baseline": "hurried"}
    found = server.http("read").get(f"/runs/{done}/difference", params=both).json()
    shown = page("compare", run=done, **both)
    assert "#### concise" in said(shown)
    assert f"p = {found['p_value']:.2g}), over 40 tasks that both answered" in said(shown)
    tasks = shown.dataframe[-1].value
    assert len(tasks) == 40
    assert list(tasks.columns) == ["task_id", "category", "difference", "score", "baseline_score"]


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("better", "a is better than b, beyond noise."),
        ("worse", "a is worse than b, beyond noise."),
        ("not told apart", "a and b cannot be told apart on these tasks."),
        ("unknown", "a and b cannot be compared: both answered fewer than two different prompts."),
    ],
)
def test_each_verdict_on_two_agents_is_a_sentence(verdict, words):
    unknown = dict.fromkeys(
        ("difference", "low", "high", "p_value", "length_adjusted", "agent_words", "baseline_words")
    )
    found = {"run_id": "r", "agent": "a", "baseline": "b", "verdict": verdict, "n_tasks": 1, "unit": "nats"}
    assert two_agents.verdict(Difference.model_validate(found | unknown | {"signal_p": None})) == words


def test_settings_differ_field_by_field_and_of_lists_only_what_one_side_has():
    mine = {"scorer": {"kind": "critic", "scale": "soft"}, "agents": ["a", "b"], "seed": 1}
    theirs = {"scorer": {"kind": "critic"}, "agents": ["b", "c"], "seed": 1}
    assert list(differing(mine, theirs)) == [
        {"field": "scorer.scale", "before": "soft", "after": "–"},
        {"field": "agents", "before": "also a", "after": "also c"},
    ]


def test_names_in_a_verdict_are_text():
    move = {
        **dict.fromkeys(("rank_change_low", "rank_change_high", "p_value", "p_adjusted"), None),
        **dict.fromkeys(("score_change", "score_change_low", "score_change_high"), None),
    }
    moved = {"agent": "**x**", "rank_before": 2, "rank_after": 1, "rank_change": 1, "beyond_noise": True}
    found = Comparison.model_validate({"before": "a", "after": "b", "moves": [moved | move]})
    assert verdict(found) == "1 of 1 agents moved beyond noise: \\*\\*x\\*\\* rose."
