"""The Site Builder: planned sites, their pages, and having both made."""

from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.runs import RunShown
from app.api.shapes import Given, Instant, PageShown, RowId, RowPage, Shown
from app.core.access import current_account_id, current_actor
from app.core.tenancy import owned
from app.sitebuilder import actions
from app.sitebuilder.answers import TEXTS_OF_STEP, read_step
from app.sitebuilder.listing import BLUEPRINT_LIST, list_blueprints
from app.sitebuilder.models import PageBlueprint
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sitebuilder.versions import blueprint_of, pages_of

READ, WRITE = SiteBuilderPermission.READ, SiteBuilderPermission.WRITE
MODULE = "site_builder"
PLANNED = "/site-builder/blueprints/<int:blueprint_id>"
BLUEPRINTS = ApiList(
    BLUEPRINT_LIST,
    {"status": "`draft`, `generating`, `ready` or `deployed`.", "show": "`trash` for those in the trash."},
)


class BlueprintShown(Shown):
    """The plan of a site. `config` are the answers that it is made of."""

    id: RowId = Field(examples=[2])
    site_id: int = Field(examples=[1])
    name: str = Field(examples=["Hill & Sons"])
    status: str = Field(examples=["draft"])
    hosting_type: str = Field(examples=["wordpress"])
    version: int = Field(examples=[1])
    deployed_version: int | None = Field(examples=[None])
    config: dict[str, Any] = Field(examples=[{"name": "Hill & Sons"}])
    created_at: Instant
    updated_at: Instant


class NewBlueprint(Given):
    """What the wizard asks: `answers` by its names, and what the site is for."""

    site_id: RowId = Field(examples=[1])
    answers: dict[str, str] = Field(
        default_factory=dict, max_length=40, examples=[{"name": "Hill & Sons", "industry": "Roofing"}]
    )
    objectives: list[str] = Field(default_factory=list, max_length=12, examples=[["Get enquiries"]])


class PageOfSiteShown(Shown):
    """A page of a planned site. `blocks` are its sections in order."""

    id: RowId = Field(examples=[3])
    blueprint_id: int = Field(examples=[2])
    slug: str = Field(examples=["services"])
    title: str = Field(examples=["Services"])
    page_type: str = Field(examples=["services"])
    status: str = Field(examples=["ready"])
    position: int = Field(examples=[1])
    parent_id: int | None = Field(examples=[None])
    content_id: int | None = Field(examples=[None])
    blocks: list[Any] = Field(examples=[[]])


class SectionGiven(Given):
    """The section that is made anew."""

    section_id: str = Field(min_length=1, max_length=80, examples=["hero-1"])


@api_endpoint("GET", "/site-builder/blueprints/", READ, module=MODULE, listed=BLUEPRINTS)
def show_blueprints(query: SiteListParameters) -> RowPage[BlueprintShown]:
    """List the planned sites of a site."""
    page = list_blueprints(current_account_id(), query.site_id, BLUEPRINTS.read(query))
    return list_page(page, BlueprintShown.model_validate)


@api_endpoint("GET", "/site-builder/blueprints/<int:blueprint_id>/", READ, module=MODULE)
def show_blueprint(blueprint_id: int) -> BlueprintShown:
    """One planned site."""
    return BlueprintShown.model_validate(blueprint_of(current_account_id(), blueprint_id))


@api_endpoint("POST", "/site-builder/blueprints/", WRITE, module=MODULE, status=201)
def add_blueprint(body: NewBlueprint) -> BlueprintShown:
    """Plan a site with answers of the wizard. What is missing is asked for when the structure is made."""
    config: dict[str, Any] = {}
    for step in TEXTS_OF_STEP:
        config |= read_step(step, body.answers, body.objectives)
    made = actions.create_blueprint(current_account_id(), current_actor(), body.site_id, config)
    return BlueprintShown.model_validate(made)


@api_endpoint("POST", f"{PLANNED}/generate_structure/", WRITE, module=MODULE, status=202)
def generate_structure(blueprint_id: int) -> RunShown:
    """Have the pages of a planned site made of its answers: a run."""
    return RunShown.of(actions.start_structure(current_account_id(), current_actor(), blueprint_id))


@api_endpoint("GET", "/site-builder/blueprints/<int:blueprint_id>/pages/", READ, module=MODULE)
def show_pages(blueprint_id: int) -> RowPage[PageOfSiteShown]:
    """List the pages of a planned site in their order. All of them are on one page."""
    pages = pages_of(blueprint_of(current_account_id(), blueprint_id))
    rows = [PageOfSiteShown.model_validate(page) for page in pages]
    return RowPage(rows, PageShown(next=None, previous=None, total=len(rows), total_is_exact=True, limit=len(rows)))


@api_endpoint("GET", "/site-builder/pages/<int:page_id>/", READ, module=MODULE)
def show_page(page_id: int) -> PageOfSiteShown:
    """One page of a planned site."""
    return PageOfSiteShown.model_validate(owned(PageBlueprint, page_id, current_account_id()))


@api_endpoint("POST", "/site-builder/pages/<int:page_id>/generate_content/", WRITE, module=MODULE, status=202)
def generate_page_content(page_id: int) -> RunShown:
    """Have the texts of a page written, and a content made of them: a run."""
    page = owned(PageBlueprint, page_id, current_account_id())
    return RunShown.of(actions.start_page_texts(page.account_id, current_actor(), page.blueprint_id, [page_id]))


@api_endpoint("POST", "/site-builder/pages/<int:page_id>/regenerate/", WRITE, module=MODULE, status=202)
def regenerate_section(page_id: int, body: SectionGiven) -> RunShown:
    """Have a section of a page made anew: a run. Locked ones stay."""
    page = owned(PageBlueprint, page_id, current_account_id())
    return RunShown.of(
        actions.start_section(page.account_id, current_actor(), page.blueprint_id, page_id, body.section_id)
    )
