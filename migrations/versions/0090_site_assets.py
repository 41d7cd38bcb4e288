"""Files of sites, and which pictures a deploy brings into a media library"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
INSTANT = sa.DateTime(timezone=True)
NAME = "site_assets"


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in ("account_id", "site_id")),
        *(sa.Column(column, INSTANT, nullable=False) for column in ("created_at", "updated_at")),
        sa.Column("folder", sa.String(10), nullable=False),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("thumbnail", sa.String(64), nullable=True),
        sa.Column("mime", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        *(sa.Column(column, sa.Integer(), nullable=True) for column in ("width", "height")),
        sa.Column("alt", sa.String(500), nullable=False),
        sa.Column("actor_name", sa.String(120), nullable=False),
        sa.CheckConstraint("folder in ('images','documents','media')", name=op.f(f"ck_{NAME}_folder")),
        sa.UniqueConstraint("site_id", "folder", "name", name=op.f(f"uq_{NAME}_site_id_folder_name")),
        sa.UniqueConstraint("site_id", "sha256", name=op.f(f"uq_{NAME}_site_id_sha256")),
        *(
            sa.ForeignKeyConstraint([column], [f"{of}.id"], name=op.f(f"fk_{NAME}_{column}_{of}"), ondelete="CASCADE")
            for column, of in (("account_id", "accounts"), ("site_id", "sites"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
    )
    op.create_index(op.f(f"ix_{NAME}_account_id"), NAME, ["account_id"])
    op.create_index(f"ix_{NAME}_added", NAME, ["site_id", "created_at", "id"])
    op.create_index(f"ix_{NAME}_size", NAME, ["site_id", "size", "id"])
    op.create_index(f"ix_{NAME}_name", NAME, ["site_id", sa.text("lower(name)"), "id"])
    op.create_index(f"ix_{NAME}_bytes", NAME, ["account_id", "sha256"])
    op.execute(f"create policy account on {NAME} using ({CONDITION}) with check ({CONDITION})")
    op.execute(f"alter table {NAME} enable row level security")
    op.add_column("site_deploys", sa.Column("new_images", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("site_deploys", "new_images")
    op.drop_table(NAME)
