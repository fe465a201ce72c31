"""What a leaderboard means in words: no more than its numbers say."""

import pytest

from elicit.words import trust_points, verdict


def points(document):
    return {point.name: point for point in trust_points(document)}


def run(**facts):
    """What a plan's run tells of itself."""
    return {"stopped": "done", **facts}


def separated(document, tied, more_tasks=None):
    """Tie so many agents for the lead, and say how many tasks would separate the first two; the agents' names."""
    agents = [agent["agent"] for agent in document["agents"]]
    document["diagnostics"]["tie_groups"] = [agents[:tied], *([name] for name in agents[tied:])]
    document["diagnostics"]["separation"] = [{"agent": agents[0], "next": agents[1], "more_tasks": more_tasks}]
    return agents


def test_a_leader_beyond_noise_is_named(document):
    agents = separated(document, 1)
    assert verdict(document).headline == f"{agents[0]} leads, beyond noise."
    assert verdict(document).level == "good"


def test_a_tie_names_the_tied_and_what_would_separate_them(document):
    a, b, c, *_ = separated(document, 3, more_tasks=214)
    assert verdict(document).headline == (
        f"3 are tied for the lead: {a}, {b} and {c} cannot be told apart. "
        "About 210 more tasks like these would separate the first two, if their difference stays what it is."
    )


def test_a_number_of_tasks_that_nobody_asks_is_not_promised(document):
    separated(document, 2, more_tasks=10**9)
    most = 100 * document["n_tasks"]
    assert f"Even {most:,} more would not separate the first two, if" in verdict(document).headline


@pytest.mark.parametrize("more_tasks", [None, 0])
def test_without_a_known_number_of_tasks_none_is_promised(document, more_tasks):
    separated(document, 2, more_tasks=more_tasks)
    assert "more tasks" not in verdict(document).headline


def test_a_document_of_an_older_version_has_a_verdict_too(document):
    document["diagnostics"].pop("separation", None)
    assert verdict(document).headline


def test_scores_that_could_be_chance_are_not_to_be_quoted(document):
    document["diagnostics"]["signal"]["p_value"] = 0.3
    found = verdict(document)
    assert found.level == "bad"
    assert found.headline.startswith("Do not quote this ranking: the scores could be chance (p = 0.3 ")


def test_what_was_not_tested_is_unknown_and_no_praise(document):
    document["diagnostics"]["signal"]["p_value"] = None
    assert points(document)["signal"].level == "unknown"
    assert not any("chance" in reason for reason in verdict(document).reasons)


@pytest.mark.parametrize(
    ("name", "fact", "value"),
    [
        ("repeats", "split_half", {"spearman": 0.4, "full_length": 0.57}),
        ("length", "length", {"spearman_with_score": 0.9, "spearman_raw_with_adjusted": 0.5}),
        ("agents", "effective_agents", 3.0),
        ("complete", "run", run(stopped="budget")),
        (
            "order",
            "run",
            run(judge={"reliable": True, "faults": [], "order": {"pairs": 9, "flipped": 3, "rate": 1 / 3}}),
        ),
    ],
)
def test_a_doubt_is_a_caution_and_stands_among_the_reasons(document, name, fact, value):
    document["diagnostics"][fact] = value
    found = points(document)[name]
    assert found.level == "caution"
    assert found.sentence in verdict(document).reasons
    assert verdict(document).level == "caution"


def test_a_ranking_that_hangs_on_the_weights_of_peers_is_a_caution(document):
    assert points(document)["peers"].level == "good"
    for agent in document["agents"]:
        agent["score_other"] = -agent["score"]
    assert points(document)["peers"].level == "caution"
    assert points(document)["peers"].text.endswith("with uniform weights (score_other) the ranking stays at -1.00")


def test_few_tasks_and_agents_without_a_rank_are_cautions(document):
    document["n_tasks"] = 12
    document["agents"][-1].update(rank=None, score=None, low=None, high=None)
    assert points(document)["tasks"].text == "only 12 tasks: intervals from so few are rough"
    assert points(document)["coverage"].text == f"1 of 9 have no rank: {document['agents'][-1]['agent']}"


def test_nobody_ranked_is_said_first(document):
    for agent in document["agents"]:
        agent.update(rank=None, score=None, low=None, high=None)
    document["diagnostics"]["tie_groups"] = []
    assert verdict(document).headline == "Do not quote this ranking: no agent could be ranked."


@pytest.mark.parametrize(("kind", "model"), [("critic", "critic"), ("judge", "judge"), ("ratings", "rater")])
def test_a_scoring_model_that_fails_its_checks_is_not_to_be_relied_on(document, kind, model):
    document["diagnostics"]["run"] = run(**{kind: {"reliable": False, "faults": ["injected pair, to score 0: 1"]}})
    assert verdict(document).headline == (
        f"Do not quote this ranking: the {model} fails pairs with a known answer: injected pair, to score 0: 1."
    )


def test_an_agent_that_talks_the_critic_into_a_yes_is_named(document):
    document["diagnostics"]["run"] = run()
    for agent, mean in zip(document["agents"], [0.1, 0.05, 0.9] + [0.1] * 6, strict=True):
        agent["cross_task_mean"] = mean
    found = points(document)["persuasion"]
    assert (found.level, found.text.split(": ")[1]) == ("caution", document["agents"][2]["agent"])


def test_groups_that_were_never_compared_have_no_common_ranking(document):
    first, *others = (agent["agent"] for agent in document["agents"])
    document["diagnostics"]["design"]["groups"] = [others, [first]]
    found = points(document)["design"]
    assert found.level == "bad"
    assert found.text.endswith(f"and {len(others) - 3} others; {first})")


def test_a_document_of_an_older_version_tells_what_its_plan_knew_of_the_design(document):
    del document["diagnostics"]["design"]
    assert "design" not in points(document)
    document["diagnostics"]["run"] = run(design={"groups": 2})
    assert points(document)["design"].level == "bad"


def test_halves_that_are_opposites_have_words_too(document):
    document["diagnostics"]["split_half"] = {"spearman": -1.0, "full_length": None}
    found = points(document)["repeats"]
    assert (found.level, found.text) == (
        "caution",
        "two random halves of the tasks rank the agents with Spearman -1.00",
    )


def test_names_are_made_printable(renamed):
    document = renamed(["\x1b[31mred\nname", "\x1b[32mgreen"])
    document["diagnostics"]["tie_groups"] = [["\x1b[31mred\nname", "\x1b[32mgreen"]]
    document["diagnostics"]["clusters"] = document["diagnostics"]["tie_groups"]
    words = [verdict(document).headline, *verdict(document).reasons, *(point.text for point in trust_points(document))]
    assert "red name" in words[0]
    assert all(text.isprintable() for text in words)
