"""Events of Stripe: signed, fresh, each once, in any order, and harmless otherwise."""

import json
import threading
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.accounts.models import Account
from app.billing import subscriptions, sync
from app.billing.models import BillingAccount, CreditEntry, StripeEvent
from app.core.extensions import db
from tests.factories.people import make_account
from tests.factories.stripe import credits_left, entitlements, ledger_agrees
from tests.fakes.stripe_server import FakeStripe, signature

URL = "/billing/stripe/webhook/"


def send(client: FlaskClient, event: dict[str, Any], **changes: Any) -> Any:
    body = json.dumps(event).encode()
    headers = {"Stripe-Signature": changes.get("signature", signature(body))}
    return client.post(URL, data=changes.get("body", body), headers=headers, content_type="application/json")


def subscribe(account: Account, stripe: FakeStripe, plan: str = "starter") -> list[dict[str, Any]]:
    """Pay for a plan; the events that this made."""
    number = str(len(stripe.events))
    url = subscriptions.checkout(
        account.id, plan, "Acme", "a@example.com", "http://127.0.0.1/", f"once{number}{account.id}"
    )
    known = len(stripe.events)
    stripe.pay(url)
    return stripe.events[known:]


def rows(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_an_event_has_its_effect_once(client: FlaskClient, account: Account, stripe: FakeStripe) -> None:
    events = subscribe(account, stripe)
    assert [event["type"] for event in events] == [
        "customer.subscription.created",
        "invoice.finalized",
        "invoice.paid",
        "checkout.session.completed",
    ]
    assert send(client, events[0]).json == {"ok": True, "applied": True}
    assert send(client, events[0]).json == {"ok": True, "applied": False}
    assert (entitlements(account).plan.key, credits_left(account)) == ("starter", (200, 0))
    assert rows(StripeEvent) == 1
    assert rows(CreditEntry) == 1


@pytest.mark.parametrize("bad", ["other secret", "changed body", "too old", "from tomorrow", "none", "nonsense"])
def test_what_stripe_did_not_sign_is_refused(
    client: FlaskClient, account: Account, stripe: FakeStripe, bad: str
) -> None:
    event = subscribe(account, stripe)[0]
    body, now = json.dumps(event).encode(), int(time.time())
    given_signature = {
        "other secret": signature(body, "whsec_other"),
        "changed body": signature(body + b" "),
        "too old": signature(body, at=now - 400),
        "none": "",
        "nonsense": "t=1,v1=é",
        "from tomorrow": signature(body, at=now).replace(f"t={now}", f"t={now + 86400}"),
    }[bad]
    before = len(stripe.requests)
    answer = send(client, event, signature=given_signature.encode("ascii", "replace").decode())
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "STRIPE_SIGNATURE")
    assert rows(StripeEvent) == 0
    assert entitlements(account).plan.key == "trial"
    assert len(stripe.requests) == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"id": 1}', b'{"object":"event","data":{}}', b"\xff"])
def test_signed_nonsense_is_harmless(client: FlaskClient, stripe: FakeStripe, body: bytes) -> None:
    answer = client.post(URL, data=body, headers={"Stripe-Signature": signature(body)})
    assert answer.status_code in (200, 400)
    assert rows(StripeEvent) == 0


def test_unknown_events_and_customers_are_harmless(client: FlaskClient, account: Account, stripe: FakeStripe) -> None:
    event = subscribe(account, stripe)[0]
    for changes in ({"type": "tax.rate.invented"}, {"type": "customer.subscription.exploded"}):
        assert send(client, {**event, **changes}).status_code == 200
    other = {**event, "id": "evt_other", "data": {"object": {"object": "subscription", "id": "x", "customer": "cus_x"}}}
    assert send(client, other).json == {"ok": True, "applied": False}
    nobody = {**event, "id": "evt_nobody", "data": {"object": {"object": "invoice", "id": "in_1", "customer": None}}}
    assert send(client, nobody).json == {"ok": True, "applied": False}


def test_a_body_that_is_too_large_is_not_read(client: FlaskClient, stripe: FakeStripe) -> None:
    body = b"x" * 600_000
    assert client.post(URL, data=body, headers={"Stripe-Signature": signature(body)}).status_code == 413


def test_without_a_secret_there_is_no_such_address(client: FlaskClient) -> None:
    assert client.post(URL, data=b"{}").status_code == 404


