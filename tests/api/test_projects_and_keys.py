"""Projects and keys: who gets in, and with what."""

import hashlib
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from serving import Server, served

from elicit.settings import ServerSettings
from elicit.wiring import Parts, first_key, opened


def test_the_first_start_makes_an_operators_key_once(tmp_path):
    with opened(ServerSettings(f"sqlite:///{tmp_path}/elicit.db")) as parts:
        assert first_key(parts).startswith("el_")
        assert first_key(parts) is None


def test_an_operator_makes_a_project_and_a_key_for_it(server):
    operator = server.with_key(server.operator)
    made = operator.post("/projects", json={"name": f"{server.project} two"})
    assert made.status_code == 201
    assert made.headers["Location"] == f"/v1/projects/{made.json()['id']}"
    key = operator.post(f"/projects/{made.json()['id']}/keys", json={"name": "ci", "scopes": ["submit", "read"]}).json()
    me = httpx.get(f"{server.url}/v1/me", headers={"Authorization": f"Bearer {key['secret']}"}).json()
    assert me["project"] == made.json()
    assert me["key"]["scopes"] == ["read", "submit"]
    assert "secret" not in me["key"]


def test_a_project_is_found_by_id_and_by_name(server):
    read = server.with_key(server.keys["read"])
    by_name = read.get(f"/projects/{server.project}").json()
    assert by_name["name"] == server.project
    assert read.get(f"/projects/{by_name['id']}").json() == by_name


def test_the_name_of_a_project_is_taken_once(server):
    refused = server.http("operator").post(f"{server.url}/v1/projects", json={"name": server.project})
    assert refused.status_code == 409
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert server.project in refused.json()["detail"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Bearer el_abc_def", "Basic dTpw", "Bearer el__"])
def test_without_a_good_key_nobody_gets_in(server, header):
    refused = httpx.get(f"{server.url}/v1/me", headers={"Authorization": header} if header is not None else {})
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert refused.json()["type"] == "urn:elicit:problem:not-signed-in"


def test_the_secret_of_a_key_must_be_right(server):
    wrong = server.keys["read"][:-1] + ("A" if server.keys["read"][-1] != "A" else "B")
    assert httpx.get(f"{server.url}/v1/me", headers={"Authorization": f"Bearer {wrong}"}).status_code == 401


def test_a_revoked_key_is_good_no_more(server):
    admin = server.http("admin")
    key = admin.post("/keys", json={"name": "lost", "scopes": ["read"]}).json()
    headers = {"Authorization": f"Bearer {key['secret']}"}
    assert httpx.get(f"{server.url}/v1/me", headers=headers).status_code == 200
    assert admin.delete(f"/keys/{key['id']}").json()["revoked_at"] is not None
    assert httpx.get(f"{server.url}/v1/me", headers=headers).status_code == 401


def test_a_key_is_good_until_it_expires(server, tmp_path):
    now = datetime(2026, 11, 24, tzinfo=UTC)
    clock = [now]
    with opened(ServerSettings(f"sqlite:///{tmp_path}/elicit.db")) as parts:
        parts = Parts(parts.settings, parts.store, now=lambda: clock[0])
        with served(parts) as url:
            headers = {"Authorization": f"Bearer {first_key(parts)}"}
            httpx.post(f"{url}/v1/projects", json={"name": "p"}, headers=headers)
            soon = (now + timedelta(hours=1)).isoformat()
            body = {"name": "k", "scopes": ["read"], "expires_at": soon}
            key = httpx.post(f"{url}/v1/projects/p/keys", json=body, headers=headers).json()
            late = httpx.post(f"{url}/v1/projects/p/keys", json=body | {"expires_at": str(now)}, headers=headers)
            assert late.status_code == 422
            headers = {"Authorization": f"Bearer {key['secret']}"}
            clock[0] += timedelta(minutes=59)
            assert httpx.get(f"{url}/v1/me", headers=headers).status_code == 200
            clock[0] += timedelta(minutes=1)
            assert httpx.get(f"{url}/v1/me", headers=headers).status_code == 401


def test_the_last_use_of_a_key_is_shown(server):
    server.http("read").get("/keys")
    (shown,) = [key for key in server.http("admin").get("/keys").json()["items"] if key["name"] == "read"]
    assert shown["last_used_at"] >= shown["created_at"]


def test_a_secret_is_stored_as_its_hash_only(server):
    secret = server.keys["read"].split("_", 2)[2]
    with server.parts.store.reading() as session:
        (key,) = [row for row in session.execute(stored_keys()).all() if row.secret_hash == hash_of(secret)]
    assert secret not in repr(key)


def stored_keys():
    from sqlalchemy import text

    return text("SELECT * FROM api_keys")


def hash_of(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


def test_every_change_is_in_the_audit_log(server: Server):
    admin = server.http("admin")
    key = admin.post("/keys", json={"name": "new", "scopes": ["read"]}).json()
    admin.delete(f"/keys/{key['id']}")
    entries = admin.get("/audit").json()["items"]
    assert [(entry["action"], entry["object"]) for entry in entries] == [
        ("key.revoked", key["id"]),
        ("key.made", key["id"]),
    ]
    assert entries[0]["key_id"] == server.keys["admin"].split("_")[1]


def test_a_list_is_read_page_by_page(server):
    admin = server.http("admin")
    made = [admin.post("/keys", json={"name": f"k{n}", "scopes": ["read"]}).json()["id"] for n in range(4)]
    seen, cursor = [], {}
    while cursor is not None:
        page = admin.get("/keys", params={"limit": 3, **cursor}).json()
        seen += [key["id"] for key in page["items"]]
        cursor = page["next"] and {"cursor": page["next"]}
    assert len(seen) == len(set(seen)) == 8
    assert set(made) < set(seen)
    assert seen == sorted(seen, reverse=True)
