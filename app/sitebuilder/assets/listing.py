"""The list of a site's files."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Text, func, select
from sqlalchemy.dialects.postgresql import TSVECTOR

from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.filters import choice
from app.core.listing.pages import Page, fetch_page
from app.core.listing.search import Search, holds_words
from app.core.listing.spec import Column, ListQuery, ListSpec, Sort
from app.sitebuilder.assets.models import FOLDERS, IMAGES, SiteAsset

FOLDER_LABELS: Mapping[str, str] = {
    "images": N_("Pictures"),
    "documents": N_("Documents"),
    "media": N_("Sound and film"),
}
WORDS = SiteAsset.name.concat(" ").concat(SiteAsset.alt)
ASSET_LIST = ListSpec(
    id=SiteAsset.id,
    account=SiteAsset.account_id,
    site=SiteAsset.site_id,
    tables=(SiteAsset,),
    columns=(
        Column(N_("Name"), "name"),
        Column(N_("Folder")),
        Column(N_("Size"), "size", css="end"),
        Column(N_("Used in")),
        Column(N_("Added"), "added"),
        Column(N_("Actions"), hidden=True),
    ),
    filters=(choice("folder", SiteAsset.folder, FOLDERS),),
    sorts=(
        Sort("name", func.lower(SiteAsset.name, type_=Text())),
        Sort("size", SiteAsset.size),
        Sort("added", SiteAsset.created_at),
    ),
    default_sort="-added",
    search=Search(func.search_words(WORDS, type_=TSVECTOR()), WORDS),
    per_page=25,
)
MOST_OFFERED = 24
MOST_LINKED = 100


def list_assets(account_id: int, site_id: int, query: ListQuery) -> Page[SiteAsset]:
    """One page of the files."""
    return fetch_page(ASSET_LIST, query, select(SiteAsset).where(*ASSET_LIST.where(account_id, site_id, query)))


def offered_pictures(account_id: int, site_id: int, words: str = "") -> Sequence[SiteAsset]:
    """The newest pictures of a site whose name or alternative text holds these words; at most MOST_OFFERED."""
    stmt = select(SiteAsset).where(
        SiteAsset.account_id == account_id, SiteAsset.site_id == site_id, SiteAsset.folder == IMAGES
    )
    stmt = stmt.where(*holds_words(WORDS, words)).order_by(SiteAsset.created_at.desc(), SiteAsset.id.desc())
    return db.session.scalars(stmt.limit(MOST_OFFERED)).all()


def linked_files(account_id: int, site_id: int) -> Sequence[SiteAsset]:
    """The newest files of a site that a page can lead to, other than pictures; at most MOST_LINKED."""
    stmt = select(SiteAsset).where(
        SiteAsset.account_id == account_id, SiteAsset.site_id == site_id, SiteAsset.folder != IMAGES
    )
    return db.session.scalars(stmt.order_by(SiteAsset.created_at.desc(), SiteAsset.id.desc()).limit(MOST_LINKED)).all()
