"""What is sent to the plugin, made from a piece of content: plain data in, plain data out."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from app.content.models import Content, ContentImage
from app.planner.models import Cluster
from app.sites.models import Sector
from app.sites.wordpress import CONTRACT
from app.taxonomy.models import ContentTaxonomy

POST_TYPES = {"Article": "post", "Page": "page", "Product": "product"}
TAXONOMIES = {"category": "category", "tag": "post_tag", "product_category": "product_cat"}


@dataclass(frozen=True)
class Snapshot:
    """Everything of a piece of content that a publish needs, taken at one moment."""

    content_id: int
    site_id: int
    account_id: int
    version: int
    title: str
    site_active: bool
    payload: dict[str, Any]

    @property
    def images(self) -> list[dict[str, Any]]:
        """The images in the order they are sent."""
        images: list[dict[str, Any]] = self.payload["images"]
        return images


def taken_from(content: Content, sector: Sector | None) -> Snapshot:
    """The snapshot of a loaded row and its relations."""
    body = {
        "post": _post(content),
        "terms": [_term(term) for term in content.terms if term.taxonomy_type != "cluster"],
        "relations": _relations(content.cluster, sector),
        "seo": {
            "title": content.seo_title,
            "description": content.seo_description,
            "canonical": "",
            "focus_keywords": list(content.focus_keywords),
        },
        "images": [_image(image, position) for position, image in enumerate(_ordered(content.images))],
    }
    payload = {
        **body,
        "contract": CONTRACT,
        "content_id": str(content.id),
        "task_id": str(content.task_id) if content.task_id else None,
        "payload_hash": payload_hash(body),
    }
    return Snapshot(
        content.id, content.site_id, content.account_id, content.version, content.title, content.site.is_active, payload
    )


def payload_hash(body: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON (sorted names, no spaces, UTF-8)."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _post(content: Content) -> dict[str, Any]:
    return {
        "type": POST_TYPES.get(content.content_type, "term"),
        "title": content.title,
        "content": content.content_html,
        "excerpt": content.excerpt,
        "slug": content.slug,
        "date_utc": None,
        "author_email": None,
    }


def _term(term: ContentTaxonomy) -> dict[str, Any]:
    return {
        "ref": str(term.id),
        "taxonomy": term.external_taxonomy or TAXONOMIES.get(term.taxonomy_type, term.taxonomy_type),
        "name": term.name,
        "slug": term.slug,
        "external_id": term.external_id,
    }


def _relations(cluster: Cluster | None, sector: Sector | None) -> dict[str, Any]:
    return {
        "cluster": {"id": str(cluster.id), "name": cluster.name} if cluster else None,
        "sector": {"id": str(sector.id), "name": sector.name} if sector else None,
        "keyword_ids": [],
    }


def _ordered(images: list[ContentImage]) -> list[ContentImage]:
    return sorted(images, key=lambda image: (image.role != "featured", image.position, image.id))


def _image(image: ContentImage, position: int) -> dict[str, Any]:
    return {
        "sha256": image.sha256,
        "filename": image.filename,
        "mime": image.mime,
        "size": image.size,
        "alt": image.alt,
        "title": image.title,
        "caption": image.caption,
        "role": image.role,
        "position": position,
    }
