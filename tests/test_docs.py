"""The documentation runs: its commands, its Python, its links, its pictures and its tables of names.

In a page, lines of `sh` blocks that begin with `elicit` and all `python` blocks are run in order, in a copy of
`docs/examples` with a database of their own; RUN stands for the page's first run. A `text` block right below an `sh`
block is what its commands print, blanks aside. `shell` and `py` blocks need a server beside them and are only shown.
"""

import json
import re
import runpy
import shlex
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import elicit
from elicit.cli import app
from elicit.io.columns import FIELDS
from elicit.mechanisms import MECHANISMS
from elicit.mock_llm import serve

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FIRST_CELL = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def blocks(page):
    return BLOCK.findall(page.read_text())


def runs_something(page):
    return any(kind == "python" or (kind == "sh" and commands(code)) for kind, code in blocks(page))


def commands(code):
    return [line for line in code.splitlines() if line.startswith("elicit ")]


def bare(text):
    return "".join(text.split())


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A copy of the examples as working directory, a database of its own, and a terminal of 100 columns."""
    shutil.copytree(DOCS / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path / "examples")
    monkeypatch.setenv("ELICIT_DATABASE_URL", f"sqlite:///{tmp_path / 'elicit.db'}")
    monkeypatch.setenv("COLUMNS", "100")


def run(command):
    """What the command writes to standard output."""
    words = [first_run() if word == "RUN" else word for word in shlex.split(command)[1:]]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, f"{command}: {result.exception or result.stderr}"
    return result.stdout


def first_run():
    return json.loads(run("elicit runs --format json"))[-1]["id"]


def run_page(page):
    printed, names = "", {}
    for kind, code in blocks(page):
        if kind == "text" and printed:
            assert bare(code) in bare(printed), printed
        printed = "".join(map(run, commands(code))) if kind == "sh" else ""
        if kind == "python":
            exec(compile(code, page, "exec"), names)  # the page's own code


@pytest.mark.parametrize(
    "page", [page for page in PAGES if runs_something(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_what_a_page_tells_to_run_runs(page, desk):
    run_page(page)


def test_what_the_page_on_postgresql_tells_to_run_runs_there(desk, postgres_address, monkeypatch):
    monkeypatch.setenv("ELICIT_DATABASE_URL", postgres_address)
    run_page(DOCS / "howto" / "use-postgresql.md")


@each_page
def test_links_lead_somewhere(page):
    targets = [link.partition("#")[0] for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [target for target in targets if target and not (page.parent / target).exists()] == []


def test_every_page_can_be_reached_from_the_readme():
    reached, new = set(), {ROOT / "README.md"}
    while new:
        page = new.pop()
        reached.add(page)
        links = [link for link in LINK.findall(page.read_text()) if link.endswith(".md") and "://" not in link]
        new |= {target for link in links if (target := (page.parent / link).resolve()).exists()} - reached
    assert set(PAGES) <= reached


def documented(page):
    """What stands first in the rows of the page's tables."""
    return FIRST_CELL.findall(page.read_text())


def test_the_accepted_names_of_columns_are_those_of_the_code():
    rows = re.findall(
        r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", (DOCS / "reference-formats.md").read_text(), re.MULTILINE
    )
    assert {field: tuple(re.findall(r"\w+", names)) for field, names in rows} == FIELDS


def test_the_keys_of_the_json_form_are_those_of_a_real_document(desk):
    any_run, _ = documented_keys()
    assert any_run == key_paths(elicit.rank("answers.jsonl", store=False).document)


def test_the_keys_of_the_json_form_of_a_plan_s_run_are_those_of_real_documents(desk):
    any_run, of_plans = documented_keys()
    real = set()
    with serve() as server:
        for kind in ("critic", "questions", "lexical"):
            real |= key_paths(elicit.evaluate(small_plan(kind, server.url)).document, stop=SPENDS)
    assert any_run | of_plans == real | {key for key in any_run if key.startswith("diagnostics.length.")}


def documented_keys():
    """The keys that every document has, and those that plans add."""
    for_all, title, for_plans = (DOCS / "reference-json.md").read_text().partition("## A plan's run")
    assert title
    return set(FIRST_CELL.findall(for_all)), set(FIRST_CELL.findall(for_plans))


def small_plan(kind, url):
    models = [
        {"name": name, "model": f"openai/mock-{name}", "api_base": url} for name in ("careful", "teacher", "concise")
    ]
    scorer = {"kind": kind} | ({} if kind == "lexical" else {"model": "openai/mock-critic", "api_base": url})
    return {"tasks": {"file": "demo", "limit": 4}, "agents": models, "scorer": scorer}


def key_paths(value, path="", stop=()):
    if isinstance(value, list):
        return set().union(*(key_paths(item, f"{path}[]", stop) for item in value)) if path == "agents" else set()
    if not isinstance(value, dict) or path in stop:
        return set()
    below = [(f"{path}.{key}" if path else key, item) for key, item in value.items()]
    leaves = {name for name, item in below if name not in NOT_ROWS}
    return leaves.union(*(key_paths(item, name, stop) for name, item in below))


# Objects that only group their keys: the table has the keys, not the group.
NOT_ROWS = {f"diagnostics.{group}" for group in ("peers", "intervals", "signal", "split_half", "run", "run.spend")}
# Objects with a row of their own that says what is in them.
RUN = "diagnostics.run"
SPENDS = {"agents[].spend", *(f"{RUN}.spend.{part}" for part in ("scorer", "paid_by_this_run", "budget"))}
SPENDS |= {f"{RUN}.{part}" for part in ("pairs", "critic", "questions")}


def test_the_commands_listed_are_those_there_are():
    listed = {call.split()[1] for call in documented(DOCS / "reference-cli.md") if call.startswith("elicit ")}
    assert listed == set(typer.main.get_command(app).commands)


def test_the_options_listed_for_rank_are_those_it_has():
    listed = {call.split()[0] for call in documented(DOCS / "reference-cli.md") if call.startswith("--")}
    options = typer.main.get_command(app).commands["rank"].params
    assert listed == {flag for option in options for flag in option.opts if flag.startswith("--")}


def test_every_mechanism_has_its_paragraph():
    assert set(re.findall(r"^## (\w+)$", (DOCS / "mechanisms.md").read_text(), re.MULTILINE)) == set(MECHANISMS)


def test_the_make_targets_listed_are_those_make_lists():
    targets = re.findall(r"^([a-z]+):.*?## (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    rows = re.findall(r"^\| `make (\w+)` \| (.*) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert rows == targets


def test_the_picture_shows_what_the_demo_prints():
    pictures = runpy.run_path(str(DOCS / "make_pictures.py"))
    shown = re.sub(r"<[^>]*>", "", pictures["PICTURE"].read_text().partition('-matrix">')[2])
    now = re.sub(r"<[^>]*>", "", pictures["picture"](pictures["demo_output"]()).partition('-matrix">')[2])
    assert shown == now, "run: python docs/make_pictures.py"


def test_pictures_name_no_other_host():
    for picture in DOCS.glob("*.svg"):
        addresses = re.findall(r"\w+://[^\s\"')]+", picture.read_text())
        assert set(addresses) <= {"http://www.w3.org/2000/svg"}
