"""Schedules and settings in a browser: a schedule made, run and paused; a key made; nothing looks broken."""

from playwright.sync_api import expect


def test_a_schedule_is_made_run_paused_and_shows_its_scores(visitor, evaluation, runner, client):
    tab = visitor.open("schedules")
    visitor.screenshot("schedules-empty")
    tab.get_by_label("Name").fill("every morning")
    tab.get_by_role("button", name="Create schedule").click()
    expect(tab.get_by_text("every morning", exact=True).first).to_be_visible()
    tab.get_by_role("button", name="Run now").click()
    expect(tab.get_by_text("has begun a run")).to_be_visible()
    (run,) = client.schedule_runs("every morning")
    client.wait(run, timeout_s=60)
    visitor.open("schedules")
    expect(tab.get_by_text("Scores over time")).to_be_visible()
    expect(tab.locator(".vega-embed canvas, .vega-embed svg").first).to_be_visible()
    visitor.screenshots("schedules")
    tab.get_by_role("button", name="Pause").click()
    expect(tab.get_by_text("Paused: no run begins until it goes on.", exact=True)).to_be_visible()
    assert client.schedule("every morning").paused


def test_settings_show_keys_webhooks_and_the_server(visitor, done, client):
    tab = visitor.open("settings")
    visitor.screenshot("settings-you")
    tab.get_by_role("tab", name="Keys").click()
    tab.get_by_label("Name").fill("nightly")
    tab.get_by_role("button", name="Make key").click()
    expect(tab.get_by_text("it is not shown again")).to_be_visible()
    assert "nightly" in {key.name for key in client.api_keys()}
    visitor.open("settings")
    for name in ("Keys", "Webhooks", "Server"):
        tab.get_by_role("tab", name=name).click()
        visitor.screenshot(f"settings-{name.lower()}", dark=name == "Keys")
