"""The editor in Chromium: what is not touched comes back byte for byte."""

import re

from flask import Flask
from playwright.sync_api import Page, expect

from app.content.models import Content
from app.core.extensions import db
from app.identity.models import User
from app.planner.models import Cluster
from app.sites.models import Site
from tests.content.conftest import Visits, open_tab
from tests.content.test_images import png
from tests.factories.things import make_content

FIRST = "<!-- wp:paragraph {\"dropCap\":true} -->\r\n<p class='x'>Water &amp; grind<br/></p>\r\n<!-- /wp:paragraph -->"
HEADING = '<!-- wp:heading -->\n<h2 class="wp-block-heading">Why</h2>\n<!-- /wp:heading -->'
COLUMNS = (
    '<!-- wp:columns -->\n<div class="wp-block-columns"><!-- wp:column -->\n<div class="wp-block-column">Left</div>\n'
    "<!-- /wp:column --></div>\n<!-- /wp:columns -->"
)
LATEST = '<!-- wp:latest-posts {"postsToShow":3} /-->'
LIST = (
    '<!-- wp:list -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li>One</li>\n<!-- /wp:list-item -->\n\n'
    "<!-- wp:list-item -->\n<li>Two</li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->"
)
DOCUMENT = f"{FIRST}\r\n\r\n\r\n{HEADING}\n{COLUMNS}{LATEST}\n\n{LIST}\n \n"
CLASSIC = (
    "First <em>line</em>\r\n\r\nSecond line<br>\n<h2>Head</h2>\n<P align=left>Third</P>\n[gallery ids=1]\n\n"
    "<!--more-->\nEnd"
)


def editor(page: Page) -> None:
    """Wait until the visual editor stands."""
    expect(page.get_by_role("button", name="Visual")).to_have_attribute("aria-pressed", "true")


def save(page: Page) -> None:
    """Press Save and wait for the word."""
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()


def stored(content: Content) -> str:
    """The text in the database."""
    db.session.expire_all()
    return content.content_html


def test_saving_without_touching_the_text_changes_no_byte(visit: Visits, owner: User, site: Site) -> None:
    texts = (DOCUMENT, CLASSIC, "", "<p>One</p>", "<p>broken<b>", LATEST)
    contents = [make_content(site, content_html=text) for text in texts]
    page = visit(owner, "/content/")
    for content, text in zip(contents, texts, strict=True):
        page.goto(f"{visit.address}/content/{content.id}/edit/")
        editor(page)
        page.get_by_label("Title", exact=True).fill("A new title")
        save(page)
        assert stored(content) == text
        assert (content.title, content.version) == ("A new title", 2)


def test_a_changed_block_leaves_the_others_as_they_were(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=DOCUMENT)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.locator("#visual h2").click()
    page.keyboard.press("End")
    page.keyboard.type(" not")
    save(page)
    assert stored(content) == DOCUMENT.replace(">Why<", ">Why not<")


def test_new_paragraphs_and_list_items_get_the_comments_of_wordpress(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=DOCUMENT)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.locator("#visual h2").click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("Because")
    page.locator("#visual li").last.click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("Three")
    save(page)
    text = stored(content)
    assert text.startswith(f"{FIRST}\r\n\r\n\r\n{HEADING}")
    assert "<!-- wp:paragraph -->\n<p>Because</p>\n<!-- /wp:paragraph -->" in text
    assert COLUMNS + LATEST in text
    assert "<!-- wp:list-item -->\n<li>Three</li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->\n \n" in text
    assert text.count("<!-- wp:list-item -->") == text.count("<!-- /wp:list-item -->") == 3


def test_source_and_visual_show_the_same_text(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=DOCUMENT)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.get_by_role("button", name="Source").click()
    field = page.get_by_label("Content", exact=True)
    expect(field).to_have_value(DOCUMENT.replace("\r\n", "\n"))
    field.fill(
        field.input_value().replace(">Two<", ">Zwei<") + "<!-- wp:paragraph -->\n<p>Last</p>\n<!-- /wp:paragraph -->"
    )
    page.get_by_role("button", name="Visual").click()
    expect(page.locator("#visual li").last).to_have_text("Zwei")
    page.locator("#visual p").last.click()
    page.keyboard.press("End")
    page.keyboard.type(" one")
    save(page)
    text = stored(content)
    assert (
        text == DOCUMENT.replace(">Two<", ">Zwei<") + "<!-- wp:paragraph -->\n<p>Last one</p>\n<!-- /wp:paragraph -->"
    )


