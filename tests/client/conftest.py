"""What tests of the client share: the API in a process of its own, with a project of the test's own."""

import secrets
from dataclasses import dataclass

import pytest
from api_process import api

from elicit import Client
from elicit.schemas import SCOPES


@dataclass(frozen=True)
class Place:
    """Where a test works: the server's address and port, a project, and a key for each scope."""

    url: str
    port: int
    operator: str
    project: str
    keys: dict[str, str]

    def client(self, scope="admin", **options):
        key = options.pop("key", self.keys.get(scope))
        return Client(options.pop("url", self.url), key, **options)


@pytest.fixture(scope="session")
def server_process(tmp_path_factory):
    """The API in a process of its own, that lives as long as the tests."""
    with api(f"sqlite:///{tmp_path_factory.mktemp('client') / 'elicit.db'}") as process:
        yield process


@pytest.fixture
def place(server_process):
    """A project of the test's own on the running server."""
    return new_place(server_process.url, server_process.port, server_process.key)


def new_place(url, port, operator):
    """A new project with a key for each scope, made through the client."""
    with Client(url, operator) as client:
        project = client.create_project(f"p-{secrets.token_hex(4)}")
    with Client(url, operator, project.name) as client:
        keys = {scope: client.create_key(scope, [scope], requests_per_minute=1_000_000).secret for scope in SCOPES}
    return Place(url, port, operator, project.name, keys)
