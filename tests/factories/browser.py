"""Debian's Chromium for every browser test: one a test process, through pytest-playwright."""

from pathlib import Path
from typing import Any

import pytest
from flask import current_app
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete

from app.core.extensions import db
from app.identity.models import User, UserSession
from tests.factories.people import PASSWORD

# What a page is to show may be several requests away, and the machine busy with other tests.
PATIENCE = 60_000  # milliseconds
expect.set_options(timeout=PATIENCE)
# The same engine without windows needs a third less of the processor.
SHELL, CHROMIUM = Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-gpu",
]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How the session's browser is started; a machine without Chromium fails."""
    program = SHELL if SHELL.exists() else CHROMIUM
    assert program.exists(), f"install the packages of debian-packages.txt: {SHELL} and {CHROMIUM} are missing"
    return {"executable_path": str(program), "args": ARGUMENTS}


# A link that is clicked before the scripts have run is followed as without script: until then nothing can be clicked.
SCRIPTS_FIRST = """
{
const takeClicks = (pointer) => { document.documentElement.style.pointerEvents = pointer; };
addEventListener('DOMContentLoaded', () => takeClicks(''));
new MutationObserver((_, observer) => {
  if (document.readyState === 'loading' && document.documentElement) takeClicks('none');
  observer.disconnect();
}).observe(document, { childList: true });
}
"""


@pytest.fixture(scope="session")
def browser(browser: Browser) -> Browser:
    """The browser of this test process; its pages take clicks when their scripts have run."""
    new_context = browser.new_context

    def patient_context(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.add_init_script(SCRIPTS_FIRST)
        context.set_default_timeout(PATIENCE)
        return context

    browser.new_context = patient_context  # type: ignore[method-assign]
    return browser


def hand_over_cookies(page: Page, user: User, address: str) -> None:
    """Let the browser be signed in as the person at the application under `address`.

    The cookies are those of the form, sent by a client that is quicker. Ends the test's transaction, which would
    otherwise last for as long as the browser is driven.
    """
    client = current_app.test_client()
    form = {"email": user.email, "password": PASSWORD}
    answer = client.post("/login", data=form, headers={"User-Agent": page.evaluate("navigator.userAgent")})
    assert answer.status_code == 303, answer.text
    names = (current_app.config[name] for name in ("SESSION_COOKIE_NAME", "DEVICE_COOKIE_NAME"))
    for cookie in filter(None, map(client.get_cookie, names)):
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address, "httpOnly": True}])
    db.session.rollback()


def end_session(page: Page, user: User) -> None:
    """End the person's sessions when the page has loaded what it loads by itself, as the panels of the editor."""
    page.wait_for_load_state("networkidle")
    expect(page.locator(".editor-panel > a.secondary:only-child").filter(visible=True)).to_have_count(0)
    expect(page.locator(".htmx-request")).to_have_count(0)
    db.session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    db.session.commit()
