"""Credits, plans and what Stripe says of them"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "billing_accounts",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("plan", sa.String(length=20), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("grace_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("anchor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("custom_credits", sa.Integer(), nullable=True),
        sa.Column("custom_seats", sa.Integer(), nullable=True),
        sa.Column("custom_sites", sa.Integer(), nullable=True),
        sa.Column("stripe_customer_id", sa.String(length=64), nullable=True),
        sa.Column("stripe_subscription_id", sa.String(length=64), nullable=True),
        sa.Column("stripe_status", sa.String(length=24), nullable=True),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source in ('none','local','stripe')", name=op.f("ck_billing_accounts_source")),
        sa.CheckConstraint("state in ('active','grace','suspended')", name=op.f("ck_billing_accounts_state")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_billing_accounts_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_billing_accounts")),
        sa.UniqueConstraint("stripe_customer_id", name=op.f("uq_billing_accounts_stripe_customer_id")),
    )
    op.create_index("ix_billing_accounts_period_end", "billing_accounts", ["period_end"], unique=False)
    op.create_table(
        "billing_invoices",
        sa.Column("stripe_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("page_url", sa.String(length=500), nullable=True),
        sa.Column("pdf_url", sa.String(length=500), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_billing_invoices_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_invoices")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_billing_invoices_stripe_id")),
    )
    op.create_index(op.f("ix_billing_invoices_account_id"), "billing_invoices", ["account_id"], unique=False)
    op.create_index(
        "ix_billing_invoices_recent",
        "billing_invoices",
        ["account_id", sa.literal_column("issued_at DESC")],
        unique=False,
    )
    op.create_table(
        "credit_balances",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_credits", sa.Integer(), nullable=False),
        sa.Column("pack_credits", sa.Integer(), nullable=False),
        sa.CheckConstraint("plan_credits >= 0 and pack_credits >= 0", name=op.f("ck_credit_balances_not_negative")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_credit_balances_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_credit_balances")),
    )
    op.create_table(
        "credit_entries",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("plan_delta", sa.Integer(), nullable=False),
        sa.Column("pack_delta", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("operation", sa.String(length=20), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "kind in ('grant','expire','pack','pack_refund','plan_change','reserve','settle','refund')",
            name=op.f("ck_credit_entries_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_credit_entries_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entries")),
        sa.UniqueConstraint("key", name=op.f("uq_credit_entries_key")),
    )
    op.create_index(
        "ix_credit_entries_account", "credit_entries", ["account_id", sa.literal_column("id DESC")], unique=False
    )
    op.create_table(
        "credit_reservations",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("operation", sa.String(length=20), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("units_done", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("from_plan", sa.Integer(), nullable=False),
        sa.Column("from_pack", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('held','closed')", name=op.f("ck_credit_reservations_state")),
        sa.CheckConstraint(
            "used >= 0 and used <= amount and amount = from_plan + from_pack",
            name=op.f("ck_credit_reservations_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_credit_reservations_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_reservations")),
        sa.UniqueConstraint("key", name=op.f("uq_credit_reservations_key")),
    )
    op.create_index(op.f("ix_credit_reservations_account_id"), "credit_reservations", ["account_id"], unique=False)
    op.create_index("ix_credit_reservations_run", "credit_reservations", ["run_id"], unique=False)
    op.create_index(
        "ix_credit_reservations_state",
        "credit_reservations",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "uq_credit_reservations_held",
        "credit_reservations",
        ["run_id"],
        unique=True,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_table(
        "pack_purchases",
        sa.Column("session_id", sa.String(length=120), nullable=False),
        sa.Column("pack", sa.String(length=20), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("refunded_cents", sa.Integer(), nullable=False),
        sa.Column("removed_credits", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_pack_purchases_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_purchases")),
        sa.UniqueConstraint("session_id", name=op.f("uq_pack_purchases_session_id")),
    )
    op.create_index(op.f("ix_pack_purchases_account_id"), "pack_purchases", ["account_id"], unique=False)
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_stripe_events_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_events")),
    )
    op.create_index(op.f("ix_stripe_events_account_id"), "stripe_events", ["account_id"], unique=False)
    op.create_index(op.f("ix_stripe_events_received_at"), "stripe_events", ["received_at"], unique=False)
    op.create_table(
        "credit_usage",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("operation", sa.String(length=20), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("object_type", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("object_title", sa.String(length=300), nullable=False),
        sa.Column("provider", sa.String(length=120), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_credit_usage_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_credit_usage_actor_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_credit_usage_site_id_sites"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_usage")),
        sa.UniqueConstraint("key", name=op.f("uq_credit_usage_key")),
    )
    op.create_index(op.f("ix_credit_usage_account_id"), "credit_usage", ["account_id"], unique=False)
    op.create_index(
        "ix_credit_usage_recent",
        "credit_usage",
        ["account_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_credit_usage_run", "credit_usage", ["run_id"], unique=False)

    op.execute(
        """
        create function igny8_refuse_change() returns trigger language plpgsql as
        $$ begin raise exception 'the ledger is append-only'; end $$
        """
    )
    op.execute(
        "create trigger credit_entries_append_only before update on credit_entries "
        "for each row execute function igny8_refuse_change()"
    )


def downgrade() -> None:
    op.drop_index("ix_credit_usage_run", table_name="credit_usage")
    op.drop_index("ix_credit_usage_recent", table_name="credit_usage")
    op.drop_index(op.f("ix_credit_usage_account_id"), table_name="credit_usage")
    op.drop_table("credit_usage")
    op.drop_index(op.f("ix_stripe_events_received_at"), table_name="stripe_events")
    op.drop_index(op.f("ix_stripe_events_account_id"), table_name="stripe_events")
    op.drop_table("stripe_events")
    op.drop_index(op.f("ix_pack_purchases_account_id"), table_name="pack_purchases")
    op.drop_table("pack_purchases")
    op.drop_index(
        "uq_credit_reservations_held", table_name="credit_reservations", postgresql_where=sa.text("state = 'held'")
    )
    op.drop_index(
        "ix_credit_reservations_state", table_name="credit_reservations", postgresql_where=sa.text("state = 'held'")
    )
    op.drop_index("ix_credit_reservations_run", table_name="credit_reservations")
    op.drop_index(op.f("ix_credit_reservations_account_id"), table_name="credit_reservations")
    op.drop_table("credit_reservations")
    op.drop_index("ix_credit_entries_account", table_name="credit_entries")
    op.drop_table("credit_entries")
    op.drop_table("credit_balances")
    op.drop_index("ix_billing_invoices_recent", table_name="billing_invoices")
    op.drop_index(op.f("ix_billing_invoices_account_id"), table_name="billing_invoices")
    op.drop_table("billing_invoices")
    op.drop_index("ix_billing_accounts_period_end", table_name="billing_accounts")
    op.drop_table("billing_accounts")
    op.execute("drop function igny8_refuse_change()")
