"""Editing in Chromium: what the person did not touch stays byte for byte, inside the edited block too."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.content.models import Content
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.content.test_editor_browser import editor, save, stored
from tests.content.test_images import png
from tests.factories.things import make_content

TEXTS = Path(__file__).parent / "texts"
DOCUMENT = (TEXTS / "blocks.html").read_text("utf-8")  # blocks with styles, nested lists, and those of other plugins
CLASSIC = (TEXTS / "classic.html").read_text("utf-8")


def block(name: str) -> str:
    """The first block of this name in the document."""
    return DOCUMENT[DOCUMENT.index(f"<!-- wp:{name} ") :].split(f"<!-- /wp:{name} -->")[0] + f"<!-- /wp:{name} -->"


HEADING, PARAGRAPH = block("heading"), block("paragraph")
LIST = DOCUMENT[DOCUMENT.index("<!-- wp:list -->") : DOCUMENT.index("\n\n<!-- wp:quote")]


def type_at_each_word(page: Page) -> int:
    """Put the caret behind each WORD in turn and write; the number of places."""
    page.evaluate("""() => {
        const walker = document.createTreeWalker(document.getElementById('visual'), NodeFilter.SHOW_TEXT);
        window.places = [];
        while (walker.nextNode()) if (walker.currentNode.data.includes('WORD')) window.places.push(walker.currentNode);
    }""")
    count: int = page.evaluate("window.places.length")
    page.locator("#visual").focus()
    for index in range(count):
        page.evaluate(
            """index => { const node = window.places[index];
            getSelection().collapse(node, node.data.indexOf('WORD') + 4); }""",
            index,
        )
        page.keyboard.type("ier")
    return count


@pytest.mark.parametrize("text", [DOCUMENT, DOCUMENT.replace("\n", "\r\n"), CLASSIC], ids=["blocks", "crlf", "classic"])
def test_a_word_written_in_each_block_changes_that_word_only(visit: Visits, owner: User, site: Site, text: str) -> None:
    content = make_content(site, content_html=text)
    page = visit(owner, "/content/")
    page.route("https://x.example/**", lambda route: route.fulfill(body=png(2, 2), content_type="image/png"))
    page.goto(f"{visit.address}/content/{content.id}/edit/")
    editor(page)
    assert type_at_each_word(page) == text.count("WORD")
    save(page)
    # (line ends of the blocks that were edited are those of the text field)
    assert stored(content).replace("\r\n", "\n") == text.replace("WORD", "WORDier").replace("\r\n", "\n")


def after(visit: Visits, owner: User, content: Content, selector: str, *keys: str) -> str:
    """The text after the caret was put at the end of an element and these keys were pressed."""
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.locator(selector).first.click()
    for key in keys:
        page.keyboard.press(key) if len(key) > 1 else page.keyboard.type(key)
    save(page)
    db.session.expire_all()
    return stored(content)


def test_a_formatted_word_leaves_the_attributes_around_it(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=HEADING)
    text = after(visit, owner, content, "#visual h2", "End", "Shift+Control+ArrowLeft", "Control+b")
    assert text == HEADING.replace("more</h2>", "<strong>more</strong></h2>")


def test_a_new_list_item_and_a_split_paragraph_are_blocks_of_wordpress(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=LIST)
    text = after(visit, owner, content, "#visual ul > li:last-child", "End", "Enter", "X", "Tab")
    nested = (
        '<!-- wp:list -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li>X</li>\n<!-- /wp:list-item --></ul>\n'
        "<!-- /wp:list --></li><!-- /wp:list-item --></ul>\n<!-- /wp:list -->"
    )
    assert text == LIST.replace("</li><!-- /wp:list-item --></ul>\n<!-- /wp:list -->", nested)
    content = make_content(site, content_html=PARAGRAPH)
    text = after(visit, owner, content, "#visual p", "Control+End", "Enter", "Y")
    opening = PARAGRAPH[: PARAGRAPH.index(">A WORD") + 1]
    assert text == f"{PARAGRAPH}\n\n{opening}Y</p>\n<!-- /wp:paragraph -->"


def test_another_level_keeps_the_style_of_a_heading(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=HEADING)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.locator("#visual h2").click()
    page.evaluate("hugerte.activeEditor.execCommand('FormatBlock', false, 'h3')")
    expect(page.locator("#visual h3")).to_be_visible()
    save(page)
    opening = HEADING.replace('wp:heading {"', 'wp:heading {"level":3,"')
    assert stored(content) == opening.replace("<h2", "<h3").replace("</h2", "</h3")
