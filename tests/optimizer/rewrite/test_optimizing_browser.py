"""From the editor's panel to changes in the text, in Chromium."""

from playwright.sync_api import expect

from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits, address, open_tab, visit
from tests.content.test_editor_browser import editor
from tests.factories.things import make_content
from tests.factories.work import newest_run, openai, work
from tests.fakes.openai_server import FakeOpenAI

__all__ = ["address", "openai", "visit"]
PASSIVE, ACTIVE = "The pot was designed by Alfonso Bialetti in 1933.", "In 1933, Alfonso Bialetti designed the pot."
HTML = f"<h1>Pots</h1>\n<p>{PASSIVE}</p>\n<p>Rinse it with warm  water after each use.</p>"


def test_changes_are_proposed_accepted_used_and_undone(
    visit: Visits, owner: User, site: Site, openai: FakeOpenAI
) -> None:
    content = make_content(site, "Moka pot", content_html=HTML, seo_description="There is one.")
    page = visit(owner, f"/content/{content.id}/edit/", viewport={"width": 1440, "height": 900})
    editor(page)
    open_tab(page, "SEO")
    panel = page.locator("#panel-optimize")
    expect(panel).to_contain_text("About 1 credits")
    panel.get_by_role("button", name="Propose changes").click()
    expect(page.locator("#optimization")).to_contain_text("Waiting for its turn")
    openai.answer_next({"passages": [{"number": 1, "html": ACTIVE}], "seo_title": "", "seo_description": ""})
    assert work(newest_run()).state == "succeeded"
    expect(page.locator("#optimization")).to_contain_text("To decide: 3")
    expect(page.locator("ins").first).to_have_text("2")
    page.locator('[data-reason="sentence"]').get_by_role("button", name="Accept").click()
    page.locator('[data-reason="heading"]').get_by_role("button", name="Reject").click()
    expect(page.locator("#optimization")).to_contain_text("To decide: 1 · accepted: 1 · rejected: 1")
    page.get_by_role("button", name="Use 1 change").click()
    expect(page.locator('[data-reason="sentence"]')).to_contain_text("In the text")
    db.session.refresh(content)
    assert content.content_html == HTML.replace(PASSIVE, ACTIVE)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#optimization")).to_contain_text("To decide: 2")
    db.session.refresh(content)
    assert content.content_html == HTML
