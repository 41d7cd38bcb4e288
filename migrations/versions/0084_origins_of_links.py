"""How a link names its site is kept, and pages whose links are read in another way now are read again"""

import sqlalchemy as sa
from alembic import op

revision = "0084"
down_revision = "0085"
branch_labels = None
depends_on = None

OTHERWISE = r"utm_|clid=|mc_[ce]id|href=.?(https?:)?//"


def upgrade() -> None:
    op.add_column("page_links", sa.Column("origin", sa.String(120), server_default="", nullable=False))
    op.execute(
        sa.text(
            "update link_pages set content_changed_at = 'epoch' from contents"
            " where contents.id = link_pages.content_id and contents.content_html ~* :otherwise"
        ).bindparams(otherwise=OTHERWISE)
    )


def downgrade() -> None:
    op.drop_column("page_links", "origin")
