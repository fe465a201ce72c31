"""What people see in a terminal: the right numbers, and nothing the terminal would obey."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console, Group
from small_evaluations import POOLS, of_labels, of_texts, pool_labels, pool_texts, ranked

from elicit import terminal, terminal_plan
from elicit.services.compare import Board, compare
from elicit.services.explain import Explanation, explain
from elicit.services.scoring import Options
from elicit.types import Responses
from elicit.untrusted import printable
from elicit.words.points import signal_in_words

HOSTILE = tuple(f"\x1b[3{i}m\x07evil{i}\x9b0m\u202e[bold]\n\r\t[/bold][link=x]" for i in range(5))


def shown(renderable, width=120):
    """What a terminal without colours would be sent."""
    page = StringIO()
    Console(width=width, file=page, color_system=None).print(renderable)
    return page.getvalue()


def squeezed(renderable, width=120):
    """The same with all runs of blanks as one."""
    return " ".join(shown(renderable, width).split())


def lines(renderable, width=120):
    return [" ".join(line.split()) for line in shown(renderable, width).splitlines()]


def pair_rows(pairwise, names):
    return [
        {"agent": a, "peer": b, "score": None if np.isnan(pairwise[i, j]) else float(pairwise[i, j])}
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if i != j
    ]


def boards(names=("a0", "a1", "a2")):
    task_scores = np.random.default_rng(0).normal(scale=0.1, size=(60, len(names))) + np.arange(len(names), 0, -1)
    before = Board(
        "r1", "mi", tuple(f"t{t}" for t in range(60)), tuple(names), task_scores.mean(0), task_scores, task_scores
    )
    after = replace(before, task_scores=task_scores.copy())
    after.task_scores[:, -1] += 9
    return before, replace(after, score=after.task_scores.mean(0))


class Run:
    def __init__(self, run_id):
        self.id = run_id


def hostile_run():
    """The document of a plan's run, as far as its table reads it."""
    spend = {"calls": 2, "from_store": 1, "tokens_in": 9, "tokens_out": 9, "cost": None, "mean_latency_s": 0.1}
    spent = spend | {"failures": {"refused": 1}}
    agents = [{"agent": name, "cross_task_mean": None, "spend": spent} for name in HOSTILE]
    return {"agents": agents, "diagnostics": {"run": {"spend": {"scorer": spent}}}}


def hostile_pages():
    """Everything that is ever printed, for agents, tasks, files and answers with evil in them."""
    pool = replace(POOLS["responses"], agents=HOSTILE, notes=(f"{HOSTILE[0]} answered nothing",))
    copies = [[*row[:4], row[0]] for row in pool.evidence.texts]
    copied = replace(pool, evidence=Responses(copies))
    evil_texts = replace(pool, evidence=Responses([[f"{text} {HOSTILE[1]}" for text in row] for row in copies]))
    tied = replace(of_labels(np.random.default_rng(0).integers(4, size=(30, 5))), agents=HOSTILE)
    reasons = explain(evil_texts, Options(), "t0", HOSTILE[0], HOSTILE[1])
    row = {"id": "r", "created_at": "2025-01-01T00:00", "mechanism": "mi", "n_agents": 5, "n_tasks": 9, "seed": 0}
    for width in (40, 120, 200):
        yield from (terminal.leaderboard(ranked(some), width) for some in (pool, copied, evil_texts, tied))
        yield terminal.pair_table(pair_rows(np.ones((5, 5)), HOSTILE), width)
    yield terminal.comparison(Run("r1"), Run("r2"), compare(*boards(HOSTILE), seed=0))
    yield terminal.explanation(reasons)
    yield terminal.explanation(replace(reasons, amount=None, rows=[], task=HOSTILE[2]))
    yield terminal.plain_table([{"agent": HOSTILE[0], "sources": list(HOSTILE)}])
    yield terminal.run_list([{**row, "sources": ["/tmp/" + HOSTILE[0].replace("/", "")], "plan": None}])
    yield terminal.run_list([{**row, "sources": [], "plan": HOSTILE[0], "finished": False}])
    yield terminal_plan.run_table(hostile_run())


