"""What a list does not send at first is there when somebody reaches for it."""

from playwright.sync_api import Page, expect

from app.core.extensions import db
from app.identity.models import User
from app.planner.models import Cluster
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.factories.things import make_content


def test_all_clusters_are_there_by_keyboard_and_pointer(visit: Visits, owner: User, site: Site) -> None:
    owned = {"account_id": site.account_id, "site_id": site.id}
    db.session.add_all(Cluster(**owned, name=f"Cluster {number}") for number in range(100, 160))
    make_content(site, "Cold brew")
    page: Page = visit(owner, "/content/")
    chip = page.get_by_role("combobox", name="Cluster", exact=True).first
    options = page.locator(".chip select[name=cluster] option")
    expect(options).to_have_count(2)
    chip.focus()
    expect(options).to_have_count(62)
    chip.fill("uster 131")
    page.get_by_role("option", name="Cluster 131").click()
    expect(page.get_by_text("Cold brew")).to_be_hidden()
    expect(chip).to_have_value("Cluster 131")
    expect(chip).to_have_attribute("aria-expanded", "false")
    page.get_by_role("search").get_by_role("link", name="Clear filters").click()
    expect(page.get_by_text("Cold brew")).to_be_visible()
    expect(page.get_by_role("combobox", name="Cluster", exact=True).first).to_have_value("Any")
    page.get_by_label("Select Cold brew").check()
    page.get_by_role("button", name="Assign cluster").click()
    field = page.get_by_role("dialog").locator("input[role=combobox]")
    field.fill("158")
    expect(page.get_by_role("option", name="Cluster 158")).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Assign cluster").click()
    expect(page.get_by_text("1 item assigned to the cluster “Cluster 158”.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: 1 item assigned")).to_be_visible()
