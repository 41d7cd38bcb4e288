"""What was done to many contents at once, to take it back"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.create_table(
        "bulk_edits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.BigInteger()),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("kind in ('cluster','attach','detach')", name=op.f("ck_bulk_edits_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_edits")),
        *(_reference(column) for column in ("account", "site")),
    )
    op.create_index(op.f("ix_bulk_edits_account_id"), "bulk_edits", ["account_id"])
    op.create_index("ix_bulk_edits_site", "bulk_edits", ["site_id", sa.text("id DESC")])
    op.create_index("ix_bulk_edits_created", "bulk_edits", ["created_at"])
    op.create_table(
        "bulk_edit_rows",
        sa.Column("edit_id", sa.BigInteger(), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger()),
        sa.Column("done", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("edit_id", "content_id", name=op.f("pk_bulk_edit_rows")),
        sa.ForeignKeyConstraint(
            ["edit_id"], ["bulk_edits.id"], name=op.f("fk_bulk_edit_rows_edit_id_bulk_edits"), ondelete="CASCADE"
        ),
    )
    for table in ("bulk_edits", "bulk_edit_rows"):
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _reference(name: str) -> sa.ForeignKeyConstraint:
    key = op.f(f"fk_bulk_edits_{name}_id_{name}s")
    return sa.ForeignKeyConstraint([f"{name}_id"], [f"{name}s.id"], name=key, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("bulk_edit_rows")
    op.drop_table("bulk_edits")
