"""Sessions that were to be remembered last longer than others"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_sessions", sa.Column("remembered", sa.Boolean(), server_default="true", nullable=False))
    op.alter_column("user_sessions", "remembered", server_default="false")  # those that are there stay as they were


def downgrade() -> None:
    op.drop_column("user_sessions", "remembered")
