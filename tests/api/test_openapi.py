"""The OpenAPI document: checked in, in step with the routes, and true of whatever anybody sends."""

import json
import re
import runpy
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from serving import new_project, served
from starlette.requests import ClientDisconnect
from test_security import ALL, OPERATOR, ROUTES, objects

from elicit.api.problems import BY_STATUS, PROBLEMS
from elicit.errors import ElicitError
from elicit.settings import ServerSettings
from elicit.wiring import first_key, opened

DOCS = Path(__file__).parents[2] / "docs"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@schemathesis.serializer("application/x-ndjson")
def as_it_is(_, value):
    """How a stream is sent that was made up as text."""
    return value.encode("utf-8", "surrogatepass")


DOCUMENT = runpy.run_path(str(DOCS / "make_openapi.py"))["document"]()
SCHEMA = schemathesis.openapi.from_dict(json.loads(DOCUMENT))
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
ROUTE = re.compile(r"^\| `([A-Z]+) (/\S*)` \| ([^|]+) \|", re.MULTILINE)


def test_the_document_that_is_checked_in_is_that_of_the_code():
    assert (DOCS / "openapi.json").read_text() == DOCUMENT, "renew it: python docs/make_openapi.py"


def test_the_page_on_the_api_has_every_route_and_who_may_call_it():
    rows = {
        (method, path): who.strip() for method, path, who in ROUTE.findall((DOCS / "reference-http.md").read_text())
    }
    assert rows == {route: in_words(rule.may) for route, rule in ROUTES.items()}


def test_the_page_on_the_api_has_every_problem():
    row = re.compile(r"^\| `urn:elicit:problem:([a-z-]+)` \| (\d+) \|", re.MULTILINE)
    documented = {(slug, int(status)) for slug, status in row.findall((DOCS / "reference-http.md").read_text())}
    kinds = {*PROBLEMS.values(), *BY_STATUS.values()}
    never_said = {PROBLEMS[ElicitError], PROBLEMS[ClientDisconnect]}  # nobody raises the one or hears the other
    assert documented == {(kind.slug, kind.status) for kind in kinds - never_said}


def in_words(may):
    """Who may, as the page says it. What anybody of a project may, its admin and operators may too."""
    if may is None or may in (ALL, OPERATOR):
        return {None: "everybody", ALL: "any key", OPERATOR: "operator"}[may]
    return " or ".join(sorted(may - {"admin", "operator"})) or "admin"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A server of the attacks' own, with its address and its operator's key."""
    database = f"sqlite:///{tmp_path_factory.mktemp('hostile') / 'elicit.db'}"
    with opened(ServerSettings(database, secret_key="s" * 40)) as parts, served(parts) as url:
        yield parts, url, first_key(parts)


@pytest.fixture
def hostile(attacked):
    """A project that has an object of each kind."""
    server = new_project(*attacked)
    with server.clients:
        yield server, {"project": server.project, **objects(server)}


def attack(hostile, operation, count):
    """Send so many made-up requests with the key of the project's admin, half of them about objects that are there."""
    server, there = hostile

    @settings(max_examples=count, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(), there_at_all=booleans())
    def send(case, there_at_all):
        if there_at_all:
            case.path_parameters = {name: there[name] for name in case.path_parameters or {}}
        headers = {"Authorization": f"Bearer {server.keys['admin']}"}
        answer = case.call(base_url=server.url, headers=headers, timeout=30)
        case.validate_response(answer, checks=CHECKS)

    send()


each_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


@each_operation
def test_no_request_makes_the_server_fail(hostile, operation):
    attack(hostile, operation, 10)


@pytest.mark.drill
@each_operation
def test_no_request_of_many_makes_the_server_fail(hostile, operation):
    attack(hostile, operation, 300)
