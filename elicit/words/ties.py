"""Who cannot be told apart, and what it would take."""

from collections.abc import Sequence

from elicit.untrusted import printable
from elicit.words.point import Document

OUT_OF_REACH = 100  # times as many tasks: nobody asks them


def tied_in_words(groups: Sequence[Sequence[str]]) -> str:
    """Which agents cannot be told apart."""
    tied = [" = ".join(map(printable, names)) for names in groups if len(names) > 1]
    if not tied:
        return "no two neighbours are statistically tied"
    return "cannot be told apart: " + "; ".join(tied)


def more_tasks_in_words(document: Document) -> str:
    """How many more tasks would separate the first two where they are tied; nothing where that is not known.

    >>> known = {"tie_groups": [["a", "b"]], "separation": [{"agent": "a", "next": "b", "more_tasks": 214}]}
    >>> more_tasks_in_words({"n_tasks": 50, "diagnostics": known})
    'about 210 more tasks like these would separate the first two, if their difference stays what it is'
    >>> more_tasks_in_words({"n_tasks": 2, "diagnostics": known})
    'even 200 more would not separate the first two, if their difference stays what it is'
    """
    tied = document["diagnostics"]["tie_groups"][0][:2]
    pairs = document["diagnostics"].get("separation", ())  # older documents have none
    more = next((pair["more_tasks"] for pair in pairs if [pair["agent"], pair["next"]] == tied), None)
    if not more:
        return ""
    most = OUT_OF_REACH * document["n_tasks"]
    count = f"about {rounded(more):,} more tasks like these would" if more <= most else f"even {most:,} more would not"
    return f"{count} separate the first two, if their difference stays what it is"


def rounded(count: int) -> int:
    """A count with two digits, for it is an estimate.

    >>> rounded(7), rounded(214), rounded(12_345)
    (7, 210, 12000)
    """
    return round(count, 2 - len(str(count))) if count >= 100 else count
