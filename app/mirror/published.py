"""What WordPress has of our content according to our publishes: written with each publish, read before the next."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from app.content.models import Content
from app.content.services import clean_keywords
from app.core.extensions import db
from app.mirror import drift_state
from app.mirror.address import mark_published
from app.mirror.drift import digests, plain_template
from app.mirror.models import RemoteState
from app.mirror.payload import ContentSnapshot, hash_with_slug, taken_from
from app.mirror.relations import CLUSTER, RELATIONS, SECTOR
from app.sites.models import Sector
from app.taxonomy.slugs import readable_slug

LIVE = ("publish", "private")


def ours_of_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `drift.FIELDS` as a publish sends them (pure)."""
    post, seo, relations = payload["post"], payload["seo"], payload["relations"]
    featured = next((image["sha256"] for image in payload["images"] if image["role"] == "featured"), "")
    return {
        "title": post["title"],
        "content": post["content"],
        "excerpt": post.get("excerpt") or "",
        "slug": post.get("slug") or "",
        "seo_title": seo["title"],
        "seo_description": seo["description"],
        "seo_canonical": seo.get("canonical") or "",
        "focus_keywords": seo["focus_keywords"],
        "author_email": post.get("author_email") or "",
        "parent": _int_or_none(post.get("parent")),
        "template": plain_template(post.get("template")),
        "cluster": _id_of(relations.get("cluster")),
        "sector": _id_of(relations.get("sector")),
        "featured_image": featured,
    }


