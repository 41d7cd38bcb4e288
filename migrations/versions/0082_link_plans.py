"""Link plans of sites, links that were mended in texts, and where pages were before"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
TABLES = ("former_addresses", "link_plans", "link_plan_rows", "link_repairs")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_link_batches_mode"), "link_batches")
    op.create_check_constraint(op.f("ck_link_batches_mode"), "link_batches", "mode in ('propose','apply','plan')")
    op.add_column("link_batches", sa.Column("mended", sa.Integer(), server_default=sa.text("0"), nullable=False))
    _table(
        "former_addresses",
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        _reference("former_addresses", "content_id", "contents"),
        sa.UniqueConstraint(
            "site_id", "address", "content_id", name=op.f("uq_former_addresses_site_id_address_content_id")
        ),
    )
    op.create_index("ix_former_addresses_content", "former_addresses", ["content_id"])
    _table(
        "link_plans",
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("read_at", INSTANT, nullable=False),
        sa.Column("contents", sa.Integer(), nullable=False),
        *(sa.Column(name, JSONB(), nullable=False) for name in ("figures", "picture")),
        _reference("link_plans", "run_id", "runs", "SET NULL"),
        sa.UniqueConstraint("site_id", name=op.f("uq_link_plans_site_id")),
    )
    _rows()
    _repairs()
    for table in TABLES:
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _rows() -> None:
    name = "link_plan_rows"
    _table(
        name,
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=True) for column in ("source_id", "target_id", "batch_id")),
        *(sa.Column(column, sa.String(10), nullable=False) for column in ("kind", "fix", "state")),
        *(sa.Column(column, sa.Integer(), nullable=False) for column in ("weight", "score")),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("rel", sa.String(60), nullable=False),
        *(sa.Column(column, sa.Text(), nullable=False) for column in ("url", "anchor", "before", "after")),
        sa.Column("details", JSONB(), nullable=False),
        sa.CheckConstraint(
            "kind in ('broken','moved','fresh','orphan','deep','hub','overlinked')", name=op.f(f"ck_{name}_kind")
        ),
        sa.CheckConstraint("fix in ('link','propose','retarget','unlink','')", name=op.f(f"ck_{name}_fix")),
        sa.CheckConstraint("state in ('open','chosen','done','left','seen')", name=op.f(f"ck_{name}_state")),
        *(_reference(name, column, "contents") for column in ("content_id", "source_id", "target_id")),
        _reference(name, "batch_id", "link_batches", "SET NULL"),
    )
    for index, columns in (
        ("weight", ["site_id", "weight", "id"]),
        ("kind", ["site_id", "kind", "state"]),
        ("batch", ["batch_id", "source_id"]),
        ("content", ["content_id"]),
        ("source", ["source_id"]),
        ("target", ["target_id"]),
    ):
        op.create_index(f"ix_{name}_{index}", name, columns)


def _repairs() -> None:
    name = "link_repairs"
    texts = ("old_href", "new_href", "old_tag", "new_tag", "end_tag", "inner", "anchor", "before", "after")
    _table(
        name,
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        *(sa.Column(column, sa.Text(), nullable=False) for column in texts),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.CheckConstraint("state in ('applied','undone','outdated')", name=op.f(f"ck_{name}_state")),
        _reference(name, "batch_id", "link_batches", "SET NULL"),
        _reference(name, "content_id", "contents"),
    )
    op.create_index("ix_link_repairs_content", name, ["content_id", "state"])
    op.create_index("ix_link_repairs_batch", name, ["batch_id"])
    op.create_index("ix_link_repairs_site", name, ["site_id"])


def _table(name: str, *parts: sa.Column | sa.Constraint) -> None:
    """A table of rows of one account and site."""
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("account_id", "site_id")),
        *(sa.Column(column, INSTANT, nullable=False) for column in ("created_at", "updated_at")),
        *parts,
        _reference(name, "account_id", "accounts"),
        _reference(name, "site_id", "sites"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_account_id"), name, ["account_id"])


def _reference(table: str, column: str, of: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{of}.id"], name=op.f(f"fk_{table}_{column}_{of}"), ondelete=ondelete)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("link_batches", "mended")
    op.execute("delete from link_batches where mode = 'plan'")
    op.drop_constraint(op.f("ck_link_batches_mode"), "link_batches")
    op.create_check_constraint(op.f("ck_link_batches_mode"), "link_batches", "mode in ('propose','apply')")
