"""What the Optimizer proposed for contents, and how often it worked on each"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

TABLE = "optimization_tasks"
CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
WHOLE, INSTANT = sa.Integer(), sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("contents", sa.Column("optimizer_version", WHOLE, server_default=sa.text("0"), nullable=False))
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("created_at", "updated_at")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("account_id", "site_id", "content_id")),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("entry_point", sa.String(12), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("html_before", "html_after", "error")),
        *(_json(name, "{}") for name in ("scores_before", "scores_after", "metadata")),
        _json("changes", "[]"),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("content_version", "waiting", "used", "credits_used")),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("applied_at", INSTANT, nullable=True),
        sa.CheckConstraint("status in ('pending','running','completed','failed')", name=op.f(f"ck_{TABLE}_status")),
        sa.CheckConstraint(
            "entry_point in ('writer','wordpress','external','manual')", name=op.f(f"ck_{TABLE}_entry_point")
        ),
        *(_reference(name) for name in ("account", "site", "content")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f(f"fk_{TABLE}_run_id_runs"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    _index()
    op.execute(f"create policy account on {TABLE} using ({CONDITION}) with check ({CONDITION})")
    op.execute(f"alter table {TABLE} enable row level security")


def _json(name: str, empty: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(), server_default=sa.text(f"'{empty}'"), nullable=False)


def _index() -> None:
    op.create_index(op.f(f"ix_{TABLE}_account_id"), TABLE, ["account_id"])
    op.create_index(f"ix_{TABLE}_site", TABLE, ["site_id", "created_at", "id"], postgresql_include=["account_id"])
    op.create_index(f"ix_{TABLE}_content", TABLE, ["content_id", sa.text("id DESC")])
    op.create_index(f"ix_{TABLE}_run", TABLE, ["run_id"])
    op.create_index(
        f"uq_{TABLE}_under_way",
        TABLE,
        ["content_id"],
        unique=True,
        postgresql_where=sa.text("status in ('pending','running')"),
    )


def _reference(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{name}_id"], [f"{name}s.id"], name=op.f(f"fk_{TABLE}_{name}_id_{name}s"), ondelete="CASCADE"
    )


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("contents", "optimizer_version")
