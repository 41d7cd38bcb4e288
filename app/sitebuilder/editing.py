"""What a person can change of a planned site: its pages, its sections and its style. They flush; callers commit.

Each takes `seen`, the version that the person has seen, and raises `BlueprintConflict` when another is there now. What
a person changes is locked or marked as edited: it stays when the structure is made anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.actor import Actor
from app.core.blank import visible_line
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.sitebuilder.blocks.base import TONES
from app.sitebuilder.blocks.fields import PAGE
from app.sitebuilder.blocks.registry import BLOCKS, MOST_SECTIONS, checked_fields, new_section
from app.sitebuilder.models import PAGE_TYPES, PageBlueprint, SiteBlueprint
from app.sitebuilder.structure.plans import LONGEST_TITLE, MOST_PAGES, untaken_slug
from app.sitebuilder.style.themes import checked_theme
from app.sitebuilder.templates import LAYOUT_LABELS
from app.sitebuilder.versions import BlueprintChange, begin_change, end_change

UP, DOWN = "up", "down"


@dataclass(frozen=True, slots=True)
class PageValues:
    """What the form of a page sends. `parent_id` None: at the top."""

    title: str
    slug: str = ""
    page_type: str = "custom"
    parent_id: int | None = None
    in_menu: bool = True


@dataclass(frozen=True, slots=True)
class SectionPlace:
    """A section by its page and its id."""

    page_id: int
    section_id: str


def add_page(account_id: int, actor: Actor, blueprint_id: int, values: PageValues, *, seen: int) -> PageBlueprint:
    """A page at the end, with a hero that says its title. Raises DomainError with the field that is wrong."""
    change = begin_change(account_id, blueprint_id, seen)
    if len(change.pages) >= MOST_PAGES:
        raise DomainError(
            gettext("A site has at most %(most)s pages here.", most=MOST_PAGES),
            code="TOO_MANY_PAGES",
            cure=gettext("Remove one first. More pages can be written in the Content Manager."),
        )
    blueprint = change.blueprint
    title = _checked_title(values.title)
    page = PageBlueprint(
        account_id=account_id,
        site_id=blueprint.site_id,
        blueprint_id=blueprint.id,
        title=title,
        slug=_checked_slug(values.slug or title, change.pages, None),
        page_type=_checked_type(values.page_type),
        parent_id=_checked_parent(values.parent_id, change.pages, None),
        in_menu=values.in_menu,
        blocks=[new_section("hero", {"heading": title})],
        status="ready",
        was_edited=True,
    )
    db.session.add(page)
    change.pages.append(page)
    end_change(change, actor, "page_added", title)
    return page


def save_page(
    account_id: int, actor: Actor, blueprint_id: int, page_id: int, values: PageValues, *, seen: int
) -> PageBlueprint:
    """Change title, address, type and parent of a page; links to it follow its address."""
    change = begin_change(account_id, blueprint_id, seen)
    page = change.page(page_id)
    old, page.title = page.slug, _checked_title(values.title)
    page.slug = _checked_slug(values.slug or page.title, change.pages, page)
    page.page_type = _checked_type(values.page_type)
    page.parent_id = _checked_parent(values.parent_id, change.pages, page)
    page.in_menu, page.was_edited = values.in_menu, True
    if page.slug != old:
        for other in change.pages:
            other.blocks = with_links(other.blocks, f"{PAGE}{old}", f"{PAGE}{page.slug}")
    end_change(change, actor, "page_changed", page.title)
    return page


def with_links(value: Any, old: str, new: str) -> Any:
    """The same sections, in which what led to `old` leads to `new`."""
    if isinstance(value, dict):
        return {name: with_links(inner, old, new) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_links(inner, old, new) for inner in value]
    return new if value == old else value


def _checked_title(text: str) -> str:
    title = visible_line(text.replace("\0", ""))
    if not title or len(title) > LONGEST_TITLE:
        words = N_("The title is too long.") if title else N_("The title is empty.")
        raise DomainError(gettext(words), code="TITLE_INVALID", field="title", cure=gettext("Give it a short title."))
    return title


def _checked_slug(text: str, pages: list[PageBlueprint], page: PageBlueprint | None) -> str:
    taken = {other.slug for other in pages if other is not page}
    slug = untaken_slug(text.replace("\0", ""), set())
    if slug in taken and page is not None:
        raise DomainError(
            gettext("Another page has this address already."),
            code="SLUG_TAKEN",
            field="slug",
            cure=gettext("Choose another."),
        )
    return untaken_slug(text.replace("\0", ""), taken)


def _checked_type(page_type: str) -> str:
    if page_type not in PAGE_TYPES:
        raise DomainError(gettext("Choose a type."), code="TYPE_UNKNOWN", field="page_type")
    return page_type


def _checked_parent(parent_id: int | None, pages: list[PageBlueprint], page: PageBlueprint | None) -> int | None:
    """A page at the top that is not the page itself; pages lie one below another at most once."""
    if parent_id is None:
        return None
    parent = next((other for other in pages if other.id == parent_id), None)
    has_children = page is not None and any(other.parent_id == page.id for other in pages)
    if parent is None or parent is page or parent.parent_id is not None or has_children:
        raise DomainError(
            gettext("This page cannot lie under that one."),
            code="PARENT_INVALID",
            field="parent_id",
            cure=gettext("Choose a page at the top of the menu; a page with pages under it stays at the top itself."),
        )
    return parent.id


def remove_page(account_id: int, actor: Actor, blueprint_id: int, page_id: int, *, seen: int) -> str:
    """Take a page away; those under it move to the top. Its content stays. Returns its title."""
    change = begin_change(account_id, blueprint_id, seen)
    page = change.page(page_id)
    if len(change.pages) == 1:
        raise DomainError(gettext("A site keeps at least one page."), code="LAST_PAGE")
    page.removed_at = utcnow()
    change.pages.remove(page)
    for other in change.pages:
        if other.parent_id == page.id:
            other.parent_id = None
    end_change(change, actor, "page_removed", page.title)
    return page.title


def move_page(account_id: int, actor: Actor, blueprint_id: int, page_id: int, to: int, *, seen: int) -> PageBlueprint:
    """Put a page at this place, counted from 0, of the order of the menu."""
    change = begin_change(account_id, blueprint_id, seen)
    page = change.page(page_id)
    change.pages.remove(page)
    change.pages.insert(max(0, min(to, len(change.pages))), page)
    end_change(change, actor, "page_moved", page.title)
    return page


def add_section(
    account_id: int,
    actor: Actor,
    blueprint_id: int,
    page_id: int,
    kind: str,
    fields: Mapping[str, Any],
    *,
    seen: int,
    to: int | None = None,
) -> dict[str, Any]:
    """A section of this kind at a place of the page, at its end by default. Raises DomainError as `checked_fields`."""
    change = begin_change(account_id, blueprint_id, seen)
    page = change.page(page_id)
    if len(page.blocks) >= MOST_SECTIONS:
        raise DomainError(
            gettext("A page has at most %(most)s sections.", most=MOST_SECTIONS),
            code="TOO_MANY_SECTIONS",
            cure=gettext("Remove one first, or make a second page."),
        )
    checked_fields(kind, fields)
    section = new_section(kind, fields, locked=True)
    sections = list(page.blocks)
    sections.insert(len(sections) if to is None else max(0, min(to, len(sections))), section)
    page.blocks, page.status = sections, "ready"
    end_change(change, actor, "section_added", page.title)
    return section


def save_section(
    account_id: int,
    actor: Actor,
    blueprint_id: int,
    place: SectionPlace,
    fields: Mapping[str, Any],
    *,
    tone: str = "",
    seen: int,
) -> dict[str, Any]:
    """Change what a section says; it is locked then. Raises DomainError as `checked_fields`."""
    change = begin_change(account_id, blueprint_id, seen)
    section = _section_of(change, place)
    kept = checked_fields(section["kind"], fields)
    tone = tone if tone in TONES else section["tone"]
    return _replaced(change, actor, place, {**section, "fields": kept, "tone": tone, "locked": True}, "section_changed")


def lock_section(
    account_id: int, actor: Actor, blueprint_id: int, place: SectionPlace, locked: bool, *, seen: int
) -> dict[str, Any]:
    """Keep a section as it is when the structure is made anew, or no longer."""
    change = begin_change(account_id, blueprint_id, seen)
    section = {**_section_of(change, place), "locked": locked}
    return _replaced(change, actor, place, section, "section_locked" if locked else "section_unlocked")


def replace_section(change: BlueprintChange, actor: Actor, place: SectionPlace, fields: Mapping[str, Any]) -> None:
    """Give a section that was made anew its fields. Raises NotFound when it is gone."""
    section = _section_of(change, place)
    _replaced(change, actor, place, {**section, "fields": dict(fields), "locked": False}, "section_made")


def _section_of(change: BlueprintChange, place: SectionPlace) -> dict[str, Any]:
    page = change.page(place.page_id)
    section = next((one for one in page.blocks if one.get("id") == place.section_id), None)
    if section is None or section.get("kind") not in BLOCKS:
        raise NotFound(gettext("This section is not there any more."))
    return dict(section)


def _replaced(
    change: BlueprintChange, actor: Actor, place: SectionPlace, section: dict[str, Any], cause: str
) -> dict[str, Any]:
    page = change.page(place.page_id)
    page.blocks = [section if one.get("id") == place.section_id else one for one in page.blocks]
    end_change(change, actor, cause, page.title)
    return section


def remove_section(account_id: int, actor: Actor, blueprint_id: int, place: SectionPlace, *, seen: int) -> None:
    """Take a section away."""
    change = begin_change(account_id, blueprint_id, seen)
    _section_of(change, place)
    page = change.page(place.page_id)
    page.blocks = [one for one in page.blocks if one.get("id") != place.section_id]
    page.was_edited = True
    end_change(change, actor, "section_removed", page.title)


def move_section(account_id: int, actor: Actor, blueprint_id: int, place: SectionPlace, to: int, *, seen: int) -> None:
    """Put a section at this place of its page, counted from 0."""
    change = begin_change(account_id, blueprint_id, seen)
    section = _section_of(change, place)
    page = change.page(place.page_id)
    others = [one for one in page.blocks if one.get("id") != place.section_id]
    others.insert(max(0, min(to, len(others))), section)
    page.blocks, page.was_edited = others, True
    end_change(change, actor, "section_moved", page.title)


def save_style(
    account_id: int, actor: Actor, blueprint_id: int, theme: Mapping[str, Any], layout: str, *, seen: int
) -> SiteBlueprint:
    """Change palette, typography, personality, spacing and layout. Raises DomainError for colours nobody can read."""
    checked = checked_theme(theme)
    if layout not in LAYOUT_LABELS:
        raise DomainError(gettext("Choose one of these."), code="CHOICE_UNKNOWN", field="layout")
    change = begin_change(account_id, blueprint_id, seen)
    change.blueprint.structure = {**change.blueprint.structure, "theme": checked, "layout": layout}
    end_change(change, actor, "style_changed")
    return change.blueprint
