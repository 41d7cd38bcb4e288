"""Refunds and disputes: told once, credits back as far as they are left, a disputed month read-only in the end."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.models import Account
from app.billing import credits, sync
from app.billing.models import BillingAccount, CreditEntry, PackPurchase, ReturnedPayment
from app.billing.upkeep import compare_with_stripe, due_accounts
from app.core.audit import AuditEvent
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User
from tests.factories.letters import mails
from tests.factories.stripe import buy, buy_pack, come_back, credits_left, entitlements, ledger_agrees
from tests.fakes.stripe_server import FakeStripe, signature

Deliver = Callable[[dict[str, Any]], bool]
URL = "/billing/stripe/webhook/"


@pytest.fixture
def deliver(client: FlaskClient) -> Deliver:
    """Send one event, signed; True when it had an effect."""

    def send(event: dict[str, Any]) -> bool:
        body = json.dumps(event).encode()
        answer = client.post(URL, data=body, headers={"Stripe-Signature": signature(body)})
        assert answer.status_code == 200, answer.text
        return bool(answer.json["applied"])

    return send


@pytest.fixture
def customer(owner_client: FlaskClient, account: Account, stripe: FakeStripe) -> str:
    """A customer whose first month of Starter is paid."""
    buy(owner_client, stripe, "starter")
    come_back(owner_client, account)
    return entitlements(account).customer_id or ""


@pytest.fixture
def pack(owner_client: FlaskClient, account: Account, stripe: FakeStripe, customer: str) -> str:
    """A pack of 100 credits, paid."""
    session = buy_pack(owner_client, stripe, "small")
    come_back(owner_client, account)
    assert credits_left(account) == (200, 100)
    return session


def state(account: Account) -> tuple[str, str | None]:
    now = entitlements(account)
    return now.state, now.reason


def told(action: str) -> list[tuple[Any, Any]]:
    db.session.rollback()
    stmt = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
    events = db.session.scalars(stmt).all()
    assert {(one.actor, one.actor_id) for one in events} <= {("Stripe", None)}
    return [(one.before, one.after) for one in events]


def subjects(owner: User) -> list[str]:
    db.session.rollback()
    return [mail.subject for mail in mails(owner.email)]


def a_week_later() -> None:
    """Make the dispute eight days old, here and at Stripe's stand-in."""
    values = {"synced_at": utcnow() - timedelta(hours=1), "grace_until": utcnow() - timedelta(hours=1)}
    db.session.execute(update(BillingAccount).values(values))
    db.session.commit()


def test_a_disputed_month_is_told_and_read_only_after_a_week(
    account: Account, owner: User, stripe: FakeStripe, customer: str, deliver: Deliver
) -> None:
    name = stripe.dispute(stripe.charge_of_month(customer))
    for event in stripe.events[-2:]:
        deliver(event)
    assert [one["type"] for one in stripe.events[-2:]] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert state(account) == ("grace", "payment_disputed")
    assert subjects(owner) == ["A payment for Acme is disputed"]
    assert told("payment.disputed") == [({"dispute": None}, {"dispute": "needs_response", "reason": "fraudulent"})]
    stripe.state.disputes[name]["created"] -= 8 * 86400
    a_week_later()
    assert due_accounts() == [account.id]
    compare_with_stripe(due_accounts())
    assert state(account) == ("suspended", "payment_disputed")
    assert subjects(owner)[1:] == ["Acme is read-only"]


def test_a_dispute_that_is_won_puts_all_back(
    account: Account, owner: User, stripe: FakeStripe, customer: str, deliver: Deliver
) -> None:
    name = stripe.dispute(stripe.charge_of_month(customer))
    stripe.decide(name, "under_review")
    deliver(stripe.events[-1])
    stripe.decide(name, "won")
    deliver(stripe.events[-1])
    assert state(account) == ("active", None)
    assert subjects(owner) == [
        "A payment for Acme is disputed",
        "The dispute over a payment for Acme is settled",
        "Acme goes on",
    ]
    assert [after["dispute"] for _before, after in told("payment.disputed")] == ["under_review", "won"]


def test_a_lost_dispute_is_read_only_until_the_next_month_is_paid(
    account: Account, owner: User, stripe: FakeStripe, customer: str, deliver: Deliver
) -> None:
    stripe.decide(stripe.dispute(stripe.charge_of_month(customer)), "lost")
    deliver(stripe.events[-1])
    assert state(account) == ("suspended", "payment_disputed")
    stripe.advance(31)
    sync.sync_account(account.id)
    assert state(account) == ("active", None)
    assert credits_left(account) == (200, 0)


def test_a_dispute_of_an_old_month_is_told_and_changes_nothing(
    account: Account, owner: User, stripe: FakeStripe, customer: str, deliver: Deliver
) -> None:
    first = stripe.charge_of_month(customer)
    stripe.advance(31)
    stripe.dispute(first)
    deliver(stripe.events[-1])
    assert state(account) == ("active", None)
    assert subjects(owner) == ["A payment for Acme is disputed"]


