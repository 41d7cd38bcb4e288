"""Keywords of a task in an order, and whether a person has picked them"""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0066"
branch_labels = None
depends_on = None

NUMBER = """
update task_keywords set position = numbered.place
from (
    select link.task_id, link.keyword_id,
        row_number() over (partition by link.task_id order by keywords.volume desc nulls last, keywords.id) - 1 as place
    from task_keywords link join keywords on keywords.id = link.keyword_id
) numbered
where numbered.task_id = task_keywords.task_id and numbered.keyword_id = task_keywords.keyword_id
    and numbered.place > 0
"""


def upgrade() -> None:
    op.add_column("task_keywords", sa.Column("position", sa.SmallInteger(), nullable=False, server_default="0"))
    op.execute(NUMBER)
    op.add_column("tasks", sa.Column("picks_keywords", sa.Boolean(), nullable=False, server_default=sa.text("false")))


def downgrade() -> None:
    op.drop_column("tasks", "picks_keywords")
    op.drop_column("task_keywords", "position")
