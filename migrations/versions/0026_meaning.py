"""Vectors of texts, and the nearest clusters of keywords that are in none"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.create_table(
        "text_vectors",
        *_owned(),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_vectors")),
        sa.UniqueConstraint("account_id", "digest", name=op.f("uq_text_vectors_account_id_digest")),
        *_of_account("text_vectors"),
    )
    op.create_table(
        "nearest_clusters",
        *_owned(),
        sa.Column("keyword_id", sa.BigInteger(), nullable=False),
        sa.Column("cluster_id", sa.BigInteger(), nullable=False),
        sa.Column("nearness", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nearest_clusters")),
        sa.UniqueConstraint("keyword_id", "cluster_id", name=op.f("uq_nearest_clusters_keyword_id_cluster_id")),
        *_of_account("nearest_clusters"),
        *(_reference("nearest_clusters", column) for column in ("keyword", "cluster")),
    )
    op.create_index(op.f("ix_nearest_clusters_cluster_id"), "nearest_clusters", ["cluster_id"])
    for table in ("text_vectors", "nearest_clusters"):
        op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _owned() -> list[sa.Column]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
    ]


def _of_account(table: str) -> list[sa.ForeignKeyConstraint]:
    name = op.f(f"fk_{table}_account_id_accounts")
    return [sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=name, ondelete="CASCADE")]


def _reference(table: str, name: str) -> sa.ForeignKeyConstraint:
    key = op.f(f"fk_{table}_{name}_id_{name}s")
    return sa.ForeignKeyConstraint([f"{name}_id"], [f"{name}s.id"], name=key, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("nearest_clusters")
    op.drop_table("text_vectors")
