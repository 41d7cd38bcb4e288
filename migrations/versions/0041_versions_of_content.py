"""Every version of a content; texts that it may get have a table of their own"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

OLD, NEW = "content_revisions", "content_proposals"
CONSTRAINTS = (
    "pk_{}",
    "ck_{}_state",
    "fk_{}_account_id_accounts",
    "fk_{}_site_id_sites",
    "fk_{}_content_id_contents",
)
INDEXES = ("ix_{}_content", "ix_{}_account_id", "ix_{}_site_id")
REFERENCES = {"account_id": "accounts", "content_id": "contents"}
CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
BEFORE_INTO_VERSIONS = """
insert into content_revisions (account_id, content_id, version, cause, actor_name, title, content_html, fields,
  created_at, updated_at)
select account_id, content_id, base_version, 'earlier', '', title, content_html, fields, created_at, created_at
from content_proposals where kind = 'before' on conflict do nothing
"""
VERSIONS_INTO_BEFORE = """
insert into content_proposals (account_id, site_id, content_id, kind, state, origin, section, base_version, title,
  content_html, fields, created_at, updated_at)
select v.account_id, c.site_id, content_id, 'before', 'kept', 'edited', '', v.version, v.title, v.content_html,
  v.fields, v.created_at, v.updated_at
from content_revisions v join contents c on c.id = content_id where v.cause = 'earlier'
"""


def upgrade() -> None:
    _rename(OLD, NEW)
    op.create_table(
        OLD,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in REFERENCES),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content_html", sa.Text(), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{OLD}")),
        sa.UniqueConstraint("content_id", "version", name=op.f(f"uq_{OLD}_content_id_version")),
        *(
            sa.ForeignKeyConstraint([name], [f"{other}.id"], name=op.f(f"fk_{OLD}_{name}_{other}"), ondelete="CASCADE")
            for name, other in REFERENCES.items()
        ),
    )
    op.create_index(op.f(f"ix_{OLD}_account_id"), OLD, ["account_id"])
    op.execute(BEFORE_INTO_VERSIONS)
    op.execute(f"create policy account on {OLD} using ({CONDITION}) with check ({CONDITION})")
    op.execute(f"alter table {OLD} enable row level security")
    op.execute("delete from content_proposals where kind = 'before'")
    op.drop_column(NEW, "kind")
    _check_states("'open','taken','dropped'")


def downgrade() -> None:
    _check_states("'open','taken','dropped','kept'")
    op.add_column(NEW, sa.Column("kind", sa.String(length=10), nullable=False, server_default="proposed"))
    op.alter_column(NEW, "kind", server_default=None)
    op.execute(VERSIONS_INTO_BEFORE)
    op.drop_table(OLD)
    _rename(NEW, OLD)
    op.create_check_constraint(op.f(f"ck_{OLD}_kind"), OLD, "kind in ('before','proposed')")


def _check_states(states: str) -> None:
    op.drop_constraint(op.f(f"ck_{NEW}_state"), NEW, type_="check")
    op.create_check_constraint(op.f(f"ck_{NEW}_state"), NEW, f"state in ({states})")


def _rename(old: str, new: str) -> None:
    op.rename_table(old, new)
    op.execute(f"alter sequence {old}_id_seq rename to {new}_id_seq")
    for name in CONSTRAINTS:
        op.execute(f"alter table {new} rename constraint {name.format(old)} to {name.format(new)}")
    for name in INDEXES:
        op.execute(f"alter index {name.format(old)} rename to {name.format(new)}")
