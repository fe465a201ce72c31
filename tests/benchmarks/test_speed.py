"""The speed benchmark at a small size: it runs and prints everything; how fast is not judged here."""

import pytest
import speed


@pytest.mark.drill
def test_the_speed_benchmark_prints_every_measurement_with_its_target(capfd):
    assert speed.main(["--agents", "8", "--tasks", "16", "--words", "40"]) in (0, 1)
    out = capfd.readouterr().out
    for expected in (
        "--help",
        "elicit rank",
        "peak",
        "tokenising",
        "kernel (pairs)",
        "bootstrap",
        "time per task",
        "bare",
    ):
        assert expected in out
    assert out.count("target") >= 5
