"""Plans, packs and invoices with Stripe's stand-in, through the pages and the real SDK."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.models import Account
from app.billing.models import BillingAccount, Invoice, PackPurchase
from app.core.extensions import db
from app.identity.models import User
from tests.factories.people import SignIn, make_member
from tests.factories.stripe import buy, buy_pack, come_back, credits_left, entitlements, ledger_agrees
from tests.factories.things import make_site
from tests.fakes.stripe_server import FakeStripe


def change(client: FlaskClient, plan: str) -> None:
    answer = client.post("/account/billing/plan/", data={"plan": plan})
    assert (answer.status_code, answer.location) == (303, "/account/billing/"), answer.text


def age(account: Account, stripe: FakeStripe, days: int) -> None:
    """Let part of the month be over, at Stripe and here."""
    item = stripe.subscription_of(entitlements(account).customer_id or "")["_item"]
    item["current_period_start"] -= days * 86400
    item["current_period_end"] -= days * 86400
    for invoice in stripe.state.invoices.values():
        invoice["created"] -= days * 86400


def test_a_new_account_is_on_trial_without_credits_until_it_pays(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    page = owner_client.get("/account/billing/").text
    assert "Not paid yet" in page
    assert (entitlements(account).plan.key, entitlements(account).credits) == ("trial", 0)
    buy(owner_client, stripe, "trial")
    come_back(owner_client, account)
    now = entitlements(account)
    assert (now.plan.key, now.source, now.state, credits_left(account)) == ("trial", "stripe", "active", (25, 0))
    assert stripe.state.customers[now.customer_id or ""]["metadata"] == {"account_id": str(account.id)}


def test_a_plan_is_paid_for_once_however_often_the_button_is_pressed(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    form = {"plan": "starter", "once": "samenumber1"}
    first = owner_client.post("/account/billing/plan/", data=form)
    again = owner_client.post("/account/billing/plan/", data=form)
    assert first.location == again.location
    assert len(stripe.state.customers) == len(stripe.state.sessions) == 1
    other = owner_client.post("/account/billing/plan/", data={"plan": "pro", "once": "anothernumber"})
    assert [one["status"] for one in stripe.state.sessions.values()] == ["expired", "open"]
    stripe.pay(other.location)
    come_back(owner_client, account)
    assert entitlements(account).plan.key == "pro"
    assert [one["unit_amount"] for one in stripe.state.prices.values()] == [3900, 8900]
    assert all(key for method, _, key in stripe.requests if method == "POST")


def test_an_upgrade_is_paid_at_once_and_brings_the_rest_of_the_months_credits(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    buy(owner_client, stripe, "starter")
    come_back(owner_client, account)
    age(account, stripe, 15)
    come_back(owner_client, account)
    page = owner_client.get("/account/billing/change/?plan=pro").text
    assert "for the rest of this month" in page
    change(owner_client, "pro")
    assert entitlements(account).plan.key == "pro"
    plan, _ = credits_left(account)
    assert 380 <= plan <= 410  # 200, and half of the 400 more
    newest = list(stripe.state.invoices.values())[-1]
    assert newest["billing_reason"] == "subscription_update"
    assert 2300 <= newest["amount_paid"] <= 2600
    come_back(owner_client, account)
    assert credits_left(account) == (plan, 0)  # looking again gives nothing more
    assert ledger_agrees(account)


def test_a_downgrade_gives_money_back_with_the_credits(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    buy(owner_client, stripe, "pro")
    come_back(owner_client, account)
    page = owner_client.get("/account/billing/change/?plan=starter").text
    assert "is deducted from the next invoice" in page
    change(owner_client, "starter")
    assert (entitlements(account).plan.key, credits_left(account)) == ("starter", (200, 0))
    assert stripe.state.credit[entitlements(account).customer_id or ""] == 5000
    assert ledger_agrees(account)


def test_who_has_used_the_credits_pays_the_lower_price_from_the_next_month(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    from app.billing import credits

    buy(owner_client, stripe, "pro")
    come_back(owner_client, account)
    credits.reserve(account.id, "clustering", 50, "used")
    db.session.commit()
    assert "nothing is paid back" in owner_client.get("/account/billing/change/?plan=starter").text
    change(owner_client, "starter")
    assert (entitlements(account).plan.key, credits_left(account)) == ("starter", (100, 0))
    assert not stripe.state.credit
    stripe.advance(31)
    come_back(owner_client, account)
    assert credits_left(account) == (200, 0)
    assert list(stripe.state.invoices.values())[-1]["amount_paid"] == 3900


def test_a_declined_card_changes_nothing(owner_client: FlaskClient, account: Account, stripe: FakeStripe) -> None:
    buy(owner_client, stripe, "starter")
    come_back(owner_client, account)
    stripe.use_card(entitlements(account).customer_id or "", "declined")
    answer = owner_client.post("/account/billing/plan/", data={"plan": "agency"})
    assert answer.status_code == 402
    assert "Your card was declined" in answer.text or "declined" in answer.text
    come_back(owner_client, account)
    assert (entitlements(account).plan.key, credits_left(account)) == ("starter", (200, 0))


def test_a_plan_that_is_too_small_is_refused(owner_client: FlaskClient, account: Account, stripe: FakeStripe) -> None:
    buy(owner_client, stripe, "pro")
    come_back(owner_client, account)
    for _ in range(4):
        make_site(account)
    answer = owner_client.post("/account/billing/plan/", data={"plan": "starter"})
    assert answer.status_code == 402
    assert "includes 3 sites, and this account has 4" in answer.text
    assert entitlements(account).plan.key == "pro"


def test_a_pack_is_credited_once_and_taken_back_when_it_is_paid_back(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    buy(owner_client, stripe, "trial")
    session = buy_pack(owner_client, stripe, "small")
    for _ in range(3):
        come_back(owner_client, account)
    assert credits_left(account) == (25, 100)
    stripe.refund(session, 500)
    come_back(owner_client, account)
    assert credits_left(account) == (25, 75)
    stripe.refund(session, 1500)
    come_back(owner_client, account)
    come_back(owner_client, account)
    assert credits_left(account) == (25, 0)
    assert db.session.scalars(select(PackPurchase.removed_credits)).all() == [100]
    assert ledger_agrees(account)


def test_a_month_is_paid_before_its_credits_come(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    buy(owner_client, stripe, "starter")
    buy_pack(owner_client, stripe, "small")
    come_back(owner_client, account)
    stripe.advance(31)
    come_back(owner_client, account)
    assert credits_left(account) == (200, 100)
    stripe.use_card(entitlements(account).customer_id or "", "declined")
    stripe.advance(31)
    come_back(owner_client, account)
    now = entitlements(account)
    assert (now.state, credits_left(account)) == ("grace", (200, 100))
    stripe.use_card(now.customer_id or "", "good")
    come_back(owner_client, account)
    assert (entitlements(account).state, credits_left(account)) == ("active", (200, 100))
    assert ledger_agrees(account)


def test_cancelling_ends_with_the_month_and_can_be_taken_back(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    buy(owner_client, stripe, "starter")
    come_back(owner_client, account)
    owner_client.post("/account/billing/cancel/", data={})
    assert entitlements(account).cancel_at is not None
    assert "Keep the subscription" in owner_client.get("/account/billing/").text
    owner_client.post("/account/billing/cancel/", data={"go_on": "1"})
    assert entitlements(account).cancel_at is None
    owner_client.post("/account/billing/cancel/", data={})
    stripe.advance(31)
    come_back(owner_client, account)
    now = entitlements(account)
    assert (now.state, now.reason, now.has_subscription) == ("suspended", "subscription_ended", False)
    assert "Choose a plan" in owner_client.get("/dashboard/").text
    buy(owner_client, stripe, "pro")
    come_back(owner_client, account)
    assert (entitlements(account).state, entitlements(account).plan.key, credits_left(account)) == (
        "active",
        "pro",
        (600, 0),
    )


def test_what_was_agreed_for_a_custom_plan_stands_on_its_price(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    buy(owner_client, stripe, "agency")
    come_back(owner_client, account)
    metadata = {"plan": "custom", "credits": "9000", "seats": "40", "sites": "77"}
    price = {**next(iter(stripe.state.prices.values())), "id": "price_own", "metadata": metadata, "lookup_key": None}
    stripe.subscription_of(entitlements(account).customer_id or "")["_item"]["price"] = price
    come_back(owner_client, account)
    plan = entitlements(account).plan
    assert (plan.key, plan.credits, plan.seats, plan.sites) == ("custom", 9000, 40, 77)
    assert 8990 <= credits_left(account)[0] <= 9000


def test_invoices_are_listed_and_the_portal_opens(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    buy(owner_client, stripe, "starter")
    come_back(owner_client, account)
    number = db.session.scalars(select(Invoice.number)).one()
    page = owner_client.get("/account/billing/")
    assert str(number) in page.text
    assert "$39" in page.text
    assert stripe.url in page.headers["Content-Security-Policy"].split("form-action")[1].split(";")[0]
    answer = owner_client.post("/account/billing/portal/")
    assert answer.location.startswith(f"{stripe.url}/portal/")


@pytest.mark.parametrize("status", [500, 429, 0, 401])
def test_a_stripe_that_fails_is_told_in_words(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe, status: int
) -> None:
    stripe.fail_next(status, times=9)
    answer = owner_client.post("/account/billing/plan/", data={"plan": "starter"})
    assert answer.status_code == 503
    assert "Stripe" in answer.text
    assert entitlements(account).customer_id is None


def test_a_stripe_that_stumbles_once_is_asked_again(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    stripe.fail_next(500)
    buy(owner_client, stripe, "starter")
    stripe.fail_next(500, times=9)
    come_back(owner_client, account)  # the page is shown all the same
    stripe.failures.clear()
    assert entitlements(account).plan.key == "trial"
    come_back(owner_client, account)
    assert entitlements(account).plan.key == "starter"


def test_admins_see_and_do_not_buy(account: Account, owner: User, sign_in: SignIn, stripe: FakeStripe) -> None:
    admin, editor = sign_in(make_member(account, "admin")), sign_in(make_member(account, "editor"))
    page = admin.get("/account/billing/").text
    assert "Only an owner can change plans" in page
    assert "Buy Starter" not in page
    assert admin.get("/account/billing/usage/").status_code == 200
    assert admin.post("/account/billing/plan/", data={"plan": "starter"}).status_code == 403
    assert editor.get("/account/billing/").status_code == 403
    assert stripe.requests == []


def test_no_transaction_is_open_while_stripe_is_asked(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    real = FakeStripe.answer

    def look(self: FakeStripe, *args: str) -> object:
        with owner_client.application.app_context(), db.engine.connect() as connection:
            stmt = db.text("select count(*) from pg_stat_activity where state like 'idle in transaction%'")
            seen.append(connection.scalar(stmt) or 0)
        return real(self, *args)

    monkeypatch.setattr(FakeStripe, "answer", look)
    buy(owner_client, stripe, "starter")
    come_back(owner_client, account)
    change(owner_client, "pro")
    owner_client.post("/account/billing/cancel/", data={})
    buy_pack(owner_client, stripe, "small")
    assert len(seen) > 10
    assert set(seen) == {0}


def test_the_customer_of_another_account_is_never_taken_over(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    buy(owner_client, stripe, "starter")
    db.session.execute(update(BillingAccount).values(stripe_customer_id="cus_somebody"))
    db.session.commit()
    assert owner_client.get("/account/billing/?paid=1").status_code == 200
    assert entitlements(account).plan.key == "trial"
