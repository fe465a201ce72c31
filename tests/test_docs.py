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
from reference_pages import documented, documented_keys, key_paths
from typer.testing import CliRunner

import elicit
from elicit.cli import app
from elicit.io.columns import FIELDS
from elicit.mechanisms import MECHANISMS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")

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


def test_the_accepted_names_of_columns_are_those_of_the_code():
    rows = re.findall(
        r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", (DOCS / "reference-formats.md").read_text(), re.MULTILINE
    )
    assert {field: tuple(re.findall(r"\w+", names)) for field, names in rows} == FIELDS


def test_the_keys_of_the_json_form_are_those_of_a_real_document(desk):
    real = elicit.rank("answers.jsonl", store=False).document
    assert documented_keys(of_plans=False) == key_paths(real)


def test_the_commands_listed_are_those_there_are():
    listed = {call.split()[1] for call in documented(DOCS / "reference-cli.md") if call.startswith("elicit ")}
    assert listed == set(typer.main.get_command(app).commands)


def test_the_options_listed_for_rank_are_those_it_has():
    listed = {call.split()[0] for call in documented(DOCS / "reference-cli.md") if call.startswith("--")}
    options = typer.main.get_command(app).commands["rank"].params
    assert listed == {flag for option in options for flag in option.opts if flag.startswith("--")}


def test_every_mechanism_has_its_paragraph():
    pages = "\n".join(page.read_text() for page in (DOCS / "mechanisms").glob("*.md"))
    assert sorted(re.findall(r"^## ([a-z]\w+)$", pages, re.MULTILINE)) == sorted(MECHANISMS)


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
    for picture in DOCS.rglob("*.svg"):
        addresses = re.findall(r"\w+://[^\s\"')]+", picture.read_text())
        assert set(addresses) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}  # names, not places
