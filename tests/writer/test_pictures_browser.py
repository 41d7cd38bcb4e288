"""Planned pictures in a real browser: nothing typed is lost to planning again or to leaving the page."""

from playwright.sync_api import expect

from app.content.models import Content
from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits, address, visit
from tests.factories.things import make_content, make_planned_image

__all__ = ["address", "visit"]


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
    expect(page.locator(".run").first).to_be_visible()
    expect(page.locator("summary", has_text="A pot beside a hand")).to_be_visible()
