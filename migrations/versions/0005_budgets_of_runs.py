"""What a run may take in all, beside the run: it is shown with every run, and a plan is long to read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("service_runs", sa.Column("budget", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("service_runs", "budget")
