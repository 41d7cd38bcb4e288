"""The caret stays clear of the bars, whatever key moves it, in Chromium."""

import pytest
from playwright.sync_api import ViewportSize

from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.content.test_editor_browser import editor
from tests.factories.things import make_content

IS_CLEAR = """() => {
  const caret = getSelection().getRangeAt(0).getBoundingClientRect();
  const side = document.querySelector('.editor-side');
  const tabs = side.querySelector('.side-tabs').getBoundingClientRect();
  const foot = getComputedStyle(side).position === 'fixed' ? tabs.top : innerHeight;
  return caret.top >= document.querySelector('#editor-bar').getBoundingClientRect().bottom && caret.bottom <= foot;
}"""
MOVES = (
    ["Control+End"],
    ["ArrowUp"] * 25,
    ["Control+Home"],
    ["ArrowDown"] * 40,
    ["PageUp"],
    ["PageDown"],
    ["Enter"] * 5,
)


@pytest.mark.parametrize("size", [{"width": 1280, "height": 700}, {"width": 375, "height": 640}])
def test_no_bar_covers_the_caret(visit: Visits, owner: User, site: Site, size: ViewportSize) -> None:
    content = make_content(site, content_html="\n\n".join(f"<p>line {number}</p>" for number in range(60)))
    page = visit(owner, f"/content/{content.id}/edit/", viewport=size)
    editor(page)
    page.locator("#visual p").first.click()
    for keys in MOVES:
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_function(IS_CLEAR)
