"""Answers of models for texts of drafts, encrypted and for 30 days"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.clock import utcnow
from app.core.crypto import encrypt

revision = "0066"
down_revision = "0063"
branch_labels = None
depends_on = None

TABLE = "stored_answers"
CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
KEPT = timedelta(days=30)
AT_ONCE = 200
SECTIONS = """
select s.account_id, s.site_id, s.task_id, s.text, s.section_id, s.raw, s.updated_at, b.outline,
  (select array_agg(d.section_id) from draft_sections d where d.task_id = s.task_id and d.text = s.text) as stored
from draft_sections s join briefs b on b.task_id = s.task_id and b.account_id = s.account_id
where s.raw <> '' and s.updated_at > :since
"""
LAST = """
select t.account_id, t.site_id, t.id as task_id, '' as text, '' as section_id, t.raw_response as raw, t.updated_at,
  b.outline, (select array_agg(d.section_id) from draft_sections d where d.task_id = t.id and d.text = '') as stored
from tasks t left join briefs b on b.task_id = t.id and b.account_id = t.account_id
where t.raw_response <> '' and t.updated_at > :since
"""


def upgrade() -> None:
    op.execute("lock table tasks, draft_sections in access exclusive mode")  # nothing is answered meanwhile
    _create_table()
    answers = sa.Table(TABLE, sa.MetaData(), autoload_with=op.get_bind())
    for query in (SECTIONS, LAST):
        for values in _answers(query):
            op.get_bind().execute(answers.insert(), values)
    op.drop_column("draft_sections", "raw")
    op.drop_column("tasks", "raw_response")


def _create_table() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(40), nullable=False),
        sa.Column("section_id", sa.String(16), nullable=False),
        sa.Column("heading", sa.String(300), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("answer_encrypted", sa.Text(), nullable=False),
        *(_reference(name) for name in ("account", "site")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("task_id", "text", "section_id", name=op.f(f"uq_{TABLE}_task_id_text_section_id")),
    )
    for name in ("account_id", "site_id"):
        op.create_index(op.f(f"ix_{TABLE}_{name}"), TABLE, [name])
    op.create_index("ix_stored_answers_created", TABLE, ["created_at"])
    op.execute(f"create policy account on {TABLE} using ({CONDITION}) with check ({CONDITION})")
    op.execute(f"alter table {TABLE} enable row level security")


def _reference(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{name}_id"], [f"{name}s.id"], name=op.f(f"fk_{TABLE}_{name}_id_{name}s"), ondelete="CASCADE"
    )


def _answers(query: str) -> Iterator[list[dict[str, Any]]]:
    """The rows of the new table for what is not older than is kept, some at a time."""
    stmt = sa.text(query).execution_options(yield_per=AT_ONCE)
    for rows in op.get_bind().execute(stmt, {"since": utcnow() - KEPT}).mappings().partitions():
        if values := [answer for row in rows if (answer := _answer(row)) is not None]:
            yield values


def _answer(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """An answer with the place of its section in the brief, the last one after all; None for a section that is gone."""
    stored = set(row["stored"] or ())
    sections = [section for section in row["outline"] or () if section["id"] in stored]
    headings = {str(section["id"]): str(section["heading"]) for section in sections}
    section_id = row["section_id"]
    if section_id and section_id not in headings:
        return None
    return {
        **{name: row[name] for name in ("account_id", "site_id", "task_id", "text", "section_id", "updated_at")},
        "created_at": row["updated_at"],
        "heading": headings.get(section_id, "")[:300],
        "place": list(headings).index(section_id) if section_id else len(headings),
        "answer_encrypted": encrypt(row["raw"]),
    }


def downgrade() -> None:
    op.add_column("tasks", sa.Column("raw_response", sa.Text()))
    op.add_column("draft_sections", sa.Column("raw", sa.Text(), nullable=False, server_default=""))
    op.alter_column("draft_sections", "raw", server_default=None)
    op.drop_table(TABLE)
