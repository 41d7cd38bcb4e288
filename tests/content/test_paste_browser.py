"""What is pasted from Word, Google Docs and web pages comes in as plain blocks."""

from pathlib import Path

from playwright.sync_api import expect

from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.content.test_editor_browser import editor, save, stored
from tests.factories.things import make_content

TEXTS = Path(__file__).parent / "texts"
WORD, GOOGLE, PAGE = ((TEXTS / f"pasted-{name}.html").read_text("utf-8") for name in ("word", "google", "page"))
PASTE = """([html]) => {
  const place = document.querySelector('#visual'), data = new DataTransfer();
  data.setData('text/html', html);
  place.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def test_word_google_docs_and_pages_become_plain_blocks(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html="")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    for html, plain in (
        (GOOGLE, "<p><strong>Bold</strong><span> and </span><em>italic</em></p><ul><li>Item</li></ul>"),
        (
            '<p>A <a href="javascript:x()">bad</a> <a name="top">mark</a> <a href="https://ok.example/">link</a></p>',
            '<p>A bad mark <a href="https://ok.example/">link</a></p>',
        ),
        (
            '<p><img src="pic.png" width="3"> <img src="https://ok.example/a.png" width="3" alt="A"></p>',
            '<p><img><img src="https://ok.example/a.png" alt="A"></p>',
        ),
        (PAGE, "<h2>Head</h2><p>Some words</p><h3>Part</h3><p>Text</p>"),
    ):
        tidied = page.evaluate("html => IGNY8_PASTE.tidied(html).html.replace(/>\\s+</g, '><')", html)
        assert tidied == plain.replace("<span>", "").replace("</span>", "")
    page.locator("#visual").click()
    page.evaluate(PASTE, [WORD])
    expect(page.locator("#visual h2")).to_have_text("Espresso guide")
    expect(page.locator("#visual > ul > li")).to_have_count(2)
    expect(page.get_by_text("Scripts and frames did not come along")).to_be_visible()
    save(page)
    text = stored(content)
    for foreign in ("mso", "Mso", "class=", "style=", "<span", "<h1", "o:p", "script", "·", "&nbsp;</p>"):
        assert foreign not in text
    for kept in (
        "<strong>Bold red</strong> and <em>italic</em> and plain text.",
        "<li>Within</li>",
        "<li>Second</li>",
        "<td>Cell B</td>",
        '<a href="https://example.com/">Link</a>',
    ):
        assert kept in text.replace("\n", "")
