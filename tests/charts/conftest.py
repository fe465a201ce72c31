"""Documents to draw: that of the demo, and what can be changed about it."""

from copy import deepcopy
from pathlib import Path

import pytest

import elicit

DEMO = Path(elicit.__file__).parent / "demo_data" / "responses.jsonl"


@pytest.fixture(scope="session")
def demo_document():
    return elicit.rank(DEMO, store=False).document


@pytest.fixture
def document(demo_document):
    """The demo's document, to be changed at will."""
    return deepcopy(demo_document)


@pytest.fixture
def renamed(document):
    """The same with other names, in rank order."""

    def rename(names):
        new = dict(zip([agent["agent"] for agent in document["agents"]], names, strict=False))
        for agent in document["agents"]:
            agent["agent"] = new.get(agent["agent"], agent["agent"])
        for groups in ("tie_groups", "clusters"):
            found = document["diagnostics"][groups]
            document["diagnostics"][groups] = [[new.get(name, name) for name in names] for names in found]
        return document

    return rename
