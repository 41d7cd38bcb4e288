"""Posts that are new here: bound to the content they were published from, or added as drafts. Services flush."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.content import bulk
from app.content.models import Content, content_terms
from app.core.bulk_insert import bulk_insert, new_ids
from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.mirror import drift, drift_state
from app.mirror.address import columns_of_address
from app.mirror.incoming import SEO_FIELDS, TYPES, Incoming, columns_of, from_post, of_relation
from app.mirror.models import RemoteState
from app.mirror.references import Known, known_of
from app.mirror.wire import PostItem

AT_ONCE = 125  # the database stores one part of a page while the next is made ready


def bind(account_id: int, site_id: int, items: Sequence[PostItem]) -> None:
    """Posts that were published from here and not recorded yet, or again under another id, find their content.

    A content is of one post: the plugin keeps that in a table of its own, which no plugin that copies posts copies.
    """
    wanted: dict[int, PostItem] = {}
    for item in items:
        if item.content_id:
            wanted.setdefault(item.content_id, item)
    if not wanted:
        return
    now = utcnow()
    mine = select(Content.id).where(Content.site_id == site_id, Content.id.in_(wanted))
    found = db.session.scalars(mine.where(Content.content_type != "Taxonomy").order_by(Content.id))
    blank = dict.fromkeys(("remote_type", "status", "permalink", "content_hash", "state_hash", "taxonomy"), "")
    rows = [
        {
            **blank,
            "account_id": account_id,
            "content_id": one,
            "site_id": site_id,
            "external_id": wanted[one].id,
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
        for one in found
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
    """A term that was in WordPress before this content was published to it: a person is to compare both. Flushes.

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
    drift_state.refresh([content_id])
    holder = db.session.scalar(select(RemoteState.content_id).filter_by(**place))
    return content_id if holder is None else holder


def add(account_id: int, site_id: int, items: Sequence[PostItem]) -> dict[int, int]:
    """New drafts of what is in WordPress, in step with it from the start; content ids by post."""
    now = utcnow()
    told = [from_post(item, {}) for item in items]
    known = known_of(site_id, [({}, one) for one in told])
    for one in told:
        _relate(one, known)
    ids = new_ids(Content.__table__, len(items))
    states: list[dict[str, Any]] = []
    with bulk_insert() as copy:
        for start in range(0, len(ids), AT_ONCE):
            part = list(zip(ids, items, told, strict=True))[start : start + AT_ONCE]
            copy(Content.__table__, [_new_content(account_id, site_id, *one, now) for one in part])
            added = [_new_state(account_id, site_id, at, one, known, now) for at, _item, one in part]
            copy(RemoteState.__table__, added)
            copy(content_terms, _links(added, known))
            states += added
    bulk.attach_keywords(
        (state["content_id"], keyword) for state in states for keyword in state["fields"]["keyword_ids"]
    )
    return {item.id: at for item, at in zip(items, ids, strict=True)}


def _relate(told: Incoming, known: Known) -> None:
    """The cluster and sector that meta or terms name, when there are such; none otherwise."""
    for name, terms, valid in (
        ("cluster", told.cluster_terms, known.clusters),
        ("sector", told.sector_terms, known.sectors),
    ):
        meta = told.fields[name] if told.fields[name] in valid else None
        told.shown[f"{name}_told"], told.shown[f"{name}_terms"] = meta, terms
        told.fields[name] = of_relation((meta, None), (terms, []), known.standing_for(name), None)


def _new_content(
    account_id: int, site_id: int, content_id: int, item: PostItem, told: Incoming, now: datetime
) -> dict[str, Any]:
    return {
        "id": content_id,
        **columns_of(told.fields),
        "account_id": account_id,
        "site_id": site_id,
        "source": "wordpress",
        "content_type": TYPES.get(item.type, "Article"),
        "content_structure": "",
        "version": 1,
        **columns_of_address(told.external_id, told.remote["permalink"], item.status[:20], was_published=False),
        "sync_state": drift.IN_STEP,
        "created_at": now,
        "updated_at": now,
    }


def _new_state(
    account_id: int, site_id: int, content_id: int, told: Incoming, known: Known, now: datetime
) -> dict[str, Any]:
    stored = drift.digests(told.fields)
    base: dict[str, list[str | None]] = {name: [value, value] for name, value in stored.items()}
    base["featured_image"] = [drift.digest("featured_image", ""), stored["featured_image"]]
    terms = told.terms or {}
    found = {name: [one for one in ids if (name, one) in known.terms] for name, ids in terms.items()}
    base |= {name: [value, None] for name, value in drift.digests({"images": [], "terms": _ours(found, known)}).items()}
    fields = {name: value for name, value in told.fields.items() if name != "content"} | told.shown
    fields |= {"terms": found, "keyword_ids": [one for one in told.keyword_ids or [] if one in known.keywords]}
    return {
        **told.remote,
        "account_id": account_id,
        "site_id": site_id,
        "content_id": content_id,
        "kind": "post",
        "taxonomy": "",
        "external_id": told.external_id,
        "fields": fields,
        "base": base,
        "ahead": [],
        "images": {},
        "state_hash": told.remote["state_hash"] if found == terms else "",
        "agreed_version": 1,
        "seen_at": now,
        "created_at": now,
        "updated_at": now,
    }


def _links(states: Sequence[dict[str, Any]], known: Known) -> list[dict[str, int]]:
    return [
        {"content_id": state["content_id"], "term_id": term}
        for state in states
        for term in _ours(state["fields"]["terms"], known)
    ]


def _ours(found: dict[str, list[int]], known: Known) -> list[int]:
    return sorted({known.terms[taxonomy, one] for taxonomy, ids in found.items() for one in ids})
