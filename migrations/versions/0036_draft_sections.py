"""Sections of drafts, and texts that contents had or may get"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.add_column("briefs", sa.Column("image_briefs", JSONB(), nullable=False, server_default="[]"))
    op.create_table(
        "draft_sections",
        *_owned(),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("section_id", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("content_html", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_sections")),
        sa.UniqueConstraint("task_id", "section_id", name=op.f("uq_draft_sections_task_id_section_id")),
        *(_reference("draft_sections", column) for column in ("account", "site")),
    )
    op.create_table(
        "content_revisions",
        *_owned(),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("section", sa.String(length=300), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content_html", sa.Text(), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_revisions")),
        sa.CheckConstraint("kind in ('before','proposed')", name=op.f("ck_content_revisions_kind")),
        sa.CheckConstraint("state in ('open','taken','dropped','kept')", name=op.f("ck_content_revisions_state")),
        *(_reference("content_revisions", column) for column in ("account", "site", "content")),
    )
    op.create_index("ix_content_revisions_content", "content_revisions", ["content_id", sa.text("id DESC")])
    for table in ("draft_sections", "content_revisions"):
        for column in ("account_id", "site_id"):
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _owned() -> list[sa.Column]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
    ]


def _reference(table: str, name: str) -> sa.ForeignKeyConstraint:
    key = op.f(f"fk_{table}_{name}_id_{name}s")
    return sa.ForeignKeyConstraint([f"{name}_id"], [f"{name}s.id"], name=key, ondelete="CASCADE")


def downgrade() -> None:
    for table in ("content_revisions", "draft_sections"):
        op.drop_table(table)
    op.drop_column("briefs", "image_briefs")
