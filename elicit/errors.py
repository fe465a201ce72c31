"""Everything elicit raises on purpose.

One rule: a message names the rule, the value that broke it and where it stands, so the reader can mend it.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class ElicitError(Exception):
    """Base of all errors elicit raises; a command that meets one exits with `exit_code`."""

    exit_code = 1


class InvalidInput(ElicitError):
    """What the user handed in breaks a rule: a file, a field, an option. Nothing was changed."""

    exit_code = 2


class InvalidEvaluation(InvalidInput):
    """Evidence that no mechanism can read: wrong shapes, not finite, too few agents."""


class UnknownObject(InvalidInput):
    """Nothing answers to this id or name, or nothing that the caller may know of."""


class UnknownRun(UnknownObject):
    """No stored run answers to this id."""


class TooLarge(InvalidInput):
    """What the user handed in is larger than a limit allows."""


class ForbiddenAddress(InvalidInput):
    """An address that the server must not call, or none at all."""


class UnknownHost(ForbiddenAddress):
    """An address whose host has no address, or none that can be found out now."""


class Conflict(ElicitError):
    """What was asked for does not fit what is there by now: a name that is taken, a submission that is complete."""


class Busy(Conflict):
    """The same request is being answered right now: asked again a little later, it gets that answer."""


class UploadStopped(ElicitError):
    """An upload met what `cause` says. What was stored before stays: the submission holds `received` outputs."""

    def __init__(self, cause: ElicitError, received: int) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.received = received


class NotSignedIn(ElicitError):
    """No API key came with the request, or none that is good."""


class NotAllowed(ElicitError):
    """The API key is good, but not for this."""


class RateLimited(ElicitError):
    """More was asked than a limit allows; the same may be asked again after `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StoreError(ElicitError):
    """The database cannot be reached, opened or upgraded."""


class ApiError(ElicitError):
    """What a server answered instead of doing what it was asked.

    `status` is that of HTTP (404: there is no such thing), `title` the kind of problem, `detail` what it was, and
    `places` the parts of what was sent that break a rule, if the server named them.
    """

    def __init__(self, title: str, status: int, detail: str, places: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(title, status, detail, places)
        self.title = title
        self.status = status
        self.detail = detail
        self.places = tuple(places)
        self.exit_code = 2 if status in BLAMES_THE_INPUT else 1

    def __str__(self) -> str:
        return f"{self.title} ({self.status}): {self.detail}"


class Unreachable(ElicitError):
    """A server that does not answer, or not in time, or not in words that are known here."""


BLAMES_THE_INPUT = {404, 409, 413, 422}
