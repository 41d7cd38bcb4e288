"""Contents that come from elsewhere as they are, many at once. Services flush; callers commit.

No event is published: what was moved in is not new.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, cast, func, select, update

from app.content import hooks
from app.content.models import Content
from app.content.trash import services as trash
from app.core.bulk_insert import bulk_insert, new_ids
from app.core.extensions import db

QUIET = {"synchronize_session": False}


def add_drafts(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Drafts of these rows, written here. Returns their ids, in the same order."""
    if not rows:
        return []
    ids = new_ids(Content.__table__, len(rows))
    with bulk_insert() as copy:
        copy(Content.__table__, [{**row, "id": content_id} for content_id, row in zip(ids, rows, strict=True)])
    return ids


def give_tasks(pairs: Mapping[int, tuple[int, str]]) -> set[int]:
    """Say of contents which task they were written for, and their structure: {content: (task, structure)}.

    A task has one content: a second one gets none. Returns the contents that got their task.
    """
    taken = set(db.session.scalars(select(Content.task_id).where(Content.task_id.in_([p[0] for p in pairs.values()]))))
    rows: dict[int, tuple[int, str]] = {}
    for content_id, (task_id, structure) in pairs.items():
        if task_id not in taken:
            taken.add(task_id)
            rows[content_id] = (task_id, structure)
    if rows:
        new = func.unnest(
            cast(list(rows), ARRAY(BigInteger)),
            cast([task for task, _structure in rows.values()], ARRAY(BigInteger)),
            cast([structure[:40] for _task, structure in rows.values()], ARRAY(Text)),
        ).table_valued("content_id", "task_id", "structure")
        new = new.render_derived()
        stmt = update(Content).where(Content.id == new.c.content_id)
        values = {
            "task_id": new.c.task_id,
            "content_structure": new.c.structure,
            "source": "igny8",
            "updated_at": Content.updated_at,
        }
        db.session.execute(stmt.values(values).execution_options(**QUIET))
        db.session.expire_all()
    return set(rows)


def remove_contents(account_id: int, site_id: int, ids: Collection[int]) -> set[int]:
    """Delete those of these contents that nothing works on or has published, for good. Returns them."""
    where = (Content.account_id == account_id, Content.site_id == site_id, Content.id.in_(ids))
    unused = select(Content.id).where(*where, Content.published_at.is_(None), trash.LISTED, ~trash.at_work())
    going = set(db.session.scalars(unused))
    if going:
        hooks.contents_deleting(going)
        trash.delete_for_good(account_id, going)
    return going
