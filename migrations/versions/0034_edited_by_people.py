"""When a person last changed a cluster, or moved a keyword: what the undo of an import leaves alone"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TABLES = ("clusters", "keywords")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("edited_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "edited_at")
