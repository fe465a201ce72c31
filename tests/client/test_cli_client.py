"""The commands that talk to a server: exit codes, and what is printed where."""

import json

import pytest

TASKS = [{"task_id": f"t{number}", "prompt": f"What is {number}?"} for number in range(30)]


@pytest.fixture
def server(place, monkeypatch):
    """The server's address and an admin key in the environment."""
    monkeypatch.setenv("ELICIT_URL", place.url)
    monkeypatch.setenv("ELICIT_API_KEY", place.keys["admin"])
    monkeypatch.setenv("COLUMNS", "110")
    with place.client() as client:
        client.create_task_set("questions", TASKS)
    return place


@pytest.fixture
def outputs(tmp_path):
    file = tmp_path / "outputs.jsonl"
    file.write_text("".join(json.dumps({"task_id": f"t{number}", "response": "yes"}) + "\n" for number in range(20)))
    return file


def test_a_file_is_submitted(server, outputs, elicit):
    code, printed, told = elicit("submit", outputs, "--agent", "mine", "--task-set", "questions")
    assert (code, printed) == (0, "")
    assert "20 of 30 tasks answered by mine" in told


def test_bad_input_exits_with_2_and_says_where(server, outputs, elicit):
    code, _, told = elicit("submit", outputs, "--agent", "mine", "--task-set", "nothing")
    assert (code, "nothing" in told) == (2, True)
    outputs.write_text('{"task_id": "t1"}\n')
    code, _, told = elicit("submit", outputs, "--agent", "mine", "--task-set", "questions")
    assert (code, "response" in told) == (2, True)


def test_without_a_server_the_commands_say_how_to_name_one(outputs, elicit, monkeypatch):
    monkeypatch.delenv("ELICIT_URL", raising=False)
    code, _, told = elicit("submit", outputs, "--agent", "mine", "--task-set", "questions")
    assert (code, "ELICIT_URL" in told) == (2, True)


def test_an_operator_makes_a_project_and_a_key_for_it(server, elicit, monkeypatch):
    monkeypatch.setenv("ELICIT_API_KEY", server.operator)
    code, _, told = elicit("project", "new", f"{server.project} two")
    assert code == 0
    project = told.split()[1].strip(".")
    code, secret, told = elicit("key", "new", "ci", "--scope", "submit", "--scope", "read", "--project", project)
    assert (code, secret.startswith("el_"), secret.strip() in told) == (0, True, False)
    monkeypatch.setenv("ELICIT_API_KEY", secret)
    with server.client(key=secret.strip()) as client:
        me = client.me()
        assert (me.project.id, sorted(me.key.scopes)) == (project, ["read", "submit"])


def test_keys_are_listed_without_secrets_and_end_when_revoked(server, elicit):
    _, secret, told = elicit("key", "new", "ci", "--scope", "read", "--days", "30")
    key_id = told.split()[1].strip(":")
    code, table, _ = elicit("key", "list")
    assert (code, key_id in table, secret.strip() in table) == (0, True, False)
    assert elicit("key", "revoke", key_id)[0] == 0
    listed = json.loads(elicit("key", "list", "--format", "json")[1])
    assert {key["id"]: key["revoked_at"] is not None for key in listed}[key_id]
    assert elicit("key", "revoke", "nobodys")[0] == 2


def test_a_key_cannot_be_given_on_the_command_line(elicit):
    for words in (["submit", "--help"], ["gate", "--help"], ["key", "new", "--help"]):
        assert "--key" not in elicit(*words)[1]
