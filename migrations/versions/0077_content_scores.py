"""Scores of contents, and assessments that a person dismissed"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

SCORES, DISMISSED = "content_scores", "dismissed_assessments"
SORTED_BY = ("overall", "seo", "readability", "engagement", "words", "to_improve")
CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def _owned() -> list[sa.Column]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
    ]


def _reference(table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{name}_id"], [f"{name}s.id"], name=op.f(f"fk_{table}_{name}_id_{name}s"), ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        SCORES,
        *_owned(),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("analyser_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("seo", "readability", "engagement", "overall")),
        sa.Column("to_improve", sa.Integer(), nullable=False),
        sa.Column("ratings", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        *(_reference(SCORES, name) for name in ("account", "site", "content")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SCORES}")),
        sa.UniqueConstraint("content_id", name=op.f(f"uq_{SCORES}_content_id")),
    )
    for name in SORTED_BY:
        op.create_index(f"ix_{SCORES}_site_{name}", SCORES, ["site_id", name, "id"], postgresql_include=["account_id"])
    op.create_index(f"ix_{SCORES}_version", SCORES, ["site_id", "analyser_version"])
    op.create_table(
        DISMISSED,
        *_owned(),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("dismissed_by", sa.BigInteger(), nullable=True),
        *(_reference(DISMISSED, name) for name in ("account", "content")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{DISMISSED}")),
        sa.UniqueConstraint("content_id", "key", name=op.f(f"uq_{DISMISSED}_content_id_key")),
    )
    for table in (SCORES, DISMISSED):
        op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def downgrade() -> None:
    op.drop_table(DISMISSED)
    op.drop_table(SCORES)
