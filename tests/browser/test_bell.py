"""The bell by keyboard: its number, what it lists, and that looking takes the number away."""

from playwright.sync_api import Page, expect

from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.axe import findings
from tests.factories.live import LiveApp
from tests.monitoring.test_news import end


def test_the_bell_opens_by_keyboard_and_counts_anew(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    end(site, "Import keywords", owner), end(site, "Cluster keywords", None, "failed")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/dashboard/")
    bell = page.locator("#bell-button")
    expect(bell).to_have_accessible_name("News: 2 are new")
    bell.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#bell .is-new")).to_have_count(2)
    expect(page.locator("#bell")).to_have_attribute("open", "")
    expect(bell).to_have_accessible_name("News: nothing new")
    expect(bell).to_be_focused()
    assert findings(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#bell .news-list")).to_be_hidden()
    page.reload()
    expect(bell).to_have_accessible_name("News: nothing new")
