"""API keys as a table for the terminal; their names come from outside."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from elicit.untrusted import printable

COLUMNS = ("key", "name", "scopes", "made (UTC)", "last used", "until")


def key_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """The keys, one a line."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for row in rows:
        until = "revoked" if row["revoked_at"] else day(row["expires_at"]) or "for ever"
        made, used = day(row["created_at"]), day(row["last_used_at"]) or "never"
        table.add_row(row["id"], Text(printable(row["name"])), " ".join(row["scopes"]), made, used, until)
    return table


def day(moment: str | None) -> str:
    """A moment as far as the minute; nothing for none.

    >>> day("2026-11-22T10:20:30Z"), day(None)
    ('2026-11-22 10:20', '')
    """
    return "" if moment is None else moment[:16].replace("T", " ")
