"""Images of tasks on their way to models: what is sent, what is counted, and models that take none."""

import base64
import json

import pytest

import elicit
from elicit.errors import InvalidInput
from elicit.io.plans import read_plan
from elicit.mock_llm import Rule, serve
from elicit.services.agents import STRATEGIES
from elicit.services.estimate import estimate

PNG = b"\x89PNG\r\n\x1a\n"
DOG = "https://example.org/dog.jpg"
SENT = [
    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"}},
    {"type": "image_url", "image_url": {"url": DOG}},
]

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def plan_file(tmp_path):
    """A function that writes a plan with an agent for each strategy, and two images with the first of its tasks."""

    def write(url, **agent):
        (tmp_path / "cat.png").write_bytes(PNG)
        tasks = [
            {"task_id": "pets", "prompt": "Which animals are these?", "images": ["cat.png", DOG]},
            {"task_id": "plain", "prompt": "Which animals purr?"},
        ]
        agents = [
            {"name": name, "model": f"openai/{name}", "api_base": url, "strategy": name} | agent for name in STRATEGIES
        ]
        plan = {"tasks": tasks, "agents": agents, "scorer": {"kind": "lexical"}}
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        return tmp_path / "plan.json"

    return write


def test_models_are_sent_the_images_of_a_task_with_its_text_and_once(plan_file):
    with serve([Rule(answer="{text} ANSWER: {model} sees two pets and a sofa")]) as server:
        elicit.evaluate(plan_file(server.url))
        asked = [(body["model"], body["messages"][-1]["content"]) for body in server.bodies()]
    assert len(asked) == 2 * 4
    for strategy in STRATEGIES:
        of_pets = [content for model, content in asked if model == strategy and isinstance(content, list)]
        ((text, *images),) = of_pets  # read-then-write sees them while it reads
        assert images == SENT
        assert text["type"] == "text"
        assert "Which animals are these?" in text["text"]


def test_a_dry_run_counts_the_images(elicit, plan_file):
    path = plan_file("http://127.0.0.1:9/v1")
    plan = read_plan(path)
    assert set(plan.images) == {"pets"}
    for share in estimate(plan, {}).shares[:3]:
        assert 2 * 1000 < share.tokens_in < 2 * 1000 + 500
    code, _, err = elicit("run", path, "--dry-run")
    assert code == 0, err


def test_a_model_that_is_known_to_take_no_images_is_refused_before_anything_is_asked(elicit, plan_file, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    path = plan_file(None, model="openai/o3-mini")
    for words in ([], ["--dry-run"]):
        code, _, err = elicit("run", path, *words)
        assert code == 2
        assert "agent 'direct': model openai/o3-mini takes no images, and task 'pets' has some" in err


def test_the_same_model_is_asked_where_no_task_has_images(plan_file, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    path = plan_file("http://127.0.0.1:9/v1", model="openai/o3-mini", api_base=None)
    plan = json.loads(path.read_text())
    del plan["tasks"][0]["images"]
    path.write_text(json.dumps(plan))
    with pytest.raises(InvalidInput, match="OPENAI_API_KEY"):
        elicit.evaluate(path)


@pytest.mark.parametrize("model", ["openai/o3-mini", "openai/nobody-knows-me"])
def test_a_server_of_ones_own_and_a_model_nobody_knows_may_take_images(plan_file, model):
    with serve([Rule(answer="{text} ANSWER: two pets and a sofa")]) as server:
        elicit.evaluate(plan_file(server.url, model=model))
        assert len(server.requests()) > 0
