"""Files of built sites have an address in WordPress; deploys tell which of them they brought, and whether they changed
anything; pages of a deploy may stand aside for each other, and why one was left is kept apart from what is filled in"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None

EMPTY = sa.text("'{}'")


def upgrade() -> None:
    op.add_column("site_assets", sa.Column("library_url", sa.Text(), nullable=False, server_default=""))
    op.add_column("site_assets", sa.Column("refusal", JSONB(), nullable=False, server_default=EMPTY))
    op.add_column("site_deploys", sa.Column("new_files", JSONB(), nullable=True))
    op.add_column("site_deploys", sa.Column("has_changes", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("site_deploy_pages", sa.Column("final_slug", sa.String(200), nullable=True))
    op.add_column("site_deploy_pages", sa.Column("reason_values", JSONB(), nullable=False, server_default=EMPTY))


def downgrade() -> None:
    op.drop_column("site_deploy_pages", "reason_values")
    op.drop_column("site_deploy_pages", "final_slug")
    op.drop_column("site_deploys", "has_changes")
    op.drop_column("site_deploys", "new_files")
    op.drop_column("site_assets", "refusal")
    op.drop_column("site_assets", "library_url")
