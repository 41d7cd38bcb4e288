"""The text of each page as a content of its own, so that editor, Optimizer, Linker and publishing work on it.

Sections and content are one text until somebody changes the content: from then on that is the page's text, and the
sections no longer overwrite it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.content.editing.revisions import VersionCause
from app.content.models import Content
from app.content.services import ContentEditConflict, create_content, update_content
from app.core.actor import Actor
from app.core.extensions import db
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.uses import assets_of
from app.sitebuilder.assets.wordpress import keep_pictures, library_link, library_source
from app.sitebuilder.blocks.gutenberg import BlockDialect, page_markup
from app.sitebuilder.blocks.registry import page_trees
from app.sitebuilder.blocks.rendering import Rendering
from app.sitebuilder.documents import first_text, links_between
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sitebuilder.pages import page_of_row, page_path
from app.sitebuilder.tasks import add_page_task
from app.sitebuilder.versions import BlueprintChange
from app.sites.models import Site
from app.taxonomy.slugs import normalise_slug


def site_assets(blueprint: SiteBlueprint, rows: Sequence[PageBlueprint]) -> dict[str, SiteAsset]:
    """The files of the site that these pages name, by address."""
    return assets_of(blueprint.account_id, blueprint.site_id, [row.blocks for row in rows])


def site_rendering(
    blueprint: SiteBlueprint, rows: Sequence[PageBlueprint], assets: Mapping[str, SiteAsset]
) -> Rendering:
    """A rendering for the site that the blueprint is for: links between pages lead to their addresses there, pictures
    and files are those of its media library.
    """
    pages = [page_of_row(row) for row in rows]
    root = blueprint.site.url.rstrip("/")
    rendering = Rendering(
        image=lambda address: library_source(address, assets), link=lambda address: library_link(address, assets)
    )

    def address_of(page: Any) -> str:
        path = page_path(page, pages)
        return f"{root}/{path}/" if path else f"{root}/"

    return links_between(pages, address_of, rendering)


def markup_of_page(page: PageBlueprint, rendering: Rendering, dialect: BlockDialect) -> str:
    """The blocks of a page as the block editor of WordPress saves them."""
    return page_markup(page_trees(page.blocks), rendering, dialect)


def dialect_of_site(site: Site) -> BlockDialect:
    """What blocks look like in the WordPress of a site, by the version that it told last; the newest otherwise."""
    version = site.connection.remote.get("wordpress") if site.connection else None
    return BlockDialect.of_version(str(version or ""))


def is_edited_elsewhere(page: PageBlueprint, content: Content | None) -> bool:
    """Whether somebody, or the Linker or the Optimizer, changed the content since the sections were written to it."""
    return content is not None and page.content_version is not None and content.version != page.content_version


def sections_differ(page: PageBlueprint, content: Content, html: str) -> bool:
    """Whether the content says something else than the sections, or is to have another address."""
    return (html, page.title, normalise_slug(page.slug)) != (content.content_html, content.title, content.slug)


def keep_content(change: BlueprintChange, page: PageBlueprint, actor: Actor) -> bool:
    """Write the sections to the page's content, made the first time; False where that was edited since. Flushes."""
    blueprint = change.blueprint
    assets = site_assets(blueprint, [page])
    html = markup_of_page(page, site_rendering(blueprint, change.pages, assets), dialect_of_site(blueprint.site))
    content = db.session.get(Content, page.content_id) if page.content_id else None
    if content is not None and content.trashed_at is not None:
        return False
    if content is None:
        content = _new_content(blueprint, page, html)
        page.content_id, page.content_version = content.id, content.version
        db.session.flush()
    elif is_edited_elsewhere(page, content) or not _rewrite_content(page, content, html, actor):
        return False
    keep_pictures(content, assets)
    return True


def _new_content(blueprint: SiteBlueprint, page: PageBlueprint, html: str) -> Content:
    structure = "Landing Page" if page.page_type == "home" else ""
    task_id, cluster_id = add_page_task(blueprint, page, structure)
    return create_content(
        blueprint.account_id,
        blueprint.site_id,
        title=page.title,
        content_html=html,
        content_type="Page",
        content_structure=structure,
        seo_description=first_text(page.blocks),
        slug=page.slug,
        cluster_id=cluster_id,
        task_id=task_id,
    )


def _rewrite_content(page: PageBlueprint, content: Content, html: str, actor: Actor) -> bool:
    if not sections_differ(page, content, html):
        return True
    cause = VersionCause("person", actor.id, actor.short_name)
    try:
        changed = update_content(
            content.id,
            page.account_id,
            {"title": page.title, "content_html": html, "slug": page.slug},
            expected_version=content.version,
            version_cause=cause,
        )
    except ContentEditConflict:
        return False
    page.content_version = changed.version
    db.session.flush()
    return True
