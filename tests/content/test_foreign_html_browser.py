"""HTML of a post in Chromium: whatever it holds, nothing in it acts in the app, and saving keeps every byte of it."""

import re

from playwright.sync_api import Page, Request

from app.accounts.models import Account
from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits, open_tab
from tests.content.test_editor_browser import editor, save, stored
from tests.content.test_images import png
from tests.factories.people import make_member
from tests.factories.things import make_content

TRAPS = (
    '<p data-insert-image="x" data-image-role="gallery" data-image-src="/account/team/7/remove/?f=" data-trap>Buy</p>',
    '<p data-trap><span hx-post="/account/team/7/remove/" hx-trigger="load, click">One</span></p>',
    '<p data-trap><a data-hx-post="/sites/1/rotate/" data-hx-trigger="mouseenter" href="/auth/logout">Two</a></p>',
    '<h2 class="wp-block-heading position-fixed top-0" data-editor-mode="source" data-discard data-open="confirm" '
    'data-move="/x/" data-copy="#content" data-set-scheme="dark" data-nav-slim id="editor-form" name="content">3</h2>',
    '<p style="position:fixed;inset:0;z-index:9999;background:url(/logout) red" onclick="fetch(\'/x/\')">Four</p>',
    '<details class="menu" open data-float><summary>Five</summary><p class="menu-panel">x</p></details>',
    '<p data-autosubmit data-drop data-one-line data-reload="#main" data-confirm="x">Six</p>',
    '<p><img src="/auth/logout" alt="x"><img src="x" onerror="fetch(\'/x/\')" srcset="/dashboard/ 2x" alt=""></p>',
    '<div><time data-local="date" datetime="2020-01-01">Seven</time><b data-counter-for="title">b</b></div>',
)
NOT_SHOWN = (
    '<form action="/account/team/7/remove/" method="post"><button form="editor-form" formaction="/">S</button></form>',
    '<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=/x/"><p>Eight</p>',
    '<div><input name="version" form="editor-form" value="9"><math><mtext><img src=x></mtext></math></div>',
    '<dialog open data-dialog data-opens>Nine</dialog><my-element hx-get="/x/">Ten</my-element>',
)
TEXT = "\n\n".join((*TRAPS, *NOT_SHOWN))
# what every editor asks and tells
BY_ITSELF = re.compile(
    r"/(presence|working-copy|history/panel|publishing|pictures|checklist|suggestions/like-content/\d+"
    r"|content/\d+/links|linker/panel/\d+|optimizer/\d+/(panel|optimize))/$"
)


def watched(page: Page, address: str, path: str) -> list[str]:
    """Open the page; what it asks of the app from now on besides itself and files. Pictures of the site are there."""
    asked: list[str] = []

    def note(request: Request) -> None:
        here = request.url.removeprefix(address)
        if (
            here != request.url
            and not BY_ITSELF.search(here)
            and (request.method != "GET" or not here.startswith(("/static/", path)))
        ):
            asked.append(f"{request.method} {here}")

    page.route("https://*.example.com/**", lambda route: route.fulfill(body=png(2, 2), content_type="image/png"))
    page.on("request", note)
    page.goto(address + path)
    return asked


def touch_everything(page: Page, selector: str) -> None:
    """As a curious person would, with the pointer and the keyboard; links are not followed."""
    page.evaluate(
        """selector => {
            const box = document.querySelector(selector);
            box.addEventListener('click', event => event.target.closest('a') && event.preventDefault());
            const kinds = ['mouseenter', 'mouseover', 'click', 'change', 'input', 'toggle', 'submit', 'dragstart'];
            for (const node of box.querySelectorAll('*')) {
                for (const kind of kinds) node.dispatchEvent(new Event(kind, {bubbles: true, cancelable: true}));
                node.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
            }
        }""",
        selector,
    )


def attributes(page: Page, selector: str) -> set[str]:
    """The names of all attributes inside, with classes and properties of style."""
    found: list[str] = page.evaluate(
        """selector => [...document.querySelectorAll(selector + ' *')].flatMap(node => [
            ...node.getAttributeNames(), ...[...node.classList].map(name => '.' + name),
            ...[...(node.style || [])].map(name => ':' + name)])""",
        selector,
    )
    return set(found)


def test_nothing_in_a_post_acts_in_the_editor(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html=TEXT)
    page = visit(owner, "/content/")
    asked = watched(page, visit.address, f"/content/{content.id}/edit/")
    editor(page)
    page.wait_for_function("document.querySelector('#visual').textContent.includes('Seven')")
    names = attributes(page, "#visual")
    assert not {name for name in names if name.startswith(("hx-", "data-hx", "on", "form", ".position", ":position"))}
    assert {name for name in names if name.startswith("data-")} <= {
        "data-igny8",
        "data-igny8-at",
        "data-mce-src",
        "data-mce-href",
        "data-mce-style",
    }
    assert not names & {"id", "name", "action", "srcset", "target", ".menu", ".top-0", ":background-image", ":z-index"}
    assert page.locator("#visual").locator("form, input, button, dialog, my-element, base, meta, math").count() == 0
    touch_everything(page, "#visual")
    page.wait_for_timeout(300)  # (nothing is to happen: there is no sign to wait for)
    assert asked == []
    open_tab(page, "SEO")
    page.get_by_label("SEO title").fill("Safe")
    save(page)
    assert stored(content) == TEXT


def test_nothing_in_a_post_acts_in_the_preview_or_for_a_viewer(
    visit: Visits, owner: User, account: Account, site: Site
) -> None:
    content = make_content(site, content_html=TEXT)
    viewer = make_member(account, "viewer")
    for person, path in ((owner, "preview"), (viewer, "edit")):
        page = visit(person, "/content/")
        asked = watched(page, visit.address, f"/content/{content.id}/{path}/")
        assert {name for name in attributes(page, ".post-text") if not name.startswith(".")} <= {
            "alt",
            "class",
            "datetime",
            "href",
            "open",
            "rel",
            "src",
            "title",
        }
        assert page.locator(".post-text a").get_attribute("href") == f"{site.url}/auth/logout"
        touch_everything(page, ".post-text")
        assert asked == []


def test_what_is_pasted_is_harmless_too(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html="<p>Here</p>")
    page = visit(owner, "/content/")
    asked = watched(page, visit.address, f"/content/{content.id}/edit/")
    editor(page)
    page.locator("#visual p").click()
    page.evaluate(
        """html => { const data = new DataTransfer(); data.setData('text/html', html);
        document.querySelector('#visual').dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true,
        cancelable: true})); }""",
        "<p>Pasted</p>" + TEXT,
    )
    page.wait_for_function("document.querySelector('#visual').textContent.includes('Pasted')")
    names = attributes(page, "#visual")
    assert not {name for name in names if name.startswith(("hx-", "data-hx", "on", "data-insert", "form", ":position"))}
    assert not names & {"id", "name", "data-trap", "srcset"}
    touch_everything(page, "#visual")
    assert asked == []
