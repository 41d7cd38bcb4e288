"""An index for each sort of keywords, ideas and tasks, and for what the dashboard says of a month of publishes"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

ENDED = "state in ('succeeded','failed')"


def upgrade() -> None:
    for name in ("intent", "country"):
        op.create_index(
            f"ix_keywords_site_{name}", "keywords", ["site_id", name, "id"], postgresql_include=["account_id"]
        )
    op.drop_index("ix_keywords_country", "keywords")
    for table in ("ideas", "tasks"):
        op.create_index(f"ix_{table}_site_title", table, ["site_id", sa.text("lower(title)"), "id"])
    op.create_index(
        "ix_runs_ended",
        "runs",
        ["account_id", "kind", "site_id", "ended_at"],
        postgresql_include=["state", "started_at"],
        postgresql_where=sa.text(ENDED),
    )
    op.create_index(
        "ix_runs_failed", "runs", ["account_id", "kind", "ended_at"], postgresql_where=sa.text("state = 'failed'")
    )


def downgrade() -> None:
    op.drop_index("ix_runs_failed", "runs")
    op.drop_index("ix_runs_ended", "runs")
    for table in ("ideas", "tasks"):
        op.drop_index(f"ix_{table}_site_title", table)
    op.create_index(
        "ix_keywords_country", "keywords", ["site_id", "country"], postgresql_where=sa.text("country is not null")
    )
    for name in ("intent", "country"):
        op.drop_index(f"ix_keywords_site_{name}", "keywords")
