"""What there is to choose from."""

from elicit.services.catalogue import catalogue
from elicit.services.judging import SCORERS


def test_every_mechanism_has_a_scorer_and_every_scorer_one_default():
    entries = catalogue()
    assert all(entry.scorers and set(entry.default_for) <= set(entry.scorers) for entry in entries)
    assert sorted(kind for entry in entries for kind in entry.default_for) == sorted(SCORERS)
