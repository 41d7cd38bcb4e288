"""The cluster map by keyboard: into a cluster and out again, with the browser's way back."""

from playwright.sync_api import Page, expect

from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.things import make_cluster, make_keyword


def test_a_keyboard_zooms_in_and_out_and_back_works(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    for name in ("Kettles", "Grinders"):
        cluster = make_cluster(site, name)
        for n in range(2):
            make_keyword(site, f"{name.lower()} {n}", volume=100 * len(name), cluster_id=cluster.id)
    sign_in(page, web, owner)
    page.goto(f"{web.url}/planner/clusters/")
    grinders = page.get_by_role("link", name="Grinders, 1,600 searches a month")
    grinders.focus()
    page.keyboard.press("Enter")
    out = page.get_by_role("link", name="All clusters")
    expect(out).to_be_focused()
    expect(page).to_have_url(f"{web.url}/planner/clusters/?map={cluster.id}")
    expect(page.get_by_role("link", name="grinders 1, 800 searches a month")).to_be_visible()
    page.keyboard.press("Escape")
    expect(grinders).to_be_focused()
    expect(page.locator(".map-tip")).to_have_text("Grinders: 1,600 searches a month")
    page.go_back()
    expect(out).to_be_visible()
    page.set_viewport_size({"width": 375, "height": 800})
    out.click()
    expect(page.get_by_role("link", name="Kettles, 1,400 searches a month")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
