"""The keywords of a site: listing, deleting, moving between clusters."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import selectinload

from app.core.clock import utcnow
from app.core.extensions import db
from app.core.listing.pages import Page, fetch_page
from app.core.listing.selection import Selection
from app.planner.clusters import descriptions
from app.planner.clusters import locks as cluster_locks
from app.planner.lists import KEYWORD_LIST
from app.planner.models import Cluster, Keyword


def _site_conditions(account_id: int, site_id: int) -> list[ColumnElement[bool]]:
    return [Keyword.account_id == account_id, Keyword.site_id == site_id]


def list_keywords(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[Keyword]:
    """One page of the site's keywords, as the parameters of an address say."""
    query = KEYWORD_LIST.read(values)
    stmt = select(Keyword).where(*KEYWORD_LIST.where(account_id, site_id, query))
    shown = (Keyword.cluster, Keyword.sector, Keyword.performance)
    return fetch_page(KEYWORD_LIST, query, stmt, options=[selectinload(part) for part in shown])


def selected_keywords(account_id: int, site_id: int, selection: Selection) -> list[ColumnElement[bool]]:
    """Conditions on Keyword for the chosen rows of this site."""
    return KEYWORD_LIST.selected(account_id, site_id, selection)


def unclustered_of(account_id: int, site_id: int, selection: Selection) -> list[ColumnElement[bool]]:
    """Conditions for the chosen keywords that are in no cluster; with nothing chosen, for those of the whole site."""
    everything = not selection.ids and not selection.all_matching
    where = _site_conditions(account_id, site_id) if everything else selected_keywords(account_id, site_id, selection)
    return [*where, Keyword.cluster_id.is_(None)]


def cluster_conditions(cluster: Cluster) -> list[ColumnElement[bool]]:
    """Conditions for the keywords of a cluster."""
    return [Keyword.account_id == cluster.account_id, Keyword.cluster_id == cluster.id]


def count_keywords(where: list[ColumnElement[bool]]) -> int:
    """How many keywords fulfil the conditions."""
    return db.session.scalar(select(func.count()).select_from(Keyword).where(*where)) or 0


def delete_keywords(account_id: int, site_id: int, selection: Selection) -> int:
    """Delete the chosen keywords. Returns how many there were. Flushes."""
    where = selected_keywords(account_id, site_id, selection)
    concerned = cluster_locks.hold_clusters(descriptions.cluster_ids_of(where))
    result = db.session.execute(delete(Keyword).where(*where).execution_options(synchronize_session=False))
    descriptions.renew(concerned)
    return int(result.rowcount)  # type: ignore[attr-defined]


def move_keywords(
    account_id: int, site_id: int, selection: Selection, cluster: Cluster | None, *, is_new: bool = False
) -> int:
    """Put the chosen keywords into a cluster of the same site, or into none. Returns how many moved. Flushes.

    A cluster that `is_new` gets a description. Call it with the clusters locked, then the keywords.
    """
    target = cluster.id if cluster else None
    where = [*selected_keywords(account_id, site_id, selection), Keyword.cluster_id.is_distinct_from(target)]
    concerned = descriptions.cluster_ids_of(where)
    quiet, now = {"synchronize_session": False}, utcnow()
    moving = update(Keyword).where(*where).values(cluster_id=target, edited_at=now)
    result = db.session.execute(moving.execution_options(**quiet))
    touched = Cluster.id.in_([*concerned, *([target] if target else [])])
    db.session.execute(update(Cluster).where(touched).values(edited_at=now).execution_options(**quiet))
    descriptions.renew([*concerned, *([target] if target else [])], new=target if is_new else None)
    return int(result.rowcount)  # type: ignore[attr-defined]


def countries(account_id: int, site_id: int) -> list[str]:
    """Country codes that the site's keywords have, each found from the one before by a jump in the index."""
    least = select(func.min(Keyword.country)).where(*_site_conditions(account_id, site_id))
    first = least.where(Keyword.country > "")
    codes = select(first.scalar_subquery().label("country")).cte("found", recursive=True)
    following = least.where(Keyword.country > codes.c.country).scalar_subquery()
    codes = codes.union_all(select(following).where(codes.c.country.is_not(None)))
    return sorted(db.session.scalars(select(codes.c.country).where(codes.c.country.is_not(None))))


def in_cluster(cluster: Cluster, limit: int) -> list[Keyword]:
    """The cluster's keywords, most searched first."""
    stmt = select(Keyword).where(*cluster_conditions(cluster)).order_by(Keyword.volume.desc().nulls_last(), Keyword.id)
    return list(db.session.scalars(stmt.limit(limit)))


def texts(where: Iterable[ColumnElement[bool]], limit: int) -> list[Any]:
    """(id, keyword, volume, intent, sector_id) of keywords, most searched first."""
    columns = (Keyword.id, Keyword.keyword, Keyword.volume, Keyword.intent, Keyword.sector_id)
    stmt = select(*columns).where(*where).order_by(Keyword.volume.desc().nulls_last(), Keyword.id).limit(limit)
    return list(db.session.execute(stmt))
