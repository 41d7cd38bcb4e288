"""Undoing an import: what it added goes, unless somebody changed or used it since; that stays, and is counted.

The rows are staged again, so that the import can be started anew. Services flush; the run commits after each batch.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, cast, exists, func, select, update

from app.content.moved_in import remove_contents
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.languages import NN_, gettext
from app.core.wording import counted, enumerated, many
from app.legacy_import.models import IMPORTED, MERGED, STAGED, LegacyImport, LegacyRow
from app.legacy_import.targets import R, stored_digests
from app.planner import moved_in as planner_rows
from app.planner.models import Cluster
from app.writer.moved_in import remove_tasks

AT_ONCE = 1_000
QUIET = {"synchronize_session": False}
EMPTY = {
    "state": STAGED,
    "reason": "",
    "detail": "",
    "target_type": "",
    "target_id": None,
    "written": "",
    "draft_id": None,
    "draft_written": "",
}
# In this order: what uses others goes before them. A task's draft goes with it.
STEPS = (
    ("posts", "content"),
    ("tasks", "task"),
    ("content_ideas", "idea"),
    ("keywords", "keyword"),
    ("clusters", "cluster"),
)
LEFT_WORDS = {
    "content": NN_("%(num)s content", "%(num)s contents"),
    "task": NN_("%(num)s task", "%(num)s tasks"),
    "idea": NN_("%(num)s idea", "%(num)s ideas"),
    "keyword": NN_("%(num)s keyword", "%(num)s keywords"),
    "cluster": NN_("%(num)s cluster", "%(num)s clusters"),
    "invitation": NN_("%(num)s invitation that was sent", "%(num)s invitations that were sent"),
}


def undo_moved(legacy: LegacyImport, after_some: Callable[[int], None]) -> dict[str, int]:
    """Remove what can be removed. Returns how many of each kind stay; `after_some` commits."""
    import_id, account_id, site_id, stamp = legacy.id, legacy.account_id, legacy.site_id, legacy.stamp
    home = str(legacy.choices.get("home_cluster") or "")
    left: Counter[str] = Counter()
    done = 0
    for table, kind in STEPS:
        for rows in _batches(import_id, table):
            gone = _remove(account_id, site_id, kind, rows)
            left[kind] += len(rows) - len(gone)
            _stage_again(gone)
            done += len(rows)
            after_some(done)
    _remove_home(site_id, home, stamp)
    left["invitation"] = _count_invitations(import_id)
    _stage_rest(import_id)
    after_some(done)
    return {kind: count for kind, count in left.items() if count}


def _batches(import_id: int, table: str) -> Any:
    stmt = select(R.c.id, R.c.target_id, R.c.written, R.c.draft_id, R.c.draft_written).where(
        R.c.import_id == import_id, R.c.source_table == table, R.c.state == IMPORTED, R.c.target_id.is_not(None)
    )
    last = 0
    while rows := db.session.execute(stmt.where(R.c.id > last).order_by(R.c.id).limit(AT_ONCE)).all():
        last = rows[-1].id
        yield rows


def _remove(account_id: int, site_id: int, kind: str, rows: Sequence[Any]) -> list[int]:
    """Delete the targets that are as they were written. Returns the staged rows whose targets are gone."""
    stored = stored_digests(kind, [row.target_id for row in rows])
    same = {row.target_id for row in rows if stored.get(row.target_id) == row.written}
    if kind == "task":
        same &= _without_drafts(account_id, site_id, rows)
    removed = {
        "content": lambda: remove_contents(account_id, site_id, same),
        "task": lambda: remove_tasks(site_id, same),
        "idea": lambda: planner_rows.remove_ideas(site_id, same),
        "keyword": lambda: planner_rows.remove_keywords(site_id, same),
        "cluster": lambda: planner_rows.remove_clusters(site_id, same),
    }[kind]()
    return [row.id for row in rows if row.target_id in removed or row.target_id not in stored]


def _without_drafts(account_id: int, site_id: int, rows: Sequence[Any]) -> set[int]:
    """Delete the unchanged drafts of these tasks. Returns the tasks that have no draft, or none any more."""
    drafts = {row.draft_id: row for row in rows if row.draft_id}
    stored = stored_digests("draft", list(drafts))
    same = {draft_id for draft_id, row in drafts.items() if stored.get(draft_id) == row.draft_written}
    removed = remove_contents(account_id, site_id, same) if same else set()
    gone = removed | (set(drafts) - set(stored))
    return {row.target_id for row in rows if not row.draft_id or row.draft_id in gone}


def _stage_again(row_ids: Sequence[int]) -> None:
    of_rows = LegacyRow.id == any_(cast(list(row_ids), ARRAY(BigInteger)))
    db.session.execute(update(LegacyRow).where(of_rows).values(**EMPTY, updated_at=utcnow()).execution_options(**QUIET))


def _remove_home(site_id: int, name: str, stamp: datetime) -> None:
    """Remove the cluster that was made for what had none, when it is empty."""
    if name:
        of_import = (Cluster.site_id == site_id, Cluster.created_at == stamp)
        stmt = select(Cluster.id).where(*of_import, func.lower(Cluster.name) == func.lower(name))
        planner_rows.remove_clusters(site_id, list(db.session.scalars(stmt)))


def _count_invitations(import_id: int) -> int:
    stmt = select(func.count()).where(R.c.import_id == import_id, R.c.target_type == "invitation")
    return db.session.scalar(stmt) or 0


def _stage_rest(import_id: int) -> None:
    """Stage records, what was merged, and metas of posts that are staged: nothing of ours came of them."""
    post = R.alias()
    stays = exists().where(
        post.c.import_id == import_id,
        post.c.source_table == "posts",
        post.c.old_key == LegacyRow.parent_key,
        post.c.state == IMPORTED,
    )
    own = {table for table, _kind in STEPS}
    rows = (LegacyRow.import_id == import_id, LegacyRow.target_type != "invitation")
    merged = update(LegacyRow).where(*rows, LegacyRow.state == MERGED)
    others = update(LegacyRow).where(*rows, LegacyRow.state == IMPORTED, LegacyRow.source_table.not_in(own), ~stays)
    for stmt in (merged, others):
        db.session.execute(stmt.values(**EMPTY, updated_at=utcnow()).execution_options(**QUIET))


def left_words(left: dict[str, int]) -> str:
    """What stays, in words."""
    return enumerated([counted(left[kind], words) for kind, words in LEFT_WORDS.items() if left.get(kind)])


def left_sentence(left: dict[str, int]) -> str:
    """The sentence on what stays, empty when nothing does."""
    words = left_words(left)
    return gettext("Changed or used since, and therefore kept: %(words)s.", words=words) if words else ""


def undo_sentence(left: dict[str, int]) -> str:
    """What the undo did, in English as it is stored."""
    total = sum(left.values())
    return (
        f"Undone. {many(total, 'row')} changed or used since {'stays' if total == 1 else 'stay'}."
        if total
        else "Undone."
    )
