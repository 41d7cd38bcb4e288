"""What people do to clusters, kept with what was before, and taken back. Services flush; callers commit.

Taking back puts right what still is as the change left it: a keyword that was moved on since stays where it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import hooks
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.tenancy import owned
from app.planner import descriptions
from app.planner.models import Cluster, ClusterChange, Idea, Keyword

UNDO_WITHIN = timedelta(days=1)
KEPT = 50  # changes of a site
WORDS = 500
QUIET = {"synchronize_session": False}
Before = dict[str, Any]


def keep(account_id: int, site_id: int, actor: Actor, words: str, before: Before) -> ClusterChange:
    """Note a change with what was before; the oldest ones of the site are forgotten."""
    change = ClusterChange(
        account_id=account_id, site_id=site_id, actor_id=actor.id, words=words[:WORDS], before=before
    )
    db.session.add(change)
    db.session.flush()
    mine = ClusterChange.site_id == site_id
    last = select(ClusterChange.id).where(mine).order_by(ClusterChange.id.desc()).offset(KEPT)
    db.session.execute(delete(ClusterChange).where(ClusterChange.id.in_(last)).execution_options(**QUIET))
    return change


def last(account_id: int, site_id: int) -> ClusterChange | None:
    """What can be taken back next: the latest change of a day that was not taken back."""
    stmt = select(ClusterChange).where(
        ClusterChange.account_id == account_id,
        ClusterChange.site_id == site_id,
        ClusterChange.undone_at.is_(None),
        ClusterChange.created_at > utcnow() - UNDO_WITHIN,
    )
    found: ClusterChange | None = db.session.scalar(stmt.order_by(ClusterChange.id.desc()).limit(1))
    return found


def of_keywords(where: Sequence[Any], target_id: int | None, made_id: int | None = None) -> Before:
    """Where the keywords are that are about to be moved; `made_id` is a cluster made for them."""
    places: dict[str, list[int]] = {}
    stmt = select(Keyword.id, Keyword.cluster_id).where(*where, Keyword.cluster_id.is_distinct_from(target_id))
    for keyword_id, cluster_id in db.session.execute(stmt):
        places.setdefault(str(cluster_id or ""), []).append(keyword_id)
    return {"keywords": places, "to": target_id, "made": made_id}


def of_text(cluster: Cluster) -> Before:
    """Name and description of a cluster that is about to be edited."""
    return {"text": {"id": cluster.id, "name": cluster.name, "description": cluster.description}}


def of_merge(sources: Sequence[Cluster], target_id: int) -> Before:
    """The clusters that are about to go into another, and all that is theirs."""
    gone = []
    for cluster in sources:
        members: dict[str, list[int]] = {"keywords": _ids(Keyword, cluster.id)}
        hooks.cluster_listing(cluster.id, members)
        ideas = db.session.scalars(select(Idea).where(Idea.cluster_id == cluster.id).order_by(Idea.id))
        gone.append({"row": _row(cluster), "ideas": [_row(idea) for idea in ideas], "members": members})
    return {"gone": gone, "to": target_id}


def _ids(model: Any, cluster_id: int) -> list[int]:
    return list(db.session.scalars(select(model.id).where(model.cluster_id == cluster_id).order_by(model.id)))


def _row(row: Any) -> dict[str, Any]:
    """The columns that are written, as JSON holds them."""
    names = [column.key for column in row.__table__.columns if column.computed is None]
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def undo(account_id: int, change_id: int) -> ClusterChange:
    """Take a change back. Raises NotFound, and Conflict when it was taken back already or names are in use again."""
    change = owned(ClusterChange, change_id, account_id)
    claimed = db.session.execute(
        update(ClusterChange)
        .where(ClusterChange.id == change.id, ClusterChange.undone_at.is_(None))
        .values(undone_at=utcnow())
        .execution_options(**QUIET)
    ).rowcount  # type: ignore[attr-defined]
    if not claimed:
        raise Conflict("This was taken back already.", code="UNDONE", cure="Reload the page.")
    before = change.before
    if "gone" in before:
        _unmerge(change.site_id, before)
    if "keywords" in before:
        _put_back(before)
    if "text" in before:
        _reword(change.site_id, before["text"])
    db.session.expire_all()
    return change


def _put_back(before: Mapping[str, Any]) -> None:
    """Keywords into their former clusters, where those are there; a cluster that was made for them goes if empty."""
    target_id, concerned = before["to"], set[int]()
    there = Keyword.cluster_id.is_(None) if target_id is None else Keyword.cluster_id == target_id
    for place, ids in before["keywords"].items():
        former = db.session.scalar(select(Cluster.id).where(Cluster.id == int(place))) if place else None
        if place and former is None:
            continue
        moved = update(Keyword).where(Keyword.id.in_(ids), there).values(cluster_id=former)
        db.session.execute(moved.execution_options(**QUIET))
        concerned |= {former} if former else set()
    made = before.get("made")
    if made and not _is_used(made):
        db.session.execute(delete(Cluster).where(Cluster.id == made).execution_options(**QUIET))
    descriptions.renew([*concerned, *([target_id] if target_id else [])])


def _is_used(cluster_id: int) -> bool:
    members: dict[str, list[int]] = {"keywords": _ids(Keyword, cluster_id), "ideas": _ids(Idea, cluster_id)}
    hooks.cluster_listing(cluster_id, members)
    return any(members.values())


def _reword(site_id: int, former: Mapping[str, Any]) -> None:
    _needs_free_name(site_id, former["name"], but=former["id"])
    values = {"name": former["name"], "description": former["description"]}
    db.session.execute(update(Cluster).where(Cluster.id == former["id"]).values(**values).execution_options(**QUIET))


def _unmerge(site_id: int, before: Mapping[str, Any]) -> None:
    """Clusters as they were, with what was theirs as far as it still is where the merge put it."""
    target_id = before["to"]
    for cluster in before["gone"]:
        row, source_id = cluster["row"], cluster["row"]["id"]
        _needs_free_name(site_id, row["name"])
        db.session.execute(insert(Cluster).values(**_from_json(row)))
        back = update(Keyword).where(Keyword.id.in_(cluster["members"]["keywords"]), Keyword.cluster_id == target_id)
        db.session.execute(back.values(cluster_id=source_id).execution_options(**QUIET))
        for idea in cluster["ideas"]:
            _idea_back(idea, target_id)
        hooks.cluster_restored(target_id, source_id, cluster["members"])
    descriptions.renew([target_id])


def _idea_back(idea: Mapping[str, Any], target_id: int) -> None:
    """An idea into its former cluster; one that was dropped as doubled is there again, one deleted since stays so."""
    moved = db.session.execute(
        update(Idea)
        .where(Idea.id == idea["id"], Idea.cluster_id == target_id)
        .values(cluster_id=idea["cluster_id"], normalised_title=idea["normalised_title"])
        .execution_options(**QUIET)
    ).rowcount  # type: ignore[attr-defined]
    doubled = select(Idea.id).where(Idea.cluster_id == target_id, Idea.normalised_title == idea["normalised_title"])
    if not moved and idea["task_id"] is None and db.session.scalar(doubled.limit(1)) is not None:
        db.session.execute(insert(Idea).values(**_from_json(idea)).on_conflict_do_nothing())


def _from_json(row: Mapping[str, Any]) -> dict[str, Any]:
    instants = ("created_at", "updated_at")
    return {name: datetime.fromisoformat(value) if name in instants else value for name, value in row.items()}


def _needs_free_name(site_id: int, name: str, but: int | None = None) -> None:
    taken = select(Cluster.id).where(Cluster.site_id == site_id, func.lower(Cluster.name) == func.lower(name))
    if db.session.scalar(taken.where(Cluster.id != (but or 0)).limit(1)) is not None:
        raise Conflict(
            f"There is another cluster named “{name}” now.",
            code="CLUSTER_EXISTS",
            cure="Rename that one, then undo again.",
        )
