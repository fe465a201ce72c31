"""The report's page for runs of other sizes than the demo."""

from datetime import UTC, datetime
from types import SimpleNamespace

from pages import Page

from elicit.report import Facts, report
from elicit.types import Source


def page_of(document, **more):
    n = len(document["agents"])
    facts = {
        "run_id": "r1",
        "title": "weekly",
        "made_at": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        "matrix": [[None] * n for _ in range(n)],
        "versions": {"elicit": "1"},
        "sources": [Source("/home/somebody/answers.jsonl", "ab" * 32)],
        "input_hash": "cd" * 32,
        "command": "elicit rank answers.jsonl",
    }
    page = Page(report(Facts(document=document, **{**facts, **more})))
    assert page.active == []
    return page


def crowd(document, n):
    """The document with n agents, copies of the demo's under other names."""
    agents = [{**document["agents"][place % 9], "agent": f"agent-{place}"} for place in range(n)]
    names = [[agent["agent"]] for agent in agents]
    diagnostics = document["diagnostics"] | {"tie_groups": names, "clusters": []}
    return document | {"agents": agents, "n_agents": n, "diagnostics": diagnostics}


def test_a_map_of_pairs_is_drawn_as_long_as_it_can_be_read(document):
    assert "peer it earns from" in page_of(crowd(document, 60)).words
    page = page_of(crowd(document, 61))
    assert "peer it earns from" not in page.words
    assert "With more than 60 agents the map cannot be read on a page; elicit pairs r1 lists all pairs." in page.words


def test_agents_without_a_rank_come_last_with_their_reason_and_dashes(document):
    unknown = dict.fromkeys(("rank", "rank_low", "rank_high", "score", "low", "high", "score_length_adjusted"))
    document["agents"][-1] |= {**unknown, "coverage": 0.0, "reason": "it answered 0 of 40 tasks"}
    assert "constant not ranked: it answered 0 of 40 tasks – – 0 % –" in page_of(document).words


def test_nobody_ranked_is_a_report_that_says_so(document):
    unknown = dict.fromkeys(("rank", "rank_low", "rank_high", "score", "low", "high", "score_length_adjusted"))
    document["agents"] = [agent | unknown for agent in document["agents"]]
    document["diagnostics"]["tie_groups"] = []
    assert "Do not quote this ranking: no agent could be ranked." in page_of(document).words


def test_the_method_tells_what_was_compared_where_the_document_knows(document):
    document["diagnostics"]["design"] |= {"compared": 0.25, "agent_pairs": 0.5}
    told = "compared 25 % of all pairs of answers to one task, 50 % of all pairs of agents; rank correlation"
    assert told in page_of(document).words
    del document["diagnostics"]["design"]
    assert "of all pairs of agents" not in page_of(document).words


def test_categories_have_a_table_with_a_dash_for_what_is_missing(document):
    names = [agent["agent"] for agent in document["agents"]]
    known = {"low": 0.5, "high": 0.9, "rank": 1, "rank_low": 1, "rank_high": 1, "n_tasks": 3}
    standings = [SimpleNamespace(agent=name, score=0.7123, **known) for name in names[1:]]
    board = SimpleNamespace(category="<i>code</i>", n_tasks=3, agents=standings)
    words = page_of(document, boards=[board]).words.split("By category of task")[1]
    assert "agent <i>code</i> 3 tasks concise – careful 0.71" in words


def test_a_file_is_named_without_its_folder(document):
    words = page_of(document).words
    assert "answers.jsonl" in words
    assert "somebody" not in words
