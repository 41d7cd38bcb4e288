"""An open list shows what others do, and leaves what is the person's: place, selection, focus, an open editor."""

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.models import Account
from app.content.models import Content
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.people import make_member
from tests.factories.things import make_cluster, make_content, make_keyword


@pytest.fixture
def texts(site: Site) -> list[Content]:
    make_cluster(site, "Kettles")
    return [make_content(site, f"Text {number}") for number in range(30)]


def test_what_another_person_changes_comes_by_itself(
    page: Page, browser: Browser, web: LiveApp, owner: User, account: Account, texts: list[Content]
) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    sign_in(page, web, owner)
    page.goto(f"{web.url}/content/?sort=title")
    page.get_by_role("checkbox", name="Select Text 1", exact=True).check()
    row = page.locator("tr", has=page.get_by_role("link", name="Text 20", exact=True))
    row.scroll_into_view_if_needed()
    row.get_by_role("button", name="Change cluster of Text 20").click()
    field = page.get_by_role("dialog", name="Change cluster of Text 20").get_by_role("combobox")
    expect(field).to_be_focused()
    place = page.evaluate("scrollY")

    other = browser.new_context()
    theirs = other.new_page()
    sign_in(theirs, web, make_member(account, "editor"))
    theirs.goto(f"{web.url}/content/{texts[21].id}/edit/")
    theirs.get_by_label("Title", exact=True).fill("Text 21 by another hand")
    theirs.keyboard.press("Control+s")
    expect(theirs.get_by_text("Saved.", exact=True)).to_be_visible()

    expect(page.get_by_role("link", name="Text 21 by another hand")).to_be_visible()
    expect(field).to_be_focused()
    expect(page.get_by_role("checkbox", name="Select Text 1", exact=True)).to_be_checked()
    expect(page.get_by_text("1 item selected")).to_be_visible()
    assert page.evaluate("scrollY") == place
    other.close()


def test_rows_that_come_to_all_that_match_are_selected(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    for number in range(51):
        make_keyword(site, f"kettle {number}", volume=100 + number)
    sign_in(page, web, owner)
    page.goto(f"{web.url}/planner/keywords/")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Select all 51 that match").click()
    make_keyword(site, "teapot", volume=9000)
    db.session.commit()
    expect(page.get_by_role("checkbox", name="Select teapot")).to_be_checked()
    expect(page.get_by_text("52 keywords selected")).to_be_visible()
