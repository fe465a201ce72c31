"""The page of an agent in a browser: charts, tables, and the way to a task's answers."""

from playwright.sync_api import expect

FIRST_ROW = {"x": 18, "y": 52}  # of a table: the box in front of it


def test_an_agent_s_place_is_told_in_words_charts_and_tables(visitor, done):
    tab = visitor.open("agent", run=done, agent="hurried")
    expect(tab.get_by_role("heading", name="of 3 (95 %")).to_be_visible()
    expect(tab.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    expect(tab.get_by_role("heading", name="Whom it tells most about")).to_be_visible()
    visitor.screenshots("agent")


def test_a_row_of_its_best_tasks_opens_that_task(visitor, done):
    tab = visitor.open("agent", run=done, agent="hurried")
    expect(tab.get_by_text("Best beside the others")).to_be_visible()
    tables = tab.get_by_test_id("stDataFrame").filter(visible=True)
    tables.first.scroll_into_view_if_needed()
    tables.first.click(position=FIRST_ROW)
    expect(tab.get_by_role("heading", name="What was asked")).to_be_visible()
    visitor.rest()
    assert "/task?" in tab.url
    assert "agent=hurried" in tab.url
