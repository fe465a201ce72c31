"""The client against the real server: calls, errors, keys that are never shown."""

import asyncio
import inspect
import pickle
import subprocess
import sys
import traceback

import pytest

import elicit
from elicit import ApiError, AsyncClient, Client, InvalidInput
from elicit.client import core
from elicit.errors import Unreachable


def test_a_key_knows_its_project_and_scopes(place):
    with place.client("read") as client:
        me = client.me()
    assert (me.project.name, me.key.scopes) == (place.project, ["read"])


def test_an_operator_names_the_project_to_work_in(place):
    with Client(place.url, place.operator) as client, pytest.raises(InvalidInput, match="tied to no project"):
        client.api_keys()
    with Client(place.url, place.operator, place.project) as client:
        assert {key.name for key in client.api_keys()} == {"read", "submit", "evaluate", "admin"}


def test_the_awaited_client_does_what_the_blocking_one_does(place):
    async def made():
        async with AsyncClient(place.url, place.keys["admin"]) as client:
            key = await client.create_key("ci", ["submit"])
            await client.revoke_key(key)
            return await client.api_keys()

    keys = asyncio.run(made())
    with place.client() as client:
        assert keys == client.api_keys()
    assert [key.name for key in keys if key.revoked_at] == ["ci"]


def test_the_blocking_client_works_inside_a_running_event_loop(place):
    async def inside():
        with place.client() as client:
            return client.me()

    assert asyncio.run(inside()).project.name == place.project


def test_both_clients_have_the_same_operations_with_their_signatures():
    assert str(inspect.signature(Client.create_project)) == str(inspect.signature(AsyncClient.create_project))
    assert Client.create_project.__doc__ == Client("http://localhost", "k").create_project.__doc__
    assert inspect.iscoroutinefunction(AsyncClient("http://localhost", "k").me)
    assert not inspect.iscoroutinefunction(Client("http://localhost", "k").me)


def test_a_list_longer_than_a_page_comes_whole(place, monkeypatch):
    monkeypatch.setattr(core, "PAGE", 10)
    with Client(place.url, place.operator, place.project) as client:
        made = {client.create_key(f"k{number}", ["read"]).id for number in range(25)}
        keys = client.api_keys()
        assert len({key.id for key in keys}) == len(keys) == 25 + len(place.keys)
        assert made <= {key.id for key in keys}
        assert client.api_keys(limit=15) == keys[:15]


def test_an_error_says_what_is_wrong_and_where(place):
    with place.client("read") as client:
        with pytest.raises(ApiError, match="scope admin") as refused:
            client.create_key("mine", ["admin"])
        assert (refused.value.status, refused.value.exit_code) == (403, 1)
    with place.client(project="nobody's") as client, pytest.raises(ApiError, match="no project") as unknown:
        client.api_keys()
    assert (unknown.value.status, unknown.value.exit_code) == (404, 2)
    with place.client() as client, pytest.raises(InvalidInput, match=r"scopes\.0: .*'write'"):
        client.create_key("mine", ["write"])


def test_an_error_can_be_pickled():
    error = pickle.loads(pickle.dumps(ApiError("Not found", 404, "no run 'x'", [{"place": "run"}])))
    assert (str(error), error.places) == ("Not found (404): no run 'x'", ({"place": "run"},))


def test_where_there_is_no_server_the_error_names_the_address():
    with (
        Client("http://127.0.0.1:9", "el_secret", patience_s=0) as client,
        pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"),
    ):
        client.me()


@pytest.mark.parametrize("key", ["el_a_b\nX: y", "el_ä", "two words", ""])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(key, monkeypatch):
    monkeypatch.delenv("ELICIT_API_KEY", raising=False)
    with pytest.raises(InvalidInput) as refused:
        Client("http://localhost", key)
    assert not key or key not in str(refused.value)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://", "http://me:secret@host", ""])
def test_an_address_that_cannot_be_one_is_refused_without_being_shown(url, monkeypatch):
    monkeypatch.delenv("ELICIT_URL", raising=False)
    with pytest.raises(InvalidInput) as refused:
        Client(url, "el_k")
    assert "secret" not in str(refused.value)


def test_server_and_key_come_from_the_environment(place, monkeypatch):
    monkeypatch.setenv("ELICIT_URL", f"{place.url}/")
    monkeypatch.setenv("ELICIT_API_KEY", place.keys["read"])
    with Client() as client:
        assert client.me().project.name == place.project


def test_a_key_is_in_no_repr_and_no_traceback(place, caplog):
    caplog.set_level("DEBUG")
    secret = place.keys["read"]
    with place.client("read") as client:
        with pytest.raises(ApiError) as refused:
            client.api_keys()
        shown = [repr(client), repr(client.me()), *traceback.format_exception(refused.value), caplog.text]
    with Client("http://127.0.0.1:9", secret, patience_s=0) as client, pytest.raises(Unreachable) as refused:
        client.me()
    shown += traceback.format_exception(refused.value)
    assert secret not in "".join(shown)


def test_a_new_key_shows_its_secret_only_when_asked(place):
    with place.client() as client:
        key = client.create_key("ci", ["submit"])
    assert key.secret.startswith("el_")
    assert key.secret not in repr(key)


def test_elicit_is_imported_without_its_client():
    code = "import elicit, sys; sys.exit(bool({'httpx', 'pydantic', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    assert {"Client", "AsyncClient", "ApiError"} <= set(elicit.__all__)
