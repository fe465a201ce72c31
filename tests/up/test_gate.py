"""The door of the embedded server: the link opens once, and only those who used it see pages."""

import asyncio

import httpx
import pytest

from elicit.up.gate import Door


def saying(word):
    """An ASGI application that answers everything with a word."""

    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": word.encode()})

    return app


@pytest.fixture
def door():
    return Door(saying("the API"), saying("a page"))


def visit(door, *paths, cookies=None):
    """What one browser is answered, path by path."""

    async def go():
        transport = httpx.ASGITransport(door)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", cookies=cookies) as browser:
            return [await browser.get(path) for path in paths]

    return asyncio.run(go())


def websocket(door, cookie):
    """The first message that a websocket is answered."""
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"cookie", cookie.encode())] if cookie else []
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": headers, "query_string": b""}
    asyncio.run(door(scope, None, send))
    return sent[0]["type"]


def test_pages_are_closed_to_strangers_and_the_api_has_its_own_keys(door):
    page, api, health = visit(door, "/", "/v1/me", "/healthz")
    assert (page.status_code, "elicit up" in page.text) == (401, True)
    assert (api.text, health.text) == ("the API", "the API")


def test_the_link_opens_the_pages_to_the_browser_that_used_it_and_to_no_other(door):
    signed_in, page = visit(door, door.path, "/")
    assert (signed_in.status_code, page.text) == (200, "a page")
    assert visit(door, "/")[0].status_code == 401


def test_the_link_opens_once(door):
    link = door.path
    visit(door, link)
    assert visit(door, link)[0].status_code == 401


@pytest.mark.parametrize("token", ["", "?token=", "?token=wrong", "?token=%C3%BC", "?other=1"])
def test_a_wrong_link_opens_nothing_and_leaves_the_right_one_good(door, token):
    assert visit(door, f"/sign-in{token}")[0].status_code == 401
    assert visit(door, door.path)[0].status_code == 200


def test_the_cookie_is_for_this_site_and_no_script(door):
    (signed_in,) = visit(door, door.path)
    cookie = signed_in.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert signed_in.headers["cache-control"] == "no-store"


def test_a_forged_cookie_opens_nothing(door):
    visit(door, door.path)
    assert visit(door, "/", cookies={"elicit_session": "forged"})[0].status_code == 401


def test_live_connections_are_closed_to_strangers_too(door):
    (signed_in,) = visit(door, door.path)
    cookie = signed_in.headers["set-cookie"].partition(";")[0]
    assert websocket(door, "") == "websocket.close"
    assert websocket(door, "elicit_session=forged") == "websocket.close"
    assert websocket(door, cookie) == "websocket.accept"
