"""What is sent to the plugin, made from a piece of content: plain data in, plain data out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.content.images.services import REFERENCE
from app.content.models import Content, ContentImage
from app.content.services import may_be_untitled
from app.planner.models import Cluster
from app.sites.facts import SiteFacts, stored_facts
from app.sites.models import Sector, Site
from app.sites.wordpress import CONTRACT
from app.taxonomy.models import ContentTaxonomy
from app.taxonomy.services import EXTERNAL
from app.taxonomy.slugs import normalise_slug

POST_TYPES = {"Article": "post", "Page": "page", "Product": "product", "Taxonomy": "term"}
HASHED = ("post", "terms", "relations", "seo", "images")


@dataclass(frozen=True)
class ContentSnapshot:
    """Everything about a piece of content that a publish needs, read at one moment.

    `left_out`: file names of images that its type has no place for. `facts`: what the site last reported of itself.
    `outline_notes`, `is_outline`, `scripts_allowed`: as in the content. `may_be_untitled`: the post has no title there.
    `site_urls`: where the site is reached. `files`: what is sent in the place of images, by their hash, as files of
    `app.content.images.rendition_models`.
    """

    content_id: int
    site_id: int
    account_id: int
    version: int
    title: str
    site_active: bool
    payload: dict[str, Any]
    left_out: list[str] = field(default_factory=list)
    facts: SiteFacts = field(default_factory=SiteFacts)
    outline_notes: list[str] = field(default_factory=list)
    is_outline: bool = False
    scripts_allowed: str = ""
    may_be_untitled: bool = False
    site_urls: tuple[str, ...] = ()
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_term(self) -> bool:
        """True for the page of a term, false for a post of any type."""
        return bool(self.payload["post"]["type"] == "term")

    @property
    def images(self) -> list[dict[str, Any]]:
        """The images in the order they are sent."""
        images: list[dict[str, Any]] = self.payload["images"]
        return images

    @property
    def sent_images(self) -> list[dict[str, Any]]:
        """The images as they go over the wire: with `file` where other bytes are sent in the place of an image."""
        return [
            {**image, "file": {name: self.files[image["sha256"]][name] for name in ("sha256", "mime", "size")}}
            if image["sha256"] in self.files
            else image
            for image in self.images
        ]


def taken_from(content: Content, sector: Sector | None) -> ContentSnapshot:
    """The snapshot of a loaded row and its relations."""
    is_term = content.content_type == "Taxonomy"
    images = _shown_on_a_term(content) if is_term else _ordered(content.images)
    body = {
        "post": _term_page(content) if is_term else _post(content),
        "terms": [] if is_term else [_term(term) for term in content.terms if term.taxonomy_type != "cluster"],
        "relations": _relations(None, None, []) if is_term else _relations_of(content, sector),
        "seo": {
            "title": content.seo_title,
            "description": content.seo_description,
            "canonical": content.seo_canonical,
            "focus_keywords": list(content.focus_keywords),
        },
        "images": [
            _image(image, position, "inline" if is_term else image.role) for position, image in enumerate(images)
        ],
    }
    payload = {
        **body,
        "contract": CONTRACT,
        "content_id": str(content.id),
        "task_id": str(content.task_id) if content.task_id else None,
        "payload_hash": payload_hash(body),
    }
    return ContentSnapshot(
        content.id,
        content.site_id,
        content.account_id,
        content.version,
        content.title,
        content.site.is_active,
        payload,
        [image.filename for image in content.images if image not in images],
        stored_facts(content.site),
        list(content.outline_notes),
        content.is_outline,
        content.scripts_allowed,
        may_be_untitled(content),
        _urls_of(content.site),
    )


def _urls_of(site: Site) -> tuple[str, ...]:
    """Where people have entered the site, and where it says that it is."""
    return (site.url, (site.connection.home_url if site.connection else None) or site.url)


def hash_with_slug(payload: Mapping[str, Any], slug: str) -> str:
    """The `payload_hash` of the same content under the slug that WordPress gave it (pure)."""
    body = {name: payload[name] for name in HASHED}
    return payload_hash({**body, "post": {**payload["post"], "slug": slug}})


def payload_hash(body: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON (sorted names, no spaces, UTF-8)."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _post(content: Content) -> dict[str, Any]:
    post = {
        "type": POST_TYPES[content.content_type],
        "title": content.title,
        "content": content.content_html,
        "excerpt": content.excerpt,
        "slug": content.slug,
        "date_utc": None,
        "author_email": content.author_email or None,
    }
    return {**post, **_imported(content), **(_chosen_place(content) if content.content_type == "Page" else {})}


def _chosen_place(content: Content) -> dict[str, str]:
    """The choices that were made: null leaves what is there, so what is not chosen is left out."""
    parent = content.parent_external_id
    place = {"parent": None if parent is None else str(parent), "template": content.template or None}
    return {name: value for name, value in place.items() if value is not None}


def _imported(content: Content) -> dict[str, str]:
    """The post or term that this content was imported from; the plugin reads it before the first publish only."""
    is_imported = content.source == "wordpress" and content.external_id is not None
    return {"external_id": str(content.external_id)} if is_imported else {}


def _term_page(content: Content) -> dict[str, Any]:
    return {
        "type": "term",
        "taxonomy": content.taxonomy,
        "title": content.title,
        "content": content.content_html,
        "slug": content.slug,
        **_imported(content),
    }


def _shown_on_a_term(content: Content) -> list[ContentImage]:
    """The images that a term's text shows, whatever their role: it has no featured image and no gallery."""
    shown_hashes = set(REFERENCE.findall(content.content_html))
    return [image for image in _ordered(content.images) if image.role == "inline" or image.sha256 in shown_hashes]


def _term(term: ContentTaxonomy) -> dict[str, Any]:
    return {
        "ref": str(term.id),
        "taxonomy": term.external_taxonomy or EXTERNAL.get(term.taxonomy_type, term.taxonomy_type),
        "name": term.name,
        "slug": term.slug if normalise_slug(term.name) else "",
        "external_id": term.external_id,
    }


def _relations_of(content: Content, sector: Sector | None) -> dict[str, Any]:
    return _relations(content.cluster, sector, [str(keyword.id) for keyword in content.keywords])


def _relations(cluster: Cluster | None, sector: Sector | None, keyword_ids: list[str]) -> dict[str, Any]:
    return {
        "cluster": {"id": str(cluster.id), "name": cluster.name} if cluster else None,
        "sector": {"id": str(sector.id), "name": sector.name} if sector else None,
        "keyword_ids": keyword_ids,
    }


def _ordered(images: list[ContentImage]) -> list[ContentImage]:
    return sorted(images, key=lambda image: (image.role != "featured", image.position, image.id))


def _image(image: ContentImage, position: int, role: str) -> dict[str, Any]:
    return {
        "sha256": image.sha256,
        "filename": image.filename,
        "mime": image.mime,
        "size": image.size,
        "alt": image.alt,
        "title": image.title,
        "caption": image.caption,
        "role": role,
        "position": position,
    }
