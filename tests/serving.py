"""The API under uvicorn, on a free port of this machine, over a database of either kind.

`server` gives every test a project of its own with a key for each scope; the server behind it is shared.
"""

import secrets
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

import httpx
import pytest
import uvicorn
from postgres import new_database

from elicit.api import create_app
from elicit.errors import Unreachable
from elicit.outbound import Outbound
from elicit.schemas import SCOPES
from elicit.settings import ServerSettings
from elicit.store.service import keys, projects
from elicit.up.listening import address, listening
from elicit.wiring import Parts, first_key, opened


class Unplugged(Outbound):
    """Checks addresses, and calls none of them."""

    def post(self, url, body, headers, *, timeout_s):
        raise Unreachable("nothing leaves the tests")


@dataclass(frozen=True)
class Server:
    """A running API: `operator` is a key for everything, `keys` are the project's by scope."""

    url: str
    parts: Parts
    operator: str
    project: str
    keys: dict[str, str]
    clients: ExitStack = field(default_factory=ExitStack)

    def http(self, scope, **options):
        """A client of the project with the key of this scope, of the "operator", or with none (`None`)."""
        key = {**self.keys, "operator": self.operator, None: None}[scope]
        return self.with_key(key, path=f"/v1/projects/{self.project}", **options)

    def with_key(self, key, *, path="/v1", **options):
        """A client with any key."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return self.clients.enter_context(
            httpx.Client(base_url=self.url + path, headers=headers, timeout=30, verify=False, **options)
        )


@contextmanager
def served(parts, app=None):
    """Serve these parts (or this app over them) from a thread; gives the address."""
    with listening("127.0.0.1", 0) as door:
        uvicorn_server = uvicorn.Server(uvicorn.Config(app or create_app(parts), log_config=None))
        thread = threading.Thread(target=uvicorn_server.run, kwargs={"sockets": [door]})
        thread.start()
        while not uvicorn_server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield address(door)
        uvicorn_server.should_exit = True
        thread.join()


def new_project(parts, url, operator):
    """A project with a key for each scope, made through the store."""
    with parts.store.writing() as session:
        now = parts.now()
        project = projects.make(session, project_id=parts.new_id(), name=f"p-{secrets.token_hex(4)}", now=now)
        made = {
            scope: keys.make(
                session,
                key_id=parts.new_id(),
                project_id=project.id,
                name=scope,
                scopes=[scope],
                now=now,
                requests_per_minute=1_000_000,
            )[1]
            for scope in SCOPES
        }
    return Server(url, parts, operator, project.name, made)


@contextmanager
def server_on(database, outbound=None):
    """Parts, address and operator's key of a server on this database, which calls nobody but by `outbound`."""
    with opened(ServerSettings(database, secret_key="s" * 40)) as parts:
        parts = replace(parts, outbound=outbound or Unplugged())
        with served(parts) as url:
            yield parts, url, first_key(parts)


@pytest.fixture(scope="session")
def started_servers(postgres_server):
    """What servers run already, by the kind of their database, and the stack that they are on."""
    with ExitStack() as stack:
        yield {}, stack


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def running_server(request, tmp_path_factory, postgres_server, started_servers):
    """Parts, address and operator's key of a server that lives as long as the tests, on each kind of database."""
    started, stack = started_servers
    if request.param not in started:
        started[request.param] = stack.enter_context(
            server_on(new_address(request.param, tmp_path_factory, postgres_server))
        )
    return started[request.param]


def new_address(kind, tmp_path_factory, postgres_server):
    """The address of an empty database of this kind."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('server') / 'elicit.db'}"
    return new_database(postgres_server)


@pytest.fixture
def server(running_server):
    """A project of the test's own on a running server."""
    server = new_project(*running_server)
    with server.clients:
        yield server
