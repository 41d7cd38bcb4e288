"""The list of planned sites."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Text, func, select
from sqlalchemy.dialects.postgresql import TSVECTOR

from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.filters import cases, choice
from app.core.listing.pages import Page, fetch_page
from app.core.listing.search import Search
from app.core.listing.spec import Column, ListQuery, ListSpec, Sort
from app.sitebuilder.models import STATUSES, PageBlueprint, SiteBlueprint

STATUS_LABELS = {
    "draft": N_("Draft"),
    "generating": N_("Being made"),
    "ready": N_("Ready"),
    "deployed": N_("Deployed"),
}
TRASH = "trash"
BLUEPRINT_LIST = ListSpec(
    id=SiteBlueprint.id,
    account=SiteBlueprint.account_id,
    site=SiteBlueprint.site_id,
    tables=(SiteBlueprint,),
    columns=(
        Column(N_("Name"), "name"),
        Column(N_("Status")),
        Column(N_("Pages"), css="end"),
        Column(N_("Version"), css="end"),
        Column(N_("Deployed")),
        Column(N_("Changed"), "changed"),
        Column(N_("Actions"), hidden=True),
    ),
    filters=(
        choice("status", SiteBlueprint.status, STATUSES),
        cases("show", {TRASH: SiteBlueprint.trashed_at.is_not(None)}),
    ),
    sorts=(
        Sort("name", func.lower(SiteBlueprint.name, type_=Text())),
        Sort("changed", SiteBlueprint.updated_at),
    ),
    default_sort="-changed",
    search=Search(func.search_words(SiteBlueprint.name, type_=TSVECTOR()), SiteBlueprint.name),
    per_page=25,
)


def list_blueprints(account_id: int, site_id: int, query: ListQuery) -> Page[SiteBlueprint]:
    """One page of the planned sites, or of those in the trash."""
    stmt = select(SiteBlueprint).where(*BLUEPRINT_LIST.where(account_id, site_id, query))
    if query.filter_values.get("show") != TRASH:
        stmt = stmt.where(SiteBlueprint.trashed_at.is_(None))
    return fetch_page(BLUEPRINT_LIST, query, stmt)


def count_pages(blueprint_ids: Sequence[int]) -> Mapping[int, int]:
    """How many pages each of these has."""
    stmt = select(PageBlueprint.blueprint_id, func.count()).where(
        PageBlueprint.blueprint_id.in_(blueprint_ids), PageBlueprint.removed_at.is_(None)
    )
    return {row[0]: row[1] for row in db.session.execute(stmt.group_by(PageBlueprint.blueprint_id))}


def count_in_trash(account_id: int, site_id: int) -> int:
    """How many planned sites of a site are in the trash."""
    stmt = select(func.count()).where(
        SiteBlueprint.account_id == account_id,
        SiteBlueprint.site_id == site_id,
        SiteBlueprint.trashed_at.is_not(None),
    )
    return db.session.scalar(stmt) or 0
