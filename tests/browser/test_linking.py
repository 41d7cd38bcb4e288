"""Links in a browser: found, accepted and taken out without leaving the page; beside the text in the editor too."""

from playwright.sync_api import Page, expect

from app.content.models import Content
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp, wait_for
from tests.factories.work import newest_run, work
from tests.linker.conftest import pages
from tests.linker.test_plan import faulty, make_plan

__all__ = ["faulty", "pages"]
Pages = dict[str, Content]


def text_of(content: Content) -> str:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Content, content.id).content_html


def test_a_link_is_accepted_and_taken_out_again(page: Page, web: LiveApp, owner: User, pages: Pages) -> None:
    cold = pages["Cold brew coffee"]
    before = text_of(cold)
    sign_in(page, web, owner)
    page.goto(f"{web.url}/linker/contents/{cold.id}/")
    page.get_by_role("button", name="Find links").click()
    expect(page.locator("[role=progressbar], .run").first).to_be_visible()
    db.session.rollback()
    assert work(newest_run()).state == "succeeded"
    page.goto(f"{web.url}/linker/contents/{cold.id}/")
    row = page.locator(".link-row", has_text="French press guide").first
    expect(row.locator("mark")).to_have_text("French press guide")
    row.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name="In the text")).to_be_visible()
    wait_for(lambda: "French press guide</a>" in text_of(cold), what="the link in the text")
    page.get_by_role("button", name="Take out").first.click()
    expect(page.get_by_text("link kept out")).to_be_visible()
    assert text_of(cold) == before


def test_the_editor_has_the_links_beside_the_text(page: Page, web: LiveApp, owner: User, pages: Pages) -> None:
    cold = pages["Cold brew coffee"]
    sign_in(page, web, owner)
    page.goto(f"{web.url}/content/{cold.id}/edit/")
    page.get_by_role("tab", name="Links").click()
    panel = page.locator("#panel-internal-links")
    expect(panel.get_by_role("button", name="Find links")).to_be_visible()
    expect(panel.get_by_text("No link from this text is proposed.")).to_be_visible()


def test_a_change_of_the_plan_is_chosen_by_keyboard_and_made(
    page: Page, web: LiveApp, owner: User, site: Site, faulty: Content
) -> None:
    make_plan(site)
    sign_in(page, web, owner)
    page.goto(f"{web.url}/linker/plan/")
    expect(page.get_by_role("img", name="The links as a picture")).to_be_visible()
    page.get_by_text("As a table").click()
    expect(page.get_by_role("table", name="Pages and groups of the picture")).to_be_visible()
    page.get_by_label("Kind").select_option("moved")
    expect(page.locator("#plan-region tbody tr")).to_have_count(1)
    page.locator("#plan-region tbody input[type=checkbox]").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Make changes").last.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Make 1 change?")).to_be_visible()
    dialog.get_by_role("button", name="Make changes").press("Enter")
    expect(page.locator("[role=progressbar], .run").first).to_be_visible()
    db.session.rollback()
    run = newest_run()
    assert work(run).state == "succeeded"
    page.goto(web.url + str(run.link))
    expect(page.get_by_role("table", name="Mended links of this batch")).to_contain_text("/blog/old-milk/#foam")
    page.get_by_role("button", name="Put back").click()
    wait_for(lambda: "/blog/old-milk/#foam" in text_of(faulty), what="the link as it was")
