"""A real Chromium that sees only loopback addresses and reports what goes wrong on a page."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from app.identity.models import User
from tests.factories.browser import hand_over_cookies
from tests.factories.live import LiveApp

# The page was left, or a later request replaced this one; of what fails Chromium tells by itself.
LEFT_MEANWHILE = ("htmx:afterRequest", "htmx:sendError", "htmx:sendAbort")

# A frame without scripts refuses the script that the tests put into every page (`SCRIPTS_FIRST`).
IN_SANDBOX = re.compile(r"Blocked script execution in '\S+/site-builder/\d+/preview/")


@pytest.fixture
def browser_context_args() -> dict[str, Any]:
    """A desktop window somewhere that is not UTC."""
    return {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "timezone_id": "Europe/Oslo"}


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab. The test fails when the page logs an error, breaks its content policy or calls another host."""
    tab, problems = context.new_page(), list[str]()

    def listen(message: ConsoleMessage) -> None:
        is_ours = message.text.startswith(LEFT_MEANWHILE) or IN_SANDBOX.match(message.text)
        if message.type == "error" and not is_ours:
            problems.append(f"{message.text} at {message.location.get('url', '')}")

    def check(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:", "about:")):
            problems.append(f"called {request.url}")

    tab.on("console", listen)
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("request", check)
    yield tab
    assert problems == []


def sign_in(page: Page, web: LiveApp, user: User) -> None:
    """Go on as this person; `test_walk.py` goes through the forms."""
    hand_over_cookies(page, user, web.url)
