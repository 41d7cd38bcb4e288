"""No page offers what would be refused: each form, button and link of each page, for every role and standing.

Generated from the URL map, like the walks of roles and strangers: what a page offers is read from its HTML and
looked up in the table of permissions.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from app.billing.guard import is_always_allowed
from app.core.permissions import Permission
from app.core.roles import allows
from tests.factories.people import SignIn, make_member
from tests.factories.stripe import suspend
from tests.factories.world import World, address, world
from tests.test_roles import guarded

__all__ = ["world"]
TABS = {"sites.settings": ("general", "sectors", "wordpress", "health", "publishing")}
HX = {"hx-get": "GET", "hx-post": "POST", "hx-put": "PUT", "hx-delete": "DELETE"}


class Offers(HTMLParser):
    """(method, address) of everything that can be pressed; what is disabled is no offer."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self._off = 0  # depth of disabled fieldsets
        self._form: str | None = None

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in pairs}
        if tag == "fieldset" and ("disabled" in given or self._off):
            self._off += 1
        if self._off or "disabled" in given or given.get("aria-disabled") == "true":
            return
        self.found |= {(method, given[name]) for name, method in HX.items() if name in given}
        if tag == "form" and given.get("method", "").lower() == "post":
            self.found.add(("POST", given.get("action", "")))
        if tag == "a" and given.get("href", "#")[:1] not in ("#", "?"):  # not what stays on the page
            self.found.add(("GET", given["href"]))
        if "formaction" in given:
            self.found.add(("POST", given["formaction"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "fieldset" and self._off:
            self._off -= 1


def offered(app: Flask, browser: FlaskClient, world: World) -> Iterator[tuple[str, str, str, str]]:
    """Each page, and what it offers: method, address and the permission that this asks for."""
    urls = app.url_map.bind("localhost")
    for rule, method, _permission in guarded(app):
        if method != "GET":
            continue
        here, page = address(app, rule, world), Offers()
        for query in [f"?tab={tab}" for tab in TABS.get(rule.endpoint, ())] or [""]:
            answer = browser.get(here + query)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                page.feed(answer.text)
        for act, target in sorted(page.found):
            path = urlsplit(urljoin(here, target)).path
            try:
                endpoint = urls.match(path, method=act)[0]
            except HTTPException:
                continue  # files, mails, other hosts, anchors
            permission = getattr(app.view_functions[endpoint], "permission", None)
            if permission is not None:
                yield str(rule), act, path, permission


@pytest.mark.parametrize("role", ["owner", "admin", "editor", "viewer"])
def test_nobody_is_offered_what_the_role_does_not_allow(app: Flask, world: World, sign_in: SignIn, role: str) -> None:
    browser = sign_in(make_member(world.account, role))
    wrong = [offer for offer in offered(app, browser, world) if not allows(role, offer[3])]
    assert wrong == []


@pytest.mark.parametrize("role", ["owner", "admin", "editor", "viewer"])
def test_a_read_only_account_is_offered_what_it_still_may_do(
    app: Flask, world: World, sign_in: SignIn, role: str
) -> None:
    browser = sign_in(make_member(world.account, role))
    suspend(world.account)
    offers = list(offered(app, browser, world))
    assert [offer for offer in offers if not is_always_allowed(offer[3]) or not allows(role, offer[3])] == []
    assert {Permission.CONTENT_READ, Permission.PROFILE_MANAGE} <= {offer[3] for offer in offers}
