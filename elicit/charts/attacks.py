"""The heat map of an audit: which trick would raise whom, under which mechanism."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from elicit.charts.heat_map import cells


def attack_map(rows: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """The most places that an attack (row) raised anybody under a mechanism (column), clones defended against or not.

    `rows` are those of `elicit audit --format json`; an attack that nobody with a rank played has no cell.
    """
    attacks = list(dict.fromkeys(row["attack"] for row in rows))
    columns = list(dict.fromkeys(column_of(row) for row in rows))
    places = {(row["attack"], column_of(row)): row["most_places"] for row in rows}
    matrix = [[places.get((attack, column)) for column in columns] for attack in attacks]
    return cells(attacks, columns, matrix, ("attack", "mechanism"), "places risen", "")


def column_of(row: Mapping[str, Any]) -> str:
    """A mechanism and whether clones were defended against.

    >>> column_of({"mechanism": "kl", "clones": "on"})
    'kl, defended'
    """
    return f"{row['mechanism']}, {'defended' if row['clones'] == 'on' else 'open'}"
