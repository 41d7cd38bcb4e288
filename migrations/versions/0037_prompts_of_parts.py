"""What a part of a draft was written with, before the content is there"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("prompt_uses", sa.Column("site_id", sa.BigInteger()))
    op.add_column("prompt_uses", sa.Column("task_id", sa.BigInteger()))
    op.add_column("prompt_uses", sa.Column("part", sa.String(length=64), server_default="", nullable=False))
    op.execute("update prompt_uses set site_id = contents.site_id from contents where contents.id = content_id")
    op.alter_column("prompt_uses", "site_id", nullable=False)
    op.alter_column("prompt_uses", "content_id", nullable=True)
    for column, other, ondelete in (("site_id", "sites", "CASCADE"), ("task_id", "tasks", "SET NULL")):
        name = op.f(f"fk_prompt_uses_{column}_{other}")
        op.create_foreign_key(name, "prompt_uses", other, [column], ["id"], ondelete=ondelete)
    op.create_index(op.f("ix_prompt_uses_site_id"), "prompt_uses", ["site_id"])
    op.create_index(
        "uq_prompt_uses_part", "prompt_uses", ["task_id", "part"], unique=True, postgresql_where=sa.text("part <> ''")
    )


def downgrade() -> None:
    op.execute("delete from prompt_uses where content_id is null")
    op.alter_column("prompt_uses", "content_id", nullable=False)
    for column in ("part", "task_id", "site_id"):
        op.drop_column("prompt_uses", column)
