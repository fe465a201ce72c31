"""What each started plan has paid, and what is set aside for its calls. So far the answers themselves had told."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "ledgers",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("paid_calls", sa.BigInteger(), nullable=False),
        sa.Column("paid_cost", sa.Double(), nullable=False),
        sa.Column("paid_unpriced", sa.BigInteger(), nullable=False),
        sa.Column("held_calls", sa.BigInteger(), nullable=False),
        sa.Column("held_cost", sa.Double(), nullable=False),
        sa.Column("held_unpriced", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["plan_runs.id"], name=op.f("fk_ledgers_run_id_plan_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_ledgers")),
    )
    op.execute(
        """
        INSERT INTO ledgers
        SELECT plan_runs.id,
               coalesce(sum(completions.attempts), 0),
               coalesce(sum(completions.cost), 0),
               coalesce(sum(CASE WHEN completions.cost IS NULL THEN completions.attempts END), 0),
               0, 0, 0
        FROM plan_runs LEFT JOIN completions ON completions.run_id = plan_runs.id
        GROUP BY plan_runs.id
        """
    )


def downgrade() -> None:
    op.drop_table("ledgers")
