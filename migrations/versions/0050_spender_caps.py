"""What a rule may cost a day"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

TABLE = "ai_spender_caps"
CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.add_column("ai_calls", sa.Column("spender", sa.String(length=40), server_default="", nullable=False))
    op.create_table(
        TABLE,
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("spender", sa.String(length=40), nullable=False),
        sa.Column("cap_micros", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cap_micros >= 0", name=op.f("ck_ai_spender_caps_cap")),
        sa.PrimaryKeyConstraint("account_id", "spender", name=op.f("pk_ai_spender_caps")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ai_spender_caps_account_id_accounts"), ondelete="CASCADE"
        ),
    )
    op.execute(f"create policy account on {TABLE} using ({CONDITION}) with check ({CONDITION})")
    op.execute(f"alter table {TABLE} enable row level security")


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("ai_calls", "spender")
