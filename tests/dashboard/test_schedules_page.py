"""The page of schedules over a real server: made, paused, run at once, ended."""

import pytest


def press(shown, label):
    (button,) = [button for button in shown.button if button.label == label]
    return button.click().run()


def text_of(shown):
    return " ".join(element.value for element in (*shown.markdown, *shown.caption, *shown.info))


@pytest.fixture
def daily(server, evaluation):
    """A schedule of the project that is due every morning."""
    body = {"name": "mornings", "evaluation": evaluation, "cron": "30 6 * * *", "time_zone": "Europe/Berlin"}
    return server.http("evaluate").post("/schedules", json=body).raise_for_status().json()


def test_without_an_evaluation_the_page_leads_to_making_one(page):
    shown = page("schedules", "admin")
    assert "No schedule yet" in text_of(shown)
    assert "there is none yet" in text_of(shown)


def test_a_schedule_is_made_in_the_words_of_people(page, evaluation, server):
    shown = page("schedules", "admin")
    shown.text_input[0].set_value("every Monday").run()
    shown.button_group[0].set_value("every week").run()
    assert not press(shown, "Create schedule").exception
    (made,) = server.http("read").get("/schedules").json()["items"]
    assert (made["name"], made["cron"], made["time_zone"], made["budget"]) == ("every Monday", "0 6 * * 1", "UTC", None)


def test_a_schedule_is_shown_with_when_it_is_due(page, daily):
    shown = page("schedules", "read")
    (row,) = shown.dataframe[0].value.to_dict("records")
    assert row["runs"] == "every day at 06:30, Europe/Berlin"
    assert row["next"].endswith("UTC")
    assert sum("UTC" in text.value for text in shown.markdown) == 5


def test_a_paused_schedule_goes_on_when_told_to(page, daily, server):
    shown = press(page("schedules", "admin"), "Pause")
    assert server.http("read").get(f"/schedules/{daily['id']}").json()["paused"]
    assert shown.dataframe[0].value["next"][0] == "paused"
    press(shown, "Go on")
    assert not server.http("read").get(f"/schedules/{daily['id']}").json()["paused"]


def test_a_run_begins_at_once(page, daily, server):
    press(page("schedules", "admin"), "Run now")
    assert len(server.http("read").get(f"/schedules/{daily['id']}/runs").json()["items"]) == 1


def test_a_schedule_is_deleted(page, daily, server):
    press(page("schedules", "admin"), "Delete it")
    assert not server.http("read").get("/schedules").json()["items"]


def test_a_key_that_may_only_read_changes_nothing(page, daily):
    shown = page("schedules", "read")
    assert all(button.disabled for button in shown.button if button.label in ("Pause", "Run now", "Delete it"))
    assert "scope evaluate" in text_of(shown)


def test_a_bad_cron_line_is_refused_in_the_server_s_words(page, evaluation, server):
    shown = page("schedules", "admin")
    shown.button_group[0].set_value("cron line").run()
    (line,) = [field for field in shown.text_input if field.label == "Cron line"]
    line.set_value("61 6 * * 1").run()
    shown = press(shown, "Create schedule")
    assert "61 6 * * 1" in shown.error[0].value.replace("\\", "")
    assert not server.http("read").get("/schedules").json()["items"]
