"""Signing in with an API key, in a browser: who gets in, and where the key is afterwards."""

from playwright.sync_api import expect


def test_a_key_opens_the_page_that_was_asked_for_and_stays_out_of_address_and_browser(visiting, done, server):
    visitor = visiting("read")
    tab = visitor.open(run=done)
    expect(tab.get_by_role("heading", name="Leaderboard")).to_be_visible()
    assert f"run={done}" in tab.url
    kept = tab.evaluate("() => [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie]")
    kept += [cookie["value"] for cookie in tab.context.cookies()]
    assert not any(visitor.key in text for text in [tab.url, *kept])
    visitor.screenshots("leaderboard")


def test_a_page_loaded_directly_shows_nothing_before_a_key_is_given(visiting):
    visitor = visiting(None)
    for page in ("", "trust", "runs", "settings"):
        tab = visitor.open(page)
        expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
        assert tab.get_by_test_id("stSidebarNav").count() == 0
    visitor.screenshots("sign-in")


def test_who_signs_out_leaves_nothing_to_whoever_comes_next(visiting, server):
    visitor = visiting("read")
    tab = visitor.open()
    tab.get_by_test_id("stSidebar").get_by_role("button", name=server.project).click()
    panel = tab.get_by_test_id("stPopoverBody")
    expect(panel).to_contain_text("which may read")
    visitor.screenshot("signed-in")
    panel.get_by_role("button", name="Sign out").click()
    field = tab.get_by_label("API key")
    expect(field).to_have_value("")
    visitor.sign_in("el_wrong")
    expect(tab.get_by_test_id("stAlert")).to_contain_text("unknown, was revoked, or has expired")
    assert tab.get_by_test_id("stSidebarNav").count() == 0
    visitor.screenshot("sign-in-refused")


def test_an_operator_chooses_a_project_and_then_another(visiting, server):
    visitor = visiting(None)
    tab = visitor.open("runs")
    visitor.sign_in(server.operator)
    expect(tab.get_by_role("heading", name="Choose a project")).to_be_visible()
    visitor.screenshot("choose-project")
    tab.get_by_role("button", name="Open project").click()
    tab.get_by_test_id("stSidebar").get_by_role("button", name=server.project).click()
    tab.get_by_role("button", name="Choose another project").click()
    expect(tab.get_by_role("heading", name="Choose a project")).to_be_visible()
