"""The terms of a content, found and chosen in Chromium."""

from playwright.sync_api import expect

from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy
from tests.content.conftest import Visits, open_tab
from tests.content.test_editor_browser import editor, save
from tests.factories.things import make_content, make_term


def test_terms_are_found_among_hundreds_and_made_by_keyboard(visit: Visits, owner: User, site: Site) -> None:
    content, old = make_content(site), make_term(site, "Old")
    content.terms = [old]
    values = {"account_id": site.account_id, "site_id": site.id, "taxonomy_type": "category"}
    db.session.add_all(
        ContentTaxonomy(**values, name=f"Guide {number}", slug=f"guide-{number}") for number in range(1, 451)
    )
    db.session.commit()
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    open_tab(page, "Details")
    field = page.get_by_role("combobox", name="Find a term")
    field.click()
    expect(page.get_by_role("option", name="More have these words")).to_be_visible()
    field.fill("437")
    expect(page.get_by_role("option", name="Guide 437")).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(page.get_by_role("checkbox", name="Guide 437")).to_be_checked()
    expect(field).to_be_focused()
    field.press_sequentially("Brand new")
    field.press("Enter")  # before the answer is there, it may be
    expect(page.get_by_role("checkbox", name="Brand new")).to_be_checked()
    page.get_by_role("checkbox", name="Old").uncheck()
    expect(page.locator("#save-state")).to_contain_text("All changes kept")
    page.reload()
    editor(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("checkbox", name="Guide 437")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Brand new")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Old")).not_to_be_checked()
    save(page)
    expect(page.locator(".term-chip")).to_have_count(2)
    db.session.expire_all()
    assert sorted(term.name for term in content.terms) == ["Brand new", "Guide 437"]