def ours_alone(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What a publish sends and WordPress reports in another form: descriptions of images, our terms (pure)."""
    return {
        "images": images_of_payload(payload["images"]),
        "terms": sorted(int(term["ref"]) for term in payload["terms"]),
    }


def images_of_payload(images: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """Hash, role and texts of each image, in order (pure)."""
    names = ("sha256", "role", "alt", "title", "caption")
    return [
        [image[name] for name in names]
        for image in sorted(images, key=lambda image: (image["role"], image["position"]))
    ]


def _int_or_none(text: object) -> int | None:
    return int(str(text)) if str(text or "").isdecimal() else None


def _id_of(relation: Mapping[str, Any] | None) -> int | None:
    return int(relation["id"]) if relation else None


def slug_of(permalink: str) -> str:
    """The slug that a pretty permalink ends in, readable; empty for other addresses (pure)."""
    parts = urlsplit(permalink)
    name = parts.path.rstrip("/").rsplit("/", 1)[-1]
    return "" if parts.query or "." in name else readable_slug(name)


def live_slug(result: Mapping[str, Any]) -> str:
    """The slug that WordPress gave, readable; empty when it is not known (pure)."""
    return readable_slug(str(result.get("slug") or "")) or slug_of(str(result.get("permalink") or ""))


def remember_published(
    snapshot: ContentSnapshot, result: Mapping[str, Any], now: datetime, *, look_at: datetime
) -> None:
    """Record that both sides agree on what was just published: where it is, and the base of each field.

    Flushes; safe to repeat. The page was not visited yet: that is due at `look_at`. Locks the content's row of remote
    state, then the content, until the end of the transaction.
    """
    values = _agreed(snapshot, result, now)
    values |= {"published_hash": _published_hash(snapshot, result), "verdict": None, "issues": [], "look_at": look_at}
    _detach_other_contents(snapshot, values)
    keys = {"account_id": snapshot.account_id, "content_id": snapshot.content_id, "site_id": snapshot.site_id}
    stmt = insert(RemoteState).values(**keys, created_at=now, **values)
    db.session.execute(stmt.on_conflict_do_update(index_elements=[RemoteState.content_id], set_=values))
    mark_published(
        snapshot.account_id,
        snapshot.content_id,
        values["external_id"],
        values["permalink"],
        now,
        status="publish" if snapshot.is_term else values["status"],
        slugs=(str(snapshot.payload["post"]["slug"]), live_slug(result)),
    )
    drift_state.refresh_drift([snapshot.content_id])


def _published_hash(snapshot: ContentSnapshot, result: Mapping[str, Any]) -> str:
    """The hash of what was sent, with the slug that it got: publishing the same again would change nothing."""
    sent, slug = str(snapshot.payload["payload_hash"]), live_slug(result)
    if slug and result.get("payload_hash") in (None, sent):
        return hash_with_slug(snapshot.payload, slug)
    return str(result.get("payload_hash") or sent)


def _agreed(snapshot: ContentSnapshot, result: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The columns of remote state after the publish."""
    ours = ours_of_payload(snapshot.payload)
    ours["slug"] = live_slug(result) or ours["slug"]
    theirs, certain = _theirs(snapshot, result, ours)
    our_digests, their_digests = digests(ours), digests(theirs)
    taxonomy = str(result.get("taxonomy") or "") if snapshot.is_term else ""
    return {
        "kind": "term" if snapshot.is_term else "post",
        "taxonomy": taxonomy[:32],
        "external_id": int(result.get("term_id") or 0) if snapshot.is_term else int(result["post_id"]),
        "remote_type": str(result.get("post_type") or "")[:32],
        "status": str(result.get("post_status") or "publish")[:20],
        "permalink": str(result.get("permalink") or ""),
        "fields": {name: value for name, value in theirs.items() if name != "content"},
        "base": {name: [our_digests[name], their_digests[name] if name in certain else None] for name in our_digests}
        | {name: [value, None] for name, value in digests(ours_alone(snapshot.payload)).items()},
        "ahead": [],
        "images": _images(snapshot, result),
        "content_hash": str(result.get("content_hash") or ""),
        "state_hash": str(result.get("state_hash") or ""),
        "agreed_version": snapshot.version,
        "seen_at": now,
        "gone_at": None,
        "updated_at": now,
    }


def _detach_other_contents(snapshot: ContentSnapshot, values: Mapping[str, Any]) -> None:
    """Detach the object from other contents (such as an import of a lost publish): it belongs to one content.

    That content keeps its `external_id`, by which the plugin refuses to publish it: the post is another one's.
    """
    db.session.execute(
        delete(RemoteState)
        .where(RemoteState.site_id == snapshot.site_id, RemoteState.content_id != snapshot.content_id)
        .where(
            RemoteState.kind == values["kind"],
            RemoteState.taxonomy == values["taxonomy"],
            RemoteState.external_id == values["external_id"],
        )
        .execution_options(synchronize_session=False)
    )


def _theirs(
    snapshot: ContentSnapshot, result: Mapping[str, Any], ours: Mapping[str, Any]
) -> tuple[dict[str, Any], frozenset[str]]:
    """WordPress's values after the publish, and the names of those that are known for certain."""
    terms = result.get("terms") if isinstance(result.get("terms"), Mapping) else {}
    assigned = {
        str(taxonomy): sorted({entry["term_id"] for entry in group.get("assigned") or []})
        for taxonomy, group in (terms or {}).items()
    }
    related = result.get("relations") if isinstance(result.get("relations"), Mapping) else {}
    attachment = _attachment(result, str(ours["featured_image"]))
    theirs: dict[str, Any] = {name: value for name, value in ours.items() if name != "content"} | {
        "featured_image": attachment,
        "terms": assigned,
        "parts": str(result.get("parts") or ""),
        "cluster_terms": list((related or {}).get(CLUSTER) or []),
        "sector_terms": list((related or {}).get(SECTOR) or []),
        "keyword_ids": [int(keyword_id) for keyword_id in snapshot.payload["relations"]["keyword_ids"]],
        "date_utc": result.get("post_date_utc"),
        "cluster_told": ours["cluster"],
        "sector_told": ours["sector"],
    }
    theirs["content"] = ours["content"]
    stored = _stored(result, _images(snapshot, result))
    unknown = {name for name in ("slug", "author_email", "parent", "template") if not theirs.get(name)} - set(stored)
    if not attachment and "featured_image" not in stored:
        unknown.add("featured_image")
    return theirs | stored, frozenset(set(ours) - unknown)


def _stored(result: Mapping[str, Any], images: Mapping[str, Any]) -> dict[str, Any]:
    """What the plugin read back for fields that WordPress may store in another form, or that were not sent."""
    answer = result.get("stored")
    if not isinstance(answer, Mapping):
        return {}
    values = {
        name: answer[name] for name in ("title", "content", "excerpt", "author_email", "template") if name in answer
    }
    values |= {name: int(answer[name] or 0) for name in ("parent", "featured_image") if name in answer}
    if "parent" in values:
        values["parent"] = values["parent"] or None
    if "content" in values:
        values["content"] = with_our_images(str(values["content"]), images)
    if isinstance(answer.get("terms"), Mapping):  # the default category among them, which nobody assigned
        every = {str(name): sorted(ids) for name, ids in answer["terms"].items() if ids}
        values["terms"] = {name: ids for name, ids in every.items() if name not in RELATIONS}
    seo = answer.get("seo")
    if isinstance(seo, Mapping):
        names = {"seo_title": "title", "seo_description": "description", "seo_canonical": "canonical"}
        values |= {name: str(seo.get(key) or "") for name, key in names.items()}
        values["focus_keywords"] = clean_keywords(seo.get("focus_keywords") or [])
    return values


def _attachment(result: Mapping[str, Any], sha256: str) -> int:
    images = result.get("images")
    image = images.get(sha256) if isinstance(images, Mapping) else None
    return int(image["attachment_id"]) if isinstance(image, Mapping) and image.get("attachment_id") else 0


def _images(snapshot: ContentSnapshot, result: Mapping[str, Any]) -> dict[str, Any]:
    images = result.get("images")
    shown_hashes = {image["sha256"] for image in snapshot.images if image["role"] != "featured"}
    text = str(snapshot.payload["post"].get("content") or "")
    return {
        sha256: [image["url"], image["attachment_id"], *([NUMBERED] if f"{NUMBER_OF}{sha256}" in text else [])]
        for sha256, image in (images.items() if isinstance(images, Mapping) else ())
        if sha256 in shown_hashes and isinstance(image, Mapping)
    }


def with_our_images(html: str, images: Mapping[str, Any]) -> str:
    """A text of WordPress as it was sent: our images by their hash, without the gallery at its end (pure).

    `images`: `[address, attachment]` by hash, and NUMBERED where the text had a place for the attachment's number.
    """
    if not images:
        return html
    addresses = {image[0]: sha256 for sha256, image in images.items() if image[0] in html}
    attachments = {str(image[1]) for image in images.values()}
    html = _without_gallery(html, attachments)
    if not addresses:
        return html
    pattern = "|".join(re.escape(url) for url in sorted(addresses, key=len, reverse=True))
    html = re.sub(rf"(?:{pattern})(?![\w.%-])", lambda match: f"igny8-image:{addresses[match[0]]}", html)
    numbers = {sha256: str(image[1]) for sha256, image in images.items() if image[2:] == [NUMBERED]}
    return _IMAGE_BLOCK.sub(lambda block: _with_places(block, numbers), html) if numbers else html


NUMBERED = "numbered"
NUMBER_OF = "igny8-image-id:"
_IMAGE_BLOCK = re.compile(
    r'(<!-- wp:image \{"id":)(\d+)([^\n]{0,2000}-->\n<figure[^>]*>(?:<a [^>]*>)?<img src="igny8-image:([0-9a-f]{64})"'
    r'[^>]* class="wp-image-)(\d+)"'
)


def _with_places(block: re.Match[str], numbers: Mapping[str, str]) -> str:
    """An image block with the places of the attachment's number, as it was sent."""
    start, number, middle, sha256, in_class = block.groups()
    if not numbers.get(sha256) == number == in_class:
        return block[0]
    return f'{start}"{NUMBER_OF}{sha256}"{middle}{NUMBER_OF}{sha256}"'


_LINK = re.compile(r'\n\n<!-- wp:paragraph \{"className":"igny8-gallery-link"\} -->(?:(?!<!-- wp:).)*\Z', re.S)
_IMAGE_ID = re.compile(r'<!-- wp:image \{"id":(\d+)')


def _without_gallery(html: str, attachments: set[str]) -> str:
    html = _LINK.sub("", html)
    start = html.rfind("\n\n<!-- wp:gallery ")
    tail = html[start:].rstrip()
    ids = set(_IMAGE_ID.findall(tail))
    is_last = start >= 0 and tail.endswith("<!-- /wp:gallery -->") and tail.count("<!-- /wp:gallery -->") == 1
    return html[:start] if is_last and ids and ids <= attachments else html


def mark_unchanged(account_id: int, content_ids: Iterable[int]) -> None:
    """Record that both sides agree on these published contents: publishing them would change nothing. Flushes."""
    rows = [
        {"at": snapshot.content_id, "hash": snapshot.payload["payload_hash"]}
        for snapshot in _snapshots(account_id, content_ids)
    ]
    if rows:
        table = RemoteState.__table__
        stmt = update(table).where(table.c.content_id == bindparam("at"))  # type: ignore[arg-type]
        db.session.connection().execute(stmt.values(published_hash=bindparam("hash")), rows)
        db.session.expire_all()


def _snapshots(account_id: int, content_ids: Iterable[int]) -> list[ContentSnapshot]:
    """What would be published of these contents, in a constant number of queries."""
    ids = sorted(content_ids)
    if not ids:
        return []
    db.session.expire_all()
    stmt = (
        select(Content)
        .where(Content.id.in_(ids), Content.account_id == account_id)
        .order_by(Content.id)
        .options(selectinload(Content.terms), selectinload(Content.images), selectinload(Content.site))
        .options(selectinload(Content.cluster), selectinload(Content.keywords))
    )
    contents = db.session.scalars(stmt).all()
    sector_ids = {content.sector_id for content in contents if content.sector_id}
    sectors = (
        {row.id: row for row in db.session.scalars(select(Sector).where(Sector.id.in_(sector_ids)))}
        if sector_ids
        else {}
    )
    return [taken_from(content, sectors.get(content.sector_id or 0)) for content in contents]
