"""What people do to clusters, stored with the state before, and undone. Services flush; callers commit.

Undoing restores only what still is as the change left it: a keyword that was moved on since stays where it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import gettext, local_number, ngettext
from app.core.tenancy import owned
from app.planner import hooks
from app.planner.clusters import descriptions
from app.planner.clusters import locks as cluster_locks
from app.planner.models import Cluster, ClusterChange, Idea, Keyword
from app.sites.models import Sector

UNDO_WITHIN = timedelta(days=30)
KEPT = 50  # changes of a site
WORDS = 500
QUIET = {"synchronize_session": False}
Before = dict[str, Any]


def record_change(account_id: int, site_id: int, actor: Actor, words: str, before: Before) -> ClusterChange:
    """Record a change with the state before; the oldest ones of the site are deleted."""
    change = ClusterChange(
        account_id=account_id, site_id=site_id, actor_id=actor.id, words=words[:WORDS], before=before
    )
    db.session.add(change)
    db.session.flush()
    mine = ClusterChange.site_id == site_id
    last = select(ClusterChange.id).where(mine).order_by(ClusterChange.id.desc()).offset(KEPT)
    db.session.execute(delete(ClusterChange).where(ClusterChange.id.in_(last)).execution_options(**QUIET))
    return change


def last_undoable_change(account_id: int, site_id: int) -> ClusterChange | None:
    """The change that can be undone next: the latest of 30 days that was not undone."""
    stmt = select(ClusterChange).where(
        ClusterChange.account_id == account_id,
        ClusterChange.site_id == site_id,
        ClusterChange.undone_at.is_(None),
        ClusterChange.created_at > utcnow() - UNDO_WITHIN,
    )
    change: ClusterChange | None = db.session.scalar(stmt.order_by(ClusterChange.id.desc()).limit(1))
    return change


def of_keywords(where: Sequence[Any], target_id: int | None, made_id: int | None = None) -> Before:
    """Which clusters the keywords to be moved are in, with the keywords locked.

    `made_id` is a cluster made for them.
    """
    places: dict[str, list[int]] = {}
    stmt = select(Keyword.id, Keyword.cluster_id).where(*where, Keyword.cluster_id.is_distinct_from(target_id))
    for keyword_id, cluster_id in db.session.execute(stmt.order_by(Keyword.id).with_for_update(of=Keyword)):
        places.setdefault(str(cluster_id or ""), []).append(keyword_id)
    return {"keywords": places, "to": target_id, "made": made_id}


def clusters_of(before: Before) -> set[int]:
    """The clusters that the keywords of `of_keywords` were in."""
    return {int(place) for place in before["keywords"] if place}


def of_text(cluster: Cluster) -> Before:
    """Name and description of a cluster that is about to be edited."""
    return {"text": {"id": cluster.id, "name": cluster.name, "description": cluster.description}}


def of_merge(sources: Sequence[Cluster], target_id: int) -> Before:
    """The clusters that are about to be merged into another, with all that is in them. The caller holds their locks."""
    merged_rows = []
    for cluster in sources:
        members: dict[str, list[int]] = {"keywords": _ids(Keyword, cluster.id)}
        hooks.cluster_listing(cluster.id, members)
        ideas = db.session.scalars(select(Idea).where(Idea.cluster_id == cluster.id).order_by(Idea.id))
        merged_rows.append({"row": _row(cluster), "ideas": [_row(idea) for idea in ideas], "members": members})
    return {"gone": merged_rows, "to": target_id}


def _ids(model: Any, cluster_id: int) -> list[int]:
    return list(db.session.scalars(select(model.id).where(model.cluster_id == cluster_id).order_by(model.id)))


def _row(row: Any) -> dict[str, Any]:
    """The columns that are written, as JSON holds them."""
    names = [column.key for column in row.__table__.columns if column.computed is None]
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def undo_change(account_id: int, change_id: int) -> tuple[ClusterChange, str]:
    """Undo a change. Returns it and, in words, what could not be restored, if anything.

    Raises NotFound, and Conflict when it was undone already, is older than 30 days, later changes build on it, or its
    names are in use again.
    """
    change = owned(ClusterChange, change_id, account_id)
    _claim_undo(change)
    before, stay = change.before, ""
    try:
        with db.session.begin_nested():
            if "gone" in before:
                stay = _unmerge(change.site_id, before)
            if "keywords" in before:
                stay = _put_back(change, before)
            if "text" in before:
                _reword(change, before["text"])
    except IntegrityError as error:  # somebody else was faster than our look
        cure = gettext("Reload the page, then undo again.")
        raise Conflict(gettext("Somebody changed these clusters just now."), code="CHANGED_SINCE", cure=cure) from error
    db.session.expire_all()
    return change, stay


def _claim_undo(change: ClusterChange) -> None:
    """Let nobody else undo the same change."""
    claimed = db.session.execute(
        update(ClusterChange)
        .where(
            ClusterChange.id == change.id,
            ClusterChange.undone_at.is_(None),
            ClusterChange.created_at > utcnow() - UNDO_WITHIN,
        )
        .values(undone_at=utcnow())
        .execution_options(**QUIET)
    ).rowcount  # type: ignore[attr-defined]
    if claimed:
        return
    db.session.refresh(change)
    if change.undone_at is None:
        cure = gettext("Move, merge or rename the clusters by hand.")
        raise Conflict(gettext("What was done to clusters can be undone for 30 days."), code="TOO_LATE", cure=cure)
    raise Conflict(gettext("This was undone already."), code="UNDONE", cure=gettext("Reload the page."))


def lock_clusters_of(change: ClusterChange) -> set[int]:
    """Lock the clusters that undoing a move of keywords puts them into and takes them from.

    Returns which of them still exist.
    """
    before = change.before
    places = [int(place) for place in before.get("keywords", {}) if place]
    return cluster_locks.lock_clusters_to_delete([*places, before.get("to"), before.get("made")])


def _put_back(change: ClusterChange, before: Mapping[str, Any]) -> str:
    """Move keywords back into their former clusters, where those still exist.

    A cluster made for them is deleted if it is empty. Returns, in words, how many stay where they are.
    """
    target_id, made = before["to"], before.get("made")
    places = {int(place) if place else None: ids for place, ids in before["keywords"].items()}
    there = lock_clusters_of(change)
    moved = sum(_move(ids, target_id, former) for former, ids in places.items() if former is None or former in there)
    if made in there:
        _delete_if_unused(change, made)
    descriptions.renew(there)
    return _stay_words(moved, sum(map(len, places.values())))


def _delete_if_unused(change: ClusterChange, cluster_id: int) -> None:
    """Delete a cluster that was made for keywords, unless something is in it or somebody gave it words of their own.

    Call it with the cluster locked against everybody who would put something in.
    """
    if not _is_used(cluster_id) and not _edited_since(change, cluster_id):
        db.session.execute(delete(Cluster).where(Cluster.id == cluster_id).execution_options(**QUIET))


def _move(ids: Sequence[int], from_id: int | None, to_id: int | None) -> int:
    """Move the keywords that are still where a change put them back to where they were. Returns how many."""
    there = Keyword.cluster_id.is_not_distinct_from(from_id)
    moving = update(Keyword).where(Keyword.id.in_(ids), there).values(cluster_id=to_id)
    return int(db.session.execute(moving.execution_options(**QUIET)).rowcount)  # type: ignore[attr-defined]


def _stay_words(moved: int, total: int) -> str:
    if moved == total:
        return ""
    return ngettext(
        "%(kept)s of %(num)s keyword stays as it is: something else was done with it since",
        "%(kept)s of %(num)s keywords stay as they are: something else was done with them since",
        total,
        kept=local_number(total - moved),
    )


def _edited_since(change: ClusterChange, cluster_id: int) -> bool:
    """Whether somebody has given the cluster other words since, and has not undone that."""
    edited = select(ClusterChange.id).where(
        ClusterChange.site_id == change.site_id,
        ClusterChange.id > change.id,
        ClusterChange.undone_at.is_(None),
        ClusterChange.before["text"]["id"].as_integer() == cluster_id,
    )
    return db.session.scalar(edited.limit(1)) is not None


def _is_used(cluster_id: int) -> bool:
    members: dict[str, list[int]] = {"keywords": _ids(Keyword, cluster_id), "ideas": _ids(Idea, cluster_id)}
    hooks.cluster_listing(cluster_id, members)
    return any(members.values())


def _reword(change: ClusterChange, former: Mapping[str, Any]) -> None:
    """Restore name and description, unless somebody has changed them since."""
    if not cluster_locks.hold_clusters([former["id"]]):
        cure = gettext("Undo first what became of it.")
        raise Conflict(gettext("This cluster is not there any more."), code="CHANGED_SINCE", cure=cure)
    if _edited_since(change, former["id"]):
        cure = gettext("Reload the page, and undo the newer change first.")
        raise Conflict(gettext("This cluster was edited again since."), code="CHANGED_SINCE", cure=cure)
    _needs_free_name(change.site_id, former["name"], but=former["id"])
    values = {"name": former["name"], "description": former["description"]}
    db.session.execute(update(Cluster).where(Cluster.id == former["id"]).values(**values).execution_options(**QUIET))


def _unmerge(site_id: int, before: Mapping[str, Any]) -> str:
    """Restore merged clusters, with everything that still is where the merge put it.

    Returns, in words, what stays there.
    """
    target_id, moved, total = before["to"], 0, 0
    cluster_locks.hold_clusters([target_id])
    for cluster in before["gone"]:
        row, keyword_ids = cluster["row"], cluster["members"]["keywords"]
        _needs_free_name(site_id, row["name"])
        db.session.execute(insert(Cluster).values(**_with_sector(_from_json(row))))
        moved += _move(keyword_ids, target_id, row["id"])
        total += len(keyword_ids)
        for idea in cluster["ideas"]:
            _idea_back(idea, target_id)
        hooks.cluster_restored(target_id, row["id"], cluster["members"])
    descriptions.renew([target_id])
    return _stay_words(moved, total)


def _with_sector(row: dict[str, Any]) -> dict[str, Any]:
    """The row, without its sector if that was deleted since."""
    there = db.session.scalar(select(Sector.id).where(Sector.id == row["sector_id"]).with_for_update(key_share=True))
    return row | {"sector_id": there}


def _idea_back(idea: Mapping[str, Any], target_id: int) -> None:
    """Move an idea back into its former cluster.

    One dropped as a duplicate is made again, one deleted since stays deleted.
    """
    key = case((Idea.title == idea["title"], idea["normalised_title"]), else_=Idea.normalised_title)
    moved = db.session.execute(
        update(Idea)
        .where(Idea.id == idea["id"], Idea.cluster_id == target_id)
        .values(cluster_id=idea["cluster_id"], normalised_title=key)
        .execution_options(**QUIET)
    ).rowcount  # type: ignore[attr-defined]
    doubled = select(Idea.id).where(Idea.cluster_id == target_id, Idea.normalised_title == idea["normalised_title"])
    if not moved and idea["task_id"] is None and db.session.scalar(doubled.limit(1)) is not None:
        db.session.execute(insert(Idea).values(**_from_json(idea)).on_conflict_do_nothing())


def _from_json(row: Mapping[str, Any]) -> dict[str, Any]:
    instants = ("created_at", "updated_at", "edited_at")
    return {name: datetime.fromisoformat(value) if value and name in instants else value for name, value in row.items()}


def _needs_free_name(site_id: int, name: str, but: int | None = None) -> None:
    taken = select(Cluster.id).where(Cluster.site_id == site_id, func.lower(Cluster.name) == func.lower(name))
    if db.session.scalar(taken.where(Cluster.id != (but or 0)).limit(1)) is not None:
        raise Conflict(
            gettext("There is another cluster named “%(name)s” now.", name=name),
            code="CLUSTER_EXISTS",
            cure=gettext("Rename that one, then undo again."),
        )