def test_no_control_character_and_no_markup_of_a_name_reaches_the_terminal():
    for page in hostile_pages():
        text = shown(page, width=200)
        assert "evil" in text
        assert all(character.isprintable() for character in text.replace("\n", ""))


def test_markup_in_a_name_is_shown_and_not_obeyed():
    """Once among the tied agents, once in a cluster, once in a note."""
    texts = [[row[0], row[1], row[0], row[1], row[4]] for row in pool_texts()]
    note = f"{HOSTILE[4]} answered nothing"
    result = ranked(replace(of_texts(texts), agents=HOSTILE, notes=(note,)))
    page = "".join(shown(Group(*terminal.diagnostics(result)), width=2000).split())
    for name, times in zip(HOSTILE, (2, 2, 2, 2, 1), strict=True):
        assert page.count("".join(printable(name).split())) == times


# --- the leaderboard ------------------------------------------------------------------------------------------------


def test_the_leaderboard_has_a_line_an_agent_in_rank_order():
    result = ranked(POOLS["labels"])
    page = lines(terminal.leaderboard(result, 120))
    assert page[0] == "5 agents, 80 tasks · kl with the labels scorer, seed 0 · score in nats"
    assert page[1].startswith("rank 95 % agent score")
    assert [line.split()[0:3:2] for line in page[2:7]] == [[str(k + 1), f"a{k}"] for k in range(5)]
    assert page[5].startswith("4 3–5 a3 0.16 ")
    assert all(line.endswith("100%") for line in page[2:7])


def test_an_agent_without_a_rank_has_a_dash_and_its_coverage():
    result = ranked(of_texts([[*row, None] for row in pool_texts()]))
    assert lines(terminal.leaderboard(result, 120))[7] == "– a5 0%"


def test_a_score_has_the_digits_its_interval_supports():
    def agent(score, low, high):
        return {"score": score, "low": low, "high": high}

    for width, number in ((0.004, "1.2346"), (0.04, "1.235"), (0.4, "1.23"), (4, "1.2"), (400, "1")):
        scale = terminal.Scale([agent(0, -width / 2, width / 2)] * 3)
        assert scale.number(1.23456) == number
    assert terminal.Scale([agent(1, 1, 1)]).number(1.23456) == "1.235"
    assert terminal.Scale([agent(None, None, None)]).number(None) == ""


def test_a_bar_ends_at_the_score_and_its_whisker_at_the_interval():
    agents = [{"score": 10.0, "low": 5.0, "high": 23.0}, {"score": 0.0, "low": 0.0, "high": 0.0}]
    scale = terminal.Scale(agents, bar_width=24)
    assert str(scale.bar(agents[0])) == "█" * 5 + "▓" * 5 + "█" + "─" * 13
    assert str(scale.bar(agents[1])) == "█" + " " * 23
    assert str(scale.bar({"score": None, "low": None, "high": None})) == ""
    assert scale.share(99.0) == 1
    assert scale.share(-99.0) == 0


def test_negative_scores_have_bars_too():
    agents = [{"score": -2.0, "low": -4.0, "high": -1.0}, {"score": -3.5, "low": -5.0, "high": -3.0}]
    scale = terminal.Scale(agents, bar_width=5)
    assert [len(str(scale.bar(agent))) for agent in agents] == [5, 5]
    assert scale.share(-1.0) == 1
    assert scale.share(-5.0) == 0


@pytest.mark.parametrize("width", [50, 80, 99, 100, 160])
def test_the_leaderboard_fits_its_terminal(width):
    page = shown(terminal.leaderboard(ranked(POOLS["responses"]), width), width)
    assert max(map(len, page.splitlines())) <= width
    bars = 24 if width >= 100 else 10
    assert max(line.count("█") + line.count("▓") + line.count("─") for line in page.splitlines()) == bars


