"""Does the ranking agree with what is known? Every set in ../shared/data and the demo, every scorer and mechanism.

    python benchmarks/validity.py [SET ...] [--page docs/validity.md]

A table for each set: a row for every scorer and mechanism that reads one of the set's inputs, below them the controls.
Columns: each thing known, as Spearman's rank correlation or, where agents are only known to be good or bad, the area
under the curve (AUC; .5 is chance), with a 95 % interval; then

    other peers   the first thing known, by `score_other`: the other peer weighting
    adjusted      the same by `score_length_adjusted`: length regressed out
    constant      where an agent lands that is added to the pool and gives one answer to every task
    p             the chance of such scores were the answers shuffled over tasks
    seconds       scoring, evidence included, without the bootstrap

The scores are those of `elicit rank` to the last bit; only its bootstrap is left out, which changes none of them.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from sets import CASES, Case
from validity_page import printed, rewritten
from validity_rows import Found, measure


def chosen(names: Sequence[str]) -> list[Case]:
    """The cases whose name starts with one of the names; all where there are none."""
    return [case for case in CASES if not names or case.name.startswith(tuple(names))]


def measure_all(cases: Iterable[Case]) -> tuple[list[Found], list[str]]:
    """Every case measured, and a sentence for each that is not there."""
    there = {case.name: case.file.exists() for case in cases}
    missing = [f"{case.name}: skipped, {case.file} is not there" for case in cases if not there[case.name]]
    return [measure(case) for case in cases if there[case.name]], missing


def main() -> None:
    """Print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sets", nargs="*", metavar="SET", help="only sets whose names start so (default: all)")
    parser.add_argument("--page", type=Path, help="write the tables into this page, in place of those it has")
    asked = parser.parse_args()
    found, missing = measure_all(chosen(asked.sets))
    if asked.page:
        asked.page.write_text(rewritten(asked.page.read_text(), found, missing))
    else:
        print(printed(found, missing))


if __name__ == "__main__":
    main()
