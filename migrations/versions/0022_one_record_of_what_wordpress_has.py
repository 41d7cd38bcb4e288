"""What WordPress has of a content, and what was published of it, as one record"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
VERDICT = "verdict in ('verified','published_with_issues','not_seen_from_outside')"
POST_OR_TERM = (
    "(external_type = 'post' and external_taxonomy = '') or (external_type = 'term' and external_taxonomy <> '')"
)
ACCOUNT = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)

# Where a content has both, what was last seen in WordPress is newer than what was published.
JOIN = """
update remote_states r set published_hash = p.published_hash, verdict = p.verdict, issues = p.issues,
    look_at = p.look_at, permalink = coalesce(nullif(r.permalink, ''), p.external_url),
    content_hash = coalesce(nullif(r.content_hash, ''), p.remote_hash)
from publications p join contents c on c.id = p.content_id and c.site_id = p.site_id
where r.content_id = p.content_id
"""
# An object of WordPress is of one content: of the one that is seen there, else of the one that was published last.
MOVE = """
insert into remote_states (account_id, content_id, site_id, kind, taxonomy, external_id, remote_type, status, permalink,
    fields, base, ahead, images, content_hash, state_hash, agreed_version, published_hash, verdict, issues, look_at,
    seen_at, gone_at, created_at, updated_at)
select p.account_id, p.content_id, p.site_id, p.external_type, p.external_taxonomy, p.external_id, '',
    coalesce(nullif(c.remote_status, ''), 'publish'), p.external_url, '{}', '{}', '[]', '{}', p.remote_hash, '', 0,
    p.published_hash, p.verdict, p.issues, p.look_at, p.last_published_at,
    case when c.remote_status in ('trash', 'deleted') then p.updated_at end, p.created_at, p.updated_at
from publications p join contents c on c.id = p.content_id and c.site_id = p.site_id
where not exists (select from remote_states r where r.content_id = p.content_id)
order by p.last_published_at desc, p.id desc
on conflict do nothing
"""
PUBLISHED_AT = """
update contents c set published_at = p.last_published_at from publications p
where p.content_id = c.id and p.site_id = c.site_id and c.published_at is null
"""
ADDRESSES = """
update contents c set external_id = r.external_id, external_url = coalesce(nullif(r.permalink, ''), c.external_url)
from remote_states r
where r.content_id = c.id and r.gone_at is null and c.external_id is not null
and (c.external_id, c.external_url) is distinct from (r.external_id, coalesce(nullif(r.permalink, ''), c.external_url))
"""
PART = """
insert into publications (account_id, content_id, site_id, external_id, external_type, external_taxonomy, external_url,
    published_hash, remote_hash, content_version, verdict, issues, first_published_at, last_published_at, look_at,
    created_at, updated_at)
select r.account_id, r.content_id, r.site_id, r.external_id, r.kind, r.taxonomy, r.permalink, r.published_hash,
    r.content_hash, coalesce(nullif(r.agreed_version, 0), c.version), r.verdict, r.issues,
    coalesce(c.published_at, r.seen_at), coalesce(c.published_at, r.seen_at), r.look_at, r.created_at, r.updated_at
from remote_states r join contents c on c.id = r.content_id
where c.published_at is not null
"""


def upgrade() -> None:
    op.execute("lock table publications in access exclusive mode")  # nothing is published between moving and dropping
    op.add_column("remote_states", sa.Column("published_hash", sa.String(64), server_default="", nullable=False))
    op.add_column("remote_states", sa.Column("verdict", sa.String(24), nullable=True))
    op.add_column("remote_states", sa.Column("issues", JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("remote_states", sa.Column("look_at", INSTANT, nullable=True))
    for statement in (JOIN, MOVE, PUBLISHED_AT, ADDRESSES):
        op.execute(statement)
    op.create_check_constraint(op.f("ck_remote_states_verdict"), "remote_states", VERDICT)
    op.create_index(
        "ix_remote_states_look_at", "remote_states", ["look_at"], postgresql_where=sa.text("look_at is not null")
    )
    op.drop_table("publications")


def downgrade() -> None:
    _publications()
    op.execute(PART)
    op.drop_index("ix_remote_states_look_at", "remote_states")
    op.drop_constraint(op.f("ck_remote_states_verdict"), "remote_states")
    for name in ("look_at", "issues", "verdict", "published_hash"):
        op.drop_column("remote_states", name)


def _publications() -> None:
    table = "publications"
    op.create_table(
        table,
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("content_id", "site_id", "external_id")),
        sa.Column("external_type", sa.String(8), server_default="post", nullable=False),
        sa.Column("external_taxonomy", sa.String(32), server_default="", nullable=False),
        sa.Column("external_url", sa.Text(), nullable=False),
        *(sa.Column(name, sa.String(64), nullable=False) for name in ("published_hash", "remote_hash")),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(24), nullable=True),
        sa.Column("issues", JSONB(), nullable=False),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("first_published_at", "last_published_at")),
        sa.Column("look_at", INSTANT, nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("created_at", "updated_at")),
        sa.CheckConstraint(VERDICT, name=op.f(f"ck_{table}_verdict")),
        sa.CheckConstraint(POST_OR_TERM, name=op.f(f"ck_{table}_external_type")),
        *(_to(table, column, target) for column, target in REFERENCES.items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("content_id", "site_id", name=op.f(f"uq_{table}_content_id_site_id")),
    )
    for column in ("account_id", "site_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index("ix_publications_look_at", table, ["look_at"], postgresql_where=sa.text("look_at is not null"))
    op.execute(f"create policy account on {table} using ({ACCOUNT}) with check ({ACCOUNT})")
    op.execute(f"alter table {table} enable row level security")


REFERENCES = {"account_id": "accounts", "content_id": "contents", "site_id": "sites"}


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")
