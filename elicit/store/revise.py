"""For developers: write the migration that brings the tables from the newest revision to what `models` says now.

    python -m elicit.store.revise "what changed"

Read what it wrote: Alembic cannot tell a renamed column from a dropped and an added one.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command

from elicit.store.engine import connect, database_url
from elicit.store.schema import alembic_config, bring_up_to_date, revisions


def revise(message: str) -> None:
    """Write the next numbered migration."""
    with TemporaryDirectory() as directory:
        url = database_url(f"sqlite:///{Path(directory) / 'elicit.db'}")
        bring_up_to_date(url)
        config, engine = alembic_config(), connect(url)
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=f"{int(revisions()[-1]) + 1:04}")
        engine.dispose()


if __name__ == "__main__":
    revise(" ".join(sys.argv[1:]))
