"""Briefs of what is to be written"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
INTENTS = "('','informational','navigational','commercial','transactional','local')"


def upgrade() -> None:
    op.create_table(
        "briefs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("intent", sa.String(length=20), nullable=False),
        sa.Column("primary_keyword", sa.String(length=255), nullable=False),
        *(sa.Column(name, JSONB(), nullable=False) for name in ("secondary_keywords", "outline", "questions")),
        sa.Column("link_ids", JSONB(), nullable=False),
        sa.Column("length_words", sa.Integer(), nullable=False),
        sa.Column("persona", sa.String(length=500), nullable=False),
        sa.Column("tone", sa.String(length=60), nullable=False),
        sa.Column("country", sa.String(length=2)),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("nearest", JSONB(), nullable=False),
        sa.Column("nearest_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefs")),
        sa.UniqueConstraint("task_id", name=op.f("uq_briefs_task_id")),
        sa.CheckConstraint(f"intent in {INTENTS}", name=op.f("ck_briefs_intent")),
        sa.CheckConstraint("length_words between 50 and 20000", name=op.f("ck_briefs_length_words")),
        *(_reference(column) for column in ("account", "site")),
    )
    for column in ("account_id", "site_id"):
        op.create_index(op.f(f"ix_briefs_{column}"), "briefs", [column])
    op.execute(f"create policy account on briefs using ({CONDITION}) with check ({CONDITION})")
    op.execute("alter table briefs enable row level security")


def _reference(name: str) -> sa.ForeignKeyConstraint:
    key = op.f(f"fk_briefs_{name}_id_{name}s")
    return sa.ForeignKeyConstraint([f"{name}_id"], [f"{name}s.id"], name=key, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("briefs")
