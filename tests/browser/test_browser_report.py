"""A report in a real browser: it opens from a file, asks for nothing, and fits a screen and a phone."""

import pytest

HOSTILE = "<img src=https://example.org/x onerror=alert(1)>"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The address of a report of the demo, with an agent whose name would fetch and run something."""
    from elicit import rank
    from elicit.reporting import report_on
    from elicit.store import Store

    folder = tmp_path_factory.mktemp("report")
    rows = [
        {"task_id": f"t{t}", "agent": agent, "label": "ABC"[t % period]}
        for t in range(40)
        for agent, period in ((HOSTILE, 3), ("b", 3), ("c", 2), ("模型", 1))
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ELICIT_DATABASE_URL", f"sqlite:///{folder}/runs.db")
        run_id = rank(rows).run_id
        with Store.open() as store:
            (folder / "report.html").write_text(report_on(store, run_id), encoding="utf-8")
    return (folder / "report.html").as_uri()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_opens_from_a_file_and_asks_for_nothing(tab, report, width, scheme):
    page = tab(width, color_scheme=scheme)
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(report)
    assert page.get_by_role("cell", name=HOSTILE).first.is_visible()
    assert (asked, said) == ([report], [])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shown = page.locator("figure svg:visible")
    assert shown.count() == page.locator("figure").count()
    assert all(box["width"] <= width for box in (svg.bounding_box() for svg in shown.all()))


@pytest.mark.parametrize(("scheme", "fits"), [("light", lambda ink: ink < 300), ("dark", lambda ink: ink > 500)])
def test_text_of_a_chart_has_the_colour_of_the_page(tab, report, scheme, fits):
    page = tab(1280, color_scheme=scheme)
    page.goto(report)
    colour = page.locator("figure svg:visible text").first.evaluate("text => getComputedStyle(text).fill")
    assert fits(sum(map(int, colour.removeprefix("rgb(").rstrip(")").split(","))))


def test_a_report_on_paper_is_black_on_white_and_shows_the_wide_charts(tab, report):
    page = tab(390, color_scheme="dark")
    page.goto(report)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.locator("figure .wide:visible").count() == page.locator("figure").count()
