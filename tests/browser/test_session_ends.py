"""A session that ends while somebody fills in a plain form: what was typed is not lost, with script and without."""

import time

import pyotp
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.core.clock import utcnow
from app.core.crypto import encrypt
from app.core.extensions import db
from app.identity.models import User
from app.planner.models import Keyword
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.browser import end_session
from tests.factories.live import LiveApp
from tests.factories.people import PASSWORD

TYPED = "typed at length"


def fill_in(page: Page, web: LiveApp, user: User) -> None:
    """Type keywords, slowly, while the session ends."""
    page.clock.install()
    sign_in(page, web, user)
    page.goto(f"{web.url}/planner/keywords/import/")
    page.get_by_label("Keywords", exact=True).fill(TYPED)
    page.clock.fast_forward(120_000)
    end_session(page, user)


def stored() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Keyword.keyword)))


def test_a_plain_form_is_sent_after_signing_in_over_the_page_with_a_second_factor(
    web: LiveApp, browser: Browser, owner: User, site: Site
) -> None:
    page = browser.new_context().new_page()
    fill_in(page, web, owner)
    secret = pyotp.random_base32()
    owner.totp_secret, owner.totp_enabled_at = encrypt(secret), utcnow()
    db.session.commit()
    page.get_by_role("button", name="Import keywords").click()
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    expect(page.get_by_label("Keywords", exact=True)).to_have_value(TYPED)
    frame = page.frame_locator("#sign-in-again iframe")
    frame.get_by_label("Email").fill(owner.email)
    frame.get_by_label("Password").fill(PASSWORD)
    frame.get_by_role("button", name="Sign in").click()
    frame.get_by_label("Code").fill("000000")
    frame.get_by_role("button", name="Sign in").click()
    expect(frame.get_by_label("Code")).to_have_value("")
    frame.get_by_label("Code").fill(pyotp.TOTP(secret).at(int(time.time())))
    frame.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Added 1 keyword").first).to_be_visible()
    assert stored() == [TYPED]


def test_who_does_not_sign_in_keeps_the_page_and_can_send_later(
    web: LiveApp, browser: Browser, owner: User, site: Site
) -> None:
    page = browser.new_context().new_page()
    fill_in(page, web, owner)
    send = page.get_by_role("button", name="Import keywords")
    send.click()
    page.get_by_role("button", name="Not now").click()
    expect(send).not_to_have_attribute("aria-busy", "true")
    expect(page.get_by_label("Keywords", exact=True)).to_have_value(TYPED)
    assert stored() == []
    send.click()
    frame = page.frame_locator("#sign-in-again iframe")
    frame.get_by_label("Email").fill(owner.email)
    frame.get_by_label("Password").fill(PASSWORD)
    frame.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Added 1 keyword").first).to_be_visible()
    assert stored() == [TYPED]


def test_the_button_is_within_reach_after_a_wrong_password_in_every_window(
    web: LiveApp, browser: Browser, owner: User, site: Site
) -> None:
    page = browser.new_context().new_page()
    fill_in(page, web, owner)
    page.clock.resume()
    page.get_by_role("button", name="Import keywords").click()
    frame = page.frame_locator("#sign-in-again iframe")
    frame.get_by_label("Email").fill(owner.email)
    frame.get_by_label("Password").fill("wrong")
    frame.get_by_role("button", name="Sign in").click()
    expect(frame.get_by_role("alert").first).to_be_visible()
    for width, height in ((1440, 900), (1024, 480), (375, 667)):
        page.set_viewport_size({"width": width, "height": height})
        shown = """() => { const frame = document.querySelector('#sign-in-again iframe');
            const page = frame.contentDocument;
            const { bottom } = page.querySelector('main form button[type=submit]').getBoundingClientRect();
            return page.defaultView.scrollY === 0 && bottom <= frame.clientHeight; }"""
        page.wait_for_function(shown)
        buttons = [frame.get_by_role("button", name="Sign in"), page.get_by_role("button", name="Not now")]
        for button in buttons:
            button.scroll_into_view_if_needed()
            expect(button).to_be_in_viewport(ratio=1)


def test_without_script_the_words_come_back_in_a_form(web: LiveApp, browser: Browser, owner: User, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, web, owner)
    page.goto(f"{web.url}/planner/keywords/import/")
    typed = "\n" + "\n".join(f"moka pot {number}" for number in range(20)) + "\n"
    page.get_by_label("Keywords", exact=True).fill(typed)
    end_session(page, owner)
    page.get_by_role("button", name="Import keywords").click()
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    assert page.locator("textarea").input_value() == typed
    with context.expect_page() as opened:
        page.get_by_role("link", name="Sign in").click()
    opened.value.get_by_label("Email").fill(owner.email)
    opened.value.get_by_label("Password").fill(PASSWORD)
    opened.value.get_by_label("Password").press("Enter")  # a new window may not be drawn yet: no click finds its button
    expect(opened.value.get_by_role("heading", name="You are signed in")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("heading", name="Send it once more")).to_be_visible()  # the new session has another token
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Added 20 keywords").first).to_be_visible()
    assert len(stored()) == 20
