"""Where a test of the client works: a project on a running server, and the keys to it."""

import secrets
from dataclasses import dataclass

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


def new_place(url, port, operator):
    """A new project with a key for each scope, made through the client."""
    with Client(url, operator) as client:
        project = client.create_project(f"p-{secrets.token_hex(4)}")
    with Client(url, operator, project.name) as client:
        keys = {scope: client.create_key(scope, [scope], requests_per_minute=1_000_000).secret for scope in SCOPES}
    return Place(url, port, operator, project.name, keys)
