"""The lines of outlines, and a person's yes to scripts in a text"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contents", sa.Column("outline_notes", JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("contents", sa.Column("scripts_allowed", sa.String(length=64), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("contents", "scripts_allowed")
    op.drop_column("contents", "outline_notes")
