"""Sections of the whole text written anew, beside those of the first draft"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

TABLE = "draft_sections"
BEFORE, AFTER = ("task_id", "section_id"), ("task_id", "text", "section_id")


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("text", sa.String(length=8), nullable=False, server_default=""))
    op.drop_constraint(op.f(f"uq_{TABLE}_{'_'.join(BEFORE)}"), TABLE, type_="unique")
    op.create_unique_constraint(op.f(f"uq_{TABLE}_{'_'.join(AFTER)}"), TABLE, AFTER)


def downgrade() -> None:
    op.execute("delete from draft_sections where text <> ''")
    op.drop_constraint(op.f(f"uq_{TABLE}_{'_'.join(AFTER)}"), TABLE, type_="unique")
    op.create_unique_constraint(op.f(f"uq_{TABLE}_{'_'.join(BEFORE)}"), TABLE, BEFORE)
    op.drop_column(TABLE, "text")
