"""Putting things into the text, in Chromium."""

from playwright.sync_api import Page, expect

from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.content.test_editor_browser import editor, save, stored
from tests.content.test_paste_browser import PASTE
from tests.factories.things import make_content

FIRST = "<!-- wp:paragraph -->\n<p>First</p>\n<!-- /wp:paragraph -->"
TWEET = "https://x.com/someone/status/12345"
OLD = f'<!-- wp:embed {{"url":"{TWEET}"}} -->\n<figure class="wp-block-embed"></figure>\n<!-- /wp:embed -->\n'
CODE = '<iframe src="https://www.youtube.com/embed/abcdef-1234?rel=0" allowfullscreen></iframe>'


def block(url: str, provider: str) -> str:
    """How WordPress stores a video."""
    wide = "wp-embed-aspect-16-9 wp-has-aspect-ratio"
    escaped = url.replace("&", r"\u0026")
    values = f'"type":"video","providerNameSlug":"{provider}","responsive":true,"className":"{wide}"'
    return (
        f'<!-- wp:embed {{"url":"{escaped}",{values}}} -->\n'
        f'<figure class="wp-block-embed is-type-video is-provider-{provider} wp-block-embed-{provider} {wide}">'
        f'<div class="wp-block-embed__wrapper">\n{url.replace("&", "&amp;")}\n</div></figure>\n<!-- /wp:embed -->'
    )


def slash(page: Page, words: str) -> None:
    """Choose from the list after a slash."""
    page.keyboard.type(f"/{words}")
    expect(page.locator(".tox-autocompleter [role=option][aria-selected=true]")).to_be_visible()
    page.keyboard.press("Enter")


def test_enter_takes_what_the_words_say_before_the_list_has_followed(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html="")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.locator("#visual p").click()
    page.keyboard.type("/")
    expect(page.locator(".tox-autocompleter [role=option]").first).to_be_visible()
    page.evaluate("""() => { const text = document.querySelector('#visual p').firstChild;
        text.textContent = '/faq'; getSelection().collapse(text, 4); }""")
    page.keyboard.press("Enter")
    expect(page.locator("#visual h2")).to_have_text("Frequently asked questions")
    expect(page.locator("#visual")).not_to_contain_text("faq")


def test_players_links_and_blocks_come_by_keyboard(visit: Visits, owner: User, site: Site) -> None:
    target = {"status": "published", "external_id": 9, "external_url": "https://shop.test/sizes/"}
    make_content(site, "Moka pot sizes", **target)
    content = make_content(site, content_html=f"{FIRST}\n\n{OLD}")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    expect(page.locator(".embed-block")).to_contain_text(TWEET)
    page.locator("#visual p").click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    slash(page, "video")
    page.get_by_label("Address or embed code").fill("https://shop.test/")
    page.keyboard.press("Enter")
    expect(page.get_by_text("WordPress makes no player of this")).to_be_visible()
    page.get_by_label("Address or embed code").fill(CODE)
    page.keyboard.press("Enter")
    expect(page.locator(".embed-block")).to_have_count(2)
    page.keyboard.type("https://youtu.be/x1?t=1&a=2")
    page.keyboard.press("Enter")
    expect(page.locator(".embed-block")).to_have_count(3)
    page.keyboard.type("See ")
    page.keyboard.press("Control+k")
    page.get_by_label("Address, or words of a title").fill("moka sizes")
    expect(page.locator("[data-link-to]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#visual a")).to_have_text("Moka pot sizes")
    page.keyboard.press("Enter")
    slash(page, "faq")
    page.keyboard.type("Which size?")
    expect(page.locator("#visual h3")).to_have_text("Which size?")
    save(page)
    text = stored(content)
    assert text.startswith(f"{FIRST}\n\n{block('https://www.youtube.com/watch?v=abcdef-1234', 'youtube')}\n\n")
    assert block("https://youtu.be/x1?t=1&a=2", "youtube") in text
    assert '<p>See <a href="https://shop.test/sizes/">Moka pot sizes</a></p>' in text
    assert '<h3 class="wp-block-heading">Which size?</h3>' in text
    assert text.endswith(OLD)


def test_a_pasted_address_or_code_becomes_a_player(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html="")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.locator("#visual p").click()
    page.evaluate(PASTE, ["https://vimeo.com/123456"])
    expect(page.locator(".embed-block")).to_have_text("Vimeohttps://vimeo.com/123456")
    page.keyboard.type("Words")
    page.evaluate(PASTE, [CODE])
    expect(page.locator(".embed-block")).to_have_count(2)
    page.evaluate(PASTE, [f"<blockquote><p>Said by somebody</p></blockquote>{CODE}"])  # no code by itself
    expect(page.locator("#visual")).to_contain_text("Said by somebody")
    page.keyboard.press("Control+z")
    expect(page.locator("#visual")).not_to_contain_text("Said by somebody")
    page.evaluate(PASTE, ['<iframe src="https://bad.test/x"></iframe>'])
    expect(page.get_by_text("Scripts and frames did not come along")).to_be_visible()
    save(page)
    lines = [line for line in stored(content).split("\n") if line]
    assert lines == ["https://vimeo.com/123456", "<p>Words</p>", "https://www.youtube.com/watch?v=abcdef-1234"]
