"""A real browser against the real application."""

from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from app.identity.models import User
from tests.factories.people import PASSWORD

# Signing in, saving and asking again are several requests one after the other: on a machine that is busy with other
# tests they take longer than the 5 s that Playwright waits for what a page is to show.
expect.set_options(timeout=20_000)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator["Visits"]:
    """Opens windows signed in as a person; fails the test on any script error or refused resource."""
    visits = Visits(browser, address)
    yield visits
    visits.close()
    assert visits.errors == []


class Visits:
    """Windows of one test."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []

    def __call__(self, user: User, path: str, **options: object) -> Page:
        context = self.browser.new_context(**options)  # type: ignore[arg-type]
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self._listen(line.type, line.text))
        page.goto(f"{self.address}/login")
        page.get_by_label("Email").fill(user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/dashboard/")
        page.goto(self.address + path)
        return page

    def _listen(self, kind: str, text: str) -> None:
        if kind == "error" and not any(asked in text for asked in ("409", "401", "400")):  # answers that tests ask for
            self.errors.append(text)

    def close(self) -> None:
        """Close every window."""
        for context in self.contexts:
            context.close()
