"""Every route, with every kind of key: who may, who may not, and who may not even know.

A new route needs a row in `ROUTES`; a new kind of object in a path needs a line in `objects`.
"""

from dataclasses import dataclass

import pytest
from serving import new_project

from elicit.api import create_app
from elicit.settings import ServerSettings
from elicit.wiring import Parts

ALL = frozenset({"read", "submit", "evaluate", "admin", "operator"})
OPERATOR = frozenset({"operator"})
TASKS = [{"task_id": f"t{n}", "prompt": "?"} for n in range(3)]
MODELS = {"name": "r", "task_set": "s", "agents": ["m", "n"], "scorer": {"kind": "lexical"}}
SCHEDULE = {"evaluation": "r", "every_s": 3600}
WEBHOOK = {"url": "https://8.8.8.8/hook", "events": ["run.finished"]}
EVALUATION = {"name": "e", "task_set": "s", "agents": ["a", "b"], "scorer": {"kind": "lexical"}}


def only(*scopes):
    """Who may, if these scopes may: an admin of the project and an operator always."""
    return frozenset({*scopes, "admin", "operator"})


@dataclass(frozen=True)
class Route:
    """Who may call a route, and with which body it is called."""

    may: frozenset[str] | None  # None: everybody, without a key
    json: object = None
    content: bytes | None = None
    query: dict[str, str] | None = None


PROJECT = "/v1/projects/{project}"
RUN, SCHEDULES, WEBHOOKS = f"{PROJECT}/runs/{{run}}", f"{PROJECT}/schedules", f"{PROJECT}/webhooks"
ROUTES = {
    ("GET", "/healthz"): Route(None),
    ("GET", "/readyz"): Route(None),
    ("GET", "/metrics"): Route(None),
    ("GET", "/v1/me"): Route(ALL),
    ("GET", "/v1/server"): Route(ALL),
    ("GET", "/v1/mechanisms"): Route(ALL),
    ("GET", "/v1/projects"): Route(OPERATOR),
    ("POST", "/v1/projects"): Route(OPERATOR, {"name": "another project"}),
    ("GET", PROJECT): Route(ALL),
    ("GET", f"{PROJECT}/keys"): Route(only()),
    ("POST", f"{PROJECT}/keys"): Route(only(), {"name": "k", "scopes": ["read"]}),
    ("DELETE", f"{PROJECT}/keys/{{key}}"): Route(only()),
    ("GET", f"{PROJECT}/audit"): Route(only()),
    ("GET", f"{PROJECT}/task-sets"): Route(only("read", "submit")),
    ("POST", f"{PROJECT}/task-sets"): Route(only("submit", "evaluate"), {"name": "s", "tasks": TASKS}),
    ("GET", f"{PROJECT}/task-sets/{{task_set}}"): Route(only("read", "submit")),
    ("GET", f"{PROJECT}/task-sets/{{task_set}}/tasks"): Route(only("read", "submit")),
    ("POST", f"{PROJECT}/task-sets/{{task_set}}/advice"): Route(only("read"), {"agents": ["a", "b"]}),
    ("GET", f"{PROJECT}/agents"): Route(only("read")),
    ("POST", f"{PROJECT}/agents"): Route(only("evaluate"), {"name": "c"}),
    ("GET", f"{PROJECT}/agents/{{agent}}"): Route(only("read")),
    ("GET", f"{PROJECT}/submissions"): Route(only("read")),
    ("POST", f"{PROJECT}/submissions"): Route(only("submit"), {"agent": "a", "task_set": "s"}),
    ("GET", f"{PROJECT}/submissions/{{submission}}"): Route(only("read", "submit")),
    ("GET", f"{PROJECT}/submissions/{{submission}}/received"): Route(only("read", "submit")),
    ("POST", f"{PROJECT}/submissions/{{submission}}/rows"): Route(only("submit"), content=b""),
    ("POST", f"{PROJECT}/submissions/{{submission}}/complete"): Route(only("submit")),
    ("GET", f"{PROJECT}/evaluations"): Route(only("read")),
    ("POST", f"{PROJECT}/evaluations"): Route(only("evaluate"), EVALUATION),
    ("POST", f"{PROJECT}/evaluations/estimate"): Route(only("evaluate"), EVALUATION),
    ("GET", f"{PROJECT}/evaluations/{{evaluation}}"): Route(only("read")),
    ("GET", f"{PROJECT}/agents/{{agent}}/history"): Route(only("read")),
    ("GET", f"{PROJECT}/runs"): Route(only("read")),
    ("POST", f"{PROJECT}/runs"): Route(only("evaluate"), {"evaluation": "r"}),
    ("GET", RUN): Route(only("read")),
    ("GET", f"{RUN}/events"): Route(only("read")),
    ("POST", f"{RUN}/cancel"): Route(only("evaluate")),
    ("POST", f"{RUN}/resume"): Route(only("evaluate")),
    ("POST", f"{RUN}/retry-failed"): Route(only("evaluate")),
    ("GET", f"{RUN}/parked"): Route(only("read")),
    ("GET", f"{RUN}/calls"): Route(only("read"), query={"task": "t0", "agent": "m", "peer": "n"}),
    ("GET", f"{RUN}/leaderboard"): Route(only("read")),
    ("GET", f"{RUN}/report"): Route(only("read")),
    ("GET", f"{RUN}/pairs"): Route(only("read")),
    ("GET", f"{RUN}/categories"): Route(only("read")),
    ("GET", f"{RUN}/agents/{{agent}}"): Route(only("read")),
    ("GET", f"{RUN}/agreement"): Route(only("read")),
    ("GET", f"{RUN}/tasks"): Route(only("read")),
    ("GET", f"{RUN}/tasks/{{task_id}}"): Route(only("read")),
    ("GET", f"{RUN}/comparison/{{other}}"): Route(only("read")),
    ("GET", f"{RUN}/comparison/{{other}}/tasks"): Route(only("read"), query={"agent": "m"}),
    ("GET", f"{RUN}/difference"): Route(only("read"), query={"agent": "m", "baseline": "n"}),
    ("GET", f"{RUN}/difference/tasks"): Route(only("read"), query={"agent": "m", "baseline": "n"}),
    ("GET", f"{RUN}/explanation"): Route(only("read"), query={"task": "t0", "agent": "m", "peer": "n"}),
    ("GET", SCHEDULES): Route(only("read")),
    ("POST", SCHEDULES): Route(only("evaluate"), {"name": "another", **SCHEDULE}),
    ("GET", f"{SCHEDULES}/{{schedule}}"): Route(only("read")),
    ("PATCH", f"{SCHEDULES}/{{schedule}}"): Route(only("evaluate"), {"paused": True}),
    ("DELETE", f"{SCHEDULES}/{{schedule}}"): Route(only("evaluate")),
    ("GET", f"{SCHEDULES}/{{schedule}}/preview"): Route(only("read")),
    ("GET", f"{SCHEDULES}/{{schedule}}/runs"): Route(only("read")),
    ("POST", f"{SCHEDULES}/{{schedule}}/run-now"): Route(only("evaluate")),
    ("GET", WEBHOOKS): Route(only()),
    ("POST", WEBHOOKS): Route(only(), WEBHOOK),
    ("GET", f"{WEBHOOKS}/{{webhook}}"): Route(only()),
    ("DELETE", f"{WEBHOOKS}/{{webhook}}"): Route(only()),
    ("GET", f"{WEBHOOKS}/{{webhook}}/deliveries"): Route(only()),
    ("POST", f"{WEBHOOKS}/{{webhook}}/test"): Route(only()),
}


