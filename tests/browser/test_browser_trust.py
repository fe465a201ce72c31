"""The trust page in a browser: words first, a map whose cells can be chosen, and tabs that are part of the address."""

from playwright.sync_api import expect


def test_the_verdict_and_what_to_do_come_before_any_chart(visitor, done):
    tab = visitor.open("trust")
    expect(tab.get_by_role("heading", name="What to do next")).to_be_visible()
    verdict, chart = (tab.get_by_test_id(name).first.bounding_box() for name in ("stAlert", "stVegaLiteChart"))
    assert verdict["y"] < chart["y"]
    visitor.screenshots("trust")


def test_a_cell_of_the_map_tells_of_its_pair_and_leads_to_their_answers(visitor, done):
    tab = visitor.open("trust", order="by likeness")
    canvas = tab.locator(".vega-embed canvas, .vega-embed svg").first
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.9, "y": box["height"] * 0.4})
    expect(tab.get_by_text("which earns")).to_be_visible()
    tab.get_by_role("link", name="See their answers").click()
    expect(tab.get_by_role("heading", name="Task").first).to_be_visible()
    assert "agent=" in tab.url
    assert "peer=" in tab.url


def test_a_tab_is_part_of_the_address(visitor, done):
    tab = visitor.open("trust")
    for name in ("Other runs", "Two agents", "Length", "Numbers"):
        tab.get_by_role("tab", name=name).click()
        visitor.rest()
        visitor.screenshot(f"trust-{name.lower().replace(' ', '-')}")
    assert "closer=Numbers" in tab.url
    expect(tab.get_by_test_id("stDataFrame").first).to_be_visible()
