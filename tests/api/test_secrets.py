"""A secret is shown once, to whom it belongs: never again, in no row, no log and no answer."""

import httpx
from api_process import Process


def secret_of(key):
    return key.split("_", 2)[2]


def test_secrets_are_in_no_row_no_log_and_no_answer(tmp_path):
    answers = []  # but for those that show a secret to whom it belongs
    log = (tmp_path / "log").open("w+")
    process = Process(f"sqlite:///{tmp_path}/elicit.db", log=log)

    def call(method, path, key, shows_secret=False, **options):
        headers = {"Authorization": f"Bearer {key}", **options.pop("headers", {})}
        answer = httpx.request(method, process.url + path, headers=headers, verify=False, **options)
        if not shows_secret:
            answers.append(answer)
        return answer

    body = {"name": "p"}
    call("POST", "/v1/projects", process.key, json=body)
    new = {"json": {"name": "ci", "scopes": ["admin"]}, "headers": {"Idempotency-Key": "once"}}
    key = call("POST", "/v1/projects/p/keys", process.key, shows_secret=True, **new).json()["secret"]
    assert call("POST", "/v1/projects/p/keys", process.key, **new).status_code == 409
    spec = {"model": "openai/m", "params": {"api_key": "sk-12345678secret"}}
    call("POST", "/v1/projects/p/agents", key, json={"name": "a", "spec": spec})
    call(
        "POST",
        "/v1/projects/p/agents",
        key,
        json={"name": "a", "spec": {"model": "m", "api_base": f"https://{key}@x/"}},
    )
    call("POST", "/v1/projects/p/agents", key, content=b'{"name": ' + key.encode())
    call("GET", f"/v1/projects/{key}", key)
    call("GET", f"/v1/projects/p/keys?cursor={key}", key)
    call("GET", "/v1/me", f"{key}x")
    for path in ("/v1/me", "/v1/projects/p/keys", "/v1/projects/p/audit", "/metrics", "/openapi.json"):
        assert call("GET", path, key).status_code == 200
    process.end()
    log.seek(0)
    secrets = [secret_of(process.key), secret_of(key), "sk-12345678secret", "s" * 40]
    told = "".join(answer.text + str(answer.headers) for answer in answers)
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.name.startswith("elicit.db"))
    written = log.read()
    log.close()
    assert "request" in written
    assert [secret for secret in secrets if secret in told] == []
    assert [secret for secret in secrets if secret.encode() in kept] == []
    assert [secret for secret in secrets if secret in written] == []
