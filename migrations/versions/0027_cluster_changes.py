"""What was done to clusters, to take it back"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.create_table(
        "cluster_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_changes")),
        *(_reference(column) for column in ("account", "site")),
    )
    op.create_index(op.f("ix_cluster_changes_account_id"), "cluster_changes", ["account_id"])
    op.create_index("ix_cluster_changes_site", "cluster_changes", ["site_id", sa.text("id DESC")])
    op.execute(f"create policy account on cluster_changes using ({CONDITION}) with check ({CONDITION})")
    op.execute("alter table cluster_changes enable row level security")


def _reference(name: str) -> sa.ForeignKeyConstraint:
    key = op.f(f"fk_cluster_changes_{name}_id_{name}s")
    return sa.ForeignKeyConstraint([f"{name}_id"], [f"{name}s.id"], name=key, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("cluster_changes")