def objects(server):
    """An object of each kind in the project, by the name it has in paths. The run has ended: following it ends too."""
    http = server.http("admin")  # an operator's may not ask as often

    def made(path, **body):
        return http.post(path, json=body).raise_for_status().json()

    task_set = made("/task-sets", name="s", tasks=TASKS)
    names = [made("/agents", name=name)["name"] for name in ("a", "b", f"own {server.project}")]
    submission = made("/submissions", agent="a", task_set="s")
    row = b'{"task_id": "t0", "response": "x"}'
    http.post(f"/submissions/{submission['id']}/rows", content=row).raise_for_status()
    for name in ("m", "n"):
        made("/agents", name=name, spec={"model": "openai/m"})
    made("/evaluations", **MODELS)
    run, other = (made("/runs", evaluation="r")["id"] for _ in range(2))
    http.post(f"/runs/{run}/cancel").raise_for_status()
    return {
        "key": made("/keys", name="k", scopes=["read"])["id"],
        "task_set": task_set["id"],
        "agent": names[-1],
        "submission": submission["id"],
        "evaluation": made("/evaluations", **EVALUATION)["id"],
        "run": run,
        "other": other,
        "task_id": "t0",
        "schedule": made("/schedules", name=f"s {run}", **SCHEDULE)["id"],
        "webhook": made("/webhooks", **WEBHOOK)["id"],
    }


@pytest.fixture
def other(running_server):
    """Another project on the same server."""
    server = new_project(*running_server)
    with server.clients:
        yield server


def call(server, key, method, template, path_of):
    route = ROUTES[method, template]
    path = template.format(project=server.project, **path_of)
    http = server.with_key(key, path="")
    return http.request(method, path, json=route.json, content=route.content, params=route.query)


def test_the_table_has_every_route_and_no_other(tmp_path):
    app = create_app(Parts(ServerSettings(f"sqlite:///{tmp_path}/x.db"), store=None))
    paths = app.openapi()["paths"]
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == set(ROUTES)


@pytest.mark.parametrize(("method", "template"), ROUTES, ids=str)
def test_a_route_lets_in_who_may_and_nobody_else(server, other, method, template):
    route, path_of = ROUTES[method, template], objects(server)
    keys = {**server.keys, "operator": server.operator}
    statuses = {
        scope: call(server, key, method, template, objects(server) if method == "DELETE" else path_of).status_code
        for scope, key in keys.items()
    }
    if route.may is None:
        assert set(statuses.values()) == {200}
        assert call(server, None, method, template, path_of).status_code == 200
        return
    # Whoever comes second may find the work done: a conflict, but no barrier.
    assert {scope for scope, status in statuses.items() if status in {200, 201, 202, 204, 409}} == route.may
    assert {statuses[scope] for scope in ALL - route.may} <= {403}
    assert call(server, None, method, template, path_of).status_code == 401
    if "{project}" in template:
        strangers = {call(server, key, method, template, path_of).status_code for key in other.keys.values()}
        assert strangers == {404}


@pytest.mark.parametrize(("method", "template"), [row for row in ROUTES if row[1].count("{") > 1], ids=str)
def test_objects_of_another_project_are_not_there(server, other, method, template):
    theirs = objects(other)
    for key in (server.keys["admin"], server.operator):
        missing = call(server, key, method, template, theirs)
        unknown = call(server, key, method, template, dict.fromkeys(theirs, "0000000000"))
        assert (missing.status_code, unknown.status_code) == (404, 404)
        assert missing.json()["title"] == unknown.json()["title"]


def test_names_in_a_body_are_looked_for_in_the_callers_project_only(server, other):
    theirs = objects(other)
    http = server.http("admin")
    for path, body in {
        "/submissions": {"agent": "a", "task_set": theirs["task_set"]},
        "/evaluations": EVALUATION | {"task_set": theirs["task_set"]},
    }.items():
        assert http.post(path, json=body).status_code == 404
