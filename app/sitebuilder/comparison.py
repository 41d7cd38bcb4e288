"""What differs between two states of a planned site, page by page and line by line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.side_by_side import DiffLine, side_by_side
from app.sitebuilder.pages import PlannedPage


@dataclass(frozen=True, slots=True)
class PageDifference:
    """A page that is not the same in both states. `kind`: added, removed or changed, as seen from the earlier one."""

    title: str
    kind: str
    lines: Sequence[DiffLine] = ()


def differing_pages(before: Sequence[PlannedPage], after: Sequence[PlannedPage]) -> list[PageDifference]:
    """The pages that differ, in the order of the later state, then those that are gone."""
    earlier, later = {page.id: page for page in before}, {page.id: page for page in after}
    differences = []
    for page in after:
        old = earlier.get(page.id)
        if old is None:
            differences.append(PageDifference(page.title, "added"))
        elif page_text(old) != page_text(page):
            differences.append(PageDifference(page.title, "changed", side_by_side(page_text(old), page_text(page))))
    return differences + [PageDifference(page.title, "removed") for page in before if page.id not in later]


def page_text(page: PlannedPage) -> str:
    """A page as lines of text: its title and address, then what each section says."""
    lines = [f"{page.title} (/{page.slug}/)"]
    for section in page.blocks:
        lines.append(f"— {section.get('kind')} · {section.get('tone')}")
        lines += _texts(section.get("fields") or {})
    return "\n".join(lines)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [line for inner in value.values() for line in _texts(inner)]
    if isinstance(value, list):
        return [line for inner in value for line in _texts(inner)]
    return [line for line in str(value).splitlines() if line.strip()]
