"""What models cost whose price nobody publishes"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ai_providers", sa.Column("prices", JSONB(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("ai_providers", "prices")
