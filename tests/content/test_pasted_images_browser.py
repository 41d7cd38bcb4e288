"""Images pasted into the text in Chromium: uploaded, told about, and never left as addresses of one browser."""

import base64
import re

from playwright.sync_api import Page, Route, expect

from app.content.images import renditions
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.content.test_editor_browser import editor, save, stored
from tests.content.test_images import png
from tests.factories.pictures import encoded, photo
from tests.factories.things import make_content

PARAGRAPH = "<!-- wp:paragraph -->\n<p>Text</p>\n<!-- /wp:paragraph -->"
EVENT = """([kind, file, html]) => {
    const bytes = text => Uint8Array.from(atob(text), one => one.charCodeAt(0));
    const data = new DataTransfer();
    if (file) data.items.add(new File([bytes(file)], 'cup.png', {type: 'image/png'}));
    if (html) data.setData('text/html', html);
    const place = document.querySelector('#visual p');
    const box = place.getBoundingClientRect();
    const init = {bubbles: true, cancelable: true, clientX: box.x + 5, clientY: box.y + 5};
    place.dispatchEvent(kind === 'paste' ? new ClipboardEvent('paste', {...init, clipboardData: data})
        : new DragEvent('drop', {...init, dataTransfer: data}));
}"""


def give(page: Page, kind: str, *, file: bytes | None = None, html: str | None = None) -> None:
    """Paste or drop at the end of the text."""
    page.locator("#visual p").first.click()
    page.keyboard.press("End")
    page.evaluate(EVENT, [kind, base64.b64encode(file).decode() if file else None, html])


def test_a_pasted_image_is_uploaded_and_stands_in_the_text_by_its_hash(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=PARAGRAPH)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    give(page, "paste", file=png(40, 30))
    expect(page.locator("#images .image-item")).to_have_count(1)
    expect(page.locator("#visual img")).to_have_attribute("src", re.compile("^/content/"))
    inline = base64.b64encode(png(20, 10)).decode()
    give(
        page,
        "paste",
        html=f'<p>More <img src="data:image/png;base64,{inline}" alt="B"> <img src="file:///C:/a.png"></p>',
    )
    expect(page.locator("#images .image-item")).to_have_count(2)
    save(page)
    text = stored(content)
    db.session.expire_all()
    assert {image.role for image in content.images} == {"inline"}
    assert {f"igny8-image:{image.sha256}" for image in content.images} == set(re.findall(r"igny8-image:\w+", text))
    assert not re.search(r"blob:|data:|file:|/content/", text)


def test_an_image_that_a_page_of_another_site_holds_is_left_out_in_words(
    visit: Visits, owner: User, site: Site
) -> None:
    content = make_content(site, content_html=PARAGRAPH)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    give(page, "paste", html='<p>More <img src="blob:https://example.com/4f1c" alt="A"> words</p>')
    expect(page.get_by_text("did not come along")).to_be_visible()
    expect(page.locator("#visual img")).to_have_count(0)
    save(page)
    assert "words" in stored(content)


def test_an_image_that_is_refused_is_taken_out_and_told_in_words(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=PARAGRAPH)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    answer = '{"images": [], "problems": ["“cup.png” is damaged: it cannot be read to its end."]}'

    def refuse(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=answer)

    page.route("**/images/", refuse)
    give(page, "paste", file=png(40, 30))
    expect(page.get_by_text("“cup.png” is damaged")).to_be_visible()
    expect(page.locator("#visual img")).to_have_count(0)
    save(page)
    assert stored(content) == PARAGRAPH


def test_saving_waits_for_an_image_that_is_on_its_way(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=PARAGRAPH)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    held: list[Route] = []
    page.route("**/images/", lambda route: held.append(route))
    give(page, "drop", file=png(40, 30))
    expect(page.get_by_text("Uploading")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("still on its way")).to_be_visible()
    assert stored(content) == PARAGRAPH
    held[0].continue_()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    before, image = stored(content).split("<!-- wp:image -->")
    assert before.strip() == PARAGRAPH  # whose words it was dropped on
    assert re.fullmatch(
        r'\s*<figure class="wp-block-image"><img src="igny8-image:\w+"[^>]*></figure>\s*<!-- /wp:image -->\s*', image
    )


def test_smaller_files_come_in_by_themselves_and_stand_in_the_text(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=PARAGRAPH)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.get_by_role("tab", name="Images").click()
    beach = {"name": "beach.jpg", "mimeType": "image/jpeg", "buffer": encoded(photo(1600, 900), "JPEG", quality=95)}
    page.locator("#upload-images").set_input_files([beach])
    page.locator("#images").get_by_role("button", name="Upload").click()
    expect(page.locator(".image-facts")).to_contain_text("smaller files are being made")
    db.session.expire_all()
    (image,) = content.images
    renditions.make_renditions(image.account_id, image.sha256)
    expect(page.locator(".image-facts")).to_contain_text("→ WebP")
    picture = page.locator("#images .image-item img")
    expect(picture).to_have_attribute("srcset", re.compile(r"\?w=480 480w, .*\?w=1600 1600w"))
    expect(page.locator("#images-waiting")).not_to_have_attribute("hx-get", re.compile("."))
    page.locator("#images").get_by_role("button", name="Insert in the text").click()
    expect(page.locator("#visual img")).to_have_attribute("src", re.compile(r"/file/\?w=1280$"))
    assert (
        page.locator("#visual img").evaluate("async image => { await image.decode(); return image.naturalWidth; }")
        == 1280
    )
    save(page)
    assert f"igny8-image:{image.sha256}" in stored(content)
    assert "/file/" not in stored(content)
