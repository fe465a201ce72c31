"""Signing in with an API key, in a browser: who gets in, what they are told, and where the key is afterwards."""

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