def test_a_question_of_the_bank_changes_nothing(
    account: Account, owner: User, stripe: FakeStripe, pack: str, deliver: Deliver
) -> None:
    name = stripe.dispute(stripe.charge_of_pack(pack), "warning_needs_response")
    deliver(stripe.events[-1])
    stripe.decide(name, "warning_closed")
    deliver(stripe.events[-1])
    assert (state(account), credits_left(account)) == (("active", None), (200, 100))
    assert subjects(owner)[0] == "A payment for Acme is questioned"


def spend(account: Account, count: int) -> None:
    """Use so many credits of a pack."""
    if count:
        credits.add_entry(account.id, "settle", "spent", pack=-count, settled=count)
        db.session.commit()


@pytest.mark.parametrize("spent", [0, 40, 100])
def test_a_disputed_pack_holds_back_what_is_left_and_gives_it_again(
    account: Account, stripe: FakeStripe, pack: str, deliver: Deliver, spent: int
) -> None:
    spend(account, spent)
    name = stripe.dispute(stripe.charge_of_pack(pack))
    deliver(stripe.events[-1])
    assert (state(account), credits_left(account)) == (("active", None), (200, 0))
    stripe.decide(name, "won")
    deliver(stripe.events[-1])
    assert credits_left(account) == (200, 100 - spent)
    assert ledger_agrees(account)


@pytest.mark.parametrize("spent", [0, 60, 100])
def test_a_refunded_pack_takes_what_is_left_and_never_more(
    account: Account, stripe: FakeStripe, pack: str, deliver: Deliver, spent: int
) -> None:
    spend(account, spent)
    stripe.refund(pack, 1_000_000)
    event = stripe.events[-1]
    assert event["type"] == "charge.refunded"
    assert [deliver(event), deliver(event), deliver({**event, "id": "evt_again"})] == [True, False, True]
    assert credits_left(account) == (200, 0)
    lines = db.session.scalars(select(CreditEntry.pack_delta).where(CreditEntry.kind == "pack_refund")).all()
    assert lines == ([spent - 100] if spent < 100 else [])
    assert len(told("payment.refunded")) == 1
    assert ledger_agrees(account)


def test_a_refund_and_then_a_dispute_take_the_pack_once(
    account: Account, stripe: FakeStripe, pack: str, deliver: Deliver
) -> None:
    stripe.refund(pack, 750)
    deliver(stripe.events[-1])
    held = credits_left(account)[1]
    assert 0 < held < 100
    name = stripe.dispute(stripe.charge_of_pack(pack))
    deliver(stripe.events[-1])
    assert credits_left(account) == (200, 0)
    stripe.decide(name, "won")
    deliver(stripe.events[-1])
    assert credits_left(account) == (200, held)
    assert db.session.scalars(select(PackPurchase.removed_credits)).one() == 100 - held


def test_a_refunded_month_is_told_and_the_plan_goes_on(
    account: Account, stripe: FakeStripe, customer: str, deliver: Deliver
) -> None:
    stripe.refund_month(customer, 500)
    deliver(stripe.events[-1])
    assert (state(account), credits_left(account)) == (("active", None), (200, 0))
    assert told("payment.refunded") == [({"refunded_cents": 0}, {"refunded_cents": 500})]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order_and_twice_ends_the_same(
    account: Account, owner: User, stripe: FakeStripe, pack: str, deliver: Deliver, order: tuple[int, ...]
) -> None:
    """All has happened at Stripe before the first event arrives, and each arrives twice."""
    known = len(stripe.events)
    stripe.refund(pack, 300)
    name = stripe.dispute(stripe.charge_of_pack(pack))
    stripe.decide(name, "lost")
    events = stripe.events[known:]
    assert len(events) == 4
    for number in [*order, *reversed(order)]:
        deliver(events[number])
    assert (state(account), credits_left(account)) == (("active", None), (200, 0))
    assert (len(told("payment.refunded")), len(told("payment.disputed"))) == (1, 1)
    assert subjects(owner) == ["A payment for Acme went back to the payer"]
    assert ledger_agrees(account)


def test_lost_events_are_found_by_the_nightly_look(account: Account, stripe: FakeStripe, customer: str) -> None:
    stripe.dispute(stripe.charge_of_month(customer))
    compare_with_stripe([account.id])
    compare_with_stripe([account.id])
    assert state(account) == ("grace", "payment_disputed")
    assert len(told("payment.disputed")) == 1


def test_a_dispute_of_nobody_is_harmless(account: Account, stripe: FakeStripe, customer: str, deliver: Deliver) -> None:
    stripe.dispute(stripe.charge_of_month(customer))
    event = stripe.events[-1]
    for charge in ("ch_unknown", None, 7, {"id": "ch_x", "object": "charge"}):
        changed = {**event, "id": f"evt_{charge}", "data": {"object": {**event["data"]["object"], "charge": charge}}}
        assert deliver(changed) is False
    assert db.session.scalars(select(ReturnedPayment)).all() == []


def test_the_pages_say_it(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe, customer: str, deliver: Deliver
) -> None:
    stripe.dispute(stripe.charge_of_month(customer))
    deliver(stripe.events[-1])
    page = owner_client.get("/account/billing/").text
    assert "Payment disputed" in page
    assert "have the bank withdraw it" in page
    assert "Payment failed" not in page
    assert "Payment disputed" in owner_client.get("/account/audit/").text
