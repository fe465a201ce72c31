"""The command line as a user meets it: what it prints, where, and with which exit code."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from elicit import cli
from elicit.mechanisms import MECHANISMS

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"

DOCUMENT_KEYS = ["mechanism", "scorer", "n_agents", "n_tasks", "seed", "agents", "diagnostics"]
AGENT_KEYS = ["agent", "rank", "rank_low", "rank_high", "score", "low", "high", "n_tasks", "coverage", "cluster"]
GOOD, BAD = ("careful", "teacher", "verbose", "concise"), ("junior", "fabricator", "hurried", "evasive", "constant")


pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def answers(tmp_path):
    """A small file: a and b agree on letters, c goes its own way, d says B only."""
    rows = [
        {"task_id": f"t{t}", "agent": agent, "label": label}
        for t in range(100)
        for agent, label in (("a", "AB"[t % 2]), ("b", "AB"[t % 2]), ("c", "AB"[t // 2 % 2]), ("d", "B"))
    ]
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run_id(stderr):
    return stderr.split("Stored as run ")[1][:10]


def test_the_demo_ranks_good_faith_above_the_rest_and_the_constant_agent_last(elicit):
    code, out, _ = elicit("demo", "--format", "json")
    agents = [row["agent"] for row in json.loads(out)["agents"]]
    assert code == 0
    assert max(agents.index(name) for name in GOOD) < min(agents.index(name) for name in BAD)
    assert agents[-1] == "constant"


def test_the_json_form_has_its_stable_keys_in_rank_order(elicit, answers):
    _, out, _ = elicit("rank", answers, "--format", "json", "--seed", 7)
    document = json.loads(out)
    assert list(document) == DOCUMENT_KEYS
    assert document["seed"] == 7
    assert all(list(row)[: len(AGENT_KEYS)] == AGENT_KEYS for row in document["agents"])
    ranks = [row["rank"] for row in document["agents"]]
    assert ranks == sorted(ranks)


def test_the_same_seed_prints_the_same_bytes(elicit, answers):
    first, second = (elicit("rank", answers, "--format", "json", "--no-store")[1] for _ in range(2))
    assert first == second


def test_a_stored_run_is_shown_again_and_exported_as_it_was(elicit, answers):
    _, ranked, err = elicit("rank", answers, "--format", "json")
    assert elicit("show", run_id(err), "--format", "json")[1] == ranked
    assert elicit("export", "latest")[1] == ranked
    listed = json.loads(elicit("runs", "--format", "json")[1])
    assert [row["id"] for row in listed] == [run_id(err)]


def test_no_store_keeps_no_run_and_makes_no_database(elicit, answers, tmp_path):
    elicit("rank", answers, "--no-store")
    assert not (tmp_path / "runs.db").exists()
    assert json.loads(elicit("runs", "--format", "json")[1]) == []


def test_the_table_says_how_far_to_trust_it(elicit, answers):
    _, out, _ = elicit("rank", answers)
    for words in ("chosen", "cannot be told apart: a = b", "signal", "repeats", "clones", "answered"):
        assert words in out


def test_near_duplicates_are_named_and_can_be_left_alone(elicit, answers):
    _, defended, _ = elicit("rank", answers, "--format", "json")
    _, undefended, _ = elicit("rank", answers, "--clones", "off", "--format", "json")
    assert json.loads(defended)["diagnostics"]["clusters"] == [["a", "b"]]
    assert json.loads(undefended)["diagnostics"]["clusters"] == []


def test_the_other_peer_weighting_stands_beside_the_score(elicit):
    _, softmax, _ = elicit("demo", "--format", "json", "--no-store")
    data = Path(cli.__file__).parent / "demo_data" / "responses.jsonl"
    _, uniform, _ = elicit("rank", data, "--peers", "uniform", "--format", "json", "--no-store")
    by_agent = {row["agent"]: row for row in json.loads(uniform)["agents"]}
    for row in json.loads(softmax)["agents"]:
        assert row["score_other"] == by_agent[row["agent"]]["score"]
        assert row["score"] == by_agent[row["agent"]]["score_other"]


def test_csv_and_markdown_are_written_to_a_file(elicit, answers, tmp_path):
    for name in ("board.csv", "board.md"):
        form = "csv" if name.endswith("csv") else "markdown"
        code, out, _ = elicit("rank", answers, "--format", form, "--out", tmp_path / name)
        assert (code, out) == (0, "")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "board.csv").read_text())))
    assert [row["agent"] for row in rows][-1] == "d"
    assert "| rank | rank_low |" in (tmp_path / "board.md").read_text()


def test_a_table_in_a_file_has_no_colours(elicit, answers, tmp_path):
    elicit("rank", answers, "--out", tmp_path / "board.txt")
    text = (tmp_path / "board.txt").read_text()
    assert "cannot be told apart" in text
    assert "\x1b" not in text


def test_a_hostile_agent_name_reaches_neither_terminal_nor_spreadsheet(elicit, tmp_path):
    rows = [
        {"task_id": t, "agent": name, "label": "AB"[t % 2]}
        for t in range(10)
        for name in ("=HYPERLINK(1)", "[red]x[/red]")
    ]
    path = tmp_path / "hostile.json"
    path.write_text(json.dumps(rows))
    _, table, _ = elicit("rank", path)
    assert "[red]x[/red]" in table
    _, sheet, _ = elicit("rank", path, "--format", "csv")
    assert "'=HYPERLINK(1)" in sheet
    assert "\n=" not in sheet


def test_compare_says_who_moved_and_that_a_run_does_not_move_from_itself(elicit, answers):
    elicit("rank", answers)
    _, out, _ = elicit("compare", "latest", "latest", "--format", "json")
    assert {row["rank_change"] for row in json.loads(out)} == {0}
    assert not any(row["beyond_noise"] for row in json.loads(out))
    assert "no move is more than noise" in elicit("compare", "latest", "latest")[1]


def test_pairs_lists_every_ordered_pair(elicit, answers):
    elicit("rank", answers)
    rows = json.loads(elicit("pairs", "latest", "--format", "json")[1])
    assert len(rows) == 4 * 3
    earned = {(row["agent"], row["peer"]): row["score"] for row in rows}
    assert earned["a", "b"] > earned["a", "c"]
    assert earned["d", "a"] == pytest.approx(0)
    assert "earned by the row from the column" in elicit("pairs", "latest")[1]


def test_short_coverage_is_a_note_with_counts_wherever_the_result_goes(elicit, answers):
    with answers.open("a") as file:
        file.writelines(json.dumps({"task_id": f"t{t}", "agent": "late", "label": "A"}) + "\n" for t in range(10))
    note = "'late' answered 10 of 100 tasks"
    assert note in elicit("rank", answers)[1]
    assert note in elicit("rank", answers, "--format", "csv")[2]


def test_explain_shows_the_words_behind_a_score(elicit):
    elicit("demo")
    reasons = json.loads(elicit("explain", "latest", "explain-1", "careful", "teacher", "--format", "json")[1])
    assert "scatter" in [row["what"] for row in reasons["rows"] if row["reason"] == "word"]
    assert sum(row["nats"] for row in reasons["rows"]) == pytest.approx(reasons["amount"], abs=1e-4)
    code, table, _ = elicit("explain", "latest", "explain-1", "careful", "teacher")
    assert code == 0
    assert "careful answered:" in table


def test_a_table_of_wins_is_ranked_by_the_win_rate(elicit, tmp_path):
    duels = [(i, j, t) for t in range(5) for i, j in ((0, 1), (0, 2), (1, 2))]
    rows = "".join(f"t{t},a{i},a{j},{float(t > 0)}\n" for i, j, t in duels)
    (tmp_path / "wins.csv").write_text("task_id,agent,peer,score\n" + rows)
    words = ["rank", tmp_path / "wins.csv", "--evidence", "pair-scores"]
    board = json.loads(elicit(*words, "--mechanism", "win_rate", "--format", "json")[1])
    assert [(row["agent"], row["score"]) for row in board["agents"]] == [("a0", 0.8), ("a1", 0.5), ("a2", 0.2)]
    assert elicit("show", "latest")[0] == 0
    code, _, err = elicit(*words)
    assert code == 2
    assert "'tvd_mi' needs joint pairs (same task) and contrast pairs" in err


def test_mechanisms_are_listed_with_what_they_promise_and_cannot_see(elicit):
    rows = json.loads(elicit("mechanisms", "--format", "json")[1])
    assert [row["name"] for row in rows] == list(MECHANISMS)
    assert all(value for row in rows for value in row.values())
    assert "Blind:" in elicit("mechanisms")[1]


@pytest.mark.parametrize(
    ("name", "scorer", "mechanism"),
    [
        ("answers.jsonl", "lexical", "mi"),
        ("letters.csv", "lexical", "kl"),
        ("pair-scores.csv", "given", "tvd_mi"),
        ("logprobs.csv", "given", "mi"),
    ],
)
def test_advice_on_a_file_comes_with_its_reasons_and_the_best_first(elicit, name, scorer, mechanism):
    first, *others = json.loads(elicit("advise", EXAMPLES / name, "--format", "json")[1])
    assert (first["scorer"], first["mechanism"], first["recommended"]) == (scorer, mechanism, True)
    assert others
    assert not any(other["recommended"] for other in others)
    assert "Recommended." in elicit("advise", EXAMPLES / name)[1]


def test_a_mechanism_tells_the_laws_it_keeps_and_why_it_breaks_others(elicit):
    laws = {law["law"]: law["why_not"] for law in json.loads(elicit("mechanisms", "kl", "--format", "json")[1])}
    assert laws == MECHANISMS["kl"].laws
    assert "tasks needed" in elicit("mechanisms", "kl")[1]
    code, _, err = elicit("mechanisms", "k1")
    assert (code, "got 'k1'" in err) == (2, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rank", "nowhere.jsonl"], "nowhere.jsonl"),
        (["rank", "{answers}", "--mechanism", "magic"], "mechanism must be one of"),
        (["rank", "{answers}", "--mechanism", "tvd_mi"], "'tvd_mi' reads pair-scores"),
        (["rank", "{answers}", "--scorer", "lexical"], "use 'labels'"),
        (["rank", "{answers}", "--scorer", "oracle"], "scorer must be one of"),
        (["rank", "{answers}", "--evidence", "responses"], "response"),
        (["rank", "{answers}", "--out", "nowhere/board.csv"], "--out must name a file in an existing folder"),
        (["show", "nosuchrun"], "nosuchrun"),
        (["rank", "{answers}", "--tasks", "nowhere.jsonl"], "nowhere.jsonl"),
        (["rank", "{answers}", "--seed", "-1"], "seed"),
        (["rank"], "FILE"),
    ],
)
def test_bad_input_exits_with_2_and_one_clear_line(elicit, answers, words, message):
    code, out, err = elicit(*(word.format(answers=answers) for word in words))
    assert code == 2
    assert message in err
    assert out == ""
    assert "Traceback" not in err


def test_a_database_that_cannot_be_opened_exits_with_1_before_any_work(elicit, answers, monkeypatch, tmp_path):
    monkeypatch.setenv("ELICIT_DATABASE_URL", f"sqlite:///{tmp_path}/no/such/folder/runs.db")
    code, out, err = elicit("rank", answers)
    assert (code, out) == (1, "")
    assert err.startswith("elicit: ")


def test_a_label_table_with_open_answers_is_refused(elicit, tmp_path):
    rows = [{"task_id": t, "agent": a, "label": f"{t} apples"} for t in range(100) for a in "ab"]
    path = tmp_path / "open.json"
    path.write_text(json.dumps(rows))
    code, _, err = elicit("rank", path)
    assert code == 2
    assert "rank open answers as responses" in err


def test_help_needs_no_numpy_and_every_command_explains_itself(elicit):
    script = "import sys; from elicit import cli; sys.argv = ['elicit', '--help']\ntry:\n    cli.main()\nfinally:\n    "
    script += "assert not {'numpy', 'pandas', 'sqlalchemy'} & set(sys.modules), 'slow imports'"
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, env=os.environ)
    commands = [
        "rank",
        "demo",
        "runs",
        "show",
        "export",
        "compare",
        "combine",
        "advise",
        "pairs",
        "explain",
        "mechanisms",
    ]
    for command in commands:
        code, out, _ = elicit(command, "--help")
        assert code == 0
        assert "Usage: elicit" in out
    assert all(command in elicit("--help")[1] for command in commands)


def test_an_interrupted_pipe_is_no_traceback(answers, tmp_path):
    command = f"{sys.executable} -m elicit rank {answers} --no-store --format json | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
