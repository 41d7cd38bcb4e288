"""Keywords by hand: a new one, and changes of one. Services flush; callers commit."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core import events
from app.core.clock import utcnow
from app.core.edits import check_etag
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.lock_order import ChangedMeanwhile
from app.planner.clustering.topics import forget_choices
from app.planner.clusters import descriptions
from app.planner.clusters import locks as cluster_locks
from app.planner.events import KeywordsAdded
from app.planner.keywords.fields import stored_texts
from app.planner.models import Cluster, Keyword
from app.sites.models import Sector

COLUMNS = (
    "keyword",
    "normalised",
    "volume",
    "volume_low",
    "volume_high",
    "difficulty",
    "cpc",
    "intent",
    "country",
    "sector_id",
)


class KeywordExists(Conflict):
    """The site has this keyword already: the one with `keyword_id`."""

    def __init__(self, keyword_id: int, keyword: str) -> None:
        super().__init__(
            gettext("The site has the keyword “%(keyword)s” already.", keyword=keyword),
            code="KEYWORD_EXISTS",
            cure=gettext("Open that one, or type another keyword."),
            field="keyword",
        )
        self.keyword_id = keyword_id


def create_keyword(account_id: int, site_id: int, values: Mapping[str, Any]) -> Keyword:
    """A keyword of the site from the values of a `KeywordForm`. Flushes.

    Raises KeywordExists, and DomainError with the field when the cluster or the sector is not of the site.
    """
    cluster = _lock_cluster(account_id, site_id, values["cluster_id"])
    _check_sector(account_id, site_id, values["sector_id"])
    keyword = Keyword(
        account_id=account_id,
        site_id=site_id,
        cluster_id=cluster.id if cluster else None,
        edited_at=utcnow(),
        **{name: values[name] for name in COLUMNS},
    )
    _save_keyword(keyword, values)
    if cluster:
        descriptions.renew([cluster.id])
    events.publish(KeywordsAdded(account_id, site_id, (keyword.id,)))
    return keyword


def update_keyword(account_id: int, keyword_id: int, values: Mapping[str, Any], *, expected: str | None) -> Keyword:
    """Change a keyword but for its cluster (`actions.update_keyword` moves it). Flushes.

    `expected` is the etag of the form. Raises NotFound, EditConflict, ChangedMeanwhile, KeywordExists, DomainError with
    the field.
    """
    parents = select(Keyword.cluster_id).where(Keyword.id == keyword_id, Keyword.account_id == account_id)
    held = cluster_locks.hold_clusters([db.session.scalar(parents), values["cluster_id"]])
    keyword = lock_keyword(account_id, keyword_id)
    check_etag(stored_texts(keyword), expected)
    if keyword.cluster_id is not None and keyword.cluster_id not in held:
        raise ChangedMeanwhile()
    _lock_cluster(account_id, keyword.site_id, values["cluster_id"])
    _check_sector(account_id, keyword.site_id, values["sector_id"])
    reworded = keyword.normalised != values["normalised"]
    _save_keyword(keyword, values)
    if keyword.cluster_id:
        descriptions.renew([keyword.cluster_id])
    if reworded:
        forget_choices(account_id, [keyword.id])
    return keyword


def lock_keyword(account_id: int, keyword_id: int) -> Keyword:
    """The keyword as it is now, locked until the transaction ends; raises NotFound."""
    stmt = select(Keyword).where(Keyword.id == keyword_id, Keyword.account_id == account_id)
    locking = stmt.with_for_update(of=Keyword).execution_options(populate_existing=True)
    keyword: Keyword | None = db.session.scalar(locking)
    if keyword is None:
        raise NotFound()
    return keyword


def _save_keyword(keyword: Keyword, values: Mapping[str, Any]) -> None:
    """Write the values; a keyword that the site has already is reported with its id."""
    site_id, own_id = keyword.site_id, keyword.id
    try:
        with db.session.begin_nested():
            for name in COLUMNS:
                setattr(keyword, name, values[name])
            keyword.edited_at = utcnow()
            db.session.add(keyword)
    except IntegrityError as error:
        same = select(Keyword).where(Keyword.site_id == site_id, Keyword.normalised == values["normalised"])
        other = db.session.scalar(same.where(Keyword.id != (own_id or 0)))
        if other is None:
            raise Conflict(
                gettext("Something changed just now."), code="CHANGED_SINCE", cure=gettext("Save again.")
            ) from error
        raise KeywordExists(other.id, other.keyword) from error


def _lock_cluster(account_id: int, site_id: int, cluster_id: int | None) -> Cluster | None:
    """The cluster of the site, held against being deleted meanwhile."""
    if cluster_id is None:
        return None
    stmt = select(Cluster).where(Cluster.id == cluster_id, Cluster.account_id == account_id, Cluster.site_id == site_id)
    cluster: Cluster | None = db.session.scalar(stmt.with_for_update(key_share=True))
    if cluster is None:
        raise DomainError(
            gettext("This cluster is not there any more."),
            code="NO_CLUSTER",
            cure=gettext("Choose another."),
            field="cluster",
        )
    return cluster


def _check_sector(account_id: int, site_id: int, sector_id: int | None) -> None:
    if sector_id is None:
        return
    stmt = select(Sector.id).where(Sector.id == sector_id, Sector.account_id == account_id, Sector.site_id == site_id)
    if db.session.scalar(stmt.with_for_update(read=True, key_share=True)) is None:
        raise DomainError(
            gettext("This sector is not there any more."),
            code="NO_SECTOR",
            cure=gettext("Choose another."),
            field="sector",
        )
