"""Accounts' own AI services, and which of their models does what"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.create_table(
        "ai_providers",
        *_owned(),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("base_url", sa.String(length=500), nullable=False),
        sa.Column("api_key_encrypted", sa.Text()),
        sa.Column("key_hint", sa.String(length=4), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("requests_per_minute", sa.Integer(), nullable=False),
        sa.Column("models", JSONB(), nullable=False),
        sa.Column("capabilities", JSONB(), nullable=False),
        sa.Column("last_tested_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_providers")),
        _of_account("ai_providers"),
    )
    op.create_index("uq_ai_providers_name", "ai_providers", ["account_id", sa.text("lower(name)")], unique=True)
    op.create_table(
        "ai_routes",
        *_owned(),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("targets", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_routes")),
        sa.UniqueConstraint("account_id", "operation", name=op.f("uq_ai_routes_account_id_operation")),
        sa.CheckConstraint("mode in ('order','price','speed')", name=op.f("ck_ai_routes_mode")),
        _of_account("ai_routes"),
    )
    for table in ("ai_providers", "ai_routes"):
        op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _owned() -> list[sa.Column]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
    ]


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_account_id_accounts")
    return sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("ai_routes")
    op.drop_table("ai_providers")
