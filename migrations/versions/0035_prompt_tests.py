"""Tests of prompts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

TABLES = ("prompt_test_sets", "prompt_gates", "prompt_tests", "prompt_test_results")
CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.create_table(
        "prompt_test_sets",
        *_owned("prompt_test_sets"),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("cases", postgresql.JSONB(), nullable=False),
        sa.Column("checks", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _reference("prompt_test_sets", "site_id", "sites", "CASCADE"),
    )
    op.create_index("ix_prompt_test_sets_operation", "prompt_test_sets", ["account_id", "operation"])
    op.create_index(op.f("ix_prompt_test_sets_site_id"), "prompt_test_sets", ["site_id"])
    op.create_table(
        "prompt_gates",
        *_owned("prompt_gates"),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("test_set_id", sa.BigInteger(), nullable=False),
        sa.Column("least_percent", sa.Integer(), nullable=False),
        sa.CheckConstraint("least_percent between 1 and 100", name=op.f("ck_prompt_gates_least_percent")),
        _reference("prompt_gates", "test_set_id", "prompt_test_sets", "CASCADE"),
        sa.UniqueConstraint("account_id", "operation", name=op.f("uq_prompt_gates_account_id_operation")),
    )
    op.create_index(op.f("ix_prompt_gates_test_set_id"), "prompt_gates", ["test_set_id"])
    op.create_table(
        "prompt_tests",
        *_owned("prompt_tests"),
        sa.Column("test_set_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("sides", postgresql.JSONB(), nullable=False),
        sa.Column("cases", postgresql.JSONB(), nullable=False),
        sa.Column("checks", postgresql.JSONB(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=260), nullable=False),
        _reference("prompt_tests", "run_id", "runs", "SET NULL"),
        _reference("prompt_tests", "test_set_id", "prompt_test_sets", "CASCADE"),
        sa.UniqueConstraint("run_id", name=op.f("uq_prompt_tests_run_id")),
    )
    op.create_index("ix_prompt_tests_set", "prompt_tests", ["test_set_id", sa.text("id DESC")])
    op.create_table(
        "prompt_test_results",
        *_owned("prompt_test_results"),
        sa.Column("test_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("cost_micros", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        _reference("prompt_test_results", "test_id", "prompt_tests", "CASCADE"),
        sa.UniqueConstraint(
            "test_id",
            "side",
            "case_number",
            "repeat",
            name=op.f("uq_prompt_test_results_test_id_side_case_number_repeat"),
        ),
    )
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _owned(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _reference(table, "account_id", "accounts", "CASCADE"),
    ]


def _reference(table: str, column: str, other: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
