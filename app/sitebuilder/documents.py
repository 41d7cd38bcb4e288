"""A whole page of a built site as HTML: header with the menu, the sections, footer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template

from app.sitebuilder.blocks.fields import PAGE
from app.sitebuilder.blocks.html import sections_html
from app.sitebuilder.blocks.registry import page_trees
from app.sitebuilder.blocks.rendering import Rendering
from app.sitebuilder.pages import PlannedPage, home_page, site_menu

LAYOUTS = ("default", "minimal")
RIGHT_TO_LEFT = frozenset(("ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"))


@dataclass(frozen=True, slots=True)
class SiteFrame:
    """What stands around the sections of each page. `contact` are lines of the footer."""

    name: str
    layout: str = "default"
    language: str = "en"
    contact: Sequence[str] = ()

    @property
    def direction(self) -> str:
        """How its language is written: ltr or rtl."""
        return "rtl" if self.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def links_between(
    pages: Sequence[PlannedPage], address_of: Callable[[PlannedPage], str], rendering: Rendering
) -> Rendering:
    """A rendering in which `page:slug` leads to the address of that page, and to nothing where it is gone.

    Files of the site lead where they did.
    """
    by_slug = {page.slug: page for page in pages}

    def link(address: str) -> str:
        if not address.startswith(PAGE):
            return rendering.link(address)
        page = by_slug.get(address.removeprefix(PAGE))
        return address_of(page) if page else ""

    return replace(rendering, link=link)


def page_document(
    frame: SiteFrame,
    pages: Sequence[PlannedPage],
    page: PlannedPage,
    *,
    address_of: Callable[[PlannedPage], str],
    rendering: Rendering,
    stylesheet: str,
    icon: str = "",
) -> str:
    """The HTML of a page. `stylesheet` and `icon` are the addresses of these files, as seen from the page."""
    trees = page_trees(page.blocks)
    has_heading = bool(trees) and trees[0].kind == "hero"
    return render_template(
        "sitebuilder/site/document.html",
        frame=frame,
        page=page,
        home=home_page(pages),
        menu=site_menu(pages) if frame.layout == "default" else [],
        address_of=address_of,
        stylesheet=stylesheet,
        icon=icon,
        has_heading=has_heading,
        sections=sections_html(trees, links_between(pages, address_of, rendering)),
        description=first_text(page.blocks) or f"{page.title} – {frame.name}",
    )


def first_text(sections: Sequence[Mapping[str, Any]]) -> str:
    """The first running text of a page, for search engines: at most 155 characters."""
    texts = (section.get("fields", {}).get("text") for section in sections)
    text = " ".join(str(next(filter(None, texts), "")).split())
    return text if len(text) <= 155 else text[:154].rsplit(" ", 1)[0] + "…"
