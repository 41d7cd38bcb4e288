"""The Optimizer's panel beside the text, in Chromium."""

from playwright.sync_api import expect
from sqlalchemy import select

from app.core.extensions import db
from app.identity.models import User
from app.optimizer.models import DismissedAssessment
from app.sites.models import Site
from tests.content.conftest import Visits, address, open_tab, visit
from tests.content.test_editor_browser import editor
from tests.factories.things import make_content

__all__ = ["address", "visit"]
LONG = "This sentence goes on and on until nobody who reads it can remember any more how it began or what it was about."
TEXT = f"<!-- wp:paragraph -->\n<p>{LONG}</p>\n<!-- /wp:paragraph -->"


def test_the_panel_follows_what_is_typed_leads_to_places_and_dismisses(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, "Moka pot", content_html=TEXT, slug="moka-pot")
    page = visit(owner, f"/content/{content.id}/edit/", viewport={"width": 1440, "height": 900})
    editor(page)
    open_tab(page, "SEO")
    panel = page.locator("#panel-optimizer")
    expect(panel).to_contain_text("No focus keyword is chosen")
    page.get_by_label("Focus keywords").fill("moka pot")
    expect(panel).to_contain_text("The first paragraph does not have the keyphrase.")
    place = panel.locator("#assessment-sentence_length")
    place.get_by_text("1 place").click()
    place.get_by_role("link").click()
    expect(page.locator("#visual")).to_be_visible()
    assert page.evaluate("getSelection().toString()").startswith("This sentence goes on")
    images = panel.locator("#assessment-images")
    images.get_by_text("Dismiss…").click()
    images.get_by_role("textbox").fill("A text for the ear")
    images.get_by_role("button", name="Dismiss").click()
    expect(panel).to_contain_text("dismissed: 1")
    assert db.session.scalars(select(DismissedAssessment.reason)).all() == ["A text for the ear"]
