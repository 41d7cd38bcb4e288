"""Batches that are spread over time, and days of the calendar found by an index"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publish_batches", sa.Column("last_due_at", sa.DateTime(timezone=True)))
    op.create_index("ix_runs_kind_due", "runs", ["account_id", "kind", "due_at"])
    op.create_index(
        "ix_contents_published",
        "contents",
        ["site_id", "published_at"],
        postgresql_where=sa.text("published_at is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_contents_published", "contents")
    op.drop_index("ix_runs_kind_due", "runs")
    op.drop_column("publish_batches", "last_due_at")
