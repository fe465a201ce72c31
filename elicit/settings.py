"""What the user may set from outside, read once.

One rule: settings come in as values; nothing else in elicit looks at the environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from platformdirs import user_data_path


@dataclass(frozen=True)
class Settings:
    """Where runs are stored: `database_url` is a `sqlite:///FILE` or `postgresql://...` address."""

    database_url: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """`ELICIT_DATABASE_URL`, else the file `elicit.db` in the user's data directory.

        >>> Settings.from_environment({"ELICIT_DATABASE_URL": "postgresql:///elicit"}).database_url
        'postgresql:///elicit'
        """
        return cls(database_url=environ.get("ELICIT_DATABASE_URL") or f"sqlite:///{data_directory() / 'elicit.db'}")


def data_directory() -> Path:
    """Where elicit keeps its own files on this machine; it may not exist yet."""
    return user_data_path("elicit", appauthor=False)
