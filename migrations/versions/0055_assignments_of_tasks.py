"""Who works on a task, until when, and a note; with indexes for whose it is, when it is due and what is overdue"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("assignee_id", sa.BigInteger()))
    op.add_column("tasks", sa.Column("due_on", sa.Date()))
    op.add_column("tasks", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.create_foreign_key("fk_tasks_assignee_id_users", "tasks", "users", ["assignee_id"], ["id"], ondelete="SET NULL")
    op.create_index(
        "ix_tasks_assignee",
        "tasks",
        ["assignee_id", "site_id", sa.text("created_at DESC"), "id"],
        postgresql_where=sa.text("assignee_id is not null"),
    )
    op.create_index("ix_tasks_site_due", "tasks", ["site_id", "due_on", "id"])
    op.create_index(
        "ix_tasks_open_due",
        "tasks",
        ["site_id", "due_on", "id"],
        postgresql_where=sa.text("status = 'queued' and due_on is not null"),
    )


def downgrade() -> None:
    for name in ("open_due", "site_due", "assignee"):
        op.drop_index(f"ix_tasks_{name}", "tasks")
    op.drop_constraint("fk_tasks_assignee_id_users", "tasks")
    for column in ("note", "due_on", "assignee_id"):
        op.drop_column("tasks", column)
