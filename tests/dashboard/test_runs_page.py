"""The runs page over a real server: which runs there are, what is said of one, and what can be done with it."""

import pytest

from elicit import Client
from elicit.store.service import runs


@pytest.fixture
def client(server):
    """A client that may do everything in the project."""
    with Client(server.url, server.keys["admin"], progress=False) as client:
        yield client


@pytest.fixture
def queued(client, evaluation):
    """A run that nothing carries out."""
    return client.create_run(evaluation)


def button(shown, label):
    """The button with this label."""
    return next(one for one in shown.button if one.label == label)


def labels(shown):
    return {one.label for one in shown.button}


def test_a_finished_run_is_listed_with_its_state_in_words_and_leads_to_its_leaderboard(page, done):
    shown = page("runs")
    row = shown.dataframe[0].value.iloc[0]
    assert (row["state"], row["evaluation"], row["scorer"], row["progress"], row["cost"]) == (
        "● done",
        "weekly",
        "lexical",
        100,
        "$0",
    )
    assert shown.success[0].value == "Done\\: the leaderboard is there\\."
    assert shown.query_params["run"] == done


def test_a_run_that_waits_its_turn_can_be_cancelled_and_resuming_it_is_a_question_first(page, client, queued):
    shown = page("runs", scope="admin")
    button(shown, "Cancel").click().run()
    assert client.run(queued).state == "cancelled"
    assert "Cancelled" in shown.info[0].value
    button(shown, "Resume").click().run()
    assert "Resume it" in labels(shown)
    assert client.run(queued).state == "cancelled"


def test_a_run_whose_budget_is_spent_is_not_resumed_without_a_larger_one(page, client, evaluation, server):
    run = client.create_run(evaluation)
    parts = server.parts
    with parts.store.writing() as session:
        runs.move(session, run.id, "running", parts.now())
        runs.move(session, run.id, "stopped", parts.now(), reason="budget")
    shown = page("runs", scope="admin", run=run.id)
    button(shown, "Resume").click().run()
    assert "Its budget is used up" in shown.warning[-1].value
    assert button(shown, "Resume it").disabled


def test_running_again_is_a_question_first(page, client, queued):
    client.cancel_run(queued)
    shown = page("runs", scope="admin")
    button(shown, "Run again").click().run()
    assert "Start the run" in labels(shown)
    assert len(client.runs()) == 1


def test_a_key_without_the_scope_sees_what_could_be_done_disabled_with_the_reason(page, queued):
    cancel = button(page("runs", scope="read"), "Cancel")
    assert cancel.disabled
    assert "scope evaluate" in cancel.help


def test_runs_of_one_state_are_asked_for_and_the_address_still_names_the_run(page, done, client, evaluation):
    newer = client.create_run(evaluation)
    client.cancel_run(newer)
    shown = page("runs", run=done)
    shown.pills[0].set_value(["cancelled"]).run()
    assert shown.dataframe[0].value["state"].tolist() == ["⊘ cancelled"]
    assert shown.query_params["run"] == done


def test_an_unknown_run_is_said_to_be_unknown(page, queued):
    assert "there is no run" in page("runs", run="nobody").error[0].value


def test_without_a_run_the_page_says_how_to_begin(page):
    shown = page("runs")
    assert "No run yet" in shown.info[0].value
    demo = button(shown, "Load the demo")
    assert demo.disabled
    assert any("lacks the scope submit and the scope evaluate" in text.value for text in shown.caption)


def test_the_demo_is_loaded_by_one_button_and_its_leaderboard_opens(page, client, runner):
    shown = page("runs", scope="admin")
    button(shown, "Load the demo").click().run()
    (run,) = client.runs()
    assert shown.query_params["run"] == run.id
    assert client.wait(run, timeout_s=60).state == "done"
