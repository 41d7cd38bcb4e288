"""Indexes for long lists"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

VOLUME = sa.text("volume DESC NULLS LAST")
ADDED = sa.text("created_at DESC")


def upgrade() -> None:
    op.drop_index("ix_keywords_cluster", "keywords")
    op.drop_index("ix_keywords_site_volume", "keywords")
    op.drop_index("ix_keywords_unclustered", "keywords")
    op.drop_index("ix_ideas_site_id", "ideas")
    op.create_index("ix_keywords_cluster_volume", "keywords", ["cluster_id", VOLUME, "id"])
    op.create_index("ix_keywords_site_volume", "keywords", ["site_id", VOLUME, "id"], postgresql_include=["account_id"])
    op.create_index(
        "ix_keywords_unclustered",
        "keywords",
        ["site_id", "id"],
        postgresql_where=sa.text("cluster_id is null"),
        postgresql_include=["account_id"],
    )
    op.create_index(
        "ix_keywords_country", "keywords", ["site_id", "country"], postgresql_where=sa.text("country is not null")
    )
    op.create_index("ix_ideas_site_added", "ideas", ["site_id", ADDED, "id"])
    op.create_index("ix_tasks_site_added", "tasks", ["site_id", ADDED, "id"])


def downgrade() -> None:
    op.drop_index("ix_tasks_site_added", "tasks")
    op.drop_index("ix_ideas_site_added", "ideas")
    op.drop_index("ix_keywords_country", "keywords")
    op.drop_index("ix_keywords_unclustered", "keywords")
    op.drop_index("ix_keywords_site_volume", "keywords")
    op.drop_index("ix_keywords_cluster_volume", "keywords")
    op.create_index("ix_ideas_site_id", "ideas", ["site_id"])
    op.create_index(
        "ix_keywords_unclustered", "keywords", ["site_id", "id"], postgresql_where=sa.text("cluster_id is null")
    )
    op.create_index("ix_keywords_site_volume", "keywords", ["site_id", VOLUME, "id"])
    op.create_index("ix_keywords_cluster", "keywords", ["cluster_id"])
