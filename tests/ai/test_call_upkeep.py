"""What is forgotten of calls, and what stays."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.ai.calls import upkeep
from app.ai.calls.models import AiCall, AiSettings, AiSpend
from app.core.clock import utcnow
from app.core.crypto import encrypt
from app.core.extensions import db
from tests.factories.people import make_account
from tests.factories.things import make_call


def with_texts(account: Account, days: float, **fields: Any) -> AiCall:
    texts = {"prompt_encrypted": encrypt("prompt"), "answer_encrypted": encrypt("answer")}
    return make_call(account, created_at=utcnow() - timedelta(days=days), **texts, **fields)


def kept() -> dict[str, bool]:
    rows = db.session.execute(select(AiCall.subject, AiCall.prompt_encrypted, AiCall.answer_encrypted)).all()
    return {row[0]: any(row[1:]) for row in rows}


def test_texts_go_after_thirty_days_and_the_figures_stay(app: Flask, account: Account) -> None:
    with_texts(account, 30.01, subject="old")
    with_texts(make_account(), 29.99, subject="new")
    with app.app_context():  # as the scheduler does, in no account
        assert upkeep.delete_old_texts() == 1
    assert kept() == {"old": False, "new": True}
    old = db.session.scalars(select(AiCall).where(AiCall.subject == "old")).one()
    assert (old.tokens_in, old.cost_micros, old.state) == (1_000, 4_250, "succeeded")


def test_many_texts_go_in_batches(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "AT_ONCE", 2)
    monkeypatch.setattr(upkeep, "BATCHES", 2)
    for number in range(5):
        with_texts(account, 40, subject=str(number))
    assert upkeep.delete_old_texts() == 4
    assert upkeep.delete_old_texts() == 1
    assert upkeep.delete_old_texts() == 0


def test_texts_that_are_no_longer_wanted_go_at_once(account: Account) -> None:
    with_texts(account, 0, subject="unwanted")
    with_texts(make_account(), 0, subject="of another")
    db.session.add(AiSettings(account_id=account.id, keep_texts=False))
    db.session.commit()
    upkeep.delete_old_texts()
    assert kept() == {"unwanted": False, "of another": True}


def test_sums_of_old_runs_go_and_those_of_months_stay(account: Account) -> None:
    for period, days in (
        ("run:1", 91),
        ("run:2", 89),
        ("rule:1:2026-01-01", 91),
        ("month:2026-01", 300),
        ("day:2026-01-01", 300),
    ):
        at = utcnow() - timedelta(days=days)
        db.session.add(AiSpend(account_id=account.id, period=period, updated_at=at))
    db.session.commit()
    assert upkeep.delete_old_texts() == 2
    assert set(db.session.scalars(select(AiSpend.period))) == {"run:2", "month:2026-01", "day:2026-01-01"}


def test_all_of_it_goes_with_its_account(account: Account) -> None:
    with_texts(account, 1)
    db.session.add_all([AiSettings(account_id=account.id), AiSpend(account_id=account.id, period="run:1")])
    db.session.commit()
    db.session.delete(account)
    db.session.commit()
    for model in (AiCall, AiSettings, AiSpend):
        assert db.session.scalars(select(model)).all() == []
