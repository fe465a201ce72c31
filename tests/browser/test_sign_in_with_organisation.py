"""Signing in with one's organisation, in a browser: who gets in, with which rights, and who is turned away and why."""

import pytest
from dashboard_process import dashboard_over
from oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider
from playwright.sync_api import expect
from ports import free_port
from serving import new_project, served
from visitor import Visitor

LISTED = {"email": "Ada@Example.org", "email_verified": True}
SECRETS = """
[auth]
redirect_uri = "{back}"
cookie_secret = "{cookie_secret}"
client_id = "{client_id}"
client_secret = "{client_secret}"
server_metadata_url = "{provider}/.well-known/openid-configuration"

[elicit.people]
"ada@example.org" = "{key}"
"late@example.org" = "el_revoked"
"""


@pytest.fixture(scope="module")
def organisation(running_server, tmp_path_factory):
    """The address of a dashboard whose people come from an organisation, its provider, and a project."""
    parts, url, _ = running_server
    home, port = tmp_path_factory.mktemp("organisation"), free_port()
    provider, project = OidcProvider(f"http://127.0.0.1:{port}/oauth2callback"), new_project(*running_server)
    with served(parts, provider.app) as provider.url:
        told = {"back": provider.back, "provider": provider.url, "key": project.keys["read"]}
        told |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "cookie_secret": "c" * 40}
        (home / ".streamlit").mkdir()
        (home / ".streamlit" / "secrets.toml").write_text(SECRETS.format(**told))
        # A key of the dashboard's own lets nobody in beside the organisation.
        with dashboard_over(url, home, port=port, ELICIT_API_KEY=project.keys["admin"]) as address:
            yield address, provider, project


@pytest.fixture
def arriving(organisation, tab):
    """A function that gives a visitor who went through the organisation's sign-in as this account."""
    address, provider, _ = organisation

    def arrived(account):
        provider.account = account
        visitor = Visitor(tab(), address)
        visitor.open().get_by_role("button", name="Sign in with your organisation").click()
        visitor.tab.wait_for_url(lambda url: "oauth2callback" not in url and "/auth/" not in url)
        expect(visitor.tab.get_by_text("Sign in with your organisation")).to_have_count(0)
        visitor.rest()
        return visitor

    return arrived


def test_a_listed_person_gets_in_with_the_rights_of_their_key_and_stays_in_until_they_leave(arriving, organisation):
    _, _, project = organisation
    visitor = arriving(LISTED)
    visitor.open("settings")
    visitor.tab.get_by_test_id("stSidebar").get_by_role("button", name=project.project).click()
    panel = visitor.tab.get_by_test_id("stPopoverBody")
    expect(panel).to_contain_text("Signed in as Ada@Example.org")
    expect(panel).to_contain_text("which may read")
    assert not any(key in cookie["value"] for key in project.keys.values() for cookie in visitor.tab.context.cookies())
    panel.get_by_role("button", name="Sign out").click()
    expect(visitor.tab.get_by_role("button", name="Sign in with your organisation")).to_be_visible()
    visitor.open("settings")
    expect(visitor.tab.get_by_role("button", name="Sign in with your organisation")).to_be_visible()


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ({"email": "eve@example.org", "email_verified": True}, "eve@example.org, which has no key here"),
        ({"email": "ada@example.org", "email_verified": False}, "has not verified"),
        ({"email": "late@example.org", "email_verified": True}, "unknown, was revoked, or has expired"),
    ],
)
def test_who_is_not_listed_verified_or_given_a_good_key_is_told_so_and_sees_nothing(arriving, account, words):
    visitor = arriving(account)
    expect(visitor.tab.get_by_test_id("stAlert")).to_contain_text(words)
    assert visitor.tab.get_by_test_id("stSidebarNav").count() == 0
    visitor.open("runs")
    expect(visitor.tab.get_by_test_id("stAlert")).to_contain_text(words)
    visitor.tab.get_by_role("button", name="Sign out").click()
    expect(visitor.tab.get_by_role("button", name="Sign in with your organisation")).to_be_visible()
