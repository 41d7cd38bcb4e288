"""The sections of the pages of planned sites, and the style of a site. A change answers the page as it is then."""

from collections.abc import Callable
from functools import partial
from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_version
from app.api.shapes import Given
from app.api.site_page_routes import ONE, PageOfSiteShown
from app.api.sitebuilder_routes import MODULE, PLANNED, WRITE, BlueprintShown
from app.core.access import current_account_id, current_actor
from app.sitebuilder import editing
from app.sitebuilder.editing import SectionPlace
from app.sitebuilder.versions import blueprint_of, present_page

SECTIONS = f"{ONE}sections/"


class NewSection(Given):
    """A section: `kind` is a kind of block, `fields` what it says. Without a place it comes at the end."""

    kind: str = Field(min_length=1, max_length=40, examples=["hero"])
    fields: dict[str, Any] = Field(default_factory=dict, max_length=40, examples=[{"heading": "Roofs that last"}])
    position: int | None = Field(None, ge=0, le=1000, examples=[None])


class SectionNamed(Given):
    """A section of the page, by its id in `blocks`."""

    section_id: str = Field(min_length=1, max_length=80, examples=["hero-1"])


class SectionChanges(SectionNamed):
    """All that the section says from now on; it is locked then. Without a tone it keeps its own."""

    fields: dict[str, Any] = Field(max_length=40, examples=[{"heading": "Roofs that last"}])
    tone: str = Field("", max_length=20, examples=[""])


class SectionMoved(SectionNamed):
    """Where the section stands from now on, counted from 0."""

    position: int = Field(ge=0, le=1000, examples=[0])


class SectionLocked(SectionNamed):
    """Whether the section stays as it is when the structure is made anew."""

    is_locked: bool = Field(examples=[True])


class StyleGiven(Given):
    """The style of a planned site: names of its palette, typography, personality and spacing, and its layout."""

    theme: dict[str, str] = Field(max_length=20, examples=[{"palette": "ocean"}])
    layout: str = Field("default", max_length=40, examples=["default"])


def _changed(page_id: int, change: Callable[..., Any], **values: Any) -> PageOfSiteShown:
    page = present_page(current_account_id(), page_id)
    seen = expected_version(page.blueprint.version)
    change(page.account_id, current_actor(), page.blueprint_id, **values, seen=seen)
    return PageOfSiteShown.of(present_page(page.account_id, page.id))


@api_endpoint("POST", SECTIONS, WRITE, module=MODULE, status=201, matches=True)
def add_page_section(page_id: int, body: NewSection) -> PageOfSiteShown:
    """Add a section to a page."""
    add = partial(editing.add_section, page_id=page_id, kind=body.kind, fields=body.fields, to=body.position)
    return _changed(page_id, add)


@api_endpoint("POST", f"{SECTIONS}change/", WRITE, module=MODULE, matches=True)
def change_section(page_id: int, body: SectionChanges) -> PageOfSiteShown:
    """Change what a section says."""
    place = SectionPlace(page_id, body.section_id)
    return _changed(page_id, partial(editing.save_section, place=place, fields=body.fields, tone=body.tone))


@api_endpoint("POST", f"{SECTIONS}move/", WRITE, module=MODULE, matches=True)
def move_page_section(page_id: int, body: SectionMoved) -> PageOfSiteShown:
    """Put a section at another place of its page."""
    place = SectionPlace(page_id, body.section_id)
    return _changed(page_id, partial(editing.move_section, place=place, to=body.position))


@api_endpoint("POST", f"{SECTIONS}lock/", WRITE, module=MODULE, matches=True)
def lock_page_section(page_id: int, body: SectionLocked) -> PageOfSiteShown:
    """Keep a section as it is when the structure is made anew, or no longer."""
    place = SectionPlace(page_id, body.section_id)
    return _changed(page_id, partial(editing.lock_section, place=place, locked=body.is_locked))


@api_endpoint("POST", f"{SECTIONS}remove/", WRITE, module=MODULE, matches=True)
def remove_page_section(page_id: int, body: SectionNamed) -> PageOfSiteShown:
    """Take a section away."""
    return _changed(page_id, partial(editing.remove_section, place=SectionPlace(page_id, body.section_id)))


@api_endpoint("PUT", f"{PLANNED}/style/", WRITE, module=MODULE, matches=True)
def change_style(blueprint_id: int, body: StyleGiven) -> BlueprintShown:
    """Change the style of a planned site. Colours that nobody can read are refused."""
    blueprint = blueprint_of(current_account_id(), blueprint_id)
    seen = expected_version(blueprint.version)
    return BlueprintShown.model_validate(
        editing.save_style(blueprint.account_id, current_actor(), blueprint.id, body.theme, body.layout, seen=seen)
    )
