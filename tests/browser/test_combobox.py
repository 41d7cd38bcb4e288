"""A cluster among very many is found by typing, with the keyboard alone."""

from playwright.sync_api import Page, expect

from app.core.extensions import db
from app.identity.models import User
from app.planner.models import Keyword
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.things import make_cluster, make_content, make_keyword


def test_a_cluster_among_many_is_found_by_typing(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    clusters = {name: make_cluster(site, name).id for name in (*(f"Topic {n}" for n in range(55)), "Café grinders")}
    keyword_id = make_keyword(site, "burr grinder").id
    content_id = make_content(site).id
    sign_in(page, web, owner)
    page.goto(f"{web.url}/planner/keywords/")
    page.get_by_label("Select burr grinder").check()
    page.get_by_role("button", name="Move to cluster").click()
    field = page.get_by_role("combobox", name="To")
    expect(field).to_have_value("A new cluster")
    field.fill("grind caf")
    option = page.get_by_role("option", name="Café grinders")
    expect(option).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value("Café grinders")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.fill("nothing like it")
    expect(page.get_by_role("option", name="Nothing has these words.")).to_be_visible()
    field.press("Escape")
    expect(field).to_have_value("Café grinders")
    page.get_by_role("dialog").get_by_role("button", name="Move keywords").click()
    expect(page.get_by_text("Moved").first).to_be_visible()
    db.session.rollback()
    assert db.session.get_one(Keyword, keyword_id).cluster_id == clusters["Café grinders"]
    page.goto(f"{web.url}/content/{content_id}/edit/")
    page.get_by_role("tab", name="Details").click()
    page.get_by_label("Cluster", exact=True).fill("topic 54")
    page.get_by_label("Cluster", exact=True).press("Enter")
    expect(page.locator("[name=cluster_id]")).to_have_value(str(clusters["Topic 54"]))
