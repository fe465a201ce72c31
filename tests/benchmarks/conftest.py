"""The benchmarks as modules, and the data they need."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))  # they are scripts, which find each other by standing in one folder


@pytest.fixture(scope="session")
def shared():
    """The folder of real data sets beside a checkout."""
    folder = BENCHMARKS.parents[1] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the data sets in {folder}")
    return folder
