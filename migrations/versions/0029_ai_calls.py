"""The record of calls to models, and what an account spends on them"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
TABLES = ("ai_calls", "ai_attempts", "ai_settings", "ai_spend")


def upgrade() -> None:
    _calls()
    _attempts()
    op.create_table(
        "ai_settings",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        *_times(),
        *(sa.Column(f"cap_{period}_micros", sa.BigInteger()) for period in ("run", "day", "month")),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("keep_texts", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ai_settings")),
        sa.CheckConstraint("concurrency between 1 and 100", name=op.f("ck_ai_settings_concurrency")),
        sa.CheckConstraint(
            "least(cap_run_micros, cap_day_micros, cap_month_micros) >= 0", name=op.f("ck_ai_settings_caps")
        ),
        _reference("ai_settings", "account_id", "accounts"),
    )
    op.create_table(
        "ai_spend",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.String(length=60), nullable=False),
        *_times(),
        sa.Column("reserved_micros", sa.BigInteger(), nullable=False),
        sa.Column("spent_micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "period", name=op.f("pk_ai_spend")),
        _reference("ai_spend", "account_id", "accounts"),
    )
    for table in TABLES:
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _calls() -> None:
    op.create_table(
        "ai_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *_times(),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("prompt_version", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid()),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("provider", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("error_code", sa.String(length=60)),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger()),
        sa.Column("ms", sa.Integer()),
        sa.Column("first_token_ms", sa.Integer()),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("reserved_micros", sa.BigInteger(), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prompt_encrypted", sa.Text()),
        sa.Column("answer_encrypted", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_calls")),
        sa.CheckConstraint("state in ('running','succeeded','failed','cancelled')", name=op.f("ck_ai_calls_state")),
        _reference("ai_calls", "account_id", "accounts"),
    )
    newest, last = sa.text("created_at DESC"), sa.text("id DESC")
    op.create_index("ix_ai_calls_newest", "ai_calls", ["account_id", newest, last])
    for name, column in (("slowest", "ms"), ("dearest", "cost_micros")):
        op.create_index(f"ix_ai_calls_{name}", "ai_calls", ["account_id", sa.text(f"{column} DESC NULLS LAST"), last])
    _partial_index("ix_ai_calls_run", ["account_id", "run_id"], "run_id is not null")
    _partial_index("ix_ai_calls_under_way", ["deadline_at"], "state = 'running'")
    _partial_index("ix_ai_calls_texts", ["created_at"], "prompt_encrypted is not null or answer_encrypted is not null")


def _partial_index(name: str, columns: list[str], condition: str) -> None:
    op.create_index(name, "ai_calls", columns, postgresql_where=sa.text(condition))


def _attempts() -> None:
    op.create_table(
        "ai_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(length=300), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("error_code", sa.String(length=60)),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("first_token_ms", sa.Integer()),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("is_repair", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_attempts")),
        _reference("ai_attempts", "account_id", "accounts"),
        _reference("ai_attempts", "call_id", "ai_calls"),
    )
    op.create_index("uq_ai_attempts_number", "ai_attempts", ["call_id", "number"], unique=True)
    op.create_index("ix_ai_attempts_endpoint", "ai_attempts", ["account_id", "endpoint", sa.text("id DESC")])


def _times() -> list[sa.Column]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("created_at", "updated_at")]


def _reference(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{parent}")
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    for table in ("ai_attempts", "ai_calls", "ai_settings", "ai_spend"):
        op.drop_table(table)
