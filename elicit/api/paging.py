"""Pages of lists: `?cursor=` and `?limit=`.

One rule: a cursor is the key of the last row seen, so rows that come in meanwhile move nothing.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query

from elicit.schemas import Page, Wire

Item = TypeVar("Item", bound=Wire)

Limit = Annotated[int, Query(ge=1, le=500, description="How many items a page has at most.")]
Cursor = Annotated[
    str | None, Query(pattern=r"^[0-9a-z]{1,64}$", description="The `next` of the page before; nothing for the first.")
]
NumberCursor = Annotated[
    int | None, Query(ge=0, le=2**62, alias="cursor", description="The `next` of the page before.")
]
PAGE = 50


def page_of(rows: Sequence[Any], limit: int, model: type[Item], key: Callable[[Any], object]) -> Page[Item]:
    """The first `limit` rows as a page; `key` is what a row is found by, and one row more says that more follow."""
    shown = rows[:limit]
    more = str(key(shown[-1])) if len(rows) > limit else None
    return Page(items=[model.model_validate(row) for row in shown], next=more)
