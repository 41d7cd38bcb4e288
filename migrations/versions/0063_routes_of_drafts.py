"""Who was chosen for drafts written whole is asked for their parts, which is how models write them now"""

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

SPREAD = """
insert into ai_routes (account_id, operation, mode, targets, created_at, updated_at)
select account_id, part, mode, targets, created_at, updated_at
from ai_routes cross join unnest(array['outline', 'section', 'finishing']) part
where operation = 'draft'
on conflict (account_id, operation) do nothing
"""
CLEAR = "delete from ai_routes where operation = 'draft'"
GATHER = """
insert into ai_routes (account_id, operation, mode, targets, created_at, updated_at)
select account_id, 'draft', mode, targets, created_at, updated_at from ai_routes where operation = 'section'
on conflict (account_id, operation) do nothing
"""


def upgrade() -> None:
    op.execute(SPREAD)
    op.execute(CLEAR)


def downgrade() -> None:
    op.execute(GATHER)
