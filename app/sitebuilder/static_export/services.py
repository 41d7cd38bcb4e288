"""The download of a planned site: what it is made of, and the file."""

from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import IO

from flask_babel import force_locale
from sqlalchemy import select

from app.content.models import Content
from app.core.blank import visible_line
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.languages import DEFAULT, LANGUAGES, gettext
from app.mirror.models import RemoteState
from app.sitebuilder.answers import read_answers
from app.sitebuilder.assets.shelves import ASSETS
from app.sitebuilder.assets.uses import assets_of
from app.sitebuilder.blocks.rendering import PostTeaser
from app.sitebuilder.documents import SiteFrame
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.pages import PlannedPage, page_of_row
from app.sitebuilder.static_export.archive import LocalImage, StaticSite, write_site
from app.sitebuilder.versions import blueprint_of, pages_of
from app.taxonomy.slugs import normalise_slug

NEWEST_POSTS = 12


def export_site(account_id: int, blueprint_id: int) -> tuple[IO[bytes], str]:
    """The ZIP of a planned site, at its beginning, and the name to save it under.

    Raises NotFound, Conflict when it has no page yet, DomainError when its pictures are too large.
    """
    site = static_site(account_id, blueprint_id)
    language = site.frame.language.partition("-")[0]
    out = TemporaryFile()  # noqa: SIM115 (closed by who sends it)
    try:
        with force_locale(language if language in LANGUAGES else DEFAULT):
            write_site(out, site)
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return out, f"{normalise_slug(site.frame.name) or 'site'}.zip"


def static_site(account_id: int, blueprint_id: int) -> StaticSite:
    """What the files of a planned site are made of, as it is now."""
    blueprint = blueprint_of(account_id, blueprint_id)
    pages = [page_of_row(row) for row in pages_of(blueprint)]
    if not pages:
        raise Conflict(
            gettext("This site has no page yet."),
            code="SITE_EMPTY",
            cure=gettext("Finish the wizard, then download it."),
        )
    theme = dict(blueprint.structure.get("theme") or {})
    files = _local_files(blueprint, pages)
    return StaticSite(site_frame(blueprint), pages, theme, _newest_posts(blueprint), files.get)


def _local_files(blueprint: SiteBlueprint, pages: Sequence[PlannedPage]) -> dict[str, LocalImage]:
    """The files that the pages name, by folder and name; those whose bytes are lost are left out."""
    used = assets_of(blueprint.account_id, blueprint.site_id, [page.blocks for page in pages])
    return {
        asset.path: LocalImage(
            ASSETS.path_of(asset.account_id, asset.sha256), asset.width or 0, asset.height or 0, asset.alt
        )
        for asset in used.values()
        if ASSETS.has(asset.account_id, asset.sha256)
    }


def site_frame(blueprint: SiteBlueprint) -> SiteFrame:
    """What stands around the sections of each page."""
    answers = read_answers(blueprint.config)
    return SiteFrame(
        name=blueprint.name,
        layout=str(blueprint.structure.get("layout") or "default"),
        language=answers.language,
        contact=[line for line in (answers.email, answers.phone) if line],
    )


def _newest_posts(blueprint: SiteBlueprint) -> list[PostTeaser]:
    """The posts of the site that visitors can read, newest first."""
    stmt = (
        select(Content.title, RemoteState.permalink, Content.excerpt)
        .join(RemoteState, RemoteState.content_id == Content.id)
        .where(
            Content.account_id == blueprint.account_id,
            Content.site_id == blueprint.site_id,
            Content.content_type == "Article",
            Content.trashed_at.is_(None),
            RemoteState.status == "publish",
            RemoteState.gone_at.is_(None),
            RemoteState.permalink != "",
        )
        .order_by(Content.published_at.desc().nulls_last(), Content.id.desc())
        .limit(NEWEST_POSTS)
    )
    return [PostTeaser(title, address, visible_line(excerpt)) for title, address, excerpt in db.session.execute(stmt)]
