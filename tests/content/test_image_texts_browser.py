"""The texts of an image, changed where it stands in the text, in Chromium."""

from playwright.sync_api import Route, expect

from app.core import media
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits, open_tab
from tests.content.test_editor_browser import FIRST, editor, save, stored
from tests.factories.pictures import add_images
from tests.factories.things import make_content


def block(sha256: str, alt: str, caption: str = "") -> str:
    """An image as Gutenberg writes it."""
    inside = f'<figcaption class="wp-element-caption">{caption}</figcaption>' if caption else ""
    return (
        '<!-- wp:image {"sizeSlug":"large"} -->\n<figure class="wp-block-image size-large">'
        f'<img src="igny8-image:{sha256}" alt="{alt}" class="keep"/>{inside}</figure>\n<!-- /wp:image -->'
    )


def test_texts_of_an_image_are_kept_in_step_with_the_list(visit: Visits, owner: User, site: Site) -> None:
    media.remove_account(site.account_id)
    content = make_content(site)
    image = add_images(content, 1)[0]
    image.role, image.alt = "inline", ""
    content.content_html = f"{FIRST}\n\n{block(image.sha256, '')}\n\n{block(image.sha256, 'Own words')}"
    db.session.commit()
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.locator("#visual img").first.click()
    panel = page.get_by_role("group", name="Texts of the image")
    expect(panel).to_be_visible()
    page.keyboard.press("Alt+Enter")
    expect(panel.get_by_label("Alt text")).to_be_focused()
    page.keyboard.type('A "pot"')
    page.keyboard.press("Tab")
    page.keyboard.type("Seen at noon")
    page.keyboard.press("Tab")
    page.keyboard.type("Pot")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    open_tab(page, "Images")
    listed = page.locator("#images").get_by_label("Alt text")
    expect(listed).to_have_value('A "pot"')
    listed.fill("A pot")
    expect(page.locator("#visual img").first).to_have_attribute("alt", "A pot")
    save(page)
    first, second = block(image.sha256, "A pot", "Seen at noon"), block(image.sha256, "Own words")
    assert stored(content) == f"{FIRST}\n\n{first}\n\n{second}"
    db.session.refresh(image)
    assert (image.alt, image.caption, image.title) == ("A pot", "Seen at noon", "Pot")


def test_a_caption_with_links_is_left_to_the_text_and_a_foreign_image_has_its_own(
    visit: Visits, owner: User, site: Site
) -> None:
    linked = '<a href="https://example.com/">Linked</a>'
    text = block("a" * 64, "", linked).replace("igny8-image:" + "a" * 64, "https://x.example/a.png")
    content = make_content(site, content_html=text)
    page = visit(owner, "/content/")
    page.route("https://x.example/**", lambda route: route.fulfill(path="static/img/favicon.svg"))
    page.goto(f"{visit.address}/content/{content.id}/edit/")
    editor(page)
    page.locator("#visual img").click()
    panel = page.get_by_role("group", name="Texts of the image")
    expect(panel.get_by_label("Caption")).not_to_be_editable()
    expect(panel.get_by_text("It has links or styles")).to_be_visible()
    expect(panel.get_by_role("button", name="Show under Images")).to_be_hidden()
    panel.get_by_label("Image title").fill("Seen")
    page.keyboard.press("Enter")
    expect(page.locator("#visual")).to_be_focused()
    save(page)
    assert stored(content).count('title="Seen"') == 1
    assert linked in stored(content)


def test_the_editor_waits_for_a_part_of_it_that_comes_late(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=block("a" * 64, "A pot"))
    page = visit(owner, "/content/")

    def come_late(route: Route) -> None:
        page.wait_for_timeout(1500)
        route.continue_()

    page.route("**/editor-image-texts.js*", come_late)
    page.goto(f"{visit.address}/content/{content.id}/edit/")
    editor(page)
    page.locator("#visual img").click()
    expect(page.get_by_role("group", name="Texts of the image").get_by_label("Alt text")).to_have_value("A pot")
