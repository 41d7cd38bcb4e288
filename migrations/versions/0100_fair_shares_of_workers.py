"""Indexes of the runs that wait with RQ, by account, and of those that wait to be handed over"""

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0093"
branch_labels = None
depends_on = None

HANDED_OVER = "state = 'queued' and enqueued_at is not null"
UNFED = "state = 'queued' and enqueued_at is null and lane is null"


def upgrade() -> None:
    op.create_index(
        "ix_runs_handed_over",
        "runs",
        ["queue", "account_id", "enqueued_at"],
        postgresql_where=sa.text(HANDED_OVER),
    )
    op.create_index(
        "ix_runs_unfed",
        "runs",
        ["account_id", "queue", "due_at", "created_at", "id"],
        postgresql_where=sa.text(UNFED),
    )


def downgrade() -> None:
    op.drop_index("ix_runs_unfed", "runs")
    op.drop_index("ix_runs_handed_over", "runs")