def test_the_field_content_can_be_filled_as_a_whole(visit: Visits, owner: User, site: Site, cluster: Cluster) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.get_by_label("Content", exact=True).fill("Something new")
    open_tab(page, "Details")
    page.get_by_label("Cluster", exact=True).select_option(label=cluster.name)
    save(page)
    assert stored(content) == "<p>Something new</p>"
    assert content.cluster_id == cluster.id


def test_without_script_the_text_field_works(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=DOCUMENT)
    page = visit(owner, f"/content/{content.id}/edit/", java_script_enabled=False)
    page.get_by_label("SEO title").fill("Found")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert stored(content) == DOCUMENT
    assert content.seo_title == "Found"


def test_two_editors_never_overwrite_each_other(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    mine, theirs = (visit(owner, f"/content/{content.id}/edit/") for _ in range(2))
    for page, words in ((theirs, "Theirs"), (mine, "Mine")):
        editor(page)
        page.locator("#visual p").click()
        page.keyboard.press("End")
        page.keyboard.type(f" {words}")
    save(theirs)
    mine.get_by_role("button", name="Save", exact=True).click()
    expect(mine.get_by_text("saved this content while you were editing it")).to_be_visible()
    expect(mine.locator("#conflict del")).to_have_text("Theirs")
    expect(mine.locator("#conflict ins")).to_have_text("Mine")
    expect(mine.locator("#visual")).to_have_text("Old Mine")
    assert stored(content) == "<p>Old Theirs</p>"
    mine.get_by_role("radio", name="Both").check()
    mine.get_by_role("button", name="Save both together").click()
    expect(mine.get_by_text("Saved, together with what somebody else saved")).to_be_visible()
    expect(mine.locator("#visual p")).to_have_text(["Old Theirs", "Old Mine"])
    assert stored(content) == "<p>Old Theirs</p>\n\n<p>Old Mine</p>"


def test_leaving_with_unsaved_changes_asks(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#visual p").click()
    page.keyboard.type("x")
    page.goto(page.url.replace("/edit/", "/preview/"))
    assert asked == ["beforeunload"]


def test_images_are_uploaded_described_and_put_in_the_text(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html="<!-- wp:paragraph -->\n<p>Text</p>\n<!-- /wp:paragraph -->")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    open_tab(page, "Images")
    page.get_by_label("Add images").set_input_files({"name": "cup.png", "mimeType": "image/png", "buffer": png(40, 30)})
    page.get_by_label("Use the images as").select_option("gallery")
    page.get_by_role("button", name="Upload").click()
    page.locator("#images").get_by_label("Alt text").fill("A cup")
    page.locator("#visual p").click()
    page.get_by_role("button", name="Insert in the text").click()
    expect(page.locator("#images")).to_contain_text("In the text")
    save(page)
    text = stored(content)
    (image,) = content.images
    assert (image.alt, image.role) == ("A cup", "inline")
    assert re.search(
        rf'<!-- wp:image -->\n<figure class="wp-block-image"><img [^>]*src="igny8-image:{image.sha256}"', text
    )
    assert text.count("igny8-image:") == 1
    page.reload()
    editor(page)
    page.wait_for_function("document.querySelector('#visual img').naturalWidth === 40")


def test_the_table_selects_and_assigns(visit: Visits, owner: User, app: Flask, site: Site, cluster: Cluster) -> None:
    rows = [make_content(site, f"Piece {number}") for number in range(60)]
    page = visit(owner, "/content/?sort=title")
    page.get_by_label("Select Piece 0", exact=True).check()
    page.get_by_label("Select Piece 12", exact=True).click(modifiers=["Shift"])
    expect(page.get_by_text("5 items selected")).to_be_visible()
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Select all 60 that match").click()
    page.get_by_role("button", name="Assign cluster").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Cluster").select_option(label=cluster.name)
    dialog.get_by_role("button", name="Assign cluster").click()
    expect(page.get_by_text("60 items assigned to the cluster.")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(page.locator("tbody tr").first).to_contain_text(cluster.name)
    db.session.expire_all()
    assert {row.cluster_id for row in rows} == {cluster.id}
