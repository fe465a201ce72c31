"""Files for programs: what is written reads back, unknown stays empty, and names do no harm."""

import csv
import io
import json
from dataclasses import replace

import pytest
from small_evaluations import POOLS, of_texts, pool_texts, ranked

from elicit.exports import DOCUMENT_FORMATS, ROW_FORMATS, as_csv, as_json, as_markdown

HOSTILE = ("=HYPERLINK(1)", "a|b\n<i>", "\x1b[31mred\x9b\u202e\x7f", 'comma, "quote"', "@x")
DOCUMENT = ranked(replace(POOLS["responses"], agents=HOSTILE))
UNRANKED = ranked(of_texts([[*row, None] for row in pool_texts()]))


def test_json_reads_back_as_it_was():
    assert json.loads(as_json(DOCUMENT)) == DOCUMENT
    assert DOCUMENT_FORMATS["json"](DOCUMENT) == ROW_FORMATS["json"](DOCUMENT) == as_json(DOCUMENT)
    assert as_json(DOCUMENT).endswith("}\n")


def test_json_shows_names_of_any_script_as_they_are():
    assert "東京 é 😀" in as_json([{"agent": "東京 é 😀"}])


def test_json_refuses_what_other_readers_could_not_read():
    with pytest.raises(ValueError, match="JSON compliant"):
        as_json([{"score": float("nan")}])


def test_json_on_a_terminal_holds_nothing_it_would_obey():
    text = as_json(DOCUMENT)
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert json.loads(text) == DOCUMENT


def test_json_of_half_a_character_can_be_written():
    assert json.loads(as_json([{"agent": "\ud800"}]).encode()) == [{"agent": "\ud800"}]


def test_csv_has_a_row_an_agent_in_rank_order_and_quotes_formulas():
    text = DOCUMENT_FORMATS["csv"](DOCUMENT)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["agent"] for row in rows] == [
        "'=HYPERLINK(1)",
        "a|b <i>",
        " [31mred   ",
        'comma, "quote"',
        "'@x",
    ]
    for row, agent in zip(rows, DOCUMENT["agents"], strict=True):
        assert list(row) == list(agent)
        assert int(row["rank"]) == agent["rank"]
        assert float(row["score"]) == agent["score"]
    assert text.endswith("\n")
    assert "\r" not in text


@pytest.mark.parametrize("name", ["\t=1+1", " =1+1", "\r\n=1+1", "\u200b=1+1"])
def test_no_formula_hides_behind_a_blank(name):
    ((cell,),) = list(csv.reader(io.StringIO(as_csv([{"agent": name}]))))[1:]
    assert not cell.lstrip().startswith("=")


def test_numbers_are_no_formulas():
    assert as_csv([{"score": -0.5, "n": -3}]) == "score,n\n-0.5,-3\n"


def test_unknown_values_are_empty_cells():
    last = list(csv.DictReader(io.StringIO(DOCUMENT_FORMATS["csv"](UNRANKED))))[-1]
    assert (last["agent"], last["rank"], last["score"], last["n_tasks"]) == ("a5", "", "", "0")
    assert DOCUMENT_FORMATS["markdown"](UNRANKED).splitlines()[-1] == "|  |  |  | a5 |  |  |  | 0 | 0 | 6 |"


def test_lists_in_a_csv_cell_are_json():
    assert as_csv([{"sources": ["a", "b"]}]) == 'sources\n"[""a"", ""b""]"\n'


def test_markdown_says_how_the_leaderboard_was_made_and_shows_it():
    lines = DOCUMENT_FORMATS["markdown"](DOCUMENT).splitlines()
    assert lines[0] == "mi (lexical), 5 agents, 24 tasks, seed 0"
    assert lines[2] == "| rank | rank_low | rank_high | agent | score | low | high | n_tasks | coverage | cluster |"
    assert lines[3] == "| " + " | ".join(["---"] * 10) + " |"
    assert [line.replace("\\|", "").count("|") for line in lines[2:]] == [11] * 7
    assert [line.split(" | ")[3] for line in lines[4:]] == [
        "=HYPERLINK(1)",
        "a\\|b &lt;i&gt;",
        " \\[31mred   ",
        'comma, "quote"',
        "@x",
    ]


def test_markdown_numbers_have_four_digits():
    assert as_markdown([{"a": 1 / 3, "b": 12345, "c": None}]).splitlines()[-1] == "| 0.3333 | 12345 |  |"
