"""What a deploy would do with each page, decided from what is known of both sides. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.languages import N_
from app.core.stored_texts import StoredText
from app.sitebuilder.deploy.models import CONFLICT, CREATE, LEAVE, UPDATE
from app.sitebuilder.pages import MenuItem, PlannedPage, home_page, site_menu

IN_TRASH_HERE = N_("Its content is in the trash here. Restore it, or delete the page.")
AWAY = N_("It was moved to the trash or deleted in WordPress. Restore it there, or delete the page here.")
EDITED_THERE = N_("It was edited in WordPress. Open its content and compare both versions.")
TEXT_ELSEWHERE = N_("Its text was changed in the editor or in WordPress since. That text stays.")
ACTIONS: Mapping[str, str] = {
    CREATE: N_("Create"),
    UPDATE: N_("Update"),
    LEAVE: N_("Up to date"),
    CONFLICT: N_("Conflict"),
}


@dataclass(frozen=True, slots=True)
class LeftOutFile:
    """A file that a page names and WordPress does not get: its folder and name, and why."""

    name: str
    reason: StoredText


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What is known of a page.

    `is_there`: WordPress has it, in whatever state. `is_away`: it is in the trash there, or deleted; `taken_back` when
    a roll-back of ours put it there. `is_edited_there`: WordPress has something that is not stored here.
    `has_own_text`: the content was changed since the sections were written to it. `sections_differ`: they say something
    else than the content. `differs`: what would be sent is not what is live. `left_out`: files that WordPress does not
    get.
    """

    page: PlannedPage
    content_id: int | None = None
    in_trash_here: bool = False
    is_there: bool = False
    is_away: bool = False
    taken_back: bool = False
    is_edited_there: bool = False
    has_own_text: bool = False
    sections_differ: bool = False
    differs: bool = False
    state: str = ""
    verdict: str = ""
    address: str = ""
    left_out: tuple[LeftOutFile, ...] = ()


@dataclass(frozen=True, slots=True)
class PageStep:
    """What is done with a page; `reason` says why nothing is."""

    facts: PageFacts
    action: str
    reason: str = ""


def plan_page_step(facts: PageFacts) -> PageStep:
    """What a deploy does with this page."""
    if facts.in_trash_here:
        return PageStep(facts, CONFLICT, IN_TRASH_HERE)
    if facts.is_away:
        return PageStep(facts, CREATE) if facts.taken_back else PageStep(facts, CONFLICT, AWAY)
    if not facts.is_there:
        return PageStep(facts, CREATE)
    if facts.is_edited_there:
        return PageStep(facts, CONFLICT, EDITED_THERE)
    if facts.has_own_text and facts.sections_differ and not facts.differs:
        return PageStep(facts, CONFLICT, TEXT_ELSEWHERE)
    return PageStep(facts, UPDATE if facts.differs else LEAVE)


def plan_deploy(facts: Iterable[PageFacts]) -> list[PageStep]:
    """The steps of a deploy, in the order of the menu."""
    return [plan_page_step(one) for one in facts]


def count_actions(steps: Iterable[PageStep]) -> dict[str, int]:
    """How many pages each action is for."""
    counts = dict.fromkeys(ACTIONS, 0)
    for step in steps:
        counts[step.action] += 1
    return counts


def parent_of(page: PlannedPage, pages: Sequence[PlannedPage]) -> PlannedPage | None:
    """The page above this one in WordPress; nothing stands below the front page, whose address is the site's."""
    front = home_page(pages)
    above = next((one for one in pages if one.id == page.parent_id), None)
    if above is None or above.id == page.id or (front is not None and front.id in (above.id, page.id)):
        return None
    return above


def blog_page(pages: Iterable[PlannedPage]) -> PlannedPage | None:
    """The page on which WordPress lists the posts."""
    return next((page for page in pages if page.page_type == "blog"), None)


def wanted_setup(pages: Sequence[PlannedPage], ids: Mapping[int, int], name: str, slug: str) -> dict[str, Any]:
    """Front page, menu and order as `site-setup` takes them; `ids` are the pages that are live, by their own ids.

    A front page that is not live is not set; what is not live is in no menu.
    """
    wanted: dict[str, Any] = {
        "orders": {str(ids[page.id]): place for place, page in enumerate(pages) if page.id in ids}
    }
    front, blog = home_page(pages), blog_page(pages)
    if front is not None and front.id in ids:
        posts = ids.get(blog.id, 0) if blog is not None and blog.id != front.id else 0
        wanted["front"] = {"show": "page", "page": ids[front.id], "posts": posts}
    items: list[list[Any]] = []
    for entry in site_menu(pages):
        _add_item(items, entry, ids, -1)
    if items:
        wanted["menu"] = {"name": name, "slug": slug, "items": items}
    return wanted


def _add_item(items: list[list[Any]], entry: MenuItem, ids: Mapping[int, int], above: int) -> None:
    place = above
    if entry.page.id in ids:
        place = len(items)
        items.append([ids[entry.page.id], entry.page.title, above])
    for child in entry.children:
        _add_item(items, child, ids, place)
