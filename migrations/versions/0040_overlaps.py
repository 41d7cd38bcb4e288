"""Overlaps as rows, with those that a person has dismissed"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
ORDERED = 'first_kind collate "C" < second_kind collate "C" or (first_kind = second_kind and first_id < second_id)'


def upgrade() -> None:
    op.create_table(
        "overlap_pairs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("first_kind", sa.String(length=10), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_kind", sa.String(length=10), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True)),
        sa.Column("dismissed_by", sa.BigInteger()),
        sa.CheckConstraint(ORDERED, name=op.f("ck_overlap_pairs_ordered")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overlap_pairs")),
        sa.UniqueConstraint(
            "account_id", "first_kind", "first_id", "second_kind", "second_id", name="uq_overlap_pairs_pair"
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"], [f"{name}s.id"], name=op.f(f"fk_overlap_pairs_{name}_id_{name}s"), ondelete="CASCADE"
            )
            for name in ("account", "site")
        ),
    )
    op.create_index(op.f("ix_overlap_pairs_account_id"), "overlap_pairs", ["account_id"])
    op.create_index("ix_overlap_pairs_site", "overlap_pairs", ["site_id", sa.text("score DESC"), "id"])
    op.execute(f"create policy account on overlap_pairs using ({CONDITION}) with check ({CONDITION})")
    op.execute("alter table overlap_pairs enable row level security")


def downgrade() -> None:
    op.drop_table("overlap_pairs")
