"""Sentences that say a search in other words, with the scores of their content"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("said", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("content_scores", column)


def downgrade() -> None:
    op.drop_column("content_scores", "said")
