"""Who gets a daily mail at which hour, and links in mails by which one stops them with one click"""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0069"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    member = sa.ForeignKeyConstraint(
        ["account_id", "user_id"],
        ["memberships.account_id", "memberships.user_id"],
        name=op.f("fk_daily_mails_account_id_memberships"),
        ondelete="CASCADE",
    )
    op.create_table(
        "daily_mails",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("told_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=True),
        member,
        sa.CheckConstraint("hour between 0 and 23", name=op.f("ck_daily_mails_hour")),
        sa.PrimaryKeyConstraint("account_id", "user_id", name=op.f("pk_daily_mails")),
    )
    op.execute(f"create policy account on daily_mails using ({CONDITION}) with check ({CONDITION})")
    op.execute("alter table daily_mails enable row level security")
    op.add_column("outgoing_mails", sa.Column("unsubscribe", sa.String(500), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("outgoing_mails", "unsubscribe")
    op.drop_table("daily_mails")
