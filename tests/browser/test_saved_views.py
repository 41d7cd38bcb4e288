"""A person arranges a list, keeps it as a view, and goes on by keyboard."""

from playwright.sync_api import Page, expect

from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.things import make_cluster, make_content


def test_a_view_is_kept_arranged_changed_and_brought_back(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    for title in ("Cold brew", "How to descale a moka pot without ruining its seal or its taste " * 3, "קפה קר בבית"):
        make_content(site, title, cluster_id=make_cluster(site).id)
    sign_in(page, web, owner)
    page.goto(f"{web.url}/content/")
    page.get_by_label("State", exact=True).select_option("draft")
    expect(page).to_have_url(f"{web.url}/content/?state=draft")
    page.get_by_role("link", name="Save as view").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("My drafts")
    page.keyboard.press("Enter")
    current = page.get_by_role("navigation", name="Views").locator("[aria-current=page]")
    expect(current).to_have_text("My drafts")
    expect(page.get_by_role("button", name="Save changes to view")).to_have_count(0)
    page.get_by_role("link", name="Display").click()
    dialog.get_by_label("Source", exact=True).uncheck()
    dialog.get_by_label("Created", exact=True).check()
    dialog.get_by_role("button", name="Move Created up").focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Move Created up")).to_be_focused()
    dialog.get_by_role("button", name="Show these columns").click()
    expect(page.get_by_role("columnheader", name="Created")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Source")).to_have_count(0)
    page.get_by_role("button", name="Save changes to view").click()
    expect(page.get_by_text("Saved the view “My drafts”.")).to_be_visible()
    page.get_by_role("link", name="View settings").click()
    dialog.get_by_role("button", name="Delete view").click()
    expect(page.get_by_text("Deleted the view “My drafts”.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(current).to_have_text("My drafts")
    page.wait_for_load_state()  # the keys are the script's
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("a.cell-title").first).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_text("1 item selected")).to_be_visible()
    expect(page.locator("a.cell-title").first).to_be_focused()
