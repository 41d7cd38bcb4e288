"""Views of lists, how each person has a list, and an index for each further sort of contents"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.create_table(
        "saved_views",
        *_own_columns(),
        sa.Column("list_name", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.BigInteger()),
        sa.Column("made_by", sa.BigInteger()),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("filters", JSONB(), server_default="{}", nullable=False),
        sa.Column("columns", JSONB(), server_default="[]", nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        _reference("saved_views", "account_id", "accounts"),
        _reference("saved_views", "site_id", "sites"),
        _reference("saved_views", "made_by", "users", "SET NULL"),
    )
    op.create_index("ix_saved_views_list", "saved_views", ["account_id", "list_name"])
    for name in ("account_id", "made_by", "deleted_at"):
        op.create_index(op.f(f"ix_saved_views_{name}"), "saved_views", [name])
    op.create_table(
        "list_settings",
        *_own_columns(),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("list_name", sa.String(length=40), nullable=False),
        sa.Column("per_page", sa.Integer(), server_default="0", nullable=False),
        sa.Column("density", sa.String(length=12), server_default="", nullable=False),
        sa.Column("columns", JSONB(), server_default="[]", nullable=False),
        sa.Column("view_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_settings")),
        sa.UniqueConstraint(
            "account_id", "user_id", "list_name", name=op.f("uq_list_settings_account_id_user_id_list_name")
        ),
        _reference("list_settings", "account_id", "accounts"),
        _reference("list_settings", "user_id", "users"),
        _reference("list_settings", "view_id", "saved_views", "SET NULL"),
    )
    for name in ("account_id", "user_id"):
        op.create_index(op.f(f"ix_list_settings_{name}"), "list_settings", [name])
    for name in ("created", "published"):
        op.create_index(
            f"ix_contents_site_{name}",
            "contents",
            ["site_id", f"{name}_at", "id"],
            postgresql_include=["account_id"],
            postgresql_where=sa.text("trashed_at is null"),
        )
    for table in ("saved_views", "list_settings"):
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _own_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
    ]


def _reference(table: str, column: str, to: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=ondelete)


def downgrade() -> None:
    for name in ("created", "published"):
        op.drop_index(f"ix_contents_site_{name}", "contents")
    op.drop_table("list_settings")
    op.drop_table("saved_views")
