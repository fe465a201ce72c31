"""The page that compares in a browser: two runs, two agents, and links that open the same view."""

from facts import begin, submit, wait_for_run
from playwright.sync_api import expect


def test_two_runs_are_compared_with_the_verdict_first(visitor, server, done):
    submit(server.http("submit"), "concise", ["no idea at all"] * 40)
    after = begin(server, "weekly").json()["id"]
    assert wait_for_run(server.http("read"), after)["state"] == "done"
    tab = visitor.open("compare", before=done, after=after)
    verdict = tab.get_by_role("heading", level=4)
    expect(verdict).to_contain_text("beyond noise")
    chart = tab.get_by_test_id("stVegaLiteChart").first
    expect(chart).to_be_visible()
    assert verdict.bounding_box()["y"] < chart.bounding_box()["y"]
    visitor.screenshots("compare-runs")


def test_two_agents_are_compared_at_an_address_that_can_be_copied(visitor, visiting, done):
    tab = visitor.open("compare", run=done)
    tab.get_by_text("Two agents of one run").click()
    expect(tab.get_by_role("heading", name="Tasks that made the difference")).to_be_visible()
    visitor.rest()
    verdict = tab.get_by_role("heading", level=4).inner_text()
    visitor.screenshots("compare-agents")
    other = visiting("read")
    opened = other.open(f"compare?{tab.url.partition('?')[2]}")
    expect(opened.get_by_role("heading", level=4)).to_have_text(verdict)
