"""Planned pictures in a real browser: nothing typed is lost to planning again or to leaving the page."""

import re

from playwright.sync_api import expect

from app.content.models import Content
from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits, address, visit
from tests.factories.things import make_content, make_planned_image
from tests.factories.work import newest_run, work
from tests.fakes.endpoint_server import FakeEndpoint
from tests.writer.test_pictures import content, endpoint

__all__ = ["address", "content", "endpoint", "visit"]


def test_planning_again_waits_for_words_that_are_not_saved(visit: Visits, owner: User, site: Site) -> None:
    content: Content = make_content(site, "Moka pots", content_html="<h2>Sizes</h2><p>Three cups.</p>")
    make_planned_image(content, "A pot")
    page = visit(owner, f"/writer/contents/{content.id}/pictures/")
    page.locator("summary", has_text="A pot").click()
    words = page.get_by_label("What it shows")
    words.fill("A pot beside a hand")
    page.get_by_role("button", name="Plan again").click()
    expect(page.get_by_text("Save the picture that you are changing first")).to_be_visible()
    expect(words).to_have_value("A pot beside a hand")
    page.get_by_role("button", name="Save picture").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Plan again").click()
    expect(page.locator(".editor-panel .run").first).to_be_visible()
    expect(page.locator("summary", has_text="A pot beside a hand")).to_be_visible()


def test_a_page_of_its_own_is_shown_anew_without_an_error_of_the_browser(
    visit: Visits, owner: User, content: Content, endpoint: FakeEndpoint
) -> None:
    """`visit` fails on what the console says: an inline style that the policy refuses, a list that is not there."""
    make_planned_image(content, "A pot")
    page = visit(owner, f"/writer/contents/{content.id}/pictures/")
    page.locator("summary", has_text="A pot").click()
    words = page.get_by_label("What it shows")
    corner = words.evaluate(
        "node => { const { right, bottom } = node.getBoundingClientRect(); return [right, bottom] }"
    )
    page.mouse.move(corner[0] - 4, corner[1] - 4)
    page.mouse.down()
    page.mouse.move(corner[0] - 4, corner[1] + 40)
    page.mouse.up()
    expect(words).to_have_attribute("style", re.compile("height"))  # the browser keeps the height there
    words.fill("Two pots")
    page.get_by_role("button", name="Save picture").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Draw all").click()
    expect(page.locator(".editor-panel .run").first).to_be_visible()
    work(newest_run())
    expect(page.get_by_text("Drawn", exact=True)).to_be_visible()
