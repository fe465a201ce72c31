"""Everything elicit raises on purpose.

One rule: a message names the rule, the value that broke it and where it stands, so the reader can mend it.
"""


class ElicitError(Exception):
    """Base of all errors elicit raises; a command that meets one exits with `exit_code`."""

    exit_code = 1


class InvalidInput(ElicitError):
    """What the user handed in breaks a rule: a file, a field, an option. Nothing was changed."""

    exit_code = 2


class InvalidEvaluation(InvalidInput):
    """Evidence that no mechanism can read: wrong shapes, not finite, too few agents."""


class UnknownRun(InvalidInput):
    """No stored run answers to this id."""


class StoreError(ElicitError):
    """The database cannot be reached, opened or upgraded."""


class ForbiddenAddress(InvalidInput):
    """An address that the server must not call, or none at all."""


class Unreachable(ElicitError):
    """A server outside did not answer, or not in time."""
