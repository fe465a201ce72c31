"""The dashboard's first page over a real server: what an evaluator reads there."""


def test_a_project_without_runs_is_told_how_to_begin(page):
    shown = page()
    assert "No run yet" in shown.info[0].value


def test_a_finished_run_is_a_table_with_intervals_and_what_to_know_before_quoting_it(done, page, server):
    shown = page()
    table = shown.dataframe[0].value
    document = server.http("read").get(f"/runs/{done}/leaderboard").json()
    assert list(table["agent"]) == [row["agent"] for row in document["agents"]]
    assert (table["low"] <= table["score"]).all()
    assert set(table["answered"]) == {"100 %"}
    assert any("signal" in text.value for text in shown.markdown)


def test_a_key_that_may_not_read_gets_the_server_s_words_and_no_address(done, page, server):
    (error,) = page(scope="submit").error
    assert "scope read" in error.value
    assert server.keys["submit"] not in error.value
