"""What operators see: health, metrics, logs and traces, with secrets in none of them."""

import io
import json
import logging
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import psycopg
import pytest
import structlog
from api_process import api
from postgres import new_database
from prometheus_client.parser import text_string_to_metric_families
from serving import served

from elicit import logs
from elicit.settings import ServerSettings
from elicit.wiring import Parts, opened


@pytest.fixture
def logged():
    """Logs set up as in a server; gives what was written so far, as objects."""
    written, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.set_up(written, secrets=["the secret key of the server"])
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_logs_are_lines_of_json_with_their_context_those_of_the_http_server_too(logged):
    with structlog.contextvars.bound_contextvars(run="r1"):
        structlog.get_logger("elicit").info("asked", calls=3)
        logging.getLogger("uvicorn.error").warning("from %s", "a library")
    first, second = logged()
    assert (first["event"], first["calls"], first["run"], first["level"]) == ("asked", 3, "r1", "info")
    assert (second["event"], second["run"], second["logger"]) == ("from a library", "r1", "uvicorn.error")
    assert first["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("the secret key of the server", "the secret key of the server"),
        ("B" * 43, "el_6fm9ahpa13_" + "B" * 43),
        ("pa55", "postgresql://elicit:pa55@host/db"),
        ("sk-abcdef123456", "401: sk-abcdef123456 is wrong"),
        ("abcdefgh123", "Authorization: Bearer abcdefgh123"),
    ],
)
def test_secrets_are_blotted_out_wherever_they_stand(logged, secret, text):
    log = structlog.get_logger("elicit")
    log.info(text, field=text, deep={"a": [text, ValueError(text)], text: 1})
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("failed")
    assert len(logged()) == 2
    assert secret not in json.dumps(logged())
    assert "Traceback" in logged()[1]["exception"]


def test_every_request_is_a_line_that_its_answer_names(server, logged):
    made = server.http("admin").post("/keys", json={"name": "k", "scopes": ["read"]})
    server.http(None).get("/keys")
    ours = [line for line in logged() if line["logger"] == "elicit.api"]
    assert [line["status"] for line in ours] == [201, 401]
    assert ours[0]["request_id"] == made.headers["X-Request-Id"]
    assert ours[0]["key_id"] == server.keys["admin"].split("_")[1]
    assert (ours[0]["route"], ours[0]["project"]) == ("/projects/{project}/keys", server.project)
    assert made.json()["secret"] not in json.dumps(logged())


def test_an_error_names_the_line_in_the_log(server, logged):
    refused = server.http("admin").post("/keys", json={"name": "k"})
    assert refused.json()["instance"] == f"urn:elicit:request:{logged()[-1]['request_id']}"


def metric(text, name, **labels):
    families = text_string_to_metric_families(text)
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def test_metrics_tell_how_fast_answers_are_and_what_waits(server):
    def read():
        return httpx.get(f"{server.url}/metrics").text

    labels = {"method": "GET", "route": "/projects/{project}/keys", "status": "200"}
    before = metric(read(), "elicit_http_request_seconds_count", **labels)
    server.http("admin").get("/keys")
    httpx.get(f"{server.url}/no/such/{server.project}")
    text = read()
    assert metric(text, "elicit_http_request_seconds_count", **labels) == before + 1
    assert server.project not in text
    for name in ("elicit_runs", "elicit_work_items", "elicit_oldest_runnable_item_seconds", "elicit_llm_calls_total"):
        assert f"\n{name}" in text
    assert 'elicit_runs{state="waiting"} 0.0' in text


def test_a_server_without_its_database_lives_but_is_not_ready(postgres_server):
    database = new_database(postgres_server)
    with opened(ServerSettings(database)) as parts, served(parts) as url:
        assert httpx.get(f"{url}/readyz").json() == {"status": "ok"}
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {database.partition('?')[0].rpartition('/')[2]} WITH (FORCE)")
        assert httpx.get(f"{url}/healthz").status_code == 200
        for path in ("/readyz", "/metrics", "/v1/me"):
            refused = httpx.get(url + path, headers={"Authorization": "Bearer el_abc_def"})
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
            assert refused.json()["detail"] == "the database cannot be used now, try again"


def test_a_defect_is_seen_by_operators_and_not_by_callers(tmp_path, logged):
    with opened(ServerSettings(f"sqlite:///{tmp_path}/elicit.db")) as parts:
        broken = Parts(parts.settings, parts.store, now=lambda: 1 // 0)
        with served(broken) as url:
            refused = httpx.get(f"{url}/v1/me", headers={"Authorization": "Bearer el_abc_def"})
    assert (refused.status_code, refused.headers["Content-Type"]) == (500, "application/problem+json")
    assert "ZeroDivision" not in refused.text
    failed = [line for line in logged() if line.get("status") == 500]
    assert [f"urn:elicit:request:{line['request_id']}" for line in failed] == [refused.json()["instance"]]
    assert "ZeroDivisionError" in json.dumps(logged())


@contextmanager
def collector():
    """A server that takes traces; gives its address and the bodies it was sent."""
    bodies = []

    class Take(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Take) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", bodies
        listening.shutdown()
        thread.join()


def test_traces_go_where_the_environment_says(tmp_path):
    with collector() as (address, bodies):
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_COMPRESSION": "none"}
        with api(f"sqlite:///{tmp_path}/elicit.db", **environ) as process:
            assert httpx.get(f"{process.url}/v1/me", headers={"Authorization": f"Bearer {process.key}"}).is_success
            process.end()
    traces = b"".join(body for path, body in bodies if path == "/v1/traces")
    assert b"/v1/me" in traces
    assert process.key.encode() not in traces
