"""Batches of publishes; lanes, in which runs go one after the other."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

RUNNING = sa.text("state = 'running' and lane is not null")
WAITING = sa.text("state = 'queued' and lane is not null")


def _owned(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _refers(table, "account_id", "accounts", "CASCADE"),
    ]


def _refers(table: str, column: str, to: str, then: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=then)


def upgrade() -> None:
    op.add_column("runs", sa.Column("lane", sa.String(60), nullable=True))
    op.add_column("runs", sa.Column("place", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_index("uq_runs_lane_running", "runs", ["lane"], unique=True, postgresql_where=RUNNING)
    op.create_index("ix_runs_lane_waiting", "runs", ["lane", "place", "due_at"], postgresql_where=WAITING)
    op.execute("update runs set lane = 'publish:' || site_id where kind = 'publish' and state = 'queued'")
    op.create_table(
        "publish_batches",
        *_owned("publish_batches"),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('publish','schedule')", name=op.f("ck_publish_batches_kind")),
        sa.CheckConstraint("(kind = 'schedule') = (due_at is not null)", name=op.f("ck_publish_batches_due")),
        _refers("publish_batches", "actor_id", "users", "SET NULL"),
    )
    op.create_index("ix_publish_batches_recent", "publish_batches", ["account_id", sa.text("id DESC")])
    op.create_index(op.f("ix_publish_batches_account_id"), "publish_batches", ["account_id"])
    op.create_table(
        "publish_batch_rows",
        *_owned("publish_batch_rows"),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=True),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("error", postgresql.JSONB(), nullable=True),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_publish_batch_rows_batch_id_position")),
        _refers("publish_batch_rows", "batch_id", "publish_batches", "CASCADE"),
        _refers("publish_batch_rows", "content_id", "contents", "SET NULL"),
        _refers("publish_batch_rows", "site_id", "sites", "CASCADE"),
        _refers("publish_batch_rows", "run_id", "runs", "CASCADE"),
    )
    for name in ("account_id", "content_id", "site_id", "run_id"):
        op.create_index(op.f(f"ix_publish_batch_rows_{name}"), "publish_batch_rows", [name])


def downgrade() -> None:
    op.drop_table("publish_batch_rows")
    op.drop_table("publish_batches")
    op.drop_index("ix_runs_lane_waiting", "runs")
    op.drop_index("uq_runs_lane_running", "runs")
    op.drop_column("runs", "place")
    op.drop_column("runs", "lane")
