"""Search Console's figures of keywords, ranges of volume, and what imports change of keywords that are there"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

PERFORMANCE, UPDATES = "search_performance", "keyword_updates"
FIGURES = ("clicks", "impressions", "position")
CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    for name in ("volume_low", "volume_high"):
        op.add_column("keywords", sa.Column(name, sa.Integer()))
    _create(
        PERFORMANCE,
        *_figures(""),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        *_figures("_before"),
        sa.Column("measured_before_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("keyword_id", name=op.f("uq_search_performance_keyword_id")),
    )
    for name in FIGURES:
        op.create_index(f"ix_search_performance_site_{name}", PERFORMANCE, ["site_id", name, "keyword_id"])
    _create(
        UPDATES,
        sa.Column("stamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.UniqueConstraint("keyword_id", "stamp", name=op.f("uq_keyword_updates_keyword_id_stamp")),
    )
    op.create_index("ix_keyword_updates_stamp", UPDATES, ["site_id", "stamp"])


def _figures(ending: str) -> list[sa.Column[int]]:
    kinds = (sa.Integer(), sa.Integer(), sa.Numeric(6, 1))
    return [sa.Column(f"{name}{ending}", kind) for name, kind in zip(FIGURES, kinds, strict=True)]


def _create(table: str, *columns: sa.Column[object] | sa.Constraint) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(f"{name}_id", sa.BigInteger(), nullable=False) for name in ("account", "site", "keyword")),
        *columns,
        *(_reference(table, name) for name in ("account", "site", "keyword")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])
    op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
    op.execute(f"alter table {table} enable row level security")


def _reference(table: str, name: str) -> sa.ForeignKeyConstraint:
    key = op.f(f"fk_{table}_{name}_id_{name}s")
    return sa.ForeignKeyConstraint([f"{name}_id"], [f"{name}s.id"], name=key, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table(UPDATES)
    op.drop_table(PERFORMANCE)
    for name in ("volume_low", "volume_high"):
        op.drop_column("keywords", name)
