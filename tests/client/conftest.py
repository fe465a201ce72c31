"""What tests of the client share: the API in a process of its own, with a project of the test's own."""

import pytest
from api_process import api
from places import new_place


@pytest.fixture(scope="session")
def server_process(tmp_path_factory):
    """The API in a process of its own, that lives as long as the tests."""
    with api(f"sqlite:///{tmp_path_factory.mktemp('client') / 'elicit.db'}") as process:
        yield process


@pytest.fixture
def place(server_process):
    """A project of the test's own on the running server."""
    return new_place(server_process.url, server_process.port, server_process.key)
