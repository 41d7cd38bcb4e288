"""Filters of contents are counted, and with the two usual sorts found, in an index alone

Whatever is filtered by, PostgreSQL skips through the one index of all filters; the indexes by title and by date carry
the same columns along, so that it passes over what does not fit without a look at the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

FILTERED_BY = ("content_type", "state", "source", "sync_state", "status", "cluster_id")
SORTS = {"title": "title_key", "updated": "updated_at"}


def _index_sorts(*carried: str) -> None:
    for name, column in SORTS.items():
        op.drop_index(f"ix_contents_site_{name}", "contents")
        op.create_index(
            f"ix_contents_site_{name}",
            "contents",
            ["site_id", column, "id"],
            postgresql_include=["account_id", *carried],
            postgresql_where=sa.text("trashed_at is null"),
        )


def upgrade() -> None:
    _index_sorts(*FILTERED_BY)
    op.create_index(
        "ix_contents_site_filters",
        "contents",
        ["site_id", *FILTERED_BY],
        postgresql_include=["account_id", "id"],
        postgresql_where=sa.text("trashed_at is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_contents_site_filters", "contents")
    _index_sorts()
