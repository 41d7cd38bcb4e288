"""The pages of a planned site as plain values: of its rows, or of a version that was kept. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.sitebuilder.models import PageBlueprint


@dataclass(frozen=True, slots=True)
class PlannedPage:
    """A page. `id` is that of its row; `blocks` are its sections as they are stored."""

    id: int
    slug: str
    title: str
    page_type: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    parent_id: int | None = None
    in_menu: bool = True
    was_edited: bool = False
    status: str = "draft"

    def as_dict(self) -> dict[str, Any]:
        """The page as a version keeps it."""
        return {
            "id": self.id,
            "slug": self.slug,
            "title": self.title,
            "type": self.page_type,
            "blocks": self.blocks,
            "parent": self.parent_id,
            "in_menu": self.in_menu,
            "was_edited": self.was_edited,
            "status": self.status,
        }


def page_of_row(row: PageBlueprint) -> PlannedPage:
    """The page that a row has."""
    return PlannedPage(
        row.id, row.slug, row.title, row.page_type, row.blocks, row.parent_id, row.in_menu, row.was_edited, row.status
    )


def page_of_dict(kept: Mapping[str, Any]) -> PlannedPage:
    """The page that a version keeps."""
    return PlannedPage(
        id=kept["id"],
        slug=kept["slug"],
        title=kept["title"],
        page_type=kept["type"],
        blocks=kept["blocks"],
        parent_id=kept["parent"],
        in_menu=kept["in_menu"],
        was_edited=kept["was_edited"],
        status=kept["status"],
    )


def pages_of_snapshot(snapshot: Mapping[str, Any]) -> list[PlannedPage]:
    """The pages of a version, in order."""
    return [page_of_dict(kept) for kept in snapshot.get("pages", [])]


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A line of the menu, with the pages under it."""

    page: PlannedPage
    children: "tuple[MenuItem, ...]" = ()


def site_menu(pages: Sequence[PlannedPage]) -> list[MenuItem]:
    """The menu: pages in their order, those with a parent under it. A page whose parent is not shown stands alone."""
    shown = [page for page in pages if page.in_menu]
    ids = {page.id for page in shown if page.parent_id is None}
    top = [page for page in shown if page.parent_id is None or page.parent_id not in ids]
    return [
        MenuItem(page, tuple(MenuItem(child) for child in shown if child.parent_id == page.id and child is not page))
        for page in top
    ]


def home_page(pages: Iterable[PlannedPage]) -> PlannedPage | None:
    """The page that visitors come to first: the one of this type, else the first."""
    in_order = list(pages)
    return next((page for page in in_order if page.page_type == "home"), in_order[0] if in_order else None)


def page_path(page: PlannedPage, pages: Sequence[PlannedPage]) -> str:
    """Where a page is on its site: "" for the front page, else as in `services/design`."""
    front = home_page(pages)
    if front is not None and page.id == front.id:
        return ""
    by_id = {one.id: one for one in pages}
    parent = by_id.get(page.parent_id) if page.parent_id is not None else None
    is_under = parent is not None and parent.id != page.id and (front is None or parent.id != front.id)
    return f"{parent.slug}/{page.slug}" if parent is not None and is_under else page.slug
