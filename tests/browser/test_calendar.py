"""The calendar in a browser: an entry opens over it, a drop lands in its cell, a day takes a draft."""

import re
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from app.core.clock import utcnow
from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.things import make_content
from tests.publishing.test_schedule import plan

YEAR = utcnow().year + 1


def test_a_week_is_planned_without_leaving_the_calendar(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    plan(make_content(site, "Moka pot guide"), datetime(YEAR, 6, 15, 9, tzinfo=UTC))
    make_content(site, "Cold brew ratio")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/calendar/?month={YEAR}-06")
    entry = page.get_by_role("link", name="Moka pot guide")
    page.get_by_label("Type", exact=True).select_option("Page")
    expect(entry).to_have_count(0)
    page.get_by_label("Type", exact=True).select_option("Article")
    expect(entry).to_be_visible()
    expect(page).to_have_url(re.compile(f"type=Article&month={YEAR}-06"))
    entry.drag_to(page.locator(f'td[data-day="{YEAR}-06-17"]'))
    expect(page.locator(f'td[data-day="{YEAR}-06-17"]').get_by_role("link", name="Moka pot guide")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f'td[data-day="{YEAR}-06-15"]').get_by_role("link", name="Moka pot guide")).to_be_visible()
    entry.drag_to(page.locator(f'td[data-day="{YEAR}-06-17"]'))
    expect(page.locator(f'td[data-day="{YEAR}-06-17"]').get_by_role("link", name="Moka pot guide")).to_be_visible()
    page.get_by_role("link", name="Moka pot guide").click()
    panel = page.get_by_role("dialog", name="Moka pot guide")
    expect(panel.get_by_text(f"17 Jun {YEAR}, 09:00 UTC")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Week", exact=True).click()
    page.goto(f"{web.url}/calendar/?view=week&day={YEAR}-06-15")
    page.get_by_role("link", name=re.compile("Schedule something for .*18 June")).click()
    panel = page.get_by_role("dialog", name=re.compile("18 June"))
    panel.get_by_label("Search drafts").press_sequentially("brew", delay=60)  # as fast as one types
    expect(panel.get_by_role("checkbox")).to_have_count(1)
    panel.get_by_role("checkbox", name="Cold brew ratio").check()
    panel.get_by_role("button", name="Schedule").click()
    expect(page.locator(f'td[data-day="{YEAR}-06-18"]').get_by_role("link", name="Cold brew ratio")).to_be_visible()
