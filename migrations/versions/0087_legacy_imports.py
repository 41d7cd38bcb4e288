"""Imports from the old plugin, and the rows that were read from it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0087"
down_revision = "0084"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
TABLES = ("legacy_imports", "legacy_rows")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    name = "legacy_imports"
    _table(
        name,
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        *(sa.Column(column, JSONB(), nullable=False) for column in ("server", "tables", "notes", "choices", "report")),
        sa.Column("password", sa.String(1200), nullable=True),
        sa.Column("file", sa.String(64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        *(sa.Column(column, sa.String(64), nullable=False) for column in ("database", "prefix")),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("stamp", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.CheckConstraint("source in ('dump','server')", name=op.f(f"ck_{name}_source")),
        sa.CheckConstraint("state in ('reading','ready','moving','done','undone')", name=op.f(f"ck_{name}_state")),
        _reference(name, "site_id", "sites"),
        _reference(name, "actor_id", "users", "SET NULL"),
        _reference(name, "run_id", "runs", "SET NULL"),
    )
    op.create_index(op.f(f"ix_{name}_actor_id"), name, ["actor_id"])
    op.create_index(op.f(f"ix_{name}_run_id"), name, ["run_id"])
    op.create_index(f"ix_{name}_site", name, ["site_id", sa.text("id DESC")])
    _rows()
    for table in TABLES:
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _rows() -> None:
    name = "legacy_rows"
    _table(
        name,
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("source_table", sa.String(20), nullable=False),
        sa.Column("old_key", sa.String(64), nullable=False),
        sa.Column("parent_key", sa.String(64), nullable=True),
        sa.Column("raw", JSONB(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False, server_default="staged"),
        sa.Column("reason", sa.String(30), nullable=False, server_default=""),
        sa.Column("detail", sa.String(200), nullable=False, server_default=""),
        sa.Column("target_type", sa.String(12), nullable=False, server_default=""),
        *(sa.Column(column, sa.BigInteger(), nullable=True) for column in ("target_id", "draft_id")),
        *(
            sa.Column(column, sa.String(16), nullable=False, server_default="")
            for column in ("written", "draft_written")
        ),
        sa.CheckConstraint("state in ('staged','imported','merged','quarantined')", name=op.f(f"ck_{name}_state")),
        _reference(name, "import_id", "legacy_imports"),
        sa.UniqueConstraint(
            "import_id", "source_table", "old_key", name=op.f(f"uq_{name}_import_id_source_table_old_key")
        ),
    )
    op.create_index(f"ix_{name}_state", name, ["import_id", "source_table", "state", "id"])
    op.create_index(
        f"ix_{name}_parent", name, ["import_id", "parent_key"], postgresql_where=sa.text("parent_key is not null")
    )


def _table(name: str, *parts: sa.Column | sa.Constraint) -> None:
    """A table of rows of one account."""
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        *(sa.Column(column, INSTANT, nullable=False) for column in ("created_at", "updated_at")),
        *parts,
        _reference(name, "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_account_id"), name, ["account_id"])


def _reference(table: str, column: str, of: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{of}.id"], name=op.f(f"fk_{table}_{column}_{of}"), ondelete=ondelete)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