def test_when_stripe_cannot_be_asked_the_event_comes_again(
    client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    event = subscribe(account, stripe)[0]
    stripe.fail_next(500, times=9)
    assert send(client, event).status_code == 503
    assert rows(StripeEvent) == 0
    stripe.failures.clear()
    assert send(client, event).json == {"ok": True, "applied": True}
    assert entitlements(account).plan.key == "starter"


def test_twenty_at_once_give_the_month_once(app: Flask, account: Account, stripe: FakeStripe) -> None:
    events = subscribe(account, stripe) * 5
    start, statuses = threading.Barrier(len(events)), list[int]()

    def deliver(event: dict[str, Any]) -> None:
        with app.app_context():
            browser = app.test_client()
            start.wait(30)
            statuses.append(send(browser, event).status_code)
            db.session.remove()

    threads = [threading.Thread(target=deliver, args=(event,)) for event in events]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 503}  # who was overtaken again and again is sent again by Stripe
    for event in events[:4]:
        assert send(app.test_client(), event).status_code == 200
    assert credits_left(account) == (200, 0)
    assert rows(StripeEvent) == 4
    assert ledger_agrees(account)


def test_what_was_read_before_does_not_overwrite_what_came_after(
    account: Account, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(account, stripe)
    sync.sync_account(account.id)
    real, calls = sync._write, list[int]()

    def overtaken(account_id: int, version: int, *rest: Any) -> bool | None:
        calls.append(version)
        if len(calls) == 1:  # the plan changes, and somebody else writes that, before this one writes
            subscriptions.change_plan(account_id, "pro", "meanwhile")
        return real(account_id, version, *rest)

    monkeypatch.setattr(sync, "_write", overtaken)
    sync.sync_account(account.id)
    assert entitlements(account).plan.key == "pro"
    assert len(calls) == 3
    assert credits_left(account)[0] == 600
    assert ledger_agrees(account)


STEPS = ("pack", "upgrade", "fail", "recover", "cancel", "go on", "downgrade", "month")


def do(step: str, account: Account, stripe: FakeStripe) -> None:
    now = entitlements(account)
    customer = db.session.get_one(BillingAccount, account.id).stripe_customer_id or ""
    one = stripe.subscription_of(customer)
    db.session.rollback()
    if step == "pack":
        back = ("Acme", "a@example.com", "http://127.0.0.1/", f"pack{account.id}")
        stripe.pay(subscriptions.checkout_pack(now.account_id, "small", *back))
    elif step in ("fail", "recover"):
        stripe.use_card(customer, "declined" if step == "fail" else "good")
        if step == "fail":
            stripe.advance(31)
    elif step in ("cancel", "go on"):
        subscriptions._stripe().cancel_at_end(one["id"], step == "cancel", f"{step}{account.id}")
    elif step in ("upgrade", "downgrade"):
        plan = subscriptions.sold_plan("pro" if step == "upgrade" else "starter")
        how = "always_invoice" if step == "upgrade" else "none"
        subscriptions._stripe().change_plan(one["id"], plan, how, f"{step}{account.id}")
    else:
        stripe.advance(31)


orders = st.lists(st.lists(st.integers(0, 10_000), max_size=4), min_size=len(STEPS) + 1, max_size=len(STEPS) + 1)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(orders=orders)
def test_any_order_with_losses_and_replays_ends_the_same(
    client: FlaskClient, stripe: FakeStripe, orders: list[list[int]]
) -> None:
    db.session.rollback()
    stripe.begin_anew()
    account = make_account("Shuffled")
    subscribe(account, stripe)
    for step, order in zip([*STEPS, ""], orders, strict=True):
        for number in order:
            assert send(client, stripe.events[number % len(stripe.events)]).status_code == 200
        if step:
            do(step, account, stripe)
    for event in reversed(stripe.events[-6:]):
        assert send(client, event).status_code == 200
    now = entitlements(account)
    assert (now.plan.key, now.state, now.cancel_at, credits_left(account)) == ("starter", "active", None, (200, 100))
    assert ledger_agrees(account)
    grants = select(func.count()).where(CreditEntry.account_id == account.id, CreditEntry.kind == "grant")
    assert 1 <= (db.session.scalar(grants) or 0) <= 3  # three months were paid
