"""Prompts of accounts, personas, strategy notes and image settings"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLES = (
    "prompt_versions",
    "shipped_prompts",
    "image_settings",
    "personas",
    "prompt_labels",
    "strategy_notes",
    "prompt_uses",
)
CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.create_table(
        "prompt_versions",
        *_owned("prompt_versions"),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("fingerprint", sa.String(length=12), nullable=False),
        sa.Column("based_on", sa.String(length=12), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.String(length=260), nullable=False),
        _reference("prompt_versions", "author_id", "users", "SET NULL"),
        sa.UniqueConstraint(
            "account_id", "operation", "number", name=op.f("uq_prompt_versions_account_id_operation_number")
        ),
    )
    op.create_table(
        "shipped_prompts",
        *_owned("shipped_prompts"),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("fingerprint", sa.String(length=12), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.UniqueConstraint(
            "account_id", "operation", "fingerprint", name=op.f("uq_shipped_prompts_account_id_operation_fingerprint")
        ),
    )
    op.create_table(
        "image_settings",
        *_owned("image_settings"),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("size", sa.String(length=20), nullable=False),
        sa.Column("quality", sa.String(length=20), nullable=False),
        sa.Column("style", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _reference("image_settings", "site_id", "sites", "CASCADE"),
    )
    op.create_index(op.f("ix_image_settings_site_id"), "image_settings", ["site_id"])
    op.create_index(
        "uq_image_settings_site", "image_settings", ["account_id", sa.text("coalesce(site_id, 0)")], unique=True
    )
    op.create_table(
        "personas",
        *_owned("personas"),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("voice", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("avoid", sa.Text(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _reference("personas", "site_id", "sites", "CASCADE"),
    )
    op.create_index(op.f("ix_personas_site_id"), "personas", ["site_id"])
    op.create_index(
        "uq_personas_default",
        "personas",
        ["account_id", sa.text("coalesce(site_id, 0)")],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "prompt_labels",
        *_owned("prompt_labels"),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=5), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=True),
        sa.Column("previous_id", sa.BigInteger(), nullable=True),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_by", sa.String(length=260), nullable=False),
        sa.CheckConstraint("label in ('draft','live')", name=op.f("ck_prompt_labels_label")),
        _reference("prompt_labels", "previous_id", "prompt_versions", "SET NULL"),
        _reference("prompt_labels", "version_id", "prompt_versions", "SET NULL"),
        sa.UniqueConstraint(
            "account_id", "operation", "label", name=op.f("uq_prompt_labels_account_id_operation_label")
        ),
    )
    op.create_table(
        "strategy_notes",
        *_owned("strategy_notes"),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=260), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _reference("strategy_notes", "site_id", "sites", "CASCADE"),
    )
    op.create_index(op.f("ix_strategy_notes_site_id"), "strategy_notes", ["site_id"])
    op.create_index(
        "uq_strategy_notes_site", "strategy_notes", ["account_id", sa.text("coalesce(site_id, 0)")], unique=True
    )
    op.create_table(
        "prompt_uses",
        *_owned("prompt_uses"),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("operation", sa.String(length=60), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=True),
        sa.Column("fingerprint", sa.String(length=12), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=True),
        _reference("prompt_uses", "content_id", "contents", "CASCADE"),
        _reference("prompt_uses", "version_id", "prompt_versions", "SET NULL"),
    )
    op.create_index("ix_prompt_uses_content", "prompt_uses", ["content_id", sa.text("id DESC")])
    op.create_index(
        "ix_prompt_uses_version", "prompt_uses", ["account_id", "operation", "version_id", sa.text("id DESC")]
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
