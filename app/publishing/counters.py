"""How much was published to a site: a ledger has each operation once, and the database adds them up.

A publish is counted under its run id, whether the app records it or the plugin reports it first.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utcnow
from app.core.extensions import db
from app.publishing.models import CountEntry, SiteCounters

TYPES = {"post": "posts", "page": "pages", "product": "products"}
GROUPS = {
    "category": "categories",
    "product_cat": "categories",
    "post_tag": "tags",
    "product_tag": "tags",
    "igny8_sector": "sectors",
    "igny8_cluster": "clusters",
}
COUNTED = ("posts", "pages", "products", "categories", "tags", "sectors", "clusters")


def amounts_of(result: Mapping[str, Any]) -> dict[str, int]:
    """What a publish adds: one of its type if it made the post, and each term that it made (pure)."""
    amounts = dict.fromkeys(COUNTED, 0)
    if result.get("created") and (kind := TYPES.get(str(result.get("post_type")))):
        amounts[kind] += 1
    terms = result.get("terms")
    for taxonomy, entry in terms.items() if isinstance(terms, Mapping) else ():
        if group := GROUPS.get(taxonomy):
            amounts[group] += len(entry.get("created") or [])
    return amounts


def count_operation(
    account_id: int, site_id: int, operation: str, amounts: Mapping[str, int], published_at: datetime | None
) -> bool:
    """Add an operation to the site's counters; False when it was counted before. Flushes.

    Two at the same time: the second waits for the first, then changes nothing.
    """
    now = utcnow()
    added = {name: amounts.get(name, 0) for name in COUNTED}
    entry = insert(CountEntry).values(
        account_id=account_id,
        site_id=site_id,
        operation=operation,
        operations=1,
        published_at=published_at,
        created_at=now,
        updated_at=now,
        **added,
    )
    if db.session.execute(entry.on_conflict_do_nothing().returning(CountEntry.id)).first() is None:
        return False
    add_to_counters(account_id, site_id, {**added, "operations": 1}, published_at)
    return True


def add_to_counters(account_id: int, site_id: int, added: Mapping[str, int], published_at: datetime | None) -> None:
    """Add to the site's row in the database. Flushes."""
    stmt = insert(SiteCounters).values(site_id=site_id, account_id=account_id, last_publish_at=published_at, **added)
    sums: dict[str, Any] = {name: getattr(SiteCounters, name) + getattr(stmt.excluded, name) for name in added}
    sums["last_publish_at"] = func.greatest(SiteCounters.last_publish_at, stmt.excluded.last_publish_at)
    db.session.execute(stmt.on_conflict_do_update(index_elements=[SiteCounters.site_id], set_=sums))


def counters_of(account_id: int, site_ids: Iterable[int]) -> dict[int, SiteCounters]:
    """The counters of these sites of the account; a site that never published has none."""
    stmt = select(SiteCounters).where(SiteCounters.account_id == account_id, SiteCounters.site_id.in_(list(site_ids)))
    return {row.site_id: row for row in db.session.scalars(stmt.execution_options(populate_existing=True))}
