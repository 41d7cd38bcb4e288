"""The pages of planned sites: adding, changing and removing them, and having their texts written."""

from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_version
from app.api.runs import RunShown
from app.api.shapes import Given, Parameters, QueryId, RowId, RowPage, Shown, whole_list
from app.api.sitebuilder_routes import MODULE, PLANNED, READ, WRITE
from app.core.access import current_account_id, current_actor
from app.sitebuilder import actions, editing
from app.sitebuilder.editing import PageValues
from app.sitebuilder.models import PageBlueprint
from app.sitebuilder.versions import blueprint_of, pages_of, present_page

ONE = "/site-builder/pages/<int:page_id>/"


class PageOfSiteShown(Shown):
    """A page of a planned site. `blocks` are its sections in order.

    `version` is that of the whole site: a change of one page names by If-Match the site that it was made for.
    """

    id: RowId = Field(examples=[3])
    blueprint_id: int = Field(examples=[2])
    slug: str = Field(examples=["services"])
    title: str = Field(examples=["Services"])
    page_type: str = Field(examples=["services"])
    status: str = Field(examples=["ready"])
    position: int = Field(examples=[1])
    parent_id: int | None = Field(examples=[None])
    in_menu: bool = Field(examples=[True])
    content_id: int | None = Field(examples=[None])
    blocks: list[Any] = Field(examples=[[]])
    version: int = Field(examples=[1])

    @property
    def etag(self) -> str:
        """The version of the site names it as it is."""
        return str(self.version)

    @classmethod
    def of(cls, page: PageBlueprint) -> "PageOfSiteShown":
        """The page as it is answered."""
        own = {name: getattr(page, name) for name in cls.model_fields if name != "version"}
        return cls(**own, version=page.blueprint.version)


class PagesParameters(Parameters):
    """Which planned site's pages."""

    blueprint_id: QueryId = Field(description="The planned site whose pages are listed.", examples=[2])


class PageGiven(Given):
    """A page; without a slug it gets one of its title. `parent_id` is a page at the top of the menu, null for none."""

    title: str = Field(min_length=1, max_length=200, examples=["Our team"])
    slug: str = Field("", max_length=80, examples=["team"])
    page_type: str = Field("custom", max_length=12, examples=["custom"])
    parent_id: RowId | None = Field(None, examples=[None])
    in_menu: bool = Field(True, examples=[True])

    def values(self) -> PageValues:
        """What the page's form would have sent."""
        return PageValues(self.title, self.slug, self.page_type, self.parent_id, self.in_menu)


class NewPage(PageGiven):
    """A page of a planned site."""

    blueprint_id: RowId = Field(examples=[2])


class PlaceGiven(Given):
    """A place in the menu, counted from 0."""

    position: int = Field(ge=0, le=1000, examples=[0])


class SectionGiven(Given):
    """The section that is made anew."""

    section_id: str = Field(min_length=1, max_length=80, examples=["hero-1"])


def _page_and_seen(page_id: int) -> tuple[PageBlueprint, int]:
    """The page, and the version of its site that this request names."""
    page = present_page(current_account_id(), page_id)
    return page, expected_version(page.blueprint.version)


@api_endpoint("GET", f"{PLANNED}/pages/", READ, module=MODULE)
def show_pages(blueprint_id: int) -> RowPage[PageOfSiteShown]:
    """List the pages of a planned site in their order. All of them are on one page."""
    pages = pages_of(blueprint_of(current_account_id(), blueprint_id))
    return whole_list([PageOfSiteShown.of(page) for page in pages])


@api_endpoint("GET", "/site-builder/pages/", READ, module=MODULE)
def show_pages_of(query: PagesParameters) -> RowPage[PageOfSiteShown]:
    """List the pages of a planned site in their order. All of them are on one page."""
    return show_pages(query.blueprint_id)


@api_endpoint("GET", ONE, READ, module=MODULE)
def show_page(page_id: int) -> PageOfSiteShown:
    """One page of a planned site."""
    return PageOfSiteShown.of(present_page(current_account_id(), page_id))


@api_endpoint("POST", "/site-builder/pages/", WRITE, module=MODULE, status=201, matches=True)
def add_page(body: NewPage) -> PageOfSiteShown:
    """Add a page at the end of a planned site. If-Match names the site as it was seen."""
    blueprint = blueprint_of(current_account_id(), body.blueprint_id)
    seen = expected_version(blueprint.version)
    page = editing.add_page(blueprint.account_id, current_actor(), blueprint.id, body.values(), seen=seen)
    return PageOfSiteShown.of(page)


@api_endpoint("PUT", ONE, WRITE, module=MODULE, matches=True)
def change_page(page_id: int, body: PageGiven) -> PageOfSiteShown:
    """Change title, address, type and place of a page; links to it follow its address."""
    page, seen = _page_and_seen(page_id)
    return PageOfSiteShown.of(
        editing.save_page(page.account_id, current_actor(), page.blueprint_id, page.id, body.values(), seen=seen)
    )


@api_endpoint("POST", f"{ONE}move/", WRITE, module=MODULE, matches=True)
def move_page(page_id: int, body: PlaceGiven) -> PageOfSiteShown:
    """Put a page at another place of the menu."""
    page, seen = _page_and_seen(page_id)
    return PageOfSiteShown.of(
        editing.move_page(page.account_id, current_actor(), page.blueprint_id, page.id, body.position, seen=seen)
    )


@api_endpoint("DELETE", ONE, WRITE, module=MODULE, matches=True)
def remove_page(page_id: int) -> PageOfSiteShown:
    """Take a page away; those under it move to the top, its content stays. The last one cannot be taken away."""
    page, seen = _page_and_seen(page_id)
    editing.remove_page(page.account_id, current_actor(), page.blueprint_id, page.id, seen=seen)
    return PageOfSiteShown.of(page)


@api_endpoint("POST", f"{ONE}generate_content/", WRITE, module=MODULE, status=202)
def generate_page_content(page_id: int) -> RunShown:
    """Have the texts of a page written, and a content made of them: a run."""
    page = present_page(current_account_id(), page_id)
    return RunShown.of(actions.start_page_texts(page.account_id, current_actor(), page.blueprint_id, [page_id]))


@api_endpoint("POST", f"{ONE}regenerate/", WRITE, module=MODULE, status=202)
def regenerate_section(page_id: int, body: SectionGiven) -> RunShown:
    """Have a section of a page made anew: a run. Locked ones stay."""
    page = present_page(current_account_id(), page_id)
    return RunShown.of(
        actions.start_section(page.account_id, current_actor(), page.blueprint_id, page_id, body.section_id)
    )
