"""Posts that are new here: bound to the content they were published from, or added as drafts. Services flush."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.content.bulk import services as bulk
from app.content.models import Content, content_terms
from app.core.bulk_insert import bulk_insert, new_ids
from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.mirror import drift, drift_state
from app.mirror.address import columns_of_address
from app.mirror.incoming import SEO_FIELDS, TYPES, Incoming, content_columns, from_post, of_relation
from app.mirror.models import RemoteState
from app.mirror.references import References, resolve_references
from app.mirror.wire import PostItem

AT_ONCE = 125  # the database stores one part of a page while the next is made ready


def bind_posts(account_id: int, site_id: int, items: Sequence[PostItem]) -> None:
    """Bind posts that were published from here, but are not recorded yet or have a new id, to their content.

    A content belongs to one post: the plugin records which in a table of its own, which plugins that duplicate posts do
    not copy.
    """
    items_by_content: dict[int, PostItem] = {}
    for item in items:
        if item.content_id:
            items_by_content.setdefault(item.content_id, item)
    if not items_by_content:
        return
    now = utcnow()
    owned_contents = select(Content.id).where(Content.site_id == site_id, Content.id.in_(items_by_content))
    content_ids = db.session.scalars(owned_contents.where(Content.content_type != "Taxonomy").order_by(Content.id))
    blank = dict.fromkeys(("remote_type", "status", "permalink", "content_hash", "state_hash", "taxonomy"), "")
    rows = [
        {
            **blank,
            "account_id": account_id,
            "content_id": content_id,
            "site_id": site_id,
            "external_id": items_by_content[content_id].id,
            "kind": "post",
            "fields": {},
            "base": {},
            "ahead": [],
            "images": {},
            "agreed_version": 0,
            "seen_at": now,
            "created_at": now,
            "updated_at": now,
        }
        for content_id in content_ids
    ]
    if rows:
        stmt = upsert(RemoteState).values(rows)
        db.session.execute(
            stmt.on_conflict_do_update(
                index_elements=["content_id"],
                set_={"external_id": stmt.excluded.external_id, "state_hash": ""},
                where=RemoteState.external_id != stmt.excluded.external_id,
            )
        )


def bind_term(content_id: int, taxonomy: str, term_id: int, parts: Sequence[str]) -> int:
    """Bind a term that was in WordPress before this content was published to it: a person has to compare both. Flushes.

    `parts` are those that WordPress has something of (``content``, ``seo``). Returns the id of the content whose page
    the term is: another one when that had it before. Raises NotFound for a content that is gone.
    """
    content = db.session.get(Content, content_id)
    if content is None:
        raise NotFound()
    now = utcnow()
    place = {"site_id": content.site_id, "kind": "term", "taxonomy": taxonomy[:32], "external_id": term_id}
    blank: dict[str, Any] = {
        "fields": {},
        "base": {},
        "images": {},
        "permalink": "",
        "content_hash": "",
        "state_hash": "",
    }
    ahead = [name for part in parts for name in (SEO_FIELDS if part == "seo" else (part,))]
    row = {"account_id": content.account_id, "content_id": content_id, "remote_type": "term", "status": "publish"}
    row |= {"ahead": ahead, "agreed_version": 0, "seen_at": now, "created_at": now, "updated_at": now}
    db.session.execute(upsert(RemoteState).values(**place, **blank, **row).on_conflict_do_nothing())
    drift_state.refresh_drift([content_id])
    holder = db.session.scalar(select(RemoteState.content_id).filter_by(**place))
    return content_id if holder is None else holder


def add_posts(
    account_id: int, site_id: int, items: Sequence[PostItem], *, clusters: Mapping[int, int] | None = None
) -> dict[int, int]:
    """Create drafts of these posts, in step with WordPress from the start. Returns content ids by post.

    `clusters` are ours by post where they are known from elsewhere: what WordPress has of that counts as seen.
    """
    now = utcnow()
    incoming = [from_post(item, {}) for item in items]
    references = resolve_references(site_id, [({}, entry) for entry in incoming])
    for entry in incoming:
        _relate(entry, references)
        entry.fields["cluster"] = (clusters or {}).get(entry.external_id, entry.fields["cluster"])
    ids = new_ids(Content.__table__, len(items))
    states: list[dict[str, Any]] = []
    with bulk_insert() as copy:
        for start in range(0, len(ids), AT_ONCE):
            part = list(zip(ids, items, incoming, strict=True))[start : start + AT_ONCE]
            copy(Content.__table__, [_new_content(account_id, site_id, *entry, now) for entry in part])
            added = [
                _new_state(account_id, site_id, content_id, entry, references, now) for content_id, _item, entry in part
            ]
            copy(RemoteState.__table__, added)
            copy(content_terms, _links(added, references))
            states += added
    bulk.attach_keywords(
        (state["content_id"], keyword) for state in states for keyword in state["fields"]["keyword_ids"]
    )
    return {item.id: content_id for item, content_id in zip(items, ids, strict=True)}


def _relate(incoming: Incoming, references: References) -> None:
    """Set the cluster and sector that the terms of a post stand for: no publish from here wrote its meta."""
    for name, terms in (("cluster", incoming.cluster_terms), ("sector", incoming.sector_terms)):
        incoming.shown[f"{name}_told"], incoming.shown[f"{name}_terms"] = None, terms
        incoming.fields[name] = of_relation((None, None), (terms, []), references.standing_for(name), None)


def _new_content(
    account_id: int, site_id: int, content_id: int, item: PostItem, incoming: Incoming, now: datetime
) -> dict[str, Any]:
    return {
        "id": content_id,
        **content_columns(incoming.fields),
        "account_id": account_id,
        "site_id": site_id,
        "source": "wordpress",
        "content_type": TYPES.get(item.type, "Article"),
        "content_structure": "",
        "version": 1,
        **columns_of_address(incoming.external_id, incoming.remote["permalink"], item.status[:20], was_published=False),
        "sync_state": drift.IN_STEP,
        "created_at": now,
        "updated_at": now,
    }


def _new_state(
    account_id: int, site_id: int, content_id: int, incoming: Incoming, references: References, now: datetime
) -> dict[str, Any]:
    stored = drift.digests(incoming.fields)
    base: dict[str, list[str | None]] = {name: [value, value] for name, value in stored.items()}
    base["featured_image"] = [drift.field_digest("featured_image", ""), stored["featured_image"]]
    terms = incoming.terms or {}
    known_terms = {
        name: [ref_id for ref_id in ids if (name, ref_id) in references.terms] for name, ids in terms.items()
    }
    base |= {
        name: [value, None]
        for name, value in drift.digests({"images": [], "terms": _our_term_ids(known_terms, references)}).items()
    }
    fields = {name: value for name, value in incoming.fields.items() if name != "content"} | incoming.shown
    fields |= {
        "terms": known_terms,
        "keyword_ids": [ref_id for ref_id in incoming.keyword_ids or [] if ref_id in references.keywords],
    }
    return {
        **incoming.remote,
        "account_id": account_id,
        "site_id": site_id,
        "content_id": content_id,
        "kind": "post",
        "taxonomy": "",
        "external_id": incoming.external_id,
        "fields": fields,
        "base": base,
        "ahead": [],
        "images": {},
        "state_hash": incoming.remote["state_hash"] if known_terms == terms else "",
        "agreed_version": 1,
        "seen_at": now,
        "created_at": now,
        "updated_at": now,
    }


def _links(states: Sequence[dict[str, Any]], references: References) -> list[dict[str, int]]:
    return [
        {"content_id": state["content_id"], "term_id": term}
        for state in states
        for term in _our_term_ids(state["fields"]["terms"], references)
    ]


def _our_term_ids(terms: dict[str, list[int]], references: References) -> list[int]:
    return sorted({references.terms[taxonomy, term_id] for taxonomy, ids in terms.items() for term_id in ids})
