"""Months that begin on an account's own day, and credits that come with them, once."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.accounts.models import Account
from app.billing import credits, upkeep
from app.billing.models import BillingAccount, CreditEntry
from app.billing.periods import period_at, share_left
from app.core.errors import DomainError
from app.core.extensions import db
from tests.factories.people import make_account
from tests.factories.stripe import credits_left, entitlements, give_credits, ledger_agrees
from tests.fakes.stripe_server import FakeStripe


def begin_on(account: Account, anchor: datetime) -> None:
    """As if the account had taken its plan at that time, and nobody had looked since."""
    start, end = period_at(anchor, anchor)
    values = {"anchor_at": anchor, "period_start": start, "period_end": end}
    db.session.execute(update(BillingAccount).where(BillingAccount.account_id == account.id).values(**values))
    db.session.commit()


def next_month(account: Account) -> None:
    """Let the account's month be over, and the next one begin."""
    row = db.session.get_one(BillingAccount, account.id)
    assert row.anchor_at is not None
    begin_on(account, row.anchor_at - timedelta(days=40))
    assert upkeep.replenish_due() == 1


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("anchor", "now", "start", "end"),
    [
        ("2026-01-31", "2026-02-15", "2026-01-31", "2026-02-28"),
        ("2026-01-31", "2026-02-28", "2026-02-28", "2026-03-31"),
        ("2026-01-31", "2026-03-30", "2026-02-28", "2026-03-31"),
        ("2028-01-31", "2028-02-29", "2028-02-29", "2028-03-31"),
        ("2026-01-31", "2026-05-01", "2026-04-30", "2026-05-31"),
        ("2026-12-15", "2027-01-14", "2026-12-15", "2027-01-15"),
        ("2026-03-01", "2026-03-01", "2026-03-01", "2026-04-01"),
    ],
)
def test_the_31st_is_the_last_day_of_a_shorter_month(anchor: str, now: str, start: str, end: str) -> None:
    assert period_at(at(anchor), at(now)) == (at(start), at(end))


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(0, 3_000 * 86_400))
def test_every_moment_is_in_exactly_one_month(anchor: datetime, later: int) -> None:
    anchor = anchor.replace(tzinfo=UTC)
    now = anchor + timedelta(seconds=later)
    start, end = period_at(anchor, now)
    assert start <= now < end
    assert period_at(anchor, end)[0] == end  # the next one begins where this one ends
    assert 0 < share_left(start, end, now) <= 1


def test_credits_are_set_and_not_added_and_packs_stay(account: Account) -> None:
    give_credits(account, plan=37, pack=40)
    next_month(account)
    assert credits_left(account) == (200, 40)
    notes = db.session.execute(select(CreditEntry.kind, CreditEntry.plan_delta).order_by(CreditEntry.id)).all()
    assert [tuple(row) for row in notes][-2:] == [("expire", -37), ("grant", 200)]
    assert ledger_agrees(account)


def test_after_months_of_downtime_one_month_is_given_once(account: Account) -> None:
    give_credits(account, plan=3)
    begin_on(account, at("2025-01-31"))
    assert upkeep.replenish_due() == 1
    assert upkeep.replenish_due() == 0
    assert credits_left(account) == (200, 0)
    now = entitlements(account)
    assert now.period_start is not None
    assert now.period_start.day in (28, 29, 30, 31)
    assert ledger_agrees(account)


def test_two_schedulers_give_it_once(app: Flask, account: Account) -> None:
    give_credits(account, plan=3)
    begin_on(account, at("2025-01-31"))
    other = make_account("Other")
    give_credits(other, plan=9)
    start = entitlements(account)
    assert upkeep.replenish_due() == 1
    row = db.session.get_one(BillingAccount, account.id)  # the second one read before the first wrote
    row.period_start, row.period_end = start.period_start, start.period_end
    db.session.commit()
    run = credits.reserve(account.id, "clustering", 1, "meanwhile")
    assert run.amount == 10
    db.session.commit()
    assert upkeep.replenish_due() == 0
    assert credits_left(account) == (190, 0)
    assert credits_left(other) == (9, 0)


def test_plans_are_switched_freely_without_payments_and_not_with_them(account: Account, app: Flask) -> None:
    upkeep.choose_local_plan(account.id, "pro")
    db.session.commit()
    assert (entitlements(account).plan.key, credits_left(account)) == ("pro", (600, 0))
    upkeep.choose_local_plan(account.id, "local")
    db.session.commit()
    assert entitlements(account).credits is None
    assert credits_left(account) == (0, 0)
    with pytest.raises(DomainError):
        upkeep.choose_local_plan(account.id, "custom")
    db.session.rollback()


def test_with_payments_a_plan_that_was_chosen_here_counts_no_more(account: Account, stripe: FakeStripe) -> None:
    assert entitlements(account).plan.key == "trial"
    with pytest.raises(DomainError, match="bought"):
        upkeep.choose_local_plan(account.id, "agency")
