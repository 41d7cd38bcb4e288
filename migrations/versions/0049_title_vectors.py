"""Vectors of titles, to search among"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

TABLE = "title_vectors"
CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("vector", ARRAY(sa.REAL()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_title_vectors")),
        sa.UniqueConstraint("account_id", "kind", "subject_id", name="uq_title_vectors_subject"),
        *(_reference(column) for column in ("account", "site")),
    )
    op.create_index(op.f("ix_title_vectors_account_id"), TABLE, ["account_id"])
    op.create_index("ix_title_vectors_site", TABLE, ["site_id", "id"])
    op.execute(f"create policy account on {TABLE} using ({CONDITION}) with check ({CONDITION})")
    op.execute(f"alter table {TABLE} enable row level security")


def _reference(name: str) -> sa.ForeignKeyConstraint:
    key = op.f(f"fk_{TABLE}_{name}_id_{name}s")
    return sa.ForeignKeyConstraint([f"{name}_id"], [f"{name}s.id"], name=key, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table(TABLE)
