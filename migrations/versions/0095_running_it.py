"""What the operator was told, what was backed up and restored, and an index of runs that ended a moment ago"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0095"
down_revision = "0090"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "operator_alerts",
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_operator_alerts")),
    )
    op.create_table(
        "backup_records",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("kind in ('database','media','configuration','drill')", name=op.f("ck_backup_records_kind")),
        sa.CheckConstraint("state in ('running','good','failed')", name=op.f("ck_backup_records_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_records")),
    )
    op.create_index("ix_backup_records_newest", "backup_records", ["kind", sa.text("id DESC")])
    op.create_index("ix_runs_ended_at", "runs", ["ended_at"], postgresql_where=sa.text("ended_at is not null"))


def downgrade() -> None:
    op.drop_index("ix_runs_ended_at", table_name="runs")
    op.drop_table("backup_records")
    op.drop_table("operator_alerts")
