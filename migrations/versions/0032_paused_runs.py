"""Runs that a person has paused"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

STATE = "state in ('queued','running','succeeded','failed','cancelled')"
WITH_PAUSED = "state in ('queued','running','paused','succeeded','failed','cancelled')"


def upgrade() -> None:
    op.add_column("runs", sa.Column("pause_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.drop_constraint(op.f("ck_runs_state"), "runs", type_="check")
    op.create_check_constraint(op.f("ck_runs_state"), "runs", WITH_PAUSED)


def downgrade() -> None:
    op.execute("update runs set state = 'cancelled', ended_at = now() where state = 'paused'")
    op.drop_constraint(op.f("ck_runs_state"), "runs", type_="check")
    op.create_check_constraint(op.f("ck_runs_state"), "runs", STATE)
    op.drop_column("runs", "pause_requested")
