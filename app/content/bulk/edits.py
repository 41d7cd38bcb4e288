"""One change of many contents, part by part, and its undo. Services flush; callers commit.

Which contents are meant is stored first; a part that was done is never done again, even after a restart. Undoing
restores only what still is as the edit left it: what somebody has changed since stays, and is reported.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.content import hooks, services
from app.content.bulk.models import BulkEdit, BulkEditRow
from app.content.changes import changed
from app.content.models import Content, content_terms
from app.content.services import Ids
from app.content.trash import services as trash
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import gettext
from app.core.tenancy import owned
from app.planner.clusters.locks import keep_clusters
from app.planner.models import CONTENT_TYPES
from app.taxonomy.models import ContentTaxonomy

PART = 2000
NAMED = 10
UNDO_WITHIN = timedelta(days=30)
QUIET = {"synchronize_session": False}
CLUSTER, ATTACH, DETACH = "cluster", "attach", "detach"
TRASH, RESTORE, DELETE = "trash", "restore", "delete"


def block_undo(edit: BulkEdit) -> bool:
    """Keep others from undoing it until the transaction ends. Returns False when somebody has begun to."""
    stmt = select(BulkEdit.undone_at).where(BulkEdit.id == edit.id).with_for_update(read=True)
    return db.session.execute(stmt).scalar_one() is None


def note(account_id: int, site_id: int, actor: Actor, kind: str, target_id: int | None) -> BulkEdit:
    """Record what is to be done."""
    edit = BulkEdit(account_id=account_id, site_id=site_id, actor_id=actor.id, kind=kind, target_id=target_id)
    db.session.add(edit)
    db.session.flush()
    return edit


def choose(edit: BulkEdit, content_ids: Ids, types: Sequence[str] = CONTENT_TYPES) -> int:
    """Record which contents of the site, of these `types`, are meant. Returns how many. Safe to repeat."""
    meant = select(literal(edit.id), Content.id, Content.account_id).where(
        Content.account_id == edit.account_id,
        Content.site_id == edit.site_id,
        Content.id.in_(content_ids),
        Content.content_type.in_(types),
        meant_by(edit.kind),
    )
    columns = ["edit_id", "content_id", "account_id"]
    db.session.execute(upsert(BulkEditRow).from_select(columns, meant).on_conflict_do_nothing())
    return count_rows(edit)


def meant_by(kind: str) -> ColumnElement[bool]:
    """The condition for contents that this can be done to: listed ones, or those in the trash, that no run works on."""
    if kind in (RESTORE, DELETE):
        return trash.TRASHED if kind == RESTORE else trash.TRASHED & ~trash.at_work()
    return trash.LISTED & ~trash.at_work(or_status=False) if kind == TRASH else trash.LISTED


def count_rows(edit: BulkEdit, *, done: bool | None = None) -> int:
    """How many contents the edit is about or, with `done`, how many of them are done or not."""
    stmt = select(func.count()).select_from(BulkEditRow).where(BulkEditRow.edit_id == edit.id)
    return db.session.scalar(stmt if done is None else stmt.where(BulkEditRow.done.is_(done))) or 0


def next_part(edit: BulkEdit, after: int, *, done: bool) -> list[int]:
    """The ids of up to PART of its contents beyond `after` that are done, or not, held in this order.

    Rows that come before them in the lock order are locked first: the clusters that they will be in, or what is deleted
    with them.
    """
    rows = select(BulkEditRow.content_id).where(
        BulkEditRow.edit_id == edit.id, BulkEditRow.content_id > after, BulkEditRow.done.is_(done)
    )
    ids = list(db.session.scalars(rows.order_by(BulkEditRow.content_id).limit(PART)))
    if ids and edit.kind == CLUSTER:
        former = select(BulkEditRow.before).where(*_row_conditions(edit, ids), BulkEditRow.done)
        keep_clusters(db.session.scalars(former.distinct()) if done else [edit.target_id])
    if ids and edit.kind == DELETE:
        hooks.contents_deleting(ids)
    if ids:
        meant = select(BulkEditRow.content_id).where(*_row_conditions(edit, ids), BulkEditRow.done.is_(done))
        db.session.execute(select(Content.id).where(Content.id.in_(meant)).order_by(Content.id).with_for_update())
    return ids


def _row_conditions(edit: BulkEdit, ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    """Conditions on the rows from the first to the last of these ids, which are all that the edit has between."""
    return BulkEditRow.edit_id == edit.id, BulkEditRow.content_id.between(ids[0], ids[-1])


def do_part(edit: BulkEdit, ids: Sequence[int]) -> int:
    """Edit the contents of a part. Returns how many were changed; the rows of the others are deleted."""
    if not ids:
        return 0
    rows = (*_row_conditions(edit, ids), BulkEditRow.done.is_(False))
    stmt = update(BulkEditRow).where(*rows, Content.id == BulkEditRow.content_id, _is_open(edit))
    stmt = stmt.values(done=True, before=Content.cluster_id).returning(BulkEditRow.content_id)
    made = list(db.session.scalars(stmt.execution_options(**QUIET)))
    db.session.execute(delete(BulkEditRow).where(*rows).execution_options(**QUIET))
    if edit.kind == TRASH:
        trash.trash_contents(made, edit.actor_id)
    elif edit.kind == RESTORE:
        trash.restore(made)
    elif edit.kind == DELETE:
        trash.delete_for_good(edit.account_id, made)
    elif edit.kind == CLUSTER:
        services.assign_cluster(edit.account_id, edit.site_id, made, edit.target_id)
    elif edit.target_id and edit.kind == ATTACH:
        services.attach_term(edit.account_id, edit.site_id, made, edit.target_id)
    elif edit.target_id:
        services.detach_term(edit.account_id, edit.site_id, made, edit.target_id)
    return len(made)


def _is_open(edit: BulkEdit) -> ColumnElement[bool]:
    """Whether a content is one that the edit applies to, and is not yet as the edit makes it."""
    if edit.kind in (TRASH, RESTORE, DELETE):
        return meant_by(edit.kind)
    if edit.kind == CLUSTER:
        return Content.cluster_id.is_distinct_from(edit.target_id) & trash.LISTED
    has_term = exists().where(content_terms.c.content_id == Content.id, content_terms.c.term_id == edit.target_id)
    return (~has_term if edit.kind == ATTACH else has_term) & trash.LISTED


def _is_as_made(edit: BulkEdit) -> ColumnElement[bool]:
    """Whether a content is as the edit made it, and can be put back."""
    if edit.kind in (TRASH, RESTORE):
        return meant_by(RESTORE if edit.kind == TRASH else TRASH)
    return ~_is_open(edit) & trash.LISTED


def undo_part(edit: BulkEdit, ids: Sequence[int]) -> int:
    """Restore the contents of a part that are as the edit left them. Returns how many.

    None is put into a cluster, or gets a term, that is gone. Restored ones no longer count as done.
    """
    if not ids:
        return 0
    mine = [
        *_row_conditions(edit, ids),
        BulkEditRow.done.is_(True),
        BulkEditRow.content_id == Content.id,
        _is_as_made(edit),
    ]
    if edit.kind in (TRASH, RESTORE):
        back = _turn_back(edit, mine)
    else:
        back = _put_back(mine) if edit.kind == CLUSTER else _turn_term(edit, mine)
    rows = (BulkEditRow.edit_id == edit.id, BulkEditRow.content_id.in_(back))
    db.session.execute(update(BulkEditRow).where(*rows).values(done=False).execution_options(**QUIET))
    return len(back)


def _turn_back(edit: BulkEdit, mine: Sequence[ColumnElement[bool]]) -> list[int]:
    """Restore these contents where they were trashed, and trash them where they were restored. Returns their ids."""
    back = list(db.session.scalars(select(Content.id).where(*mine)))
    if edit.kind == TRASH:
        trash.restore(back)
    else:
        trash.trash_contents(back, edit.actor_id)
    return back


def _turn_term(edit: BulkEdit, mine: Sequence[ColumnElement[bool]]) -> list[int]:
    """Detach the term from these contents where it was attached, attach it where it was detached. Returns their ids."""
    back = list(db.session.scalars(select(Content.id).where(*mine)))
    if edit.kind == ATTACH and edit.target_id:
        services.detach_term(edit.account_id, edit.site_id, back, edit.target_id)
    elif edit.target_id and db.session.get(ContentTaxonomy, edit.target_id):
        services.attach_term(edit.account_id, edit.site_id, back, edit.target_id)
    else:
        return []
    return back


def kept(edit: BulkEdit) -> tuple[int, list[str]]:
    """How many contents were not put back, and the titles of the first of them that are there."""
    rows = select(BulkEditRow.content_id).where(BulkEditRow.edit_id == edit.id, BulkEditRow.done)
    stmt = select(Content.title).where(Content.id.in_(rows)).order_by(Content.id).limit(NAMED)
    return count_rows(edit, done=True), [title or "Untitled" for title in db.session.scalars(stmt)]


def last_undoable_edit(account_id: int, site_id: int) -> BulkEdit | None:
    """The edit that can be undone next: the latest of 30 days that was done and not undone."""
    stmt = select(BulkEdit).where(
        BulkEdit.account_id == account_id,
        BulkEdit.site_id == site_id,
        BulkEdit.undone_at.is_(None),
        BulkEdit.words != "",
        BulkEdit.kind != DELETE,
        BulkEdit.created_at > utcnow() - UNDO_WITHIN,
    )
    edit: BulkEdit | None = db.session.scalar(stmt.order_by(BulkEdit.id.desc()).limit(1))
    return edit


def claim_undo(account_id: int, edit_id: int) -> BulkEdit:
    """Let nobody else undo it. Raises NotFound, and Conflict when it was undone or is too old."""
    edit = owned(BulkEdit, edit_id, account_id)
    claimed = db.session.execute(
        update(BulkEdit)
        .where(BulkEdit.id == edit.id, BulkEdit.undone_at.is_(None), BulkEdit.created_at > utcnow() - UNDO_WITHIN)
        .where(BulkEdit.kind != DELETE)
        .values(undone_at=utcnow())
        .execution_options(**QUIET)
    ).rowcount  # type: ignore[attr-defined]
    db.session.refresh(edit)
    if claimed:
        return edit
    if edit.kind == DELETE:
        raise Conflict(gettext("What was deleted for good cannot be brought back."), code="TOO_LATE")
    if edit.undone_at is None:
        cure = gettext("Change the contents by hand.")
        raise Conflict(gettext("What was done to many contents can be undone for 30 days."), code="TOO_LATE", cure=cure)
    raise Conflict(gettext("This was undone already."), code="UNDONE", cure=gettext("Reload the page."))


def _put_back(mine: Sequence[ColumnElement[bool]]) -> list[int]:
    """Put each of these contents into its former cluster, where that exists. Returns the ids of those."""
    there = keep_clusters(db.session.scalars(select(BulkEditRow.before).where(*mine).distinct()))
    stmt = (
        update(Content)
        .where(*mine, or_(BulkEditRow.before.is_(None), BulkEditRow.before.in_(there)))
        .values(cluster_id=BulkEditRow.before, version=Content.version + 1, updated_at=utcnow())
    )
    back = list(db.session.scalars(stmt.returning(Content.id).execution_options(**QUIET)))
    changed(back, ("cluster_id",))
    db.session.expire_all()
    return back
