"""The server itself: what it runs on, and the models that a project's runs have asked."""

from importlib.metadata import version

from facts import wait_for_run
from finished_runs import models_of

from elicit.mock_llm import Rule


def told(server, scope="read"):
    """What the server says of itself."""
    return server.http(scope).get(f"{server.url}/v1/server").raise_for_status().json()


def test_a_server_tells_what_it_runs_on(server):
    found = told(server)
    assert found["version"] == version("elicit")
    assert found["database"] == ("SQLite" if server.parts.store.file else "PostgreSQL")
    assert found["workers"] == "in this process"
    assert (found["providers"], found["any_address"]) == ([], False)


def test_models_that_were_asked_are_told_with_their_failures_to_their_project_only(server, evaluation):
    refusing = Rule(fault="filtered")
    model = f"openai/{server.project}"
    with models_of(server, refusing) as (near, llm):
        scorer = {"kind": "critic", "model": model, "api_base": llm.url}
        body = {"name": "by a critic", "task_set": "s", "agents": ["careful", "concise"], "scorer": scorer}
        http = near.http("evaluate")
        http.post("/evaluations", json=body).raise_for_status()
        run_id = http.post("/runs", json={"evaluation": "by a critic"}).json()["id"]
        ended = wait_for_run(near.http("read"), run_id)
        (seen,) = told(near)["providers"]
        assert (seen["model"], seen["cost"]) == (model, None)
        assert seen["calls"] == ended["progress"]["calls"] == len(llm.requests())
        assert seen["failures"] == {"filtered": seen["looked_at"]}
        assert told(near, "submit")["endpoints"] == []
        assert told(near, "evaluate")["endpoints"] == [llm.url]
        assert model in {one["model"] for one in told(near, "operator")["providers"]}