def test_clones_are_marked_and_named():
    page = squeezed(terminal.leaderboard(ranked(of_texts([[*row, row[2]] for row in pool_texts()])), 120))
    assert "a2 clone 3" in page
    assert "a5 clone 3" in page
    assert "these share one vote and do not pay each other: a2 ≈ a5" in page
    assert "5 effective agents of 6" in page
    assert "a1 clone" not in page


# --- diagnostics in plain words -------------------------------------------------------------------------------------


def trusted(result):
    return dict(terminal.trust(result))


def test_each_diagnostic_is_said_in_plain_words():
    said = trusted(ranked(POOLS["responses"]))
    assert list(said) == ["chosen", "tied", "signal", "repeats", "length", "peers", "agents", "clones"]
    assert said["chosen"].startswith("scorer lexical: the responses are text; mechanism mi: the default")
    assert said["tied"] == "no two neighbours are statistically tied"
    assert said["signal"].startswith("the scores are not chance (p = 0.0005 ")
    assert "Spearman 1.00" in said["repeats"]
    assert "Spearman -1.00" in said["length"]
    assert said["peers"].startswith("softmax, each peer weighted by its own standing; ")
    assert said["peers"].endswith("; with uniform weights (score_other) the ranking stays at 1.00")
    assert said["agents"] == "5 effective agents of 5"
    assert said["clones"] == "none found"


def test_what_does_not_apply_is_not_said():
    said = trusted(ranked(POOLS["pair scores"]))
    assert list(said) == ["chosen", "tied", "signal", "repeats", "peers", "agents"]
    assert said["peers"].startswith("uniform, all peers alike; 5.0 effective peers")
    assert trusted(ranked(POOLS["gains without contrasts"]))["signal"].startswith("not tested")


def test_chance_and_ties_are_said_to_be_so():
    said = trusted(ranked(of_labels(np.random.default_rng(0).integers(4, size=(40, 4)))))
    assert said["signal"].startswith("the scores could be chance (p = ")
    assert said["tied"].startswith("cannot be told apart: ")
    assert said["tied"].count(" = ") == 3
    assert said["tied"].endswith("separate the first two, if their difference stays what it is")
    two = trusted(ranked(of_labels(pool_labels(n=2))))
    assert two["repeats"] == "too few agents or tasks to compare halves"
    length = trusted(ranked(of_texts([row[:2] for row in pool_texts()])))["length"]
    assert length == "too few agents to say whether the score follows length"


@pytest.mark.parametrize(("p", "verdict"), [(0.05, "the scores are not chance"), (0.06, "the scores could be chance")])
def test_one_in_twenty_is_where_chance_ends(p, verdict):
    assert signal_in_words({"p_value": p}, "exactly").startswith(f"{verdict} (p = {p} ")


def test_notes_are_shown():
    pool = replace(POOLS["labels"], notes=("7 rows were empty",))
    assert "note 7 rows were empty" in squeezed(terminal.leaderboard(ranked(pool), 120))


# --- the other pages ------------------------------------------------------------------------------------------------


def test_a_comparison_shows_who_moved():
    page = lines(terminal.comparison(Run("r1"), Run("r2"), compare(*boards(), seed=0)))
    assert page[0] == "from run r1 to run r2"
    assert page[2].startswith("1 3 +2 +2 … +2 a2 +9 ")
    assert page[2].endswith("moved")
    assert page[3].startswith("2 1 -1 -1 … -1 a0 ")
    assert page[-1] == "more than noise: a2, a0, a1"


def test_a_comparison_without_moves_says_so():
    before, _ = boards()
    page = lines(terminal.comparison(Run("r1"), Run("r2"), compare(before, replace(before, made_by="kl"), seed=0)))
    assert page[2] == "1 1 = = a0 same place"
    assert page[-1] == "no move is more than noise"


