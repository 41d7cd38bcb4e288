"""Until when each person has seen what ended and failed"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)


def upgrade() -> None:
    op.create_table(
        "news_looks",
        *(_owner(name) for name in ("account", "user")),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "user_id", name=op.f("pk_news_looks")),
    )
    op.create_index(op.f("ix_news_looks_user_id"), "news_looks", ["user_id"])
    op.execute(f"create policy account on news_looks using ({CONDITION}) with check ({CONDITION})")
    op.execute("alter table news_looks enable row level security")
    op.create_index(
        "ix_runs_own_ended",
        "runs",
        ["account_id", "actor_id", "ended_at"],
        postgresql_where=sa.text("state in ('succeeded','failed')"),
    )


def _owner(name: str) -> sa.Column[int]:
    key = sa.ForeignKey(f"{name}s.id", ondelete="CASCADE", name=op.f(f"fk_news_looks_{name}_id_{name}s"))
    return sa.Column(f"{name}_id", sa.BigInteger(), key, nullable=False)


def downgrade() -> None:
    op.drop_index("ix_runs_own_ended", "runs")
    op.drop_table("news_looks")
