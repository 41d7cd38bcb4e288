"""Ctrl+K, arrows and Enter lead anywhere; ? shows the keys."""

import re

from playwright.sync_api import Page, expect

from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.axe import findings
from tests.factories.live import LiveApp
from tests.factories.things import make_content


def test_a_title_is_found_and_opened_by_keys_alone(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    content = make_content(site, "Moka pot guide")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/dashboard/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    finder = page.get_by_role("dialog", name="Find")
    expect(finder.get_by_role("link", name="Calendar")).to_be_visible()
    assert findings(page) == []
    page.keyboard.type("moka")
    expect(finder.get_by_role("link")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(finder.get_by_role("link", name="Moka pot guide")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/content/{content.id}/edit/"))
