"""When events are fetched from sites; texts of any length

Only `contents` is rewritten, for its column of search.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
WIDENED = (
    ("contents", "title", 500),
    ("contents", "seo_title", 300),
    ("contents", "seo_description", 500),
    ("contents", "seo_canonical", 2000),
    ("contents", "template", 200),
    ("contents", "external_url", 2000),
    ("remote_states", "permalink", 2000),
    ("publish_batch_rows", "title", 500),
    ("publications", "external_url", 2000),
)


def upgrade() -> None:
    for name in ("pull_due_at", "pull_lease_until", "pulled_at"):
        op.add_column("site_syncs", sa.Column(name, INSTANT, nullable=True))
    op.add_column("site_syncs", sa.Column("links_hash", sa.String(64), server_default="", nullable=False))
    op.create_index("ix_site_syncs_pull_due_at", "site_syncs", ["pull_due_at"])
    _drop_search()
    for table, column, length in WIDENED:
        op.alter_column(table, column, type_=sa.Text(), existing_type=sa.String(length))
    _add_search()


def _drop_search() -> None:
    """The type of a column that a generated one is made of cannot be changed."""
    op.drop_index("ix_contents_search", "contents", postgresql_using="gin")
    op.drop_column("contents", "search")


def _add_search() -> None:
    made = sa.Computed("to_tsvector('simple', title)", persisted=True)
    op.add_column("contents", sa.Column("search", TSVECTOR(), made, nullable=False))
    op.create_index("ix_contents_search", "contents", ["search"], postgresql_using="gin")


def downgrade() -> None:
    _drop_search()
    for table, column, length in WIDENED:
        op.alter_column(
            table,
            column,
            type_=sa.String(length),
            existing_type=sa.Text(),
            postgresql_using=f"left({column}, {length})",
        )
    _add_search()
    op.drop_index("ix_site_syncs_pull_due_at", "site_syncs")
    for name in ("links_hash", "pulled_at", "pull_lease_until", "pull_due_at"):
        op.drop_column("site_syncs", name)
