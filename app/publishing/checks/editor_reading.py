"""The checks of a text as it is in the editor, saved or not: reads, judges, changes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.ai.builtin.languages import language_of
from app.content.blocks import splice
from app.content.links.services import verdicts_on_text
from app.content.models import Content
from app.mirror.payload import ContentSnapshot
from app.publishing.checks import examination
from app.publishing.checks.checklist import Checklist, checklist
from app.publishing.checks.editor_draft import Draft, Image
from app.publishing.conflicts import away_problems
from app.publishing.reading import content_to_publish, live_version, snapshot_of
from app.writer.drafting.checking import live_pages

TEXTS = ("title", "content_html", "excerpt", "slug", "seo_title", "seo_description", "seo_canonical", "focus_keywords")
SEO = {"seo_title": "title", "seo_description": "description", "seo_canonical": "canonical"}


def _saved_values(content: Content) -> dict[str, Any]:
    return {
        name: getattr(content, name) for name in ("title", "content_html", "excerpt", "slug", *SEO, "focus_keywords")
    }


def check_values(account_id: int, content_id: int, values: Mapping[str, Any], alts: Mapping[int, str]) -> Checklist:
    """Judge a content with other `values` (columns of a content) and `alts` of its images, by id. Raises NotFound.

    WordPress is not asked.
    """
    content = content_to_publish(account_id, content_id)
    now: dict[str, Any] = {**_saved_values(content), **values}
    now["content_html"] = splice(content.content_html, now["content_html"])
    findings = examination.own_findings(_with(snapshot_of(content), now), live_version(content_id))
    problems = [*away_problems(content.state, content_id), *findings.problems]
    return checklist(_draft(content, now, alts), problems, findings.warnings)


def _with(snapshot: ContentSnapshot, values: Mapping[str, Any]) -> ContentSnapshot:
    named = {**values, "content": values["content_html"]}
    post = {name: named.get(name, value) for name, value in snapshot.payload["post"].items()}
    seo = {**snapshot.payload["seo"], **{name: values[column] for column, name in SEO.items()}}
    return replace(snapshot, payload={**snapshot.payload, "post": post, "seo": seo})


def _draft(content: Content, values: Mapping[str, Any], alts: Mapping[int, str]) -> Draft:
    keywords = [str(keyword) for keyword in values["focus_keywords"] if str(keyword).strip()]
    is_post = content.content_type in ("Article", "Product")
    return Draft(
        title=values["title"] or "",
        html=values["content_html"],
        slug=values["slug"],
        seo_title=values["seo_title"],
        seo_description=values["seo_description"],
        keywords=keywords,
        images=[Image(image.id, image.filename, alts.get(image.id, image.alt), image.role) for image in content.images],
        site_url=content.site.url,
        pages=live_pages(content, values["content_html"]),
        language=language_of([values["title"] or "", *keywords]),
        wants_image=is_post and content.source != "wordpress",
        verdicts=verdicts_on_text(content.account_id, content.site_id, values["content_html"], content.site.url),
    )
