"""Answers of prompt tests, encrypted and for 30 days"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from app.core.clock import utcnow
from app.core.crypto import encrypt

revision = "0070"
down_revision = "0068"
branch_labels = None
depends_on = None

TABLE = "prompt_test_results"
KEPT = timedelta(days=30)
AT_ONCE = 200
# No answer that is too old, and none of an account that keeps no prompts and answers.
ANSWERS = sa.text(f"""
select id, answer from {TABLE} where answer <> '' and created_at > :since and not exists (
  select 1 from ai_settings where ai_settings.account_id = {TABLE}.account_id and not keep_texts
)
""")  # noqa: S608
STORE = sa.text(f"update {TABLE} set answer_encrypted = :encrypted where id = :id")  # noqa: S608


def upgrade() -> None:
    op.execute(f"lock table {TABLE} in access exclusive mode")  # nothing is answered meanwhile
    op.add_column(TABLE, sa.Column("answer_encrypted", sa.Text()))
    rows = op.get_bind().execute(ANSWERS.execution_options(yield_per=AT_ONCE), {"since": utcnow() - KEPT})
    for some in rows.partitions():
        op.get_bind().execute(STORE, [{"id": row.id, "encrypted": encrypt(row.answer)} for row in some])
    op.drop_column(TABLE, "answer")
    kept = sa.text("answer_encrypted is not null")
    op.create_index("ix_prompt_test_results_texts", TABLE, ["created_at"], postgresql_where=kept)


def downgrade() -> None:
    op.drop_index("ix_prompt_test_results_texts", TABLE)
    op.add_column(TABLE, sa.Column("answer", sa.Text(), nullable=False, server_default=""))
    op.alter_column(TABLE, "answer", server_default=None)
    op.drop_column(TABLE, "answer_encrypted")
