"""First answers to requests with an Idempotency-Key, calls of each token, and tokens for some sites"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0092"
down_revision = "0097"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("api_tokens", sa.Column("site_ids", JSONB(), nullable=True))
    _table(
        "api_answers",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.String(500), nullable=False),
        sa.Column("etag", sa.String(80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("account_id", "token_id", "key", name=op.f("uq_api_answers_account_id_token_id_key")),
    )
    op.create_index(op.f("ix_api_answers_token_id"), "api_answers", ["token_id"])
    _table(
        "api_calls",
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("endpoint", sa.String(60), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(60), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
    )
    op.create_index("ix_api_calls_token", "api_calls", ["token_id", "id"])
    for table in ("api_answers", "api_calls"):
        op.create_index(f"ix_{table}_created_at", table, ["created_at"])
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _table(name: str, *parts: sa.Column | sa.Constraint) -> None:
    """A table of rows of one account and token."""
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("account_id", "token_id")),
        *(sa.Column(column, INSTANT, nullable=False) for column in ("created_at", "updated_at")),
        *parts,
        *(
            sa.ForeignKeyConstraint([column], [f"{of}.id"], name=op.f(f"fk_{name}_{column}_{of}"), ondelete="CASCADE")
            for column, of in (("account_id", "accounts"), ("token_id", "api_tokens"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_account_id"), name, ["account_id"])


def downgrade() -> None:
    for table in ("api_calls", "api_answers"):
        op.drop_table(table)
    op.drop_column("api_tokens", "site_ids")
