"""An audit on the command line: a table for eyes, rows for programs, a picture."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("own_database")
FEW = ["--attack", "repeat", "--attack", "five clones", "--mechanism", "mi", "--tasks", "20", "--agents", "3"]


def test_the_tricks_are_played_on_a_stored_run(elicit, tmp_path):
    assert elicit("demo")[0] == 0
    code, out, _ = elicit("audit", "latest", *FEW, "--format", "json", "--picture", tmp_path / "map.svg")
    rows = json.loads(out)
    assert code == 0
    assert {(row["attack"], row["clones"]): row["gained"] for row in rows}[("repeat", "on")] == 0
    assert all(row["agents"] == 3 for row in rows)
    assert "five clones" in (tmp_path / "map.svg").read_text()
    assert "says everything twice" in elicit("audit", "latest", *FEW)[1]


def test_a_picture_of_an_unknown_kind_is_refused_before_anything_is_played(elicit, tmp_path):
    assert elicit("demo")[0] == 0
    code, _, err = elicit("audit", "latest", "--picture", tmp_path / "map.gif")
    assert (code, "must end in .svg or .png, got 'map.gif'" in err) == (2, True)
