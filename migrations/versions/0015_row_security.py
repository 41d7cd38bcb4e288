"""Row-level security: the application's role sees rows of one account at a time"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Subqueries, so that the settings are read once a statement and not once a row.
EVERY = "(select current_setting('igny8.every_account', true) = 'on')"
ACCOUNT = "(select nullif(current_setting('igny8.account', true), '')::bigint)"

OF_ACCOUNTS = (
    "api_tokens",
    "audit_events",
    "billing_accounts",
    "billing_invoices",
    "cluster_suggestions",
    "clusters",
    "content_images",
    "content_taxonomies",
    "contents",
    "count_entries",
    "credit_balances",
    "credit_entries",
    "credit_reservations",
    "credit_usage",
    "ideas",
    "import_problems",
    "invitations",
    "keywords",
    "memberships",
    "module_switches",
    "outgoing_mails",
    "pack_purchases",
    "publications",
    "publish_batch_rows",
    "publish_batches",
    "publish_runs",
    "remote_changes",
    "remote_states",
    "runs",
    "sectors",
    "site_counters",
    "site_imports",
    "site_syncs",
    "sites",
    "stripe_events",
    "tasks",
    "wordpress_connections",
)

# Tables that lead to an account over another table, which has a policy itself.
THROUGH = {
    "applied_sequences": ("site_id", "sites"),
    "content_keywords": ("content_id", "contents"),
    "content_terms": ("content_id", "contents"),
    "remote_relations": ("site_id", "sites"),
    "site_access": ("membership_id", "memberships"),
    "task_keywords": ("task_id", "tasks"),
}


def _protect(table: str, condition: str) -> None:
    op.execute(f"create policy account on {table} using ({condition}) with check ({condition})")
    op.execute(f"alter table {table} enable row level security")


def upgrade() -> None:
    for table in OF_ACCOUNTS:
        _protect(table, f"account_id = {ACCOUNT} or {EVERY}")
    _protect("accounts", f"id = {ACCOUNT} or {EVERY}")
    for table, (column, parent) in THROUGH.items():
        owned = f"exists (select from {parent} parent where parent.id = {table}.{column})"
        _protect(table, f"{EVERY} or {owned}")


def downgrade() -> None:
    for table in ("accounts", *OF_ACCOUNTS, *THROUGH):
        op.execute(f"alter table {table} disable row level security")
        op.execute(f"drop policy account on {table}")
