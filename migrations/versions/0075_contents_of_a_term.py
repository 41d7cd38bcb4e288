"""The contents of a term are found in an index alone"""

from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_content_terms_term", "content_terms", ["term_id", "content_id"])
    op.drop_index("ix_content_terms_term_id", table_name="content_terms")


def downgrade() -> None:
    op.create_index("ix_content_terms_term_id", "content_terms", ["term_id"])
    op.drop_index("ix_content_terms_term", table_name="content_terms")
