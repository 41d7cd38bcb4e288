"""What finds pages to link to is read from the index alone: it has the account that the second wall asks for"""

import sqlalchemy as sa
from alembic import op

revision = "0105"
down_revision = "0103"
branch_labels = None
depends_on = None

FOUND = ["site_id", "kind", "term", sa.text("weight DESC")]


def upgrade() -> None:
    op.create_index("ix_link_terms_near", "link_terms", FOUND, postgresql_include=["content_id", "account_id"])
    op.drop_index("ix_link_terms_found", table_name="link_terms")


def downgrade() -> None:
    op.create_index("ix_link_terms_found", "link_terms", FOUND, postgresql_include=["content_id"])
    op.drop_index("ix_link_terms_near", table_name="link_terms")
