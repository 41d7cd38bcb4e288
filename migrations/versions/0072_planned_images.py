"""Pictures that are planned for contents, as rows: what drafts brought along comes over"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

TABLE = "planned_images"
CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
BRING_OVER = """
insert into planned_images (created_at, updated_at, account_id, site_id, content_id, position, heading, shows, alt,
    image_id)
select b.updated_at, b.updated_at, c.account_id, c.site_id, c.id, brief.place - 1,
    left(coalesce(brief.value->>'heading', ''), 300), brief.value->>'shows',
    left(coalesce(brief.value->>'alt', ''), 500),
    (select min(i.id) from content_images i where i.content_id = c.id
        and i.alt = left(coalesce(nullif(brief.value->>'alt', ''), brief.value->>'shows'), 500))
from briefs b
join contents c on c.task_id = b.task_id and c.account_id = b.account_id
cross join lateral jsonb_array_elements(b.image_briefs) with ordinality as brief(value, place)
where coalesce(brief.value->>'shows', '') <> ''
order by c.id, brief.place
"""
PUT_BACK = """
update briefs set image_briefs = planned.rows
from (
    select c.account_id, c.task_id,
        jsonb_agg(jsonb_build_object('heading', p.heading, 'shows', p.shows, 'alt', p.alt) order by p.position, p.id)
            as rows
    from planned_images p join contents c on c.id = p.content_id where c.task_id is not null
    group by c.account_id, c.task_id
) planned
where planned.task_id = briefs.task_id and planned.account_id = briefs.account_id
"""


def upgrade() -> None:
    op.execute("lock table briefs in access exclusive mode")  # no draft is finished meanwhile
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(300), nullable=False),
        sa.Column("shows", sa.Text(), nullable=False),
        sa.Column("alt", sa.String(500), nullable=False),
        sa.Column("is_edited", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("image_id", sa.BigInteger()),
        sa.Column("text_digest", sa.LargeBinary()),
        sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")),
        *(_reference(name) for name in ("account", "site", "content")),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["content_images.id"],
            name=op.f(f"fk_{TABLE}_image_id_content_images"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    for name in ("account_id", "site_id", "image_id"):
        op.create_index(op.f(f"ix_{TABLE}_{name}"), TABLE, [name])
    op.create_index("ix_planned_images_content", TABLE, ["content_id", "position"])
    op.execute(f"create policy account on {TABLE} using ({CONDITION}) with check ({CONDITION})")
    op.execute(f"alter table {TABLE} enable row level security")
    op.execute(BRING_OVER)
    op.drop_column("briefs", "image_briefs")


def _reference(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{name}_id"], [f"{name}s.id"], name=op.f(f"fk_{TABLE}_{name}_id_{name}s"), ondelete="CASCADE"
    )


def downgrade() -> None:
    op.add_column("briefs", sa.Column("image_briefs", JSONB(), nullable=False, server_default="[]"))
    op.execute(PUT_BACK)
    op.drop_table(TABLE)
