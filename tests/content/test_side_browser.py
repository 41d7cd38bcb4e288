"""The tabs beside the text, in Chromium."""

from playwright.sync_api import expect

from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits, open_tab
from tests.content.test_editor_browser import editor, save
from tests.factories.things import make_content

TEXT = (
    "<!-- wp:paragraph -->\n<p>Moka pots brew strong coffee.</p>\n<!-- /wp:paragraph -->\n\n"
    '<!-- wp:heading {"level":4} -->\n<h4 class="wp-block-heading">Which size</h4>\n<!-- /wp:heading -->'
)


def test_what_is_typed_is_checked_previewed_and_led_to(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, "Moka", content_html=TEXT, slug="moka")
    page = visit(owner, f"/content/{content.id}/edit/", viewport={"width": 1440, "height": 800})
    editor(page)
    expect(page.locator("#check-count")).to_have_text("5 to check")
    page.locator("#checklist").get_by_role("link", name="Which size").click()
    assert page.evaluate("getSelection().toString()") == "Which size"
    page.keyboard.press("Home")
    page.get_by_role("link", name="Choose a focus keyword").click()  # leads to its field, in another tab
    expect(page.get_by_label("Focus keywords")).to_be_focused()
    page.keyboard.type("moka pot")
    expect(page.locator("#keyword-use")).to_contain_text("moka pot")
    page.get_by_label("SEO title").fill("The moka pot " * 8)
    expect(page.locator(".snippet-title")).to_contain_text("…")
    expect(page.locator("[data-pixels=seo_title]")).to_contain_text("cut in search results")
    page.get_by_role("button", name="Social").click()
    expect(page.locator("#snippet")).to_contain_text("No image")
    page.get_by_role("tab", name="SEO").press("ArrowRight")
    expect(page.get_by_role("tab", name="Links")).to_be_focused()
    page.get_by_role("tab", name="Links").press("End")
    expect(page.locator("#side-history")).to_be_visible()
    page.reload()
    expect(page.get_by_role("tab", name="History")).to_have_attribute("aria-selected", "true")


def test_on_a_phone_the_tabs_open_as_a_sheet_and_a_wrong_field_comes_to_sight(
    visit: Visits, owner: User, site: Site
) -> None:
    content = make_content(site, "Moka", content_html=TEXT)
    page = visit(owner, f"/content/{content.id}/edit/", viewport={"width": 375, "height": 800})
    editor(page)
    expect(page.locator("#side-seo")).to_be_hidden()
    open_tab(page, "SEO")
    page.get_by_label("Canonical address").fill("no address")
    page.keyboard.press("Escape")
    expect(page.locator("#side-seo")).to_be_hidden()
    expect(page.get_by_role("tab", name="SEO")).to_be_focused()
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#editor-messages").get_by_role("link").click()
    expect(page.get_by_label("Canonical address")).to_be_focused()


def test_the_caret_stays_clear_of_the_bars(visit: Visits, owner: User, site: Site) -> None:
    text = "\n\n".join(f"<!-- wp:paragraph -->\n<p>Line {number}</p>\n<!-- /wp:paragraph -->" for number in range(60))
    content = make_content(site, "Long", content_html=text)
    page = visit(owner, f"/content/{content.id}/edit/", viewport={"width": 1280, "height": 600})
    editor(page)
    is_clear = """() => {
      const at = getSelection().getRangeAt(0).startContainer.parentElement.getBoundingClientRect();
      return at.top >= document.querySelector('#editor-bar').getBoundingClientRect().bottom && at.bottom <= innerHeight;
    }"""
    page.locator("#visual p").nth(30).click()
    for _ in range(25):
        page.keyboard.press("ArrowUp")
    page.wait_for_function(is_clear)
    page.locator("#visual p").nth(20).click()
    for _ in range(12):
        page.keyboard.press("Enter")
    page.keyboard.type("Here")
    page.wait_for_function(is_clear)


def test_what_features_bring_is_asked_for_when_its_tab_is_seen(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, "Moka", content_html=TEXT, slug="moka")
    page = visit(owner, "/content/", viewport={"width": 1440, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(visit.address)))
    history = f"/content/{content.id}/history/panel/"
    page.goto(f"{visit.address}/content/{content.id}/edit/")
    editor(page)
    expect(page.locator("#check-count")).to_have_text("5 to check")
    page.wait_for_load_state("networkidle")
    assert history not in asked
    open_tab(page, "History")
    expect(page.locator("#panel-history")).to_contain_text("Not changed since it came")
    assert asked.count(history) == 1
    open_tab(page, "Details")
    save(page)
    page.wait_for_load_state("networkidle")
    assert asked.count(history) == 1  # old by now, and nobody looks
    with page.expect_request(f"**{history}"):
        open_tab(page, "History")


def test_on_a_narrow_screen_only_the_checks_are_asked_for_before_the_sheet_opens(
    visit: Visits, owner: User, site: Site
) -> None:
    content = make_content(site, "Moka", content_html=TEXT, slug="moka")
    page = visit(owner, f"/content/{content.id}/edit/", viewport={"width": 375, "height": 800})
    editor(page)
    expect(page.locator("#check-count")).to_have_text("5 to check")
    with page.expect_request("**/publishing/"):
        open_tab(page, "Publish")
