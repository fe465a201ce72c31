"""Charts say what their data say: every agent, every interval, what is missing, and nothing a name could smuggle in."""

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from elicit import charts
from elicit.schemas import Comparison, Move, ScorePoint

HOSTILE = [
    "a.b[0]'\"\\",
    "<script>alert(1)</script>",
    "{{x}} ${y}",
    "datum.score",
    "line\nbreak",
    "line\tbreak",
    "x" * 300,
]


def described(chart):
    """A chart's description with the data in each layer, where what reads the chart finds them."""
    spec = chart.to_dict()
    rows = spec.pop("datasets", {})
    for part in [spec, *spec.get("layer", [])]:
        found = part.get("data", spec.get("data"))
        if found and "name" in found:
            part["data"] = {"values": rows[found["name"]]}
    for layer in spec.get("layer", []):
        layer.setdefault("data", spec.get("data"))
    return spec


def rows_of(chart):
    """The data of each layer."""
    return [layer["data"]["values"] for layer in described(chart)["layer"]]


def titles(spec):
    """The titles of all axes."""
    found = [spec.get("encoding", {})] + [layer["encoding"] for layer in spec.get("layer", [])]
    return {axis: encoding[axis]["title"] for encoding in found for axis in "xy" if encoding.get(axis, {}).get("title")}


def fields(node):
    """Every field that a chart names."""
    if isinstance(node, dict):
        own = {node["field"]} if isinstance(node.get("field"), str) else set()
        return own.union(*(fields(value) for key, value in node.items() if key != "values"))
    return set().union(*(fields(part) for part in node)) if isinstance(node, list) else set()


def point(day, score, agent="mine", **more):
    interval = {"low": None, "high": None} if score is None else {"low": score - 0.1, "high": score + 0.1}
    at = datetime(2026, 1, 1, 6, tzinfo=UTC) + timedelta(days=day)
    return ScorePoint(
        **{"run_id": f"r{day}", "schedule_id": "s", "agent": agent, "at": at, "rank": 1, "score": score, "moved": False}
        | interval
        | more
    )


# --- forest ---------------------------------------------------------------------------------------------------------


def test_a_forest_has_a_row_an_agent_in_rank_order_with_its_interval(document):
    _, intervals, dots, *_ = rows_of(charts.forest(document))
    assert [row["name"] for row in dots] == [agent["agent"] for agent in document["agents"]]
    assert [(row["low"], row["high"]) for row in intervals] == [(a["low"], a["high"]) for a in document["agents"]]
    assert titles(described(charts.forest(document)))["x"] == "score (nats per response); 0 is chance"


def test_an_agent_without_a_rank_is_listed_last_and_said_to_be_unranked(document):
    last = document["agents"][-1]
    last.update(rank=None, rank_low=None, rank_high=None, score=None, low=None, high=None)
    chart = described(charts.forest(document))
    (unranked,) = [layer for layer in chart["layer"] if layer["mark"].get("text") == "not ranked"]
    assert [row["name"] for row in unranked["data"]["values"]] == [last["agent"]]
    assert unranked["encoding"]["y"]["scale"]["domain"][-1] == f"–  {last['agent']}"


def test_ties_are_joined_and_clones_have_a_shape_of_their_own(document):
    first, second, third = [agent["agent"] for agent in document["agents"][:3]]
    document["diagnostics"]["tie_groups"] = [[first, second], [third]]
    document["diagnostics"]["clusters"] = [[second, third]]
    *_, dots, _, ties = rows_of(charts.forest(document))
    assert [(tie["first"], tie["last"]) for tie in ties] == [(f"1  {first}", f"2  {second}")]
    assert [row["kind"] for row in dots[:4]] == ["agent", "clone", "clone", "agent"]
    assert dots[1]["copies"] == third


def test_zero_is_marked_only_where_it_is_chance(document):
    document["diagnostics"]["signal"]["p_value"] = None
    chart = described(charts.forest(document))
    assert titles(chart)["x"] == "score (nats per response)"
    assert not any("zero" in row for layer in chart["layer"] for row in layer["data"]["values"])


def test_beside_a_highlighted_agent_the_others_fade(document):
    name = document["agents"][3]["agent"]
    _, _, dots, *_ = rows_of(charts.forest(document, highlight=name))
    assert [row["name"] for row in dots if row["strength"] == 1] == [name]


def test_within_a_category_scores_are_those_of_the_category_and_ties_are_unknown(document):
    board = category("code", **{document["agents"][2]["agent"]: 9.0})
    chart = described(charts.forest(document, category_board=board))
    assert [row["score"] for row in chart["layer"][2]["data"]["values"]] == [9.0]
    assert not any("tied" in row for layer in chart["layer"] for row in layer["data"]["values"])


def test_a_tooltip_has_the_digits_its_interval_supports(document):
    for agent in document["agents"]:
        agent["low"], agent["high"] = agent["score"] - 0.2, agent["score"] + 0.2
    _, _, dots, *_ = rows_of(charts.forest(document))
    assert dots[0]["value"] == f"{document['agents'][0]['score']:.2f}"


