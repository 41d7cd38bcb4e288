"""The prompt editor in a browser: variables by the keyboard, and a preview of what was typed."""

from playwright.sync_api import Page, expect

from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.things import make_cluster, make_task


def test_a_variable_is_offered_typed_and_previewed(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    make_task(make_cluster(site), "Cold brew")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/thinker/prompts/draft/")
    question = page.get_by_label("User message")
    question.fill("")
    question.press_sequentially("Write {{ti")
    expect(page.get_by_role("listbox", name="Variables").get_by_role("option")).to_have_count(1)
    question.press("Enter")
    expect(question).to_have_value("Write {{title}}")
    question.press_sequentially(" {{")
    question.press("ArrowUp")
    question.press("Escape")
    expect(page.get_by_role("listbox", name="Variables")).to_have_count(0)
    question.press("Backspace")
    question.press("Backspace")
    page.get_by_label("Row to preview with").select_option(label="Cold brew")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#prompt-preview mark").last).to_have_text('"Cold brew"')
