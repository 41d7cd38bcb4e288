"""The pages of billing in a browser: no serious finding of axe, not wider than the window, a chart that is drawn."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.accounts.models import Account
from app.billing import credits
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.billing.test_usage import used
from tests.browser.conftest import sign_in
from tests.browser.test_accessibility import LONG
from tests.factories.axe import findings
from tests.factories.live import LiveApp
from tests.factories.stripe import give_credits, suspend


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """axe is a script of the test, not of the page."""
    return {**browser_context_args, "bypass_csp": True, "reduced_motion": "reduce"}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 375)])
def test_pages_of_billing(
    page: Page, web: LiveApp, app: Flask, owner: User, account: Account, site: Site, scheme: Any, width: int
) -> None:
    give_credits(account, plan=180, pack=20)
    credits.reserve(account.id, "content", 2, "work")
    for number in range(60):
        operation = ("content", "ideas", "clustering")[number % 3]
        used(
            account,
            number,
            operation=operation,
            actor_id=owner.id,
            site_id=site.id,
            object_title=LONG,
            created_at=utcnow() - timedelta(hours=11 * number),
        )
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, web, owner)
    problems = {}
    for path in ("/account/billing/", "/account/billing/usage/", "/account/billing/usage/?operation=image"):
        page.goto(web.url + path)
        problems[path] = findings(page)
    page.goto(f"{web.url}/account/billing/usage/")
    expect(page.locator(".chart canvas")).to_be_visible()
    page.get_by_text("As a table").click()
    expect(page.locator("#usage-days tbody tr").first).to_be_visible()
    page.get_by_label("Operation", exact=True).select_option("ideas")
    expect(page.get_by_text("20 operations")).to_be_visible()
    expect(page.locator(".chart canvas")).to_be_visible()
    suspend(account)
    db.session.rollback()
    page.goto(f"{web.url}/account/billing/")
    expect(page.locator(".account-banner")).to_be_visible()
    problems["read-only"] = findings(page)
    assert {path: found for path, found in problems.items() if found} == {}