# --- heat map -------------------------------------------------------------------------------------------------------


def test_a_heat_map_holds_the_matrix_and_counts_pairs_without_a_score():
    chart = described(
        charts.heat_map(["a", "b", "c"], [[None, 0.5, None], [0.25, None, 1.0], [0.0, 0.125, None]], "bits")
    )
    assert {param["name"]: param["value"] for param in chart["params"]} == {
        "rows": ["a", "b", "c"],
        "columns": ["a", "b", "c"],
        "matrix": [[None, 0.5, None], [0.25, None, 1.0], [0.0, 0.125, None]],
    }
    assert chart["title"]["text"] == "1 of 6 pairs have no score and no cell"
    assert chart["encoding"]["color"]["title"] == "earned (bits)"
    assert titles(chart) == {"x": "peer it earns from", "y": "agent that earns"}
    assert chart["encoding"]["color"]["scale"]["domain"] == [0, 1.0]


def test_a_heat_map_below_zero_has_two_sides_around_zero():
    chart = described(charts.heat_map(["a", "b"], [[None, -0.5], [0.25, None]]))
    assert chart["encoding"]["color"]["scale"]["domain"] == [-0.5, 0, 0.5]


def test_two_hundred_agents_stay_small():
    matrix = [[None if i == j else 0.123456789 for j in range(200)] for i in range(200)]
    assert len(json.dumps(charts.heat_map([f"agent-{i}" for i in range(200)], matrix).to_dict())) < 400_000


# --- history --------------------------------------------------------------------------------------------------------


def test_a_history_leaves_out_runs_without_a_score_and_counts_them():
    chart = described(charts.history([point(0, 1.0), point(1, None), point(2, 1.2, moved=True)], "nats"))
    dots = chart["layer"][-1]["data"]["values"]
    assert [(row["score"], row["moved"]) for row in dots] == [(1.0, "within noise"), (1.2, "moved beyond noise")]
    assert chart["title"]["text"] == "1 run without a score is not shown"
    assert titles(chart)["x"] == "time of the run (UTC)"
    assert chart["layer"][1]["encoding"]["y"]["title"] == "score (nats)"


def test_several_agents_have_colours_and_a_legend_of_their_names():
    one, two = (charts.history([point(0, 1.0, name) for name in names]) for names in (["a"], ["a", "b"]))
    assert "color" not in described(one)["layer"][0]["encoding"]
    assert described(two)["layer"][0]["encoding"]["color"]["field"] == "label"


# --- length and cost ------------------------------------------------------------------------------------------------


def test_a_scatter_leaves_out_agents_without_a_length_and_counts_them(document):
    document["agents"][0]["mean_words"] = None
    chart = described(charts.length_scatter(document))
    dots = chart["layer"][1]["data"]["values"]
    assert [row["x"] for row in dots] == [agent["mean_words"] for agent in document["agents"][1:]]
    assert [row["rank"] for row in dots] == [str(agent["rank"]) for agent in document["agents"][1:]]
    assert chart["title"]["text"] == "1 agent without a score or a length is not shown"
    assert titles(chart)["x"] == "mean length of an answer (words)"


def test_an_agent_that_nobody_asked_has_no_cost_and_is_not_free(document):
    for agent in document["agents"]:
        agent["spend"] = {"calls": 10, "cost": 0.5}
    document["agents"][0]["spend"] = {"calls": 0, "cost": 0.0}
    document["agents"][1]["spend"] = {"calls": 10, "cost": None}
    chart = described(charts.cost_scatter(document))
    assert [row["x"] for row in chart["layer"][1]["data"]["values"]] == [0.5] * 7
    assert chart["title"]["text"] == "2 agents without a score or a known cost are not shown"


def test_costs_that_are_many_times_each_other_have_an_axis_of_ratios(document):
    for place, agent in enumerate(document["agents"]):
        agent["spend"] = {"calls": 10, "cost": 0.001 * 3**place}
    assert described(charts.cost_scatter(document))["layer"][1]["encoding"]["x"]["scale"]["type"] == "log"


# --- categories and tasks -------------------------------------------------------------------------------------------


class Standing(SimpleNamespace):
    def model_dump(self):
        return vars(self)


def standing(agent, score):
    rank = None if score is None else 1
    low, high = (None, None) if score is None else (score - 0.1, score + 0.1)
    return Standing(agent=agent, score=score, low=low, high=high, rank=rank, rank_low=rank, rank_high=rank, n_tasks=5)


def category(name, **scores):
    return SimpleNamespace(category=name, n_tasks=5, agents=[standing(agent, score) for agent, score in scores.items()])


BOARDS = [category("code", a=0.5, b=1.0, c=2.0), category("prose", a=0.75, b=None), category("maths", a=None, b=1.0)]


