"""Stripe's stand-in, set up in the app; accounts with credits."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.accounts.models import Account
from app.billing import credits, upkeep
from app.billing.entitlements import Entitlements, entitlements_of
from app.billing.models import BillingAccount, CreditBalance, CreditEntry
from app.core.clock import utcnow
from app.core.extensions import db
from tests.fakes.stripe_server import KEY, SECRET, FakeStripe


@pytest.fixture
def stripe(app: Flask) -> Iterator[FakeStripe]:
    """A Stripe that the app is set up to ask."""
    with FakeStripe() as server:
        given = {"STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRET": SECRET, "STRIPE_API_BASE": server.url}
        before = {name: app.config[name] for name in given}
        app.config.update(given)
        yield server
        app.config.update(before)


def give_credits(account: Account, plan: int = 0, pack: int = 0) -> None:
    """Put the account on Starter, chosen here, with so many credits."""
    upkeep.choose_local_plan(account.id, "starter")
    key = f"test:{utcnow().isoformat()}"
    credits.set_plan_credits(account.id, plan, key, "test")
    if pack:
        credits.add_entry(account.id, "pack", f"pack:{key}", pack=pack)
    db.session.commit()


def credits_left(account: Account) -> tuple[int, int]:
    """Credits of the plan and of packs, as another process sees them."""
    db.session.rollback()
    return credits.balance(account.id)


def ledger_agrees(account: Account) -> bool:
    """True when the ledger's lines add up to the balance."""
    db.session.rollback()
    sums = select(
        func.coalesce(func.sum(CreditEntry.plan_delta), 0), func.coalesce(func.sum(CreditEntry.pack_delta), 0)
    )
    row = db.session.execute(sums.where(CreditEntry.account_id == account.id)).one()
    balance = db.session.get(CreditBalance, account.id, populate_existing=True)
    return tuple(row) == ((balance.plan_credits, balance.pack_credits) if balance else (0, 0))


def entitlements(account: Account) -> Entitlements:
    """How the account stands, read fresh."""
    db.session.rollback()
    db.session.expire_all()
    return entitlements_of(account.id)


def suspend(account: Account, reason: str = "payment_failed") -> None:
    """Make the account read-only, as a failed payment does in the end."""
    from app.billing.entitlements import lock_billing_account

    row = lock_billing_account(account.id)
    row.state, row.reason, row.suspended_at = "suspended", reason, utcnow()
    db.session.commit()


def let_the_grace_pass(account: Account) -> None:
    """Make it look as if the payment had failed long ago."""
    stmt = update(BillingAccount).where(BillingAccount.account_id == account.id)
    db.session.execute(stmt.values(grace_until=utcnow() - timedelta(hours=1)))
    db.session.commit()


def buy(client: FlaskClient, stripe: FakeStripe, plan: str) -> None:
    """Take a plan in the browser and pay for it at Stripe, without any event being delivered."""
    answer = client.post("/account/billing/plan/", data={"plan": plan})
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith(stripe.url), answer.location
    stripe.pay(answer.location)


def buy_pack(client: FlaskClient, stripe: FakeStripe, pack: str) -> str:
    """Buy a pack; the id of its checkout session."""
    answer = client.post("/account/billing/pack/", data={"pack": pack})
    assert answer.status_code == 303, answer.text
    stripe.pay(answer.location)
    return str(answer.location.rsplit("/", 1)[-1])


def come_back(client: FlaskClient, account: Account) -> None:
    """Return from Stripe's page: what was paid is looked up at once."""
    db.session.execute(update(BillingAccount).where(BillingAccount.account_id == account.id).values(synced_at=None))
    db.session.commit()
    assert client.get("/account/billing/?paid=1").status_code == 200
