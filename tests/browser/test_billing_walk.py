"""An owner's way with money: sign up, pay, invite, use credits, fail to pay, be read-only, and come back."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import Account
from app.billing import upkeep
from app.core.extensions import db
from tests.browser.test_walk import see, sign_up
from tests.conftest import Engines
from tests.factories.live import LiveApp
from tests.factories.stripe import credits_left, entitlements, let_the_grace_pass
from tests.factories.things import make_cluster, make_site, make_task
from tests.fakes.openai_server import KEY as AI_KEY
from tests.fakes.openai_server import MODEL, FakeOpenAI
from tests.fakes.stripe_server import KEY, SECRET, FakeStripe


@pytest.fixture
def shop(engines: Engines, app: Flask, stripe: FakeStripe, openai: FakeOpenAI) -> Iterator[LiveApp]:
    """The app as processes, with payments and a model set up; Stripe's events reach it by HTTP."""
    live = LiveApp(engines)
    live.env |= {
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "STRIPE_API_BASE": stripe.url,
        "OPENAI_API_KEY": AI_KEY,
        "OPENAI_BASE_URL": openai.url,
        "OPENAI_MODEL": MODEL,
    }
    live.start_web()
    live.start_worker("interactive", "default")
    live.start_scheduler()
    stripe.webhook = f"{live.url}/billing/stripe/webhook/"
    yield live
    stripe.webhook = ""
    live.stop()


def the_account() -> Account:
    db.session.rollback()
    return db.session.scalars(select(Account)).one()


def test_from_sign_up_to_read_only_and_back(page: Page, shop: LiveApp, stripe: FakeStripe) -> None:
    sign_up(page, shop)
    account = the_account()
    site = make_site(account)
    cluster = make_cluster(site)
    for number in range(3):
        make_task(cluster, f"Task {number}")
    try_without_credits(page, shop)
    take_a_plan(page, shop, stripe)
    invite_somebody(page, shop)
    use_credits(page, shop, account)
    let_the_payment_fail(page, shop, stripe, account)
    be_refused(page, shop, account)
    pay_and_come_back(page, shop, account)
    assert stripe.undelivered == []


def try_without_credits(page: Page, shop: LiveApp) -> None:
    page.goto(f"{shop.url}/writer/tasks/")
    see(page, "About 15 credits a draft, you have 0")
    expect(page.get_by_role("link", name="0 credits left")).to_be_visible()
    tab = page.context.new_page()  # a browser logs the refusal as an error, which it is not
    tab.goto(page.url)
    tab.get_by_role("checkbox", name="Task 1").check()
    tab.get_by_role("checkbox", name="Task 2").check()
    tab.get_by_role("button", name="Generate 2 drafts").click()
    expect(tab.get_by_role("heading", name="Not enough credits")).to_be_visible()
    expect(tab.locator(".short-stats")).to_have_text(re.compile(r"Needed\s*30\s*You have\s*0\s*Missing\s*30"))
    expect(tab.get_by_role("link", name="Buy credits")).to_be_visible()
    tab.get_by_role("link", name="Go back").click()
    see(tab, "2 tasks selected")
    tab.evaluate("htmx.ajax('POST', '/writer/tasks/generate/', {source: '#tasks-batch', swap: 'none'})")
    dialog = tab.get_by_role("dialog", name="Not enough credits")
    expect(dialog.get_by_role("button", name="Back to the selection")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    see(tab, "2 tasks selected")
    tab.close()


def take_a_plan(page: Page, shop: LiveApp, stripe: FakeStripe) -> None:
    page.goto(f"{shop.url}/account/billing/")
    see(page, "Not paid yet")
    page.get_by_role("button", name="Buy Starter").click()
    page.wait_for_url(f"{stripe.url}/pay/*")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(f"{shop.url}/account/billing/?paid=1")
    expect(page.get_by_text("Your plan")).to_be_visible()
    expect(page.get_by_role("link", name="200 credits left")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Paid"))).to_have_count(1)


def invite_somebody(page: Page, shop: LiveApp) -> None:
    page.goto(f"{shop.url}/account/team/")
    page.get_by_role("link", name="Invite").first.click()
    page.get_by_label("Email").fill("zoe@example.com")
    page.get_by_role("button", name=re.compile("Invite|Send")).first.click()
    see(page, "zoe@example.com")
    page.goto(f"{shop.url}/account/billing/")
    see(page, "2 of 3")


def use_credits(page: Page, shop: LiveApp, account: Account) -> None:
    page.goto(f"{shop.url}/writer/tasks/")
    page.get_by_role("checkbox", name="Select all on this page").check()
    see(page, "About 45 credits")
    page.get_by_role("button", name="Generate 3 drafts").click()
    see(page, r"Wrote 3 drafts\..*3 credits used")
    page.goto(f"{shop.url}/account/billing/usage/")
    paid = page.locator(".usage-table tbody tr").filter(has_not_text="Free")  # each piece is charged by its words
    expect(paid).to_have_count(3)
    expect(page.locator(".chart canvas")).to_be_visible()
    assert credits_left(account) == (197, 0)


def let_the_payment_fail(page: Page, shop: LiveApp, stripe: FakeStripe, account: Account) -> None:
    stripe.use_card(entitlements(account).customer_id or "", "declined")
    stripe.advance(31)
    page.goto(f"{shop.url}/dashboard/")
    see(page, "The last payment failed")
    let_the_grace_pass(account)
    upkeep.compare_with_stripe([account.id])


def be_refused(page: Page, shop: LiveApp, account: Account) -> None:
    page.goto(f"{shop.url}/content/")
    see(page, "This account is read-only because the last payment failed")
    expect(page.locator("tbody tr")).to_have_count(3)
    tab = page.context.new_page()  # a browser logs the refusal as an error, which it is not
    tab.goto(page.url)
    row = tab.locator("tbody tr").first
    row.hover()
    expect(row.get_by_role("link", name=re.compile(r"^Task \d$"))).to_be_visible()
    expect(tab.get_by_role("button", name="Publish")).to_have_count(0)
    tab.evaluate("htmx.ajax('POST', '/content/publish/', {swap: 'none'})")  # as from a page that was open before
    see(tab, "read-only because the last payment failed. An owner can put it right")
    tab.goto(f"{shop.url}/writer/tasks/new/")
    expect(tab.get_by_label("Title")).to_be_disabled()
    expect(tab.get_by_role("button", name="New task")).to_be_disabled()
    tab.goto(f"{shop.url}/account/export/")
    expect(tab.get_by_role("button", name="Export everything")).to_be_enabled()
    tab.get_by_role("link", name="Put it right").click()
    expect(tab.get_by_role("button", name="Payment details")).to_be_visible()
    tab.close()
    assert entitlements(account).state == "suspended"


def pay_and_come_back(page: Page, shop: LiveApp, account: Account) -> None:
    page.goto(f"{shop.url}/account/billing/")
    page.get_by_role("button", name="Payment details").click()
    page.get_by_label("Card").select_option("good")
    page.get_by_role("button", name="Use this card").click()
    page.wait_for_url(f"{shop.url}/account/billing/?paid=1")
    expect(page.get_by_text("Read-only", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="200 credits left")).to_be_visible()
    assert entitlements(account).state == "active"
    page.goto(f"{shop.url}/content/")
    expect(page.locator(".account-banner")).to_have_count(0)
