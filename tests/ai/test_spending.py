"""Spending caps: never more than the cap, whoever comes at the same moment, and whatever the hour."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.ai.calls import record, spending
from app.ai.calls.models import AiCall, AiSettings, AiSpend
from app.ai.calls.spending import SpendingCapReached
from app.ai.endpoints import Endpoint
from app.ai.metering import Tokens
from app.ai.prices import cost_at, cost_micros
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import within
from tests.factories.people import make_account
from tests.factories.races import race

CENT = 10_000


def allow(account: Account, **values: Any) -> None:
    db.session.add(AiSettings(account_id=account.id, **values))
    db.session.commit()


def begin(account_id: int, micros: int = CENT, run_id: uuid.UUID | None = None, spender: str = "") -> int:
    return record.begin_call(
        account_id,
        "draft",
        prompt_version=0,
        run_id=run_id,
        spender=spender,
        subject="Coffee",
        prompt="Write.",
        worst_micros=micros,
        deadline_seconds=300,
    )


def finish(call_id: int, micros: int | None = CENT, state: str = "succeeded") -> bool:
    return record.finish_call(
        call_id,
        state=state,
        model="gpt-5-mini",
        provider="OpenAI",
        error_code=None,
        tokens=Tokens("gpt-5-mini", 10, 20),
        cost_micros=micros,
        ms=900,
        first_token_ms=None,
        answer="Written.",
        attempts=(),
    )


def spend(period: str) -> tuple[int, int]:
    """What is put aside and spent in the periods that begin so."""
    rows = db.session.execute(
        select(AiSpend.reserved_micros, AiSpend.spent_micros).where(AiSpend.period.startswith(period))
    ).all()
    db.session.rollback()
    return sum(row[0] for row in rows), sum(row[1] for row in rows)


def calls() -> int:
    return len(db.session.scalars(select(AiCall.id)).all())


def test_what_is_put_aside_is_settled_by_what_it_cost(account: Account) -> None:
    run_id = uuid.uuid4()
    call_id = begin(account.id, 5 * CENT, run_id)
    assert [spend(period) for period in ("day:", "month:", f"run:{run_id}")] == [(5 * CENT, 0)] * 3
    finish(call_id, 2 * CENT + 1)
    assert [spend(period) for period in ("day:", "month:", f"run:{run_id}")] == [(0, 2 * CENT + 1)] * 3


def test_200_parallel_calls_at_a_cap_end_at_most_at_the_cap(app: Flask, account: Account) -> None:
    allow(account, cap_day_micros=100 * CENT + 9_999)
    account_id, run_id = account.id, uuid.uuid4()

    def call(number: int) -> None:
        with within(account_id):
            finish(begin(account_id, CENT, run_id), CENT if number % 2 else CENT - 1)

    for _ in range(10):
        race(app, call, 20)
    reserved, spent = spend("day:")
    assert reserved == 0
    assert 100 * CENT - 200 <= spent <= 100 * CENT + 9_999
    assert spent == sum(db.session.scalars(select(AiCall.cost_micros)))


@pytest.mark.parametrize("period", ["day", "month", "run"])
def test_all_that_is_under_way_at_once_fits_under_the_cap(app: Flask, account: Account, period: str) -> None:
    allow(account, **{f"cap_{period}_micros": 7 * CENT})
    account_id, run_id = account.id, uuid.uuid4()
    answers = race(app, lambda number: begin(account_id, CENT, run_id), 20)
    refused = [answer for answer in answers if isinstance(answer, SpendingCapReached)]
    assert (len(answers) - len(refused), len(refused)) == (7, 13)
    assert {error.code for error in refused} == {"AI_SPENDING_CAP"}
    assert spend("day:") == spend("month:") == spend("run:") == (7 * CENT, 0)
    assert calls() == 7


def test_50_parallel_calls_of_a_rule_end_at_most_at_its_cap_and_others_go_on(app: Flask, account: Account) -> None:
    account_id, today = account.id, utcnow().date()
    spending.cap_spender(account_id, "rule:1", 7 * CENT)
    db.session.commit()
    answers = race(app, lambda number: begin(account_id, CENT, spender="rule:1"), 50)
    begun = [answer for answer in answers if isinstance(answer, int)]
    refused = [answer for answer in answers if isinstance(answer, SpendingCapReached)]
    assert (len(begun), len(refused)) == (7, 43)
    assert "the rule may cost a day" in refused[0].cure
    assert spend(f"rule:1:{today}") == spend("day:") == (7 * CENT, 0)
    begin(account_id, CENT, spender="rule:2")
    for call_id in begun:
        finish(call_id, CENT // 2)
    assert spend(f"rule:1:{today}") == (0, 7 * CENT // 2)
    begin(account_id, 3 * CENT, spender="rule:1")
    with pytest.raises(SpendingCapReached):
        begin(account_id, CENT, spender="rule:1")
    spending.cap_spender(account_id, "rule:1", None)
    db.session.commit()
    begin(account_id, 9 * CENT, spender="rule:1")


def test_a_refused_call_leaves_nothing_behind(account: Account) -> None:
    allow(account, cap_month_micros=CENT, cap_day_micros=10 * CENT)
    begin(account.id)
    with pytest.raises(SpendingCapReached, match="cap of a month") as refused:
        begin(account.id)
    assert "month" in refused.value.cure
    assert spend("day:") == (CENT, 0)
    assert calls() == 1


def test_one_run_may_not_take_what_another_still_has(account: Account) -> None:
    allow(account, cap_run_micros=CENT)
    one, other = uuid.uuid4(), uuid.uuid4()
    begin(account.id, CENT, one)
    with pytest.raises(SpendingCapReached, match="cap of a run"):
        begin(account.id, 1, one)
    begin(account.id, CENT, other)
    begin(account.id, 9 * CENT)  # of no run


def test_a_call_larger_than_the_cap_is_refused_at_once(account: Account) -> None:
    allow(account, cap_day_micros=CENT)
    with pytest.raises(SpendingCapReached):
        begin(account.id, CENT + 1)
    begin(account.id, CENT)


def test_a_cap_of_nothing_lets_only_free_models_through(account: Account) -> None:
    allow(account, cap_day_micros=0)
    with pytest.raises(SpendingCapReached):
        begin(account.id, 1)
    finish(begin(account.id, 0), None)
    assert spend("day:") == (0, 0)


def test_a_cap_that_is_set_at_noon_counts_the_morning(account: Account) -> None:
    finish(begin(account.id, 3 * CENT), 3 * CENT)
    allow(account, cap_day_micros=4 * CENT)
    begin(account.id)
    with pytest.raises(SpendingCapReached):
        begin(account.id)


def test_the_caps_of_others_do_not_matter(account: Account) -> None:
    allow(account, cap_day_micros=0)
    begin(make_account().id, 5 * CENT)


def test_a_day_ends_at_midnight_utc_and_a_call_belongs_to_the_day_it_began(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_clock(*moment: int) -> None:
        monkeypatch.setattr(record, "utcnow", lambda: datetime(*moment, tzinfo=UTC))

    allow(account, cap_day_micros=CENT)
    set_clock(2026, 12, 31, 23, 59, 59)
    call_id = begin(account.id)
    with pytest.raises(SpendingCapReached):
        begin(account.id)
    set_clock(2027, 1, 1, 0, 0, 0)
    begin(account.id)
    finish(call_id)
    assert spend("day:2026-12-31") == spend("month:2026-12") == (0, CENT)
    assert spend("day:2027-01-01") == spend("month:2027-01") == (CENT, 0)


def asked(*models: str, base_url: str | None = None) -> list[Endpoint]:
    return [Endpoint("Own", model, base_url, "sk-x", 1) for model in models]


def test_what_a_model_costs_where_it_is_sold_is_put_aside() -> None:
    groq = asked("llama-3.3-70b-versatile", base_url="https://api.groq.com/openai/v1")
    router = asked("openai/gpt-4o", base_url="https://openrouter.ai/api/v1")
    assert spending.worst_case_micros(groq, 1000, 4000) > 0
    assert spending.worst_case_micros(router, 1000, 4000) > 0


def test_the_worst_case_is_no_less_than_any_course_of_a_call() -> None:
    repaired = cost_micros("gpt-5", 1000 + 5000, 4000 + 4000) or 0
    assert repaired < spending.worst_case_micros(asked("gpt-5"), 1000, 4000) < repaired + 5
    assert spending.worst_case_micros(asked("gpt-5", "gpt-5-mini"), 1000, 4000) > repaired
    assert spending.worst_case_micros(asked("unknown-model"), 1000, 4000) == 0


def test_the_accounts_own_price_counts_for_models_that_no_table_knows() -> None:
    own = (250_000, 2_000_000)
    mine = Endpoint("Own", "my-model", "https://models.example.com/v1", "sk-x", 1, prices={"my-model": own})
    assert cost_at(mine, 1_000_000, 1_000_000) == 2_250_000
    assert cost_at(mine, 1, 0) == 1  # never rounded below what is paid
    assert spending.worst_case_micros([mine], 1000, 4000) >= cost_at(mine, 1000 + 5000, 8000)
    known = Endpoint("Own", "gpt-5", None, "sk-x", 1, prices={"gpt-5": (1, 1)})
    assert cost_at(known, 1000, 1000) == cost_micros("gpt-5", 1000, 1000)


def test_money_is_whole_millionths_of_a_dollar_and_never_rounded_below_what_is_paid() -> None:
    for tokens in range(1, 30):  # of fractions of a millionth each
        paid = cost_micros("gpt-5-nano", tokens + 2 * tokens, 2 * tokens) or 0
        assert spending.worst_case_micros(iter(asked("gpt-5-nano")), tokens, tokens) >= paid


def test_periods_are_those_of_utc() -> None:
    late = datetime.fromisoformat("2026-11-30T23:30:00-05:00")
    assert spending.periods_of(late, None) == ["day:2026-12-01", "month:2026-12"]
    run_id = uuid.uuid4()
    assert spending.periods_of(utcnow(), run_id)[2] == f"run:{run_id}"
