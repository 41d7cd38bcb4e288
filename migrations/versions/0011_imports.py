"""Imports of a site, what they could not take, and suggested clusters"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COUNTED = (
    "failures",
    "done",
    "terms",
    "created",
    "updated",
    "unchanged",
    "kept",
    "passed_over",
    "gone",
    "problems",
)


def _owned(table: str, *columns: Any) -> None:
    """A table of rows that belong to an account."""
    op.create_table(
        table,
        *columns,
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        _to(table, "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def _link(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    _owned(
        "site_imports",
        _link("site_id"),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("types", JSONB(), nullable=False),
        sa.Column("statuses", JSONB(), nullable=False),
        sa.Column("phase", sa.String(8), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("page_limit", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer()),
        sa.Column("rate", sa.Float()),
        sa.Column("finished_at", MOMENT),
        *[sa.Column(name, sa.Integer(), nullable=False) for name in COUNTED],
        _to("site_imports", "site_id", "sites"),
        _to("site_imports", "run_id", "runs"),
        sa.UniqueConstraint("run_id", name=op.f("uq_site_imports_run_id")),
        _check("site_imports", "phase", "phase in ('terms','posts','done')"),
    )
    op.create_index("ix_site_imports_site", "site_imports", ["site_id", sa.text("id DESC")])
    _owned(
        "import_problems",
        _link("import_id"),
        sa.Column("object", sa.String(8), nullable=False),
        sa.Column("object_id", sa.BigInteger()),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        _to("import_problems", "import_id", "site_imports"),
    )
    op.create_index(op.f("ix_import_problems_import_id"), "import_problems", ["import_id"])
    _suggestions()


def _suggestions() -> None:
    table = "cluster_suggestions"
    _owned(
        table,
        _link("site_id"),
        _link("content_id"),
        _link("cluster_id"),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("because", sa.String(255), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("decision", sa.Uuid()),
        sa.Column("decided_at", MOMENT),
        _to(table, "site_id", "sites"),
        _to(table, "content_id", "contents"),
        _to(table, "cluster_id", "clusters"),
        sa.UniqueConstraint("content_id", name=op.f(f"uq_{table}_content_id")),
        _check(table, "state", "state in ('open','accepted','rejected')"),
    )
    op.create_index(op.f(f"ix_{table}_cluster_id"), table, ["cluster_id"])
    op.create_index(
        f"ix_{table}_open", table, ["site_id", sa.text("score DESC"), "id"], postgresql_where=sa.text("state='open'")
    )
    op.create_index(f"ix_{table}_decision", table, ["site_id", sa.text("decided_at DESC NULLS LAST")])


def downgrade() -> None:
    for table in ("cluster_suggestions", "import_problems", "site_imports"):
        op.drop_table(table)
