"""Processes beside the server: one that fails comes back, and one that is done does not."""

import sys

from playing import wait_until

from elicit.up import beside


def program(folder, ends):
    """A command that leaves a file in a new folder each time it is started, and then ends so."""
    folder.mkdir()
    return sys.executable, "-c", f"import sys, tempfile, time; tempfile.mkstemp(dir={str(folder)!r}); {ends}"


def test_one_that_fails_is_started_anew_and_one_that_is_done_is_not(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(beside, "AGAIN_S", 0.05)
    ends = {"fails": "sys.exit(1)", "done": "sys.exit(0)", "lives": "time.sleep(60)"}
    with beside.kept_alive([program(tmp_path / name, end) for name, end in ends.items()]):
        wait_until(lambda: len(list(tmp_path.glob("fails/*"))) > 2)
        wait_until(lambda: list(tmp_path.glob("done/*")) and list(tmp_path.glob("lives/*")))
    assert len([*tmp_path.glob("done/*"), *tmp_path.glob("lives/*")]) == 2
    assert "failed with 1 and is started anew" in caplog.text
