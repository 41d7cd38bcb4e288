"""Messages leave by themselves and cover no field, on a desk and on a phone."""

import pytest
from playwright.sync_api import Page, expect

from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.things import make_content

LONG = "Publishing stopped: the site does not answer. Check that it is up, then try again in a minute or two."
COVERED = """() => {
    const box = document.querySelector('#toasts').getBoundingClientRect();
    return [...document.querySelectorAll('input:not([type=hidden]), select, textarea, [contenteditable=true]')]
        .filter(field => { const one = field.getBoundingClientRect();
            return one.width && one.left < box.right && box.left < one.right
                && one.top < box.bottom && box.top < one.bottom; })
        .map(field => field.name || field.id);
}"""

# A field in the corner where messages appear, which messages in the page push out of there.
CORNER_FIELD = """() => {
    const main = document.querySelector('main');
    const field = document.createElement('input');
    main.style.position = 'relative';
    field.style.cssText = `position: absolute; right: 0; width: 9rem; height: 20px;
        top: ${window.innerHeight - 45 - main.getBoundingClientRect().top}px`;
    main.replaceChildren(field);
}"""


@pytest.mark.parametrize("size", [(1440, 900), (375, 700)])
def test_messages_cover_no_field_and_leave(
    page: Page, web: LiveApp, owner: User, site: Site, size: tuple[int, int]
) -> None:
    content = make_content(site, content_html="<p>Text</p>" * 20)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(page, web, owner)
    page.clock.install()
    for path in (f"/content/{content.id}/edit/", "/content/", "/planner/keywords/", "/account/profile/"):
        page.goto(web.url + path)
        for words in (LONG, "Another thing went wrong."):
            page.evaluate("words => IGNY8.toast(words, 'error')", words)
        expect(page.get_by_role("alert").first).to_be_visible()
        assert page.evaluate(COVERED) == [], path
    page.goto(f"{web.url}/account/profile/")
    page.evaluate(CORNER_FIELD)
    for words in (LONG, "Another thing went wrong."):
        page.evaluate("words => IGNY8.toast(words, 'error')", words)
        assert page.evaluate(COVERED) == []
    page.clock.run_for(16_000)
    expect(page.get_by_role("alert")).to_have_count(0)
