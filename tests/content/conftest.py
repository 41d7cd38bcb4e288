"""A real browser against the real application."""

from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from app.identity.models import User
from tests.factories.browser import hand_over_cookies


class _QuietHandler(WSGIRequestHandler):
    """Each window asks for some forty files anew: they are not worth a line."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if not self.path.startswith("/static/"):
            super().log_request(code, size)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a port of its own. Its files are sent as a proxy in front of it would send them."""
    files = SharedDataMiddleware(app, {"/static": str(app.static_folder)}, cache_timeout=3600)
    server = make_server("127.0.0.1", 0, files, threaded=True, request_handler=_QuietHandler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
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


def open_tab(page: Page, name: str) -> None:
    """Choose one of the tabs beside the text."""
    page.get_by_role("tab", name=name, exact=True).click()


class Visits:
    """Windows of one test."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []
        self.is_closing = False

    def __call__(self, user: User, path: str, **options: object) -> Page:
        context = self.browser.new_context(**options)  # type: ignore[arg-type]
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self._listen(line.type, line.text))
        hand_over_cookies(page, user, self.address)
        page.goto(self.address + path)
        return page

    def _listen(self, kind: str, text: str) -> None:
        if text.startswith(("htmx:sendAbort", "htmx:afterRequest")):
            return  # a search that a later letter replaced
        if (
            kind == "error" and not self.is_closing and not any(asked in text for asked in ("409", "401", "400", "422"))
        ):  # answers that tests ask for
            self.errors.append(text)

    def close(self) -> None:
        """Close every window; requests on their way then are cut off, which HTMX tells the console."""
        self.is_closing = True
        for context in self.contexts:
            context.close()
