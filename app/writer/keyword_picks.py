"""The keywords of a task: those that a person picks, in their order, or else those of its cluster. Services flush."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import joinedload

from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.listing.search import Search, clean_query
from app.core.request_ids import ids_of
from app.planner.models import Keyword
from app.writer.briefs.services import follow_keywords
from app.writer.models import Task, task_keywords
from app.writer.services import link_keywords

MOST_PICKED = 30
MOST_FOUND = 20


def picked_ids(account_id: int, site_id: int, values: Mapping[str, str]) -> list[int]:
    """Ids of the keywords that the field `keywords` names, in its order.

    Empty when the cluster's keywords are to be used. Raises DomainError when there are too many, or one is not of this
    site.
    """
    ids = list(dict.fromkeys(ids_of(values.get("keywords", "").split())))
    if len(ids) > MOST_PICKED:
        message = gettext("A task has at most %(most_picked)s keywords.", most_picked=MOST_PICKED)
        raise DomainError(message, code="FIELD_INVALID", field="keywords", cure=gettext("Take some off."))
    known_ids = {keyword.id for keyword in _of_site(account_id, site_id, ids)}
    if known_ids != set(ids):
        message, cure = gettext("A keyword was deleted meanwhile."), gettext("Take it off, and save again.")
        raise DomainError(message, code="FIELD_INVALID", field="keywords", cure=cure)
    return ids


def picked_keywords(account_id: int, site_id: int, values: Mapping[str, str]) -> list[Keyword]:
    """The keywords that the field `keywords` names, in its order; those that do not exist are left out."""
    ids = list(dict.fromkeys(ids_of(values.get("keywords", "").split())))
    by_id = {keyword.id: keyword for keyword in _of_site(account_id, site_id, ids)}
    return [by_id[keyword_id] for keyword_id in ids if keyword_id in by_id]


def _of_site(account_id: int, site_id: int, ids: Sequence[int]) -> Sequence[Keyword]:
    of_site = (Keyword.account_id == account_id, Keyword.site_id == site_id)
    return db.session.scalars(select(Keyword).where(*of_site, Keyword.id.in_(ids)).order_by(Keyword.id)).all()


def pick_keywords(task: Task, ids: Sequence[int]) -> None:
    """Give the task and its brief these keywords; without any, give the task those of its cluster. Flushes."""
    before = [keyword.keyword for keyword in task.keywords]
    db.session.execute(delete(task_keywords).where(task_keywords.c.task_id == task.id))
    task.picks_keywords = bool(ids)
    if ids:
        rows = [{"task_id": task.id, "keyword_id": row, "position": place} for place, row in enumerate(ids)]
        db.session.execute(insert(task_keywords), rows)
    else:
        link_keywords([(task.id, task.cluster_id, task.primary_keyword)])
    db.session.flush()
    db.session.refresh(task, ["keywords"])
    if ids:
        follow_keywords(task, before)


def find_keywords(account_id: int, site_id: int, cluster_id: int | None, words: str) -> list[Keyword]:
    """Keywords that contain `words`, the most searched first: those of the cluster, then others of the site.

    Without words, only those of the cluster.
    """
    words = clean_query(words)
    stmt = (
        select(Keyword)
        .where(Keyword.account_id == account_id, Keyword.site_id == site_id)
        .where(*Search(Keyword.search, Keyword.keyword).where(words))
        .options(joinedload(Keyword.cluster))
        .order_by(Keyword.volume.desc().nulls_last(), Keyword.id)
        .limit(MOST_FOUND)
    )
    keywords = list(db.session.scalars(stmt.where(Keyword.cluster_id == cluster_id))) if cluster_id else []
    if words and len(keywords) < MOST_FOUND:
        others = stmt.where(Keyword.cluster_id.is_distinct_from(cluster_id))
        keywords += list(db.session.scalars(others.limit(MOST_FOUND - len(keywords))))
    return keywords
