"""Index of runs by site and kind: the newest of a kind is asked for by every list page."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_runs_site_kind", "runs", ["account_id", "site_id", "kind", sa.text("created_at DESC")])


def downgrade() -> None:
    op.drop_index("ix_runs_site_kind", "runs")
