"""What type of content each publish brought live, kept with its run: weeks are counted from one index"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

INDEX = "ix_runs_ended"
COLUMNS = ["account_id", "kind", "site_id", "ended_at"]
FILL = """
update runs set subject_kind = contents.content_type from contents, publish_runs
  where publish_runs.run_id = runs.id and publish_runs.result is not null and contents.id = publish_runs.content_id
  and runs.kind = 'publish' and runs.state = 'succeeded'
"""


def upgrade() -> None:
    op.add_column("runs", sa.Column("subject_kind", sa.String(12), nullable=True))
    op.execute(FILL)
    _index("state", "started_at", "subject_kind")


def _index(*included: str) -> None:
    op.drop_index(INDEX, "runs")
    where = sa.text("state in ('succeeded','failed')")
    op.create_index(INDEX, "runs", COLUMNS, postgresql_include=list(included), postgresql_where=where)


def downgrade() -> None:
    _index("state", "started_at")
    op.drop_column("runs", "subject_kind")
