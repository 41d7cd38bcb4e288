"""Webhooks: addresses for events, and what was sent there"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _table(
        "webhooks",
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("secret", sa.String(400), nullable=False),
        sa.Column("events", JSONB(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("off_reason", sa.String(300), nullable=False),
    )
    name = "webhook_deliveries"
    _table(
        name,
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("event_key", sa.String(160), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("payload", JSONB(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("state in ('waiting','sent','failed')", name=op.f(f"ck_{name}_state")),
        sa.UniqueConstraint("webhook_id", "event_key", name=op.f(f"uq_{name}_webhook_id_event_key")),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f(f"fk_{name}_webhook_id_webhooks"), ondelete="CASCADE"
        ),
    )
    op.create_index(f"ix_{name}_due", name, ["due_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index(f"ix_{name}_webhook", name, ["webhook_id", sa.text("id DESC")])
    op.create_index(f"ix_{name}_created_at", name, ["created_at"])
    for table in ("webhooks", name):
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _table(name: str, *parts: sa.Column | sa.Constraint) -> None:
    """A table of rows of one account."""
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        *(sa.Column(column, INSTANT, nullable=False) for column in ("created_at", "updated_at")),
        *parts,
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f(f"fk_{name}_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_account_id"), name, ["account_id"])


def downgrade() -> None:
    for table in ("webhook_deliveries", "webhooks"):
        op.drop_table(table)
