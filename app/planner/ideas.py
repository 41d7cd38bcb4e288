"""Ideas of clusters: listing, editing, storing what a provider proposes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app.ai.provider import ProposedIdea
from app.ai.wording import title_key
from app.core import events
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.listing.pages import Page, fetch
from app.core.listing.selection import Selection
from app.planner.lists import IDEA_LIST
from app.planner.models import CONTENT_STRUCTURES, CONTENT_TYPES, Cluster, Idea

MAX_TITLE = 300


def list_ideas(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[Idea]:
    """One page of the site's ideas, as the parameters of an address say."""
    query = IDEA_LIST.read(values)
    stmt = select(Idea).where(*IDEA_LIST.where(account_id, site_id, query))
    return fetch(IDEA_LIST, query, stmt, options=[joinedload(Idea.cluster)])


def of_cluster(cluster: Cluster, limit: int = 200) -> list[Idea]:
    """The cluster's ideas, the newest first."""
    stmt = select(Idea).where(Idea.cluster_id == cluster.id).order_by(Idea.created_at.desc(), Idea.id).limit(limit)
    return list(db.session.scalars(stmt))


def count_of(cluster: Cluster) -> int:
    """How many ideas the cluster has."""
    return db.session.scalar(select(func.count()).select_from(Idea).where(Idea.cluster_id == cluster.id)) or 0


def titles(cluster_id: int, limit: int = 300) -> list[str]:
    """Titles that the cluster has already, the newest first."""
    stmt = select(Idea.title).where(Idea.cluster_id == cluster_id).order_by(Idea.id.desc()).limit(limit)
    return list(db.session.scalars(stmt))


def chosen(account_id: int, site_id: int, selection: Selection) -> list[ColumnElement[bool]]:
    """Conditions on Idea for the chosen rows of this site."""
    return IDEA_LIST.selected(account_id, site_id, selection)


def count_open(account_id: int, site_id: int, filters: Mapping[str, str]) -> int:
    """How many ideas of the list under these filters have no task yet."""
    where = chosen(account_id, site_id, Selection(all_matching=True, filters={**filters, "state": "open"}))
    return db.session.scalar(select(func.count()).select_from(Idea).where(*where)) or 0


def delete_ideas(account_id: int, site_id: int, selection: Selection) -> int:
    """Delete the chosen ideas; tasks made of them stay. Flushes."""
    result = db.session.execute(
        delete(Idea).where(*chosen(account_id, site_id, selection)).execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def generated_since(cluster_id: int, moment: datetime) -> int:
    """How many ideas the cluster got at or after `moment`."""
    stmt = select(func.count()).select_from(Idea).where(Idea.cluster_id == cluster_id, Idea.created_at >= moment)
    return db.session.scalar(stmt) or 0


def store_ideas(cluster: Cluster, proposed: Iterable[ProposedIdea]) -> int:
    """Add the ideas whose titles the cluster does not have; how many. Flushes; safe to repeat."""
    now = utcnow()
    rows: dict[str, dict[str, Any]] = {}
    for idea in proposed:
        key = title_key(idea.title)[:MAX_TITLE]
        rows.setdefault(
            key,
            {
                "account_id": cluster.account_id,
                "site_id": cluster.site_id,
                "cluster_id": cluster.id,
                "title": idea.title[:MAX_TITLE],
                "normalised_title": key,
                "description": idea.description,
                "content_type": idea.content_type,
                "content_structure": idea.content_structure,
                "primary_keyword": idea.primary_keyword[:255],
                "created_at": now,
                "updated_at": now,
            },
        )
    if not rows:
        return 0
    stmt = insert(Idea).values(list(rows.values())).on_conflict_do_nothing().returning(Idea.id)
    made = db.session.scalars(stmt).all()
    events.publish(events.IdeasCreated(cluster.account_id, cluster.site_id, tuple(made)))
    return len(made)


def update_idea(idea: Idea, values: Mapping[str, str]) -> None:
    """Change an idea from form values. Flushes; raises DomainError with the field that is wrong."""
    checked = checked_plan(values)
    try:
        with db.session.begin_nested():
            for name, value in checked.items():
                setattr(idea, name, value)
            idea.normalised_title = title_key(idea.title)[:MAX_TITLE]
    except IntegrityError as error:
        raise Conflict(
            "The cluster already has an idea of this title.",
            code="IDEA_EXISTS",
            cure="Change the title.",
            field="title",
        ) from error


def _line(values: Mapping[str, str], name: str, limit: int) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in values.get(name, "")).split())[: limit + 1]


def checked_plan(values: Mapping[str, str]) -> dict[str, str | None]:
    """What a piece of content is planned as, from form values; raises DomainError with the field."""
    title, keyword = _line(values, "title", MAX_TITLE), _line(values, "primary_keyword", 255)
    country = values.get("country", "").strip().upper()
    _require(0 < len(title) <= MAX_TITLE, "title", "A title has 1 to 300 characters.")
    _require(values.get("content_type") in CONTENT_TYPES, "content_type", "Choose a content type.")
    _require(values.get("content_structure") in CONTENT_STRUCTURES, "content_structure", "Choose a structure.")
    _require(0 < len(keyword) <= 255, "primary_keyword", "A primary keyword has 1 to 255 characters.")
    _require(
        not country or (len(country) == 2 and country.isascii() and country.isalpha()),
        "country",
        "A country is its two-letter code, such as US or DE.",
    )
    description = values.get("description", "").replace("\0", "").strip()
    _require(len(description) <= 5000, "description", "The description has more than 5,000 characters.")
    return {
        "title": title,
        "description": description,
        "content_type": values["content_type"],
        "content_structure": values["content_structure"],
        "primary_keyword": keyword,
        "tone": _line(values, "tone", 60)[:60],
        "country": country or None,
    }


def _require(holds: bool, field: str, message: str) -> None:
    if not holds:
        raise DomainError(message, code="FIELD_INVALID", field=field)


def mark_used(idea_ids_to_task_ids: Mapping[int, int]) -> None:
    """Note which task each idea became. Flushes."""
    rows = [{"key": idea_id, "task": task_id} for idea_id, task_id in idea_ids_to_task_ids.items()]
    if rows:
        stmt = update(Idea).where(Idea.id == bindparam("key")).values(task_id=bindparam("task"))
        db.session.connection().execute(stmt, rows)
        db.session.expire_all()


def mark_unused(task_ids: Select[int]) -> None:
    """Free the ideas of tasks that are deleted, so that they can become tasks again. Flushes."""
    db.session.execute(update(Idea).where(Idea.task_id.in_(task_ids)).values(task_id=None))
