"""The leaderboard's page over a real server: what an evaluator reads there, finds, and can copy as a link."""

import pytest


def table_on(shown):
    """The table of the page."""
    return shown.dataframe[0].value


def words_on(shown):
    """Whatever the page says."""
    parts = [*shown.markdown, *shown.caption, *shown.success, *shown.warning, *shown.error, *shown.info]
    return "\n".join(part.value for part in parts)


@pytest.fixture
def document(done, server):
    """The finished run's leaderboard as the API gives it."""
    return server.http("read").get(f"/runs/{done}/leaderboard").json()


def test_a_project_without_runs_is_told_how_to_begin(page):
    assert "No run yet" in words_on(page())


def test_a_finished_run_is_a_verdict_and_a_table_with_intervals(page, document):
    shown = page()
    table = table_on(shown)
    assert list(table["agent"]) == [agent["agent"] for agent in document["agents"]]
    assert list(table["score"]) == pytest.approx([agent["score"] for agent in document["agents"]], abs=0.005)
    assert table["score 95 %"].str.contains("…").all()
    assert set(table["answered"]) == {100}
    assert "length out" in table
    assert [*shown.success, *shown.warning, *shown.error]


def test_a_link_opens_the_view_that_it_was_copied_from(done, page):
    shown = page(run=done, category="hues", search="e", sort="agent", more="true")
    assert list(table_on(shown)["agent"]) == ["careful", "concise", "hurried"]
    assert {"tasks", "say"} <= set(table_on(shown))
    (link,) = (code.value for code in shown.code)
    assert link.endswith(f"?run={done}&category=hues&search=e&sort=agent&more=true")


def test_a_view_as_it_is_at_first_needs_no_more_than_the_run_in_its_link(done, page):
    (link,) = (code.value for code in page().code)
    assert link.endswith(f"?run={done}")


def test_a_category_ranks_within_its_tasks_and_says_that_no_score_changes(done, page, server):
    shown = page(run=done, category="colours")
    boards = server.http("read").get(f"/runs/{done}/categories").json()
    (board,) = (board for board in boards if board["category"] == "colours")
    scores = [standing["score"] for standing in board["agents"]]
    assert list(table_on(shown)["score"]) == pytest.approx(scores, abs=0.005)
    assert set(table_on(shown)["tasks"]) == {12}
    assert "changes no score" in words_on(shown)


def test_categories_can_be_chosen_without_being_asked_for(done, page):
    shown = page()
    shown.selectbox(key="category").set_value("hues").run()
    assert set(table_on(shown)["tasks"]) == {20}


def test_a_category_that_the_run_does_not_have_is_passed_over(done, page):
    assert "answered" in table_on(page(run=done, category="no such"))


def test_a_search_that_finds_nobody_says_so(done, page):
    assert "No agent" in words_on(page(search="zzz"))


def test_a_run_that_is_unknown_is_told_in_words_and_another_one_shown(done, page):
    shown = page(run="nosuch")
    assert "There is no run nosuch" in shown.warning[0].value
    assert shown.query_params["run"] == done


def test_a_key_that_may_not_read_gets_the_server_s_words_and_no_address(done, page, server):
    (error,) = page(scope="submit").error
    assert "scope read" in error.value
    assert server.keys["submit"] not in error.value
