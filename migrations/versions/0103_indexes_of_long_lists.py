"""What lists of tasks and ideas count by type, and what the calendar shows, stand in indexes of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0103"
down_revision = "0100"
branch_labels = None
depends_on = None

COVERED = {"postgresql_include": ["account_id", "id"]}


def upgrade() -> None:
    op.create_index("ix_tasks_site_type", "tasks", ["site_id", "status", "content_type"], **COVERED)
    is_open = sa.text("task_id is null")
    op.create_index("ix_ideas_open_type", "ideas", ["site_id", "content_type"], postgresql_where=is_open, **COVERED)
    is_scheduled = sa.text("kind = 'publish' and (params ->> 'mode') = 'scheduled'")
    op.create_index("ix_runs_scheduled", "runs", ["account_id", "due_at"], postgresql_where=is_scheduled)


def downgrade() -> None:
    op.drop_index("ix_runs_scheduled", table_name="runs")
    op.drop_index("ix_ideas_open_type", table_name="ideas")
    op.drop_index("ix_tasks_site_type", table_name="tasks")
