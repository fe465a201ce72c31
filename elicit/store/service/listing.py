"""Pages of long lists, by key: what comes after the last one seen, so that new rows shift nothing.

One rule: a page asks for one row more than it shows, which tells whether another page follows.
"""

from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute


def newest_first(rows: Select[Any], key: InstrumentedAttribute[Any], before: Any, limit: int) -> Select[Any]:
    """The newest `limit + 1` rows before `before`; keys sort by age."""
    older = rows if before is None else rows.where(key < before)
    return older.order_by(key.desc()).limit(limit + 1)
