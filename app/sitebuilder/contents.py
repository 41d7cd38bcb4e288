"""The text of each page as a content of its own, so that editor, Optimizer, Linker and publishing work on it.

Sections and content are one text until somebody changes the content: from then on that is the page's text, and the
sections no longer overwrite it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.ai import gateway
from app.ai.call_context import Answered, CallContext
from app.ai.charging import Charges
from app.content.editing.revisions import VersionCause
from app.content.models import Content
from app.content.services import ContentEditConflict, create_content, update_content
from app.core.actor import Actor
from app.core.extensions import db
from app.core.runs import Outcome, RunContext
from app.core.runs.context import TryAgain
from app.core.runs.turns import Turn
from app.core.wording import many, sentences
from app.sitebuilder.assets.models import SiteAsset
from app.sitebuilder.assets.uses import assets_of
from app.sitebuilder.assets.wordpress import keep_pictures, library_source
from app.sitebuilder.blocks.gutenberg import BlockDialect, page_markup
from app.sitebuilder.blocks.registry import page_trees
from app.sitebuilder.blocks.rendering import Rendering
from app.sitebuilder.documents import first_text, links_between
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sitebuilder.pages import page_of_row, page_path
from app.sitebuilder.structure.ai_texts import SITE_PAGE, PageTextRequest, may_write
from app.sitebuilder.structure.runs import canvas_address, run_actor
from app.sitebuilder.versions import BlueprintChange, begin_change, blueprint_of, end_change, pages_of
from app.sites.models import Site


@dataclass
class _WritingPages:
    """How many pages were written, those left as their content was edited, and those that are gone."""

    written: int = 0
    edited: list[str] = field(default_factory=list)
    gone: int = 0

    def so_far(self) -> dict[str, Any]:
        """What the next turn has to know."""
        return {"edited": self.edited, "gone": self.gone}


def site_assets(blueprint: SiteBlueprint, rows: Sequence[PageBlueprint]) -> dict[str, SiteAsset]:
    """The files of the site that these pages name, by address."""
    return assets_of(blueprint.account_id, blueprint.site_id, [row.blocks for row in rows])


def site_rendering(
    blueprint: SiteBlueprint, rows: Sequence[PageBlueprint], assets: Mapping[str, SiteAsset]
) -> Rendering:
    """A rendering for the site that the blueprint is for: links between pages lead to their addresses there, pictures
    are those of its media library.
    """
    pages = [page_of_row(row) for row in rows]
    root = blueprint.site.url.rstrip("/")
    rendering = Rendering(image=lambda address: library_source(address, assets))

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


def write_site_pages(context: RunContext) -> Outcome:
    """Params: `blueprint_id`, `page_ids`, `actor`. Each page is one transaction with its content and its charge."""
    run = context.run
    blueprint = blueprint_of(run.account_id, run.params["blueprint_id"])
    page_ids: list[int] = run.params["page_ids"]
    charges = Charges(run, "site_page", len(page_ids))
    db.session.commit()
    work, turn = _WritingPages(**context.so_far), Turn(context)
    for number, page_id in enumerate(page_ids):
        context.progress(step="Writing pages", done=number, total=len(page_ids))
        if charges.is_noted(f"page:{page_id}"):
            work.written += 1
            continue
        if turn.is_over():
            raise TryAgain(timedelta(0), turn.why, counts=False, so_far=work.so_far())
        _write_page(context, blueprint.id, page_id, charges, work)
    db.session.commit()
    edited = ", ".join(f"“{title}”" for title in work.edited[:5])
    words = f"The text of {edited} was left: it was changed in the editor." if edited else ""
    gone = f"{many(work.gone, 'page')} {'was' if work.gone == 1 else 'were'} removed meanwhile." if work.gone else ""
    message = sentences(f"{many(work.written, 'page')} written.", words, gone)
    return Outcome(message, canvas_address(blueprint.id), {"written": work.written, "edited": len(work.edited)})


def _write_page(context: RunContext, blueprint_id: int, page_id: int, charges: Charges, work: _WritingPages) -> None:
    run = context.run
    blueprint = blueprint_of(run.account_id, blueprint_id)
    pages = pages_of(blueprint)
    page = next((one for one in pages if one.id == page_id), None)
    if page is None:
        work.gone += 1
        return
    request = _text_request(blueprint, pages, page)
    answered = None
    if request.wanted:
        call = CallContext(context.run_id, subject=page.title, cancelled=context.should_stop)
        answered = gateway.run(run.account_id, SITE_PAGE, request, call=call)
    change = begin_change(run.account_id, blueprint_id, None)
    page = next((one for one in change.pages if one.id == page_id), None)
    if page is None:
        db.session.rollback()
        work.gone += 1
        return
    if answered is not None:
        page.blocks = _with_texts(page.blocks, request, answered.result)
    page.status = "ready"
    if not keep_content(change, page, run_actor(run)):
        work.edited.append(page.title)
    end_change(change, run_actor(run), "texts_written", page.title)
    _charge_page(charges, page, answered)
    work.written += 1
    db.session.commit()


def _text_request(blueprint: SiteBlueprint, pages: list[PageBlueprint], page: PageBlueprint) -> PageTextRequest:
    return PageTextRequest(
        config=blueprint.config,
        title=page.title,
        page_type=page.page_type,
        slugs=[one.slug for one in pages],
        sections=page.blocks,
        wanted=[section["id"] for section in page.blocks if may_write(section)],
    )


def _with_texts(
    sections: list[dict[str, Any]], request: PageTextRequest, texts: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """The sections with their new texts; one that was changed since the question was asked stays as it is."""
    return [
        {**section, "fields": texts[section["id"]]}
        if section.get("id") in texts and section in request.sections
        else section
        for section in sections
    ]


def _charge_page(charges: Charges, page: PageBlueprint, answered: Answered[Any] | None) -> None:
    charges.charge(
        f"page:{page.id}",
        units=1,
        object_type="content",
        object_id=page.content_id,
        title=page.title,
        answered=answered,
    )


def keep_content(change: BlueprintChange, page: PageBlueprint, actor: Actor) -> bool:
    """Write the sections to the page's content, made the first time; False where that was edited since. Flushes."""
    blueprint = change.blueprint
    assets = site_assets(blueprint, [page])
    html = markup_of_page(page, site_rendering(blueprint, change.pages, assets), dialect_of_site(blueprint.site))
    content = db.session.get(Content, page.content_id) if page.content_id else None
    if content is not None and content.trashed_at is not None:
        return False
    if content is None:
        content = create_content(
            blueprint.account_id,
            blueprint.site_id,
            title=page.title,
            content_html=html,
            content_type="Page",
            content_structure="Landing Page" if page.page_type == "home" else "",
            seo_description=first_text(page.blocks),
            slug=page.slug,
        )
        page.content_id, page.content_version = content.id, content.version
        db.session.flush()
    elif is_edited_elsewhere(page, content) or not _rewrite_content(page, content, html, actor):
        return False
    keep_pictures(content, assets)
    return True


def _rewrite_content(page: PageBlueprint, content: Content, html: str, actor: Actor) -> bool:
    if content.content_html == html and content.title == page.title:
        return True
    cause = VersionCause("person", actor.id, actor.short_name)
    try:
        changed = update_content(
            content.id,
            page.account_id,
            {"title": page.title, "content_html": html},
            expected_version=content.version,
            version_cause=cause,
        )
    except ContentEditConflict:
        return False
    page.content_version = changed.version
    db.session.flush()
    return True
