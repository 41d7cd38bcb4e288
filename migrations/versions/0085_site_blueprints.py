"""Planned sites: blueprints, their pages, and their versions"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0085"
down_revision = "0083"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
TABLES = ("site_blueprints", "page_blueprints", "blueprint_versions")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _blueprints()
    _pages()
    _versions()
    for table in TABLES:
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _blueprints() -> None:
    name = "site_blueprints"
    _table(
        name,
        sa.Column("name", sa.String(120), nullable=False),
        *(sa.Column(column, JSONB(), nullable=False) for column in ("config", "structure")),
        *(sa.Column(column, sa.Integer(), nullable=False) for column in ("config_version", "step", "version")),
        *(sa.Column(column, sa.String(12), nullable=False) for column in ("status", "hosting_type")),
        sa.Column("deployed_version", sa.Integer(), nullable=True),
        sa.Column("trashed_at", INSTANT, nullable=True),
        sa.Column("trashed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("status in ('draft','generating','ready','deployed')", name=op.f(f"ck_{name}_status")),
        sa.CheckConstraint("hosting_type in ('wordpress','static')", name=op.f(f"ck_{name}_hosting_type")),
    )
    op.create_index(f"ix_{name}_site", name, ["site_id", "updated_at", "id"])
    op.create_index(f"ix_{name}_name", name, ["site_id", sa.text("lower(name)"), "id"])


def _pages() -> None:
    name = "page_blueprints"
    _table(
        name,
        sa.Column("blueprint_id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        *(sa.Column(column, sa.String(12), nullable=False) for column in ("page_type", "status")),
        sa.Column("blocks", JSONB(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=True) for column in ("parent_id", "content_id")),
        sa.Column("content_version", sa.Integer(), nullable=True),
        sa.Column("in_menu", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("was_edited", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "page_type in ('home','about','services','products','blog','contact','custom')",
            name=op.f(f"ck_{name}_page_type"),
        ),
        sa.CheckConstraint("status in ('draft','generating','ready')", name=op.f(f"ck_{name}_status")),
        _reference(name, "blueprint_id", "site_blueprints"),
        _reference(name, "parent_id", name, "SET NULL"),
        _reference(name, "content_id", "contents", "SET NULL"),
    )
    op.create_index(f"ix_{name}_blueprint", name, ["blueprint_id", "position", "id"])
    for index in ("content", "parent", "site"):
        op.create_index(f"ix_{name}_{index}", name, [f"{index}_id"])


def _versions() -> None:
    name = "blueprint_versions"
    _table(
        name,
        sa.Column("blueprint_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("snapshot", JSONB(), nullable=False),
        sa.Column("cause", sa.String(30), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.String(120), nullable=False),
        *(sa.Column(column, sa.Integer(), nullable=True) for column in ("undo_to", "redo_to")),
        sa.UniqueConstraint("blueprint_id", "number", name=op.f(f"uq_{name}_blueprint_id_number")),
        _reference(name, "blueprint_id", "site_blueprints"),
    )
    op.create_index(f"ix_{name}_site", name, ["site_id"])


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