def test_an_agents_categories_stand_best_first_beside_the_mean_of_the_others():
    chart = described(charts.category_bars(BOARDS, "a", "nats"))
    rows = chart["layer"][-1]["data"]["values"]
    assert [(row["category"], row["others"]) for row in rows] == [("prose", None), ("code", 1.5)]
    assert chart["title"]["text"] == "1 category without a score of this agent is not shown"
    assert titles(chart)["x"] == "score (nats)"


def test_a_map_of_categories_has_a_cell_a_score_in_the_order_given():
    chart = described(charts.category_map(BOARDS, ["b", "a"], "nats"))
    (matrix,) = (param["value"] for param in chart["params"] if param["name"] == "matrix")
    assert matrix == [[1.0, None, 1.0], [0.5, 0.75, None]]
    assert chart["title"]["text"] == "2 of 6 have no score and no cell"


def test_a_strip_sets_each_task_beside_the_others_mean_and_counts_what_it_cannot():
    def task(name, score, others, category=None):
        return SimpleNamespace(task_id=name, score=score, mean_of_others=others, category=category)

    chart = described(charts.task_strip([task("t1", 1.5, 1.0, "code"), task("t2", None, 1.0), task("t3", 0.5, 1.0)]))
    rows = chart["layer"][1]["data"]["values"]
    assert [(row["task"], row["difference"], row["label"]) for row in rows] == [
        ("t3", -0.5, "no category"),
        ("t1", 0.5, "code"),
    ]
    assert chart["title"]["text"] == "1 task without a score of this agent and of another is not shown"


# --- moves ----------------------------------------------------------------------------------------------------------


def move(agent, before, after, *, beyond_noise):
    unknown = ("rank_change_low", "rank_change_high", "p_value", "p_adjusted")
    changes = dict.fromkeys((*unknown, "score_change", "score_change_low", "score_change_high"))
    return Move(
        agent=agent,
        rank_before=before,
        rank_after=after,
        rank_change=before - after,
        beyond_noise=beyond_noise,
        **changes,
    )


def test_moves_stand_by_the_later_rank_and_noise_is_told_by_shape_and_thickness():
    moved = [move("a", 1, 2, beyond_noise=False), move("b", 2, 1, beyond_noise=True)]
    chart = described(charts.moves(Comparison(before="r1", after="r2", moves=moved)))
    rows = chart["layer"][-1]["data"]["values"]
    assert [(row["name"], row["change"], row["moved"]) for row in rows] == [
        ("b", "+1", "beyond noise"),
        ("a", "-1", "within noise"),
    ]
    assert chart["layer"][-1]["encoding"]["shape"]["field"] == "moved"
    assert titles(chart)["x"] == "rank (1 is best)"


# --- all of them ----------------------------------------------------------------------------------------------------


@pytest.fixture
def hostile_charts(renamed):
    document = renamed(HOSTILE)
    names = [agent["agent"] for agent in document["agents"]]
    matrix = [[None if i == j else i - j / 2 for j in range(len(names))] for i in range(len(names))]
    return {
        "forest": charts.forest(document),
        "heat_map": charts.heat_map(names, matrix),
        "history": charts.history([point(day, 1.0, name) for day, name in enumerate(names)]),
        "category_bars": charts.category_bars([category(name, a=1.0) for name in names], "a"),
        "category_map": charts.category_map([category(name, **dict.fromkeys(names, 1.0)) for name in names], names),
        "moves": charts.moves(Comparison(before="", after="", moves=[move(n, 1, 1, beyond_noise=True) for n in names])),
    }


def test_names_stand_in_the_data_and_never_as_a_field_or_in_an_expression(hostile_charts):
    for chart in hostile_charts.values():
        assert all(field.isidentifier() for field in fields(described(chart)) if field)


def test_every_chart_of_hostile_names_is_drawn_with_each_name_once_and_as_text(hostile_charts):
    for chart in hostile_charts.values():
        page = ET.fromstring(charts.as_svg(chart, width=360))
        shown = " ".join(page.itertext())
        assert "a.b[0]'\"\\" in shown
        assert "<script>" in shown
        assert "line break (2)" in shown
        assert not [element for element in page.iter() if element.tag.endswith(("script", "foreignObject", "image"))]


def test_a_picture_has_the_width_asked_for_and_the_text_colour_of_its_page(hostile_charts):
    for chart in hostile_charts.values():
        page = ET.fromstring(charts.as_svg(chart, width=360))
        assert float(page.get("width")) <= 376
        assert {text.get("fill") for text in page.iter("{http://www.w3.org/2000/svg}text")} <= {
            "currentColor",
            "#7f7f7f",
        }


def test_a_png_is_a_png_in_the_light_and_in_the_dark(document):
    light, dark = (charts.as_png(charts.forest(document), dark=dark) for dark in (False, True))
    assert light[:8] == dark[:8] == b"\x89PNG\r\n\x1a\n"
    assert light != dark


def test_every_chart_says_how_to_read_it():
    for name in set(charts.__all__) - {"as_png", "as_svg", "caption"}:
        assert charts.caption(name).endswith(".")
