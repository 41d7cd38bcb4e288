"""Where a content is in WordPress, on its own row: `external_id`, `external_url`, `remote_status`. Nobody else writes
these columns, which lists and pages show. Services flush.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import case, text, update

from app.content.models import Content
from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db

MOVE = text(
    """
    with sent as (select * from unnest(cast(:ids as bigint[]), cast(:links as text[])) as sent(external_id, link)),
    moved as (
        update remote_states r set permalink = sent.link, updated_at = :now from sent
        where r.site_id = :site_id and r.kind = :kind and r.taxonomy = :taxonomy and r.gone_at is null
        and r.external_id = sent.external_id and r.permalink <> sent.link
        returning r.content_id, sent.link
    )
    update contents c set external_url = moved.link from moved where c.id = moved.content_id returning c.id
    """
)


def columns_of_address(
    external_id: int | None, url: str | None, remote_status: str, *, was_published: bool
) -> dict[str, Any]:
    """The column values for a content that is, or (without an id) was, in WordPress at this address (pure).

    `status` is ``published`` only for what was published from here and is shown to visitors.
    """
    is_live = was_published and remote_status == "publish"
    return {
        "external_id": external_id,
        "external_url": url or None,
        "remote_status": remote_status,
        "status": "published" if is_live else "draft",
    }


def mark_published(
    account_id: int,
    content_id: int,
    external_id: int,
    url: str,
    published_at: datetime,
    *,
    status: str = "publish",
    slugs: tuple[str, str] = ("", ""),
) -> None:
    """Record that the content was published at `published_at` and has this `status` there. Flushes; raises NotFound.

    The version stays: no edit was made. `slugs` are the slug that was sent and the one that WordPress gave it, which
    becomes ours unless the slug was changed here meanwhile.
    """
    values = columns_of_address(external_id, url, status, was_published=True) | {"published_at": published_at}
    sent, actual = slugs
    if actual and actual != sent:
        values["slug"] = case((Content.slug == sent, actual), else_=Content.slug)
    stmt = update(Content).where(Content.id == content_id, Content.account_id == account_id)
    if db.session.execute(stmt.values(values).returning(Content.id)).first() is None:
        raise NotFound()


def move_addresses(site_id: int, kind: str, taxonomy: str, addresses: Mapping[int, str]) -> int:
    """Record that these posts (or terms of `taxonomy`) are at these addresses now. Returns how many moved. Flushes."""
    values: dict[str, Any] = {
        "site_id": site_id,
        "kind": kind,
        "taxonomy": taxonomy,
        "now": utcnow(),
        "ids": list(addresses),
        "links": list(addresses.values()),
    }
    return len(db.session.execute(MOVE, values).all())
