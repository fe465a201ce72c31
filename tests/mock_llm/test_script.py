"""What a script may say, and what is said back where it says it wrong."""

import json

import pytest

from elicit.errors import InvalidInput
from elicit.mock_llm import Rule, read_script

YAML = """
seed: 3
rules:
  - model: "mock-c*"
    contains: sky
    answer: "{model} says blue"
    chances: {blue: 0.75, red: 0.25}
  - {status: 429, retry_after_s: 0.5, times: 2}
"""


def test_a_yaml_and_a_json_file_say_the_same(tmp_path):
    (tmp_path / "s.yaml").write_text(YAML)
    as_json = {
        "seed": 3,
        "rules": [
            {
                "model": "mock-c*",
                "contains": "sky",
                "answer": "{model} says blue",
                "chances": {"blue": 0.75, "red": 0.25},
            },
            {"status": 429, "retry_after_s": 0.5, "times": 2},
        ],
    }
    (tmp_path / "s.json").write_text(json.dumps(as_json))

    assert read_script(tmp_path / "s.yaml") == read_script(tmp_path / "s.json")
    assert read_script(tmp_path / "s.yaml").seed == 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rules: [{fault: hangs}]", "rule 1: fault must be one of .*'hang'.*got 'hangs'"),
        ("rules: [{answer: a}, {statsu: 500}]", "rule 2: 'statsu' is no field; the fields are .*status"),
        ("rules: [{share: 30}]", "rule 1: share must be a number between 0 and 1, got 30"),
        ("rules: [{every: 0}]", "rule 1: every must be a whole number from 1, got 0"),
        ("rules: [{matches: '('}]", "rule 1: matches must be a regular expression, got '\\('"),
        ("rules: [{chances: {yes: 2}}]", "rule 1: chances must be .* got {True: 2}|rule 1: chances must be"),
        ("rules: [{delay_s: true}]", "rule 1: delay_s must be seconds, from 0, got True"),
        ("rules: {answer: a}", "rules must be a list"),
        ("seed: x", "seed must be a whole number from 0, got 'x'"),
        ("[1, 2]", "must be a mapping, got \\[1, 2\\]"),
        ("rules: [", "must be YAML"),
    ],
)
def test_a_wrong_script_is_refused_with_file_rule_and_field(tmp_path, text, complaint):
    path = tmp_path / "faults.yaml"
    path.write_text(text)

    with pytest.raises(InvalidInput, match=rf"faults\.yaml.*({complaint})"):
        read_script(path)


def test_wrong_json_is_refused_with_its_line(tmp_path):
    path = tmp_path / "faults.json"
    path.write_text('{"rules": [\n{"answer" 1}]}')

    with pytest.raises(InvalidInput, match=r"faults\.json, line 2"):
        read_script(path)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(InvalidInput, match=r"nowhere\.yaml: a script must be a readable UTF-8 file"):
        read_script(tmp_path / "nowhere.yaml")


def test_a_rule_made_in_python_is_checked_too():
    with pytest.raises(InvalidInput, match="status must be an HTTP status between 200 and 599, got 42"):
        Rule(status=42)
