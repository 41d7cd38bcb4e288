"""Choosing who is asked: rows are added, moved and taken out, and each lists the models of its provider."""

from playwright.sync_api import Page, expect

from app.accounts.models import Account
from app.ai.providers.models import AiRoute
from app.core.extensions import db
from app.identity.models import User
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.providers import make_provider


def test_models_are_put_in_order(page: Page, web: LiveApp, owner: User, account: Account) -> None:
    a = make_provider(account, "A", model="one", models=["one", "other"])
    b = make_provider(account, "B", model="two")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/account/ai/")
    page.get_by_role("link", name="Change the models of: Outline").click()
    page.get_by_label("Provider 1").select_option("A")
    first = page.get_by_label("Model 1")
    expect(first).to_have_value("one")
    expect(first).to_have_attribute("list", f"models-{a.id}")
    expect(page.locator(".ai-row:visible")).to_have_count(1)
    first.fill("other")
    page.get_by_role("button", name="Add another").click()
    page.get_by_label("Provider 2").select_option("B")
    page.get_by_role("button", name="Add another").click()
    page.get_by_role("button", name="Take out").nth(2).click()
    page.get_by_role("button", name="Move up").nth(0).click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".ai-operation", has_text="Outline").locator("ol")).to_contain_text("two")
    [route] = db.session.query(AiRoute).all()
    assert route.targets == [{"provider_id": b.id, "model": "two"}, {"provider_id": a.id, "model": "other"}]
