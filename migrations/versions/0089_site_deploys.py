"""Deploys of planned sites to WordPress, and what each did with which page"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0089"
down_revision = "0087"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _deploys()
    _pages()
    for table in ("site_deploys", "site_deploy_pages"):
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _deploys() -> None:
    name = "site_deploys"
    states = "'running','done','partial','taking_back','taken_back'"
    _table(
        name,
        sa.Column("blueprint_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("actor_name", sa.String(120), nullable=False),
        *(sa.Column(column, JSONB(), nullable=True) for column in ("site_before", "site_after")),
        sa.Column("left_parts", JSONB(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint(f"state in ({states})", name=op.f(f"ck_{name}_state")),
        _reference(name, "blueprint_id", "site_blueprints"),
        _reference(name, "run_id", "runs", "SET NULL"),
    )
    op.create_index(f"ix_{name}_blueprint", name, ["blueprint_id", sa.text("id DESC")])
    for index in ("site", "run"):
        op.create_index(f"ix_{name}_{index}", name, [f"{index}_id"])


def _pages() -> None:
    name = "site_deploy_pages"
    states = "'waiting','publishing','done','failed','put_back','kept'"
    _table(
        name,
        sa.Column("deploy_id", sa.BigInteger(), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=True) for column in ("page_id", "content_id")),
        sa.Column("publish_run_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        *(sa.Column(column, sa.Text(), nullable=False) for column in ("title", "reason")),
        sa.Column("action", sa.String(8), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        *(sa.Column(column, JSONB(), nullable=True) for column in ("before", "after")),
        sa.CheckConstraint("action in ('create','update','leave','conflict')", name=op.f(f"ck_{name}_action")),
        sa.CheckConstraint(f"state in ({states})", name=op.f(f"ck_{name}_state")),
        sa.UniqueConstraint("deploy_id", "position", name=op.f(f"uq_{name}_deploy_id_position")),
        _reference(name, "deploy_id", "site_deploys"),
        _reference(name, "page_id", "page_blueprints", "SET NULL"),
        _reference(name, "content_id", "contents", "SET NULL"),
        _reference(name, "publish_run_id", "runs", "SET NULL"),
    )
    columns = {"page": "page_id", "content": "content_id", "site": "site_id", "run": "publish_run_id"}
    for index, column in columns.items():
        op.create_index(f"ix_{name}_{index}", name, [column])


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
    for table in ("site_deploy_pages", "site_deploys"):
        op.drop_table(table)
