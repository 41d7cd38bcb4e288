"""No two links stand side by side in one phrase: words for them are chosen apart, whoever proposes them when."""

import pytest
from sqlalchemy import select

from app.core.extensions import db
from app.linker import indexing, planning
from app.linker.anchors import LinkLimits, Target, VisiblePlaces, choose_anchors
from app.linker.models import LinkProposal
from app.linker.pages import Rarity
from app.linker.settings import settings_for
from app.linker.texts import read_markup
from app.sites.models import Site
from tests.linker.conftest import live, pages
from tests.linker.test_linking import COLD, PRESS, Pages, link

__all__ = ["pages"]
GRINDER, PRESSES = Target(1, "Burr grinder", "https://e.com/a", 90), Target(2, "French press", "https://e.com/b", 80)
LATER = "All of it takes some time, a clean table and a little patience on the side."
RARE = Rarity(100, {})


def words(html: str, occupied: tuple[tuple[int, int], ...] = ()) -> list[tuple[str, int]]:
    """The words that are chosen for two pages, with where they stand."""
    limits = LinkLimits(5, 1)
    choices = choose_anchors(read_markup(html), "en", RARE, [GRINDER, PRESSES], limits, occupied=occupied)
    return [(choice.place.anchor, choice.place.start) for choice in choices]


@pytest.mark.parametrize(
    "between",
    [
        " ",
        ", ",
        " and ",
        ' <span class="has-inline-color has-vivid-red-color">',
        "&nbsp;&ndash;&nbsp;",
        "</strong>, <em>",
    ],
)
def test_words_apart_are_preferred_to_those_beside(between: str) -> None:
    html = f"<p>Take a burr grinder{between}French press.</p>"
    assert [anchor for anchor, _start in words(html)] == ["burr grinder"]
    again = f"{html}<p>{LATER} Then use a French press.</p>"
    assert words(again) == [("burr grinder", html.find("burr")), ("French press", again.rfind("French"))]


def test_words_beside_a_link_that_is_there_or_proposed_carry_none() -> None:
    linked = '<p>A <a href="/x/">coarse</a> <em>French press</em> grind.</p>'
    assert words(linked) == []
    html = "<p>A coarse French press grind.</p>"
    assert [anchor for anchor, _start in words(html)] == ["French press"]
    assert words(html, ((html.find("coarse"), html.find("coarse") + 6),)) == []


def test_blocks_are_apart_and_attributes_are_not_seen() -> None:
    html = "<ul><li>Burr grinder</li><li>French press</li></ul>"
    assert [anchor for anchor, _start in words(html)] == ["Burr grinder", "French press"]
    visible = VisiblePlaces(read_markup('<p>a<b class="long">b&amp;c</b></p>'))
    start, end = visible.span(3, len('<p>a<b class="long">b&amp;'))
    assert end - start == 3
    assert VisiblePlaces(read_markup("")).span(0, 0) == (0, 0)


def test_a_link_to_a_new_page_keeps_away_from_those_that_wait(site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    stmt = select(LinkProposal).where(LinkProposal.content_id == pages[COLD].id)
    waiting = db.session.scalars(stmt).all()
    assert pages[PRESS].id in {proposal.target_id for proposal in waiting}
    new = live(site, "Press guide tells", "<p>What a guide tells of a press.</p>")
    db.session.commit()
    indexing.refresh(site)
    planned = [
        row for row in planning.plan_incoming(site, settings_for(site), new.id) if row.content_id == pages[COLD].id
    ]
    read = read_markup(pages[COLD].content_html)
    for row in planned:
        spans = planning.anchor_places(read, waiting)
        assert all(row.choice.place.start >= end + 25 or start >= row.choice.place.end + 25 for start, end in spans)
    for proposal in waiting:
        proposal.state = "rejected"
    db.session.commit()
    free = planning.plan_incoming(site, settings_for(site), new.id)
    assert any(row.content_id == pages[COLD].id for row in free)
