"""What addresses of other sites answered that contents link to"""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

TABLE = "link_checks"
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
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("leads_to", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        *(_reference(name) for name in ("account", "site")),
        sa.CheckConstraint(
            "outcome in ('works','moved','gone','failing','refused','unreachable')",
            name=op.f(f"ck_{TABLE}_outcome"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_account_id"), TABLE, ["account_id"])
    op.create_index("uq_link_checks_address", TABLE, ["site_id", "digest"], unique=True)
    op.create_index("ix_link_checks_checked_at", TABLE, ["checked_at"])
    op.execute(f"create policy account on {TABLE} using ({CONDITION}) with check ({CONDITION})")
    op.execute(f"alter table {TABLE} enable row level security")


def _reference(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{name}_id"], [f"{name}s.id"], name=op.f(f"fk_{TABLE}_{name}_id_{name}s"), ondelete="CASCADE"
    )


def downgrade() -> None:
    op.drop_table(TABLE)
