"""A structure as it comes from the rules or from a model, before it is rows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.blank import visible_line
from app.sitebuilder.models import PAGE_TYPES
from app.taxonomy.slugs import normalise_slug

MOST_PAGES = 30
LONGEST_TITLE, LONGEST_SLUG = 160, 80


@dataclass(frozen=True, slots=True)
class PagePlan:
    """A page with its sections, as `new_section` makes them."""

    slug: str
    title: str
    page_type: str
    sections: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class StructurePlan:
    """The pages in order. `notes` say in English what was left out, and why."""

    pages: Sequence[PagePlan]
    notes: list[str] = field(default_factory=list)


def plan_page(title: str, page_type: str, sections: list[dict[str, Any]], taken: set[str], slug: str = "") -> PagePlan:
    """A page whose slug is none of those `taken`; it is added to them."""
    title = visible_line(title)[:LONGEST_TITLE] or "Page"
    kind = page_type if page_type in PAGE_TYPES else "custom"
    free = untaken_slug(slug or ("home" if kind == "home" else title), taken)
    taken.add(free)
    return PagePlan(free, title, kind, sections)


def untaken_slug(text: str, taken: set[str]) -> str:
    """A slug made of this text that is none of those `taken`."""
    base = normalise_slug(text)[:LONGEST_SLUG].strip("-") or "page"
    slug, number = base, 2
    while slug in taken:
        ending = f"-{number}"
        slug, number = base[: LONGEST_SLUG - len(ending)].strip("-") + ending, number + 1
    return slug
