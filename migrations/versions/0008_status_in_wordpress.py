"""The status that a piece of content has in WordPress"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contents", sa.Column("remote_status", sa.String(20), server_default="", nullable=False))
    op.execute("update contents set remote_status = 'publish' where external_id is not null")


def downgrade() -> None:
    op.drop_column("contents", "remote_status")
