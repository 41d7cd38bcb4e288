"""What a deploy would do is decided from what is known; what somebody did in WordPress is never overwritten."""

from dataclasses import replace

import pytest

from app.sitebuilder.deploy.plan import PageFacts, parent_of, plan_page_step, wanted_setup
from app.sitebuilder.pages import PlannedPage

PAGE = PlannedPage(1, "about", "About", "about")
LIVE = PageFacts(PAGE, 5, is_there=True)


@pytest.mark.parametrize(
    ("facts", "action"),
    [
        (PageFacts(PAGE), "create"),
        (PageFacts(PAGE, 5), "create"),
        (PageFacts(PAGE, 5, in_trash_here=True), "conflict"),
        (LIVE, "leave"),
        (replace(LIVE, differs=True, sections_differ=True), "update"),
        (replace(LIVE, differs=True, is_edited_there=True), "conflict"),
        (replace(LIVE, is_away=True), "conflict"),
        (replace(LIVE, is_away=True, taken_back=True), "create"),
        (replace(LIVE, has_own_text=True, sections_differ=True), "conflict"),
        (replace(LIVE, has_own_text=True, sections_differ=True, differs=True), "update"),
        (replace(LIVE, has_own_text=True), "leave"),
    ],
)
def test_each_page_has_its_step(facts: PageFacts, action: str) -> None:
    step = plan_page_step(facts)
    assert step.action == action
    assert bool(step.reason) is (action == "conflict"), "a conflict says why"


PAGES = [
    PlannedPage(1, "home", "Home", "home"),
    PlannedPage(2, "services", "Services", "services"),
    PlannedPage(3, "design", "Design", "custom", parent_id=2),
    PlannedPage(4, "blog", "Blog", "blog", parent_id=1),
    PlannedPage(5, "legal", "Legal", "custom", in_menu=False),
]


def test_nothing_stands_below_the_front_page() -> None:
    assert [parent_of(page, PAGES) for page in PAGES] == [None, None, PAGES[1], None, None]


def test_the_setup_has_what_is_live_alone() -> None:
    wanted = wanted_setup(PAGES, {1: 11, 2: 12, 3: 13, 4: 14, 5: 15}, "Lindenhof", "7")
    assert wanted["front"] == {"show": "page", "page": 11, "posts": 14}
    assert wanted["menu"]["items"] == [[11, "Home", -1], [14, "Blog", 0], [12, "Services", -1], [13, "Design", 2]]
    assert wanted["orders"] == {"11": 0, "12": 1, "13": 2, "14": 3, "15": 4}
    partly = wanted_setup(PAGES, {3: 13}, "Lindenhof", "7")
    assert "front" not in partly
    assert partly["menu"]["items"] == [[13, "Design", -1]]