def test_pairs_are_a_matrix_where_it_fits_and_else_the_best_peers():
    pairwise = np.array([[np.nan, 3.0, -1.0], [4.0, np.nan, 1.0], [0.5, np.nan, np.nan]])
    rows = pair_rows(pairwise, ["a", "b", "c"])
    matrix = lines(terminal.pair_table(rows, 120))
    assert matrix == [
        "earned by the row from the column; 99 is 4",
        "agent 1 2 3",
        "1 a · 74 -25",
        "2 b 99 · 25",
        "3 c 12 · ·",
    ]
    best = lines(terminal.pair_table(rows, 40), 80)
    assert best[1:] == ["a b 3, c -1", "b a 4, c 1", "c a 0.5"]


def test_pairs_that_all_earned_nothing_are_shown():
    assert lines(terminal.pair_table(pair_rows(np.zeros((2, 2)), ["a", "b"]), 120))[2] == "1 a · 0"


def test_an_explanation_shows_both_answers_and_the_words():
    page = squeezed(terminal.explanation(explain(POOLS["responses"], Options(), "t0", "a0", "a1")))
    assert page.startswith("on t0, a0 earned ")
    assert "a0 answered: fact0x" in page
    assert "a1 answered: fact0x" in page
    assert "word fact0x" in page
    assert "floor each of the peer's" in page


def test_a_long_explanation_shows_the_largest_reasons_the_last_two_and_how_many_are_hidden():
    rows = [{"reason": "word", "what": f"w{k}", "nats": 1.0} for k in range(40)]
    page = lines(terminal.explanation(Explanation("t", "a", "b", "nats", 1.0, 2.0, rows, "x" * 700, "short")))
    words_shown = [line.split()[1] for line in page if line.startswith("word w")]
    assert words_shown == [*(f"w{k}" for k in range(30)), "w38", "w39"]
    assert page[-1] == "8 smaller ones are in --format json"
    assert "".join(page).count("x") == 600


def test_a_pair_that_was_not_scored_is_said_to_be_missing():
    page = squeezed(terminal.explanation(Explanation("t", "a", "b", "nats", None, 2.0, [])))
    assert page == "a and b were not both scored on t: missing, not zero"


def test_a_plain_table_shows_unknown_values_as_dashes():
    page = lines(terminal.plain_table([{"the_name": "x", "value": None, "share": 0.123456, "list": ["a", 1]}]))
    assert page == ["the name value share list", "x – 0.1235 a, 1"]


def test_runs_are_listed_by_file_name():
    run = {"id": "r1", "created_at": "2025-01-02T03:04:05", "mechanism": "mi", "n_agents": 5, "n_tasks": 9, "seed": 7}
    run["plan"] = None
    page = lines(terminal.run_list([{**run, "sources": ["/x/y/answers.jsonl", "z.csv"]}, {**run, "sources": []}]))
    assert page[1] == "r1 2025-01-02 03:04 mi 5 9 7 answers.jsonl, z.csv"
    assert page[2].endswith(" rows")


def test_each_mechanism_is_listed_with_what_it_promises_and_cannot_see():
    row = {"name": "mi", "evidence": "gains", "guarantees": "All.", "blindness": "None.", "source": "[bold]me"}
    assert squeezed(terminal.mechanism_list([row])) == "mi reads gains All. Blind: None. [bold]me"


def test_a_mechanism_is_shown_with_the_laws_it_keeps_and_why_it_breaks_others():
    laws = [
        {"law": "unbiased", "kept": False, "why_not": "it is a plug-in"},
        {"law": "missing is not zero", "kept": True, "why_not": None},
    ]
    page = squeezed(terminal.mechanism_in_full({"name": "kl", "tasks_needed": "Many."}, laws))
    assert page == "name kl tasks needed Many. breaks unbiased: it is a plug-in keeps missing is not zero"
