"""What the bodies of contents are found by when another says the same: made by the app as it goes"""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

TABLE, BANDS = "body_signatures", "body_bands"
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
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        *(_reference(TABLE, name) for name in ("account", "site", "content")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("content_id", name=op.f(f"uq_{TABLE}_content_id")),
    )
    for name in ("account_id", "site_id"):
        op.create_index(op.f(f"ix_{TABLE}_{name}"), TABLE, [name])
    op.create_table(
        BANDS,
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("account_id", "band", "content_id")),
        *(_reference(BANDS, name) for name in ("account", "content")),
        sa.PrimaryKeyConstraint("account_id", "band", "content_id", name=op.f(f"pk_{BANDS}")),
    )
    op.create_index(op.f(f"ix_{BANDS}_content_id"), BANDS, ["content_id"])
    for table in (TABLE, BANDS):
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _reference(table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{name}_id"], [f"{name}s.id"], name=op.f(f"fk_{table}_{name}_id_{name}s"), ondelete="CASCADE"
    )


def downgrade() -> None:
    op.drop_table(BANDS)
    op.drop_table(TABLE)
