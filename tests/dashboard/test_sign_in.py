"""Signing in with an API key: what each kind of key is told, and what happens to one that goes bad on the way."""

from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.connection import CLIENT
from dashboard.sign_in import BAD_KEY, NO_KEY, NO_PROJECT, NO_SERVER, key_of
from elicit.store.service import keys, projects

APP = str(Path(__file__).parents[2] / "dashboard" / "app.py")


@pytest.fixture
def door(server, monkeypatch):
    """A function that opens a dashboard without a key of its own, and hands in the key that is given."""
    monkeypatch.setenv("ELICIT_URL", server.url)
    monkeypatch.delenv("ELICIT_API_KEY", raising=False)

    tabs = []

    def opened(key=None):
        shown = AppTest.from_file(APP, default_timeout=60).run()
        if key is not None:
            shown.text_input[0].input(key)
            shown.button[0].click().run()
        assert not shown.exception
        tabs.append(shown)
        return shown

    yield opened
    for tab in tabs:
        if CLIENT in tab.session_state:
            tab.session_state[CLIENT].close()


@pytest.fixture
def past(server):
    """The text of a key of the project that expired a minute ago."""
    now = server.parts.now()
    with server.parts.store.writing() as session:
        made = {"key_id": server.parts.new_id(), "project_id": projects.find(session, server.project).id}
        made |= {"name": "past", "scopes": ["read"], "now": now, "expires_at": now - timedelta(minutes=1)}
        return keys.make(session, **made)[1]


@pytest.fixture
def revoked(server):
    """The text of a key that was revoked."""
    http = server.http("admin")
    made = http.post("/keys", json={"name": "gone", "scopes": ["read"]}).json()
    http.delete(f"/keys/{made['id']}").raise_for_status()
    return made["secret"]


@pytest.mark.parametrize("kind", ["past", "revoked"])
def test_a_key_that_was_good_once_opens_nothing_and_is_told_so(door, kind, request):
    assert [error.value for error in door(request.getfixturevalue(kind)).error] == [BAD_KEY]


@pytest.mark.parametrize(
    ("key", "words"),
    [("el_unknown_key", BAD_KEY), ("", NO_KEY), ("  ", NO_KEY), ("el key", NO_KEY), ("ключ", NO_KEY), ("🔑", NO_KEY)],
)
def test_what_is_no_good_key_is_told_so_in_words_that_do_not_repeat_it(door, key, words):
    shown = door(key)
    assert [error.value for error in shown.error] == [words]
    assert shown.text_input[0].label == "API key"


def test_a_key_is_taken_with_the_blanks_that_copying_adds(door, server):
    assert "Sign out" in [button.label for button in door(f" {server.keys['read']}\n").sidebar.button]


def test_a_key_that_is_revoked_while_its_owner_is_signed_in_opens_no_further_page(door, server):
    http = server.http("admin")
    made = http.post("/keys", json={"name": "short", "scopes": ["read"]}).json()
    shown = door(made["secret"])
    http.delete(f"/keys/{made['id']}").raise_for_status()
    shown.run()
    assert shown.error
    assert not shown.info
    assert "Sign out" in [button.label for button in shown.sidebar.button]


def test_an_operator_with_no_project_is_told_how_to_make_one(door, server, monkeypatch):
    monkeypatch.setattr("elicit.client.Client.projects", lambda self: [])
    assert NO_PROJECT in [info.value for info in door(server.operator).info]


def test_a_dashboard_whose_server_does_not_answer_says_so_and_lets_try_again(door, monkeypatch):
    monkeypatch.setenv("ELICIT_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("dashboard.connection.PATIENCE_S", 0)
    shown = door("el_some_key")
    assert "does not answer" in shown.error[0].value
    assert "Try again" in [button.label for button in shown.button]


def test_a_dashboard_that_was_not_told_of_a_server_says_what_to_set(door, monkeypatch):
    monkeypatch.delenv("ELICIT_URL")
    assert [error.value for error in door().error] == [NO_SERVER]


@pytest.mark.parametrize(
    "person",
    [
        {},
        {"email": "ada@example.org"},
        {"email": "ada@example.org", "email_verified": "true"},
        {"email_verified": True},
        {"email": None, "email_verified": True},
        {"email": "", "email_verified": True},
        {"email": "ada@example.org.evil", "email_verified": True},
    ],
)
def test_an_account_without_a_verified_address_that_is_listed_has_no_key(person):
    assert key_of(person, {"ada@example.org": "el_ada"}) == ""
