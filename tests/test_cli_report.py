"""A report is one page that says what the run says, of every kind of run, and does nothing by itself."""

import json
from pathlib import Path

import pytest
from pages import Page

from elicit.mock_llm import Rule, serve

pytestmark = pytest.mark.usefixtures("own_database")

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
HOSTILE = (
    "<script>alert(1)</script>",
    "\" onload='x' {{ 7 * 7 }}",
    "a.b[0]'\"\\",
    "\u202eevil",
    "&amp; ]]> <!--",
)


@pytest.fixture
def reported(elicit, tmp_path):
    """A function that ranks something and gives the page of its report, checked as a strict reader does."""

    def report(*words, run="latest", code=0):
        assert elicit(*words)[0] == code
        out = tmp_path / "report.html"
        code, printed, err = elicit("report", run, "--out", out)
        assert (code, printed) == (0, ""), err
        html = out.read_text()
        page = Page(html)
        assert page.active == []
        assert len(page.ids) == len(set(page.ids))
        assert "url(http" not in html
        return page

    return report


def test_a_report_says_what_the_leaderboard_says(reported, elicit):
    page = reported("demo")
    document = json.loads(elicit("show", "latest", "--format", "json")[1])
    for agent in document["agents"]:
        assert agent["agent"] in page.words
    assert "9 agents ranked on 40 tasks, without an answer key · mi with the lexical scorer" in page.words
    assert "concise leads, beyond noise." in page.words
    assert "4.32 … 6.54" in page.words
    assert "The scores are not chance (p = 0.0005" in page.words
    for heading in (
        "Leaderboard",
        "How far to trust it",
        "Who tells about whom",
        "Score and length",
        "Method",
        "Limits",
    ):
        assert heading in page.words
    assert "What it took" not in page.words
    assert (
        "elicit rank responses.jsonl --mechanism mi --scorer lexical --peers softmax --clones on --seed 0" in page.words
    )


def test_the_page_forbids_itself_everything_but_its_own_style(reported):
    (policy,) = [a["content"] for tag, a in reported("demo").tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")


@pytest.mark.parametrize("file", ["letters.csv", "logprobs.csv", "pair-scores.csv", "wins.csv"])
def test_every_kind_of_input_has_a_report(reported, file):
    words = ("rank", EXAMPLES / file)
    page = reported(*words, *(("--mechanism", "win_rate") if file == "wins.csv" else ()))
    assert f"elicit rank {file}" in page.words


def test_what_a_run_does_not_know_is_left_out_or_said_to_be_unknown(reported):
    page = reported("rank", EXAMPLES / "logprobs.csv")
    assert "Not tested: nothing was compared across tasks." in page.words
    assert "Score and length" not in page.words
    assert "length out" not in page.words


def test_hostile_names_and_files_are_text(reported, tmp_path):
    rows = [
        {"task_id": f"t{t}", "agent": agent, "label": "ABC"[t * (k < 3) % 3]}
        for t in range(30)
        for k, agent in enumerate(HOSTILE)
    ]
    path = tmp_path / "<img src=x onerror=alert(1)>.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = reported("rank", path)
    assert "<script>alert(1)</script>" in page.words
    assert "{{ 7 * 7 }}" in page.words
    assert "<img src=x onerror=alert(1)>.jsonl" in page.words
    assert "\u202e" not in page.words


def test_a_run_of_a_plan_tells_what_was_asked_what_failed_and_what_it_cost(reported, plan_file):
    prices = {"openai/mock-careful": {"input_per_million": 1, "output_per_million": 2}}
    with serve([Rule(model="mock-hurried", fault="refusal", times=2)]) as server:
        page = reported("run", plan_file(server.url, prices=prices), "--limit-tasks", 4)
    assert "small" in page.words.split("Leaderboard")[0]
    assert "2 refused" in page.words
    assert "at an unknown price" in page.words
    assert "There was no budget." in page.words
    assert "(openai/mock-critic)" in page.words
    assert "Score against" not in page.words
    assert "elicit rescore " in page.words


def test_a_run_that_stopped_early_is_reported_as_far_as_it_went(reported, plan_file, elicit):
    with serve() as server:
        path = plan_file(server.url, scorer={"kind": "lexical"})
        code, _, err = elicit("run", path, "--limit-tasks", 10, "--max-calls", 36)
    assert code == 1
    page = reported("runs", run=err.split("Run ")[1][:10])
    assert "Quote it with care" in page.words
    assert "The run stopped early (not asked): calls are missing, not zero." in page.words
    assert "elicit resume " in page.words


def test_a_run_with_nothing_to_rank_has_no_report(elicit, plan_file, tmp_path):
    with serve() as server:
        _, _, err = elicit("run", plan_file(server.url), "--limit-tasks", 4, "--max-calls", 2)
    code, _, err = elicit("report", err.split("Run ")[1][:10], "--out", tmp_path / "x.html")
    assert code == 2
    assert "has too few answers to rank yet: 'elicit resume " in err
    assert not (tmp_path / "x.html").exists()


def test_no_run_and_no_place_are_told_before_anything_is_written(elicit, tmp_path):
    assert elicit("report", "latest", "--out", tmp_path / "no" / "x.html")[0] == 2
    code, _, err = elicit("report", "latest", "--out", tmp_path / "x.html")
    assert code == 2
    assert "there is no run 'latest'" in err
    assert list(tmp_path.glob("*.html*")) == []
