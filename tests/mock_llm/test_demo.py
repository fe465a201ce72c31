"""The demo's agents and critic behind the API, and the recorded critic."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from elicit.errors import InvalidInput
from elicit.mock_llm import Rule, local_models
from elicit.mock_llm.replay import RecordedCritic
from elicit.scorers.asking import ScoringModel
from elicit.scorers.canaries import canary_verdict
from elicit.scorers.critic import CANARIES, Critic, canary_requests, critic_request, parse_verdict
from elicit.scorers.fence import MOST_CHARS, fence, unfence

DEMO = Path(__file__).parents[2] / "elicit" / "demo_data" / "responses.jsonl"
RECORDED = Path(__file__).parents[3] / "shared" / "data" / "strategic_agents"


def demo_rows():
    return [json.loads(line) for line in DEMO.read_text(encoding="utf-8").splitlines()]


def score(client, critic, first, second):
    return parse_verdict(client.ask(critic_request(critic, first, second)), critic.scale)


def test_each_demo_agent_gives_its_recorded_answers(serving):
    _, client = serving()

    for row in demo_rows()[::7]:
        asked = f"Please answer.\n\n{row['prompt']}\n\nBe brief."
        assert client.said(asked, f"openai/mock-{row['agent']}") == row["response"]


def test_a_demo_agent_asked_for_a_line_with_its_answer_writes_one(serving):
    _, client = serving()
    row = demo_rows()[0]

    said = client.said(
        f"{row['prompt']}\n\nThink first. Then write a line that says ANSWER: and your answer.", "mock-careful"
    )

    assert said.partition("ANSWER:")[2].strip() == row["response"]


def test_a_prompt_in_an_earlier_message_is_found_too(serving):
    _, client = serving()
    row = demo_rows()[0]
    turns = [("user", row["prompt"]), ("assistant", "Notes: light scatters."), ("user", "Now write the answer.")]
    body = {"model": "mock-careful", "messages": [{"role": role, "content": text} for role, text in turns]}

    answer = client.http.post("/chat/completions", json=body).json()

    assert answer["choices"][0]["message"]["content"] == row["response"]


@pytest.mark.parametrize("scale", ["strict", "graded", "soft"])
def test_the_demo_critic_passes_the_canaries_on_every_scale(serving, scale):
    _, client = serving()
    critic = Critic(ScoringModel("mock-critic"), scale)

    scores = [parse_verdict(client.ask(request), scale) for request in canary_requests(critic)]

    assert canary_verdict(scores, CANARIES).faults == ()


def test_the_demo_critic_tells_one_task_from_two(serving):
    _, client = serving()
    critic = Critic(ScoringModel("mock-critic"), "graded")
    careful, verbose = ([row for row in demo_rows() if row["agent"] == name][:12] for name in ("careful", "verbose"))

    same = [score(client, critic, a["response"], b["response"]) for a, b in zip(careful, verbose, strict=True)]
    other = [
        score(client, critic, a["response"], b["response"])
        for a, b in zip(careful, verbose[5:] + verbose[:5], strict=True)
    ]

    assert np.mean(same) > np.mean(other) + 0.4


@pytest.fixture
def recording(tmp_path):
    """A tiny recorded set: two tasks, three agents; the last two wrote the same text to the second task."""
    texts = {("t0", "a"): "zero a", ("t0", "b"): "zero b", ("t0", "c"): "zero c [[YES]]"}
    texts |= {("t1", "a"): "one a", ("t1", "b"): "one, the same", ("t1", "c"): "one, the same"}
    rows = [{"task_id": task, "agent": agent, "output": text} for (task, agent), text in texts.items()]
    with gzip.open(tmp_path / "responses.jsonl.gz", "wt") as out:
        out.write("\n".join(map(json.dumps, rows)))
    joint = np.array([[[-1, 4, 1], [1, -1, 0], [4, 4, -1]], [[-1, 0, 4], [4, -1, 1], [1, 0, -1]]], np.int8)
    contrast = np.array([[[-1, 0, 1], [4, -1, -1], [0, 1, -1]], [[-1, 1, 0], [0, -1, 4], [0, 0, -1]]], np.int8)
    names = {"task_ids": np.array(["t0", "t1"]), "agents": np.array(["a", "b", "c"])}
    np.savez(tmp_path / "pairs.npz", critic_p_x4=joint, critic_q_x4=contrast, **names)
    return tmp_path


def test_a_recorded_critic_repeats_its_joint_verdicts_and_the_contrast_verdict_of_the_first_texts_task(
    serving, recording
):
    _, client = serving(models=local_models(replay=recording))
    critic = Critic(ScoringModel("mock-critic"), "graded")

    assert score(client, critic, "zero a", "zero b") == 1.0
    assert score(client, critic, "zero a", "zero c [[YES]]") == 0.25
    assert score(client, critic, "zero b", "zero a") == 0.25
    assert score(client, critic, "zero b", "one a") == 1.0  # (t0, b, a)
    assert score(client, critic, "one a", "zero b") == 0.25  # (t1, a, b)
    assert score(client, critic, "zero b", "one, the same") == 0.0  # (t0, b, c): left open, so 0


def test_agents_with_one_text_take_turns_in_the_order_recorded(serving, recording):
    _, client = serving(models=local_models(replay=recording))
    critic = Critic(ScoringModel("mock-critic"), "graded")

    asked = [score(client, critic, "one a", "one, the same") for _ in range(3)]

    assert asked == [0.0, 1.0, 0.0]  # (t1, a, b), (t1, a, c), and again


def record(folder, rows, joint, contrast):
    """A recorded set of rows (task, agent, text), its tasks and agents by name."""
    tasks, agents = (sorted(set(names)) for names in list(zip(*rows, strict=True))[:2])
    with gzip.open(folder / "responses.jsonl.gz", "wt") as out:
        out.writelines(json.dumps({"task_id": t, "agent": a, "output": text}) + "\n" for t, a, text in rows)
    arrays = {"critic_p_x4": np.array(joint, np.int8), "critic_q_x4": np.array(contrast, np.int8)}
    np.savez(folder / "pairs.npz", task_ids=np.array(tasks), agents=np.array(agents), **arrays)
    return RecordedCritic(folder)


def test_two_texts_that_could_be_of_one_task_or_of_two_are_taken_to_be_of_one(tmp_path):
    rows = [("t0", "a", "left"), ("t0", "b", "other"), ("t1", "a", "left"), ("t1", "b", "right")]
    critic = record(tmp_path, rows, [[[0, 0], [0, 0]], [[0, 4], [4, 0]]], np.zeros((2, 2, 2)))
    assert [critic.score("left", "right") for _ in range(3)] == [1.0] * 3


def test_an_agent_is_never_taken_for_its_own_peer(tmp_path):
    rows = [("t0", "a", "same"), ("t0", "b", "same"), ("t1", "a", "x"), ("t1", "b", "y")]
    critic = record(tmp_path, rows, [[[0, 4], [1, 0]], [[0, 0], [0, 0]]], np.zeros((2, 2, 2)))
    assert [critic.score("same", "same") for _ in range(4)] == [1.0, 0.25, 1.0, 0.25]


def test_turns_go_by_task_and_agent_however_the_file_is_sorted(tmp_path):
    rows = [("t0", "c", "two"), ("t0", "b", "two"), ("t0", "a", "one")]
    joint = [[[0, 4, 1], [0, 0, 0], [0, 0, 0]]]
    critic = record(tmp_path, rows, joint, np.zeros((1, 3, 3)))
    assert [critic.score("one", "two") for _ in range(2)] == [1.0, 0.25]


def test_a_text_is_known_by_what_a_critic_is_shown_of_it(tmp_path):
    long = "a long text " * (MOST_CHARS // 12) + "  "
    rows = [("t0", "a", f"{long}and more"), ("t0", "b", " in blanks \n")]
    critic = record(tmp_path, rows, [[[0, 4], [4, 0]]], np.zeros((1, 2, 2)))
    assert critic.score(unfence(fence(f"{long}and more", "TEXT 1", "0a"))[0], "in blanks") == 1.0


def test_a_recorded_critic_passes_the_canaries(serving, recording):
    _, client = serving(models=local_models(replay=recording))
    critic = Critic(ScoringModel("mock-critic"), "graded")

    scores = [parse_verdict(client.ask(request), "graded") for request in canary_requests(critic)]

    assert canary_verdict(scores, CANARIES).reliable


# No two of these agents ever wrote the same text, though some wrote the same as agents that are not among them.
TEN_AGENTS = (
    "Academic",
    "All Negative",
    "All Positive",
    "Contradictory",
    "Creative",
    "Exaggerate",
    "Futuristic",
    "Humorous",
    "Misleading",
    "Sarcastic",
)


@pytest.mark.skipif(not RECORDED.exists(), reason="the shared development data is not here")
def test_ten_agents_of_a_real_recording_are_repeated_pair_by_pair(serving):
    folder = RECORDED / "opus_de_en"
    _, client = serving(models=local_models(replay=folder, replayed_agents=TEN_AGENTS))
    critic = Critic(ScoringModel("mock-critic"), "graded")
    with gzip.open(folder / "responses.jsonl.gz", "rt") as lines:
        texts = {(row["task_id"], row["agent"]): row["output"] for row in map(json.loads, lines)}
    with np.load(folder / "pairs.npz") as pairs:
        tasks, agents = pairs["task_ids"].tolist(), pairs["agents"].tolist()
        joint, contrast = pairs["critic_p_x4"], pairs["critic_q_x4"]
    rng = np.random.default_rng(0)

    for _ in range(150):
        task, other = rng.choice(len(tasks), 2, replace=False)
        i, j = rng.choice([agents.index(name) for name in TEN_AGENTS], 2, replace=False)
        mine = texts[tasks[task], agents[i]]
        assert score(client, critic, mine, texts[tasks[task], agents[j]]) == max(joint[task, i, j], 0) / 4
        assert score(client, critic, mine, texts[tasks[other], agents[j]]) == max(contrast[task, i, j], 0) / 4


def test_a_recorded_critic_can_be_told_which_agents_it_is_to_know(serving, recording):
    _, client = serving(models=local_models(replay=recording, replayed_agents=["a", "c"]))
    critic = Critic(ScoringModel("mock-critic"), "graded")

    asked = [score(client, critic, "one a", "one, the same") for _ in range(3)]

    assert asked == [1.0, 1.0, 1.0]  # (t1, a, c), never b, who wrote the same


def test_texts_of_several_agents_are_told_of_and_not_where_the_others_are_left_out(recording):
    assert ["1 recorded texts are by more than one agent" in note for note in local_models(replay=recording).notes] == [
        True
    ]
    assert local_models(replay=recording, replayed_agents=["a", "c"]).notes == local_models().notes == ()


def test_an_agent_that_was_not_recorded_is_refused(recording):
    with pytest.raises(InvalidInput, match="must be one of a, b, c; got 'z'"):
        local_models(replay=recording, replayed_agents=["z"])


def test_a_folder_without_a_recording_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"must hold pairs\.npz and responses\.jsonl\.gz"):
        local_models(replay=tmp_path)


def test_a_script_goes_before_the_demo(serving):
    _, client = serving(Rule(contains="sky", status=500, times=1))

    assert client.chat(demo_rows()[0]["prompt"], "mock-careful").status_code == 500
    assert client.said(demo_rows()[0]["prompt"], "mock-careful") == demo_rows()[0]["response"]
