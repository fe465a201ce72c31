"""How often a schedule runs, in the words of people and in the fields of the API.

One rule: what is shown is what the server was told; a cron line that no sentence fits is shown as it is.
"""

from datetime import time
from typing import Any, Literal, TypeAlias

from elicit.schemas import Schedule

Rhythm: TypeAlias = Literal["every day", "every week", "every few hours", "cron line"]
RHYTHMS: tuple[Rhythm, ...] = ("every day", "every week", "every few hours", "cron line")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOUR_S, MINUTE_S = 3600, 60


def daily(at: time) -> dict[str, Any]:
    """Every day at a time.

    >>> daily(time(6, 30))
    {'cron': '30 6 * * *'}
    """
    return {"cron": f"{at.minute} {at.hour} * * *"}


def weekly(day: str, at: time) -> dict[str, Any]:
    """Every week on a day.

    >>> weekly("Sunday", time(6, 0))
    {'cron': '0 6 * * 0'}
    """
    return {"cron": f"{at.minute} {at.hour} * * {(WEEKDAYS.index(day) + 1) % 7}"}


def hourly(hours: int) -> dict[str, Any]:
    """Every few hours, counted from the last run.

    >>> hourly(6)
    {'every_s': 21600}
    """
    return {"every_s": hours * HOUR_S}


def in_words(schedule: Schedule) -> str:
    """When a schedule runs."""
    if schedule.every_s is not None:
        return f"every {length(schedule.every_s)}"
    return f"{cron_in_words(schedule.cron or '')}, {schedule.time_zone}"


def length(seconds: int) -> str:
    """An interval in the largest unit that it is a whole number of.

    >>> length(7200), length(3600), length(90)
    ('2 h', '1 h', '90 s')
    """
    for unit_s, unit in ((HOUR_S, "h"), (MINUTE_S, "min")):
        if seconds % unit_s == 0:
            return f"{seconds // unit_s} {unit}"
    return f"{seconds} s"


def cron_in_words(cron: str) -> str:
    """A cron line that runs daily or weekly in words, any other as it is.

    >>> cron_in_words("30 6 * * *"), cron_in_words("0 6 * * 1"), cron_in_words("*/5 * * * *")
    ('every day at 06:30', 'every Monday at 06:00', 'cron */5 * * * *')
    """
    parts = cron.split()
    if len(parts) != 5 or not (parts[0].isdecimal() and parts[1].isdecimal()) or parts[2:4] != ["*", "*"]:
        return f"cron {cron}"
    at = f"{int(parts[1]):02}:{int(parts[0]):02}"
    if parts[4] == "*":
        return f"every day at {at}"
    if parts[4] in "01234567":
        return f"every {WEEKDAYS[(int(parts[4]) - 1) % 7]} at {at}"
    return f"cron {cron}"
