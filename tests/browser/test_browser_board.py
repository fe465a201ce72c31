"""The leaderboard in a browser: the first screen, filters in the address, an agent opened, files taken along."""

import json
import re

import pytest
from facts import FACTS, submit
from playwright.sync_api import expect

ODD = [
    "**b** [x](javascript:1) <img src=x onerror=alert(1)> $x$ :red[a]",
    "الوكيل العربي",
    "中文模型" * 6,
    "long-" * 24,
]
AGENT = 2  # its column


@pytest.fixture
def odd(server, evaluation, runner, client):
    """The id of a run with names that are markup, right-to-left, Chinese, and as long as they may be."""
    for number, name in enumerate(ODD):
        submit(
            server.http("submit"),
            name,
            [f"{fact} {'yes no' if n % (number + 2) else ''}" for n, fact in enumerate(FACTS)],
        )
    client.create_evaluation("odd", task_set="s", agents=["careful", "hurried", *ODD], scorer={"kind": "lexical"})
    return client.wait(client.create_run("odd"), timeout_s=60).id


def grid(tab):
    """The table; what is painted on it stands in the page for those who cannot see it, too."""
    return tab.get_by_test_id("stDataFrame").first


def agents_in(tab):
    """The names in the table, top to bottom."""
    rows = grid(tab).locator("canvas tbody tr")
    expect(rows.first).to_be_attached()
    return [row.locator("td").nth(AGENT).text_content() for row in rows.all()]


def test_the_first_screen_shows_verdict_table_and_chart(visitor, done):
    visitor.tab.set_viewport_size({"width": 1280, "height": 800})
    tab = visitor.open()
    for part in (tab.get_by_test_id("stAlert"), grid(tab), tab.locator(".vega-embed canvas, .vega-embed svg")):
        box = part.first.bounding_box()
        assert box["y"] + box["height"] <= 800
    visitor.screenshots("leaderboard-small")


def test_what_is_chosen_is_in_the_address_and_a_copied_link_opens_it_again(visitor, done):
    tab = visitor.open()
    tab.get_by_label("Find agents").fill("c")
    tab.get_by_label("Find agents").press("Enter")
    visitor.rest()
    tab.get_by_role("combobox", name="Sort by").click()
    tab.get_by_role("option", name="agent").click()
    visitor.rest()
    tab.get_by_role("combobox", name="Tasks").click()
    tab.get_by_role("option", name="hues").click()
    expect(tab.get_by_text("changes no score")).to_be_visible()
    visitor.rest()
    tab.get_by_role("button", name="Export").click()
    link = tab.get_by_test_id("stCode").inner_text().strip()
    for part in (f"run={done}", "category=hues", "search=c", "sort=agent"):
        assert part in link
        assert part in tab.url
    assert link.startswith(f"{visitor.url}?")
    names = agents_in(tab)
    visitor.open(link.removeprefix(visitor.url))
    expect(tab.get_by_label("Find agents")).to_have_value("c")
    assert agents_in(tab) == names == ["careful", "concise"]


def test_a_marked_row_opens_its_agent(visitor, done):
    tab = visitor.open()
    name = agents_in(tab)[0]
    box = grid(tab).bounding_box()
    tab.mouse.click(box["x"] + 16, box["y"] + 50)
    expect(tab.get_by_role("heading", name="Agent", exact=False).first).to_be_visible()
    visitor.rest()
    assert re.search(rf"agent\?.*agent={name}", tab.url)


FILES = {"CSV": b"agent,rank", "JSON": b"{", "PNG": b"\x89PNG", "HTML report": b"<!DOCTYPE html>"}


def test_the_run_is_taken_along_as_files_which_are_made_when_asked_for(visitor, done, client):
    tab = visitor.open()
    tab.get_by_role("button", name="Export").click()
    made = {}
    for label, begins in FILES.items():
        with tab.expect_download() as told:
            tab.get_by_role("button", name=label, exact=True).click()
        made[label] = told.value.path().read_bytes()
        assert made[label].lower().startswith(begins.lower())
        assert told.value.suggested_filename.startswith(done)
    assert json.loads(made["JSON"]) == client.leaderboard(done).document


def test_names_of_others_are_shown_and_do_nothing(visitor, odd):
    tab = visitor.open(run=odd)
    assert set(ODD) <= set(agents_in(tab))
    assert tab.locator("img[src=x]").count() == 0
    visitor.screenshots("leaderboard-odd-names")
    visitor.open("trust", run=odd)
    assert tab.locator("img[src=x]").count() == 0
    visitor.screenshots("trust-odd-names")
