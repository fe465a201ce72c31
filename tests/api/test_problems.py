"""Requests that nobody should send are answered with a problem, and never hurt the server."""

import json

import pytest

BODIES = {
    "no JSON": (b"{", 422),
    "deep": (b"[" * 100_000, 400),
    "deep within": (b'{"name": "a", "spec": {"model": "m", "params": ' + b'{"a":' * 40 + b"1" + b"}" * 41 + b"}}", 422),
    "a number without end": (b'{"name": ' + b"9" * 10_000 + b"}", 400),
    "no UTF-8": (b'{"name": "\xff"}', 400),
    "half a character": (b'{"name": "\\ud800"}', 422),
    "half a character deep within": (b'{"name": "a", "spec": {"model": "m", "system": "\\ud800"}}', 422),
    "half a character as a name": (b'{"\\ud800": 1}', 422),
    "NUL in a name": (b'{"name": "a\\u0000"}', 422),
    "infinite": (b'{"name": "a", "spec": {"model": "m", "params": {"temperature": 1e999}}}', 422),
    "not a number": (b'{"name": "a", "spec": {"model": "m", "params": {"temperature": NaN}}}', 422),
    "a whole number of 80 bits": (
        b'{"name": "a", "spec": {"model": "m", "params": {"seed": 1208925819614629174706176}}}',
        422,
    ),
    "a list": (b"[]", 422),
    "nothing": (b"", 422),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_cannot_be_meant_is_refused(server, what):
    body, status = BODIES[what]
    refused = server.http("evaluate").post("/agents", content=body, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.headers["Content-Type"]) == (status, "application/problem+json")
    assert refused.json()["status"] == status
    assert server.http("read").get("/agents").json()["items"] == []


def test_a_body_of_another_type_is_refused(server):
    assert server.http("evaluate").post("/agents", data={"name": "a"}).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("PUT", "/v1/me", 405),
        ("GET", "/v1/projects/a%00b", 422),
        ("GET", "/v1/projects/%ff", 404),
        ("GET", "/v1/projects/" + "x" * 5000, 422),
    ],
)
def test_an_address_that_leads_nowhere_is_a_problem(server, method, path, status):
    refused = server.with_key(server.operator, path="").request(method, path)
    assert (refused.status_code, refused.headers["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "cursor=%00", "cursor=A", "cursor=" + "1" * 99])
def test_a_page_that_cannot_be_is_refused(server, query):
    assert server.http("read").get(f"/agents?{query}").status_code == 422
    assert server.http("admin").get(f"/audit?{query}").status_code == 422


def test_a_problem_names_every_place_and_repeats_no_value(server):
    body = {"name": "", "scopes": ["read", "sk-secret-value"], "nonsense": 1}
    refused = server.http("admin").post("/keys", json=body).json()
    assert {error["place"] for error in refused["errors"]} == {"body.name", "body.scopes.1", "body.nonsense"}
    assert "sk-secret-value" not in json.dumps(refused)
