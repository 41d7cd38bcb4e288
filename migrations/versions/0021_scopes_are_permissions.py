"""Scopes of API tokens are permissions, called resource:action"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NAMES = {
    "view": ["account:read", "sites:read", "planner:read", "writer:read", "content:read"],
    "plan": ["planner:write", "runs:control"],
    "write": ["writer:write"],
    "edit_content": ["content:write"],
    "publish": ["content:publish"],
}

RENAME = """
update api_tokens set scopes = (
    select coalesce(jsonb_agg(distinct coalesce(names.new, scope.value)), '[]')
    from jsonb_array_elements_text(api_tokens.scopes) as scope(value)
    left join (select * from unnest(cast(:old as text[]), cast(:new as text[])) as pair(old, new)) names
        on names.old = scope.value
)
"""


def upgrade() -> None:
    pairs = [(old, new) for old, news in NAMES.items() for new in news]
    _rename([old for old, _ in pairs], [new for _, new in pairs])


def downgrade() -> None:
    pairs = [(new, old) for old, news in NAMES.items() for new in news]
    _rename([new for new, _ in pairs], [old for _, old in pairs])


def _rename(old: list[str], new: list[str]) -> None:
    op.get_bind().execute(sa.text(RENAME), {"old": old, "new": new})
