"""Find and replace in the text, in Chromium."""

from playwright.sync_api import Page, expect

from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.content.test_editor_browser import COLUMNS, editor, save, stored
from tests.factories.things import make_content


def paragraph(html: str) -> str:
    """A paragraph as Gutenberg writes it."""
    return f"<!-- wp:paragraph -->\n<p>{html}</p>\n<!-- /wp:paragraph -->"


TEXT = "\n\n".join(
    [
        paragraph('A pot of <a href="https://pot.example/pot/" title="pot">tea, a Pot</a> of tea.'),
        COLUMNS.replace("Left", "A pot kept as it is"),
        paragraph("Teapot and p<strong>o</strong>t."),
        paragraph("pot"),
    ]
)


def found(page: Page, words: str) -> None:
    """What the bar says was found."""
    expect(page.locator("[data-find-count]")).to_have_text(words)


def test_all_are_replaced_in_the_text_alone_and_undone_in_one_step(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=TEXT)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.locator("#visual p").first.click()
    page.keyboard.press("Home")
    page.keyboard.press("Control+h")
    expect(page.get_by_label("Replace with")).to_be_focused()
    page.get_by_label("Find in the text").fill("pot")
    found(page, "1 of 5")
    page.get_by_role("button", name="Whole words").click()
    found(page, "1 of 4")
    page.get_by_role("button", name="Match case").click()
    found(page, "1 of 3")
    assert page.evaluate("[...CSS.highlights.get('found-now')][0].toString()") == "pot"
    page.get_by_role("button", name="Match case").click()
    page.get_by_label("Replace with").fill("pot & <kettle>")
    page.get_by_role("button", name="Replace all").click()
    found(page, "4 replaced")
    page.get_by_role("search").get_by_role("button", name="Undo").click()
    save(page)
    assert stored(content) == TEXT
    page.get_by_role("button", name="Replace all").click()
    expect(page.locator("#save-state")).not_to_have_text("Saved")
    page.keyboard.press("Control+s")
    expect(page.locator("#save-state")).to_have_text("Saved")
    new = "pot &amp; &lt;kettle&gt;"
    assert stored(content) == "\n\n".join(
        [
            paragraph(f'A {new} of <a href="https://pot.example/pot/" title="pot">tea, a {new}</a> of tea.'),
            COLUMNS.replace("Left", "A pot kept as it is"),
            paragraph(f"Teapot and {new}."),
            paragraph(new),
        ]
    )


def test_one_after_the_other_by_keyboard(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=TEXT)
    page = visit(owner, f"/content/{content.id}/edit/", viewport={"width": 375, "height": 700})
    editor(page)
    page.locator("#visual p").last.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.press("Control+f")
    expect(page.get_by_label("Find in the text")).to_have_value("pot")
    found(page, "5 of 5")
    page.keyboard.press("Enter")
    found(page, "1 of 5")
    page.keyboard.press("Shift+Enter")
    found(page, "5 of 5")
    page.get_by_label("Replace with").fill("pots")
    page.keyboard.press("Enter")
    found(page, "1 of 5")
    page.get_by_label("Replace with").fill("")
    page.keyboard.press("Enter")
    found(page, "1 of 4")
    page.keyboard.press("Escape")
    expect(page.get_by_role("search", name="Find and replace")).to_be_hidden()
    expect(page.locator("#visual")).to_be_focused()
    page.keyboard.type("Cup")
    save(page)
    text = stored(content)
    assert "<p>A of" in text
    assert "tea, a Cup</a>" in text
    assert "<p>pots</p>" in text


def test_words_are_typed_while_the_bar_stays(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=TEXT)
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.get_by_role("button", name="Find and replace").click()
    page.get_by_label("Find in the text").fill("cup")
    found(page, "Nothing found")
    page.locator("#visual p").last.click()
    page.keyboard.press("End")
    page.keyboard.type(" cup")
    found(page, "1 of 1")
