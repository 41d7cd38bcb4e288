"""Texts of optimizations that nobody touched for 90 days are let go"""

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

TABLE = "optimization_tasks"
KEPT = f"ix_{TABLE}_kept"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(KEPT, TABLE, ["updated_at"], postgresql_where=sa.text("forgotten_at is null"))
    op.execute(
        "update optimization_tasks set html_before = '', html_after = '', metadata = '{}', waiting = 0,"
        " forgotten_at = now()"
        " where status in ('completed', 'failed') and updated_at < now() - interval '90 days'"
    )


def downgrade() -> None:
    op.drop_index(KEPT, TABLE)
    op.drop_column(TABLE, "forgotten_at")
