"""When a published page is looked at again"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publications", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "update publications set look_at = now() where last_published_at > now() - interval '24 hours'"
        " and (verdict is null or verdict = 'not_seen_from_outside')"
    )
    op.create_index(
        "ix_publications_look_at", "publications", ["look_at"], postgresql_where=sa.text("look_at is not null")
    )


def downgrade() -> None:
    op.drop_index("ix_publications_look_at", "publications")
    op.drop_column("publications", "look_at")
