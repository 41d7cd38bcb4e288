"""Payments that were paid back or disputed"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLE = "billing_returned_payments"
CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint) "
    "or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("charge_id", sa.String(length=64), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refunded_cents", sa.Integer(), nullable=False),
        sa.Column("dispute_id", sa.String(length=64), nullable=True),
        sa.Column("dispute_status", sa.String(length=32), nullable=True),
        sa.Column("dispute_reason", sa.String(length=60), nullable=True),
        sa.Column("disputed_cents", sa.Integer(), nullable=False),
        sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f(f"fk_{TABLE}_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("charge_id", name=op.f(f"uq_{TABLE}_charge_id")),
    )
    op.create_index(f"ix_{TABLE}_account_id", TABLE, ["account_id"], unique=False)
    op.execute(f"create policy account on {TABLE} using ({CONDITION}) with check ({CONDITION})")
    op.execute(f"alter table {TABLE} enable row level security")


def downgrade() -> None:
    op.drop_table(TABLE)
