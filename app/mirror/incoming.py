"""What WordPress sends of one object, in the form in which we keep it (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.content.services import clean_keywords
from app.mirror import drift
from app.mirror.payload import POST_TYPES
from app.mirror.published import with_our_images
from app.mirror.relations import CLUSTER, SECTOR
from app.mirror.wire import PostItem, Seo, TermItem, to_wire_json

TYPES = {remote: ours for ours, remote in POST_TYPES.items() if remote != "term"}
MAX_EMAIL = 254
SEO_FIELDS = ("seo_title", "seo_description", "seo_canonical", "focus_keywords")


@dataclass
class Incoming:
    """One object as WordPress has it now. What is None or absent was not reported, and stays as it was.

    `fields` are of `drift.FIELDS`; `terms` ids by taxonomy; `remote` columns of RemoteState.
    """

    external_id: int
    fields: dict[str, Any]
    terms: dict[str, list[int]] | None = None
    cluster_terms: list[int] | None = None
    sector_terms: list[int] | None = None
    keyword_ids: list[int] | None = None
    remote: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    changed_by: str = ""

    @property
    def status(self) -> str | None:
        """The status in WordPress, when it is reported."""
        return self.remote.get("status")


def from_post(
    item: PostItem,
    images: Mapping[str, Any],
    changed_by: str = "",
    *,
    content_id: int | None = None,
    is_lost: bool = False,
) -> Incoming:
    """A post, page or product. `images` are ours that it shows (`RemoteState.images`).

    `content_id` is the content that the post is of here. Ids of clusters, sectors and keywords count only when the
    plugin knows the post as that content: under the same keys the old plugin kept ids of its own, which are others.
    `is_lost`: it was published from here, and the plugin no longer knows that. What was lost with the plugin's data was
    not removed by anybody: relations then count as not reported, and so do SEO fields that are all empty.
    """
    terms = {taxonomy: sorted(set(ids)) for taxonomy, ids in item.terms.items()}
    fields = _fields_of_post(item, images)
    related: dict[str, Any] = {
        "cluster_terms": terms.pop(CLUSTER, []),
        "sector_terms": terms.pop(SECTOR, []),
        "keyword_ids": list(item.relations.keyword_ids),
    }
    if item.content_id is None or item.content_id != content_id:
        related["keyword_ids"] = None
        fields = {name: value for name, value in fields.items() if name not in ("cluster", "sector")}
    if is_lost:
        related, unknown = {}, {"cluster", "sector"} | (set() if any(vars(item.seo).values()) else set(SEO_FIELDS))
        fields = {name: value for name, value in fields.items() if name not in unknown}
    return Incoming(
        item.id,
        fields,
        terms=terms,
        **related,
        remote={
            "remote_type": item.type[:32],
            "status": item.status[:20],
            "permalink": item.permalink,
            "content_hash": item.content_hash,
            "state_hash": item.state_hash,
            "modified_utc": item.modified_utc,
        },
        shown={
            "featured": to_wire_json(item.featured_image),
            "author": to_wire_json(item.author),
            "date_utc": to_wire_json(item.date_utc),
            "parts": item.parts,
            "known_as": str(item.content_id or ""),
        },
        changed_by=changed_by,
    )


def _fields_of_post(item: PostItem, images: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": item.title,
        "content": with_our_images(item.content, images),
        "excerpt": item.excerpt,
        "slug": item.readable_slug,
        **_seo_fields(item.seo),
        "author_email": item.author.email[:MAX_EMAIL] if item.author else "",
        "parent": item.parent or None,
        "template": item.template,
        "cluster": item.relations.cluster_id,
        "sector": item.relations.sector_id,
        "featured_image": item.featured_image.attachment_id if item.featured_image else 0,
    }


def from_term(item: TermItem, images: Mapping[str, Any], changed_by: str = "") -> Incoming:
    """The page of a term: its name, description and slug are title, text and slug; SEO fields may be left out."""
    fields: dict[str, Any] = {
        "title": item.name,
        "content": with_our_images(item.description, images),
        "slug": item.readable_slug,
    }
    if item.seo is not None:
        fields |= _seo_fields(item.seo)
    remote = {"remote_type": "term", "status": "publish", "permalink": item.permalink}
    if item.content_hash:
        remote["content_hash"] = item.content_hash
    return Incoming(item.term_id, fields, remote=remote, shown={"parts": item.parts}, changed_by=changed_by)


def _seo_fields(seo: Seo) -> dict[str, Any]:
    return {
        "seo_title": seo.title,
        "seo_description": seo.description,
        "seo_canonical": seo.canonical,
        "focus_keywords": clean_keywords(seo.focus_keywords),
    }


def content_columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as columns of a content."""
    return {drift.COLUMNS.get(name, name): value for name, value in fields.items() if name != "featured_image"}


def of_relation(
    meta: tuple[int | None, int | None],
    terms: tuple[Sequence[int] | None, Sequence[int]],
    ours: Mapping[int, int],
    before: int | None,
) -> int | None:
    """The cluster (or sector) that a post is in, by its meta or its terms, whichever changed.

    `meta` and `terms` have their values now and as last seen; `ours` says what terms stand for; `before` is the cluster
    it was in.
    """
    if meta[0] != meta[1]:
        return meta[0]
    if terms[0] is None or set(terms[0]) == set(terms[1]):
        return before
    current = [ours[term_id] for term_id in terms[0] if term_id in ours]
    added = [ours[term_id] for term_id in terms[0] if term_id not in terms[1] and term_id in ours]
    if added or before in current:
        return added[0] if added else before
    is_strange = any(term_id not in ours for term_id in terms[0])  # a term that is not known here says nothing
    return current[0] if current else before if is_strange else None
