"""What a leaderboard means in plain words, the same in the terminal, the dashboard and the report.

One rule: a sentence never claims more than its numbers do.
"""

from elicit.words.point import Level, Point, listed
from elicit.words.points import trust_points, zero_is_chance
from elicit.words.ties import more_tasks_in_words, tied_in_words
from elicit.words.verdict import Verdict, verdict

__all__ = [
    "Level",
    "Point",
    "Verdict",
    "listed",
    "more_tasks_in_words",
    "tied_in_words",
    "trust_points",
    "verdict",
    "zero_is_chance",
]
