"""The pages about calls: the list and its filters, one call, spending and limits."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Account
from app.ai.calls import figures as calls_figures
from app.ai.calls import request_sizes, spending
from app.ai.calls.lists import CallFilter, list_calls
from app.ai.calls.models import AiAttempt, AiCall, AiSettings
from app.core.audit import AuditEvent
from app.core.clock import utcnow
from app.core.crypto import encrypt
from app.core.extensions import db
from app.core.runs import Run
from tests.ai.test_spending import CENT, begin, finish
from tests.factories.people import SignIn, make_member
from tests.factories.providers import make_provider
from tests.factories.things import make_call

SECRET = "The words of the editor"


def audited(action: str) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def shown(page: str) -> list[str]:
    """The subjects that a list shows."""
    return re.findall(r'dir="auto" title="([^"]*)"', page)


@pytest.fixture
def some_calls(account: Account) -> None:
    now = utcnow()
    make_call(account, subject="plain")
    make_call(account, subject="slow", ms=61_000, operation="ideas", model="gpt-5", cost_micros=3 * CENT)
    make_call(account, subject="failed", state="failed", error_code="AI_BUSY", cost_micros=None, ms=None, model="")
    make_call(account, subject="free", model="llama", cost_micros=None)
    make_call(account, subject="yesterday", created_at=now - timedelta(days=1), cost_micros=7)
    make_call(account, subject="long ago", created_at=now - timedelta(days=45))


@pytest.mark.usefixtures("some_calls")
@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("", ["free", "failed", "slow", "plain", "yesterday"]),
        ("operation=ideas", ["slow"]),
        ("model=llama", ["free"]),
        ("outcome=failed", ["failed"]),
        ("slow=60", ["slow"]),
        ("slow=180", []),
        ("sort=-time", ["slow", "yesterday", "free", "plain", "failed"]),
        ("sort=-money", ["slow", "plain", "yesterday", "failed", "free"]),
        ("outcome=nonsense&run=1&since=x", ["free", "failed", "slow", "plain", "yesterday"]),
    ],
)
def test_the_list_shows_what_the_filters_leave(owner_client: FlaskClient, query: str, subjects: list[str]) -> None:
    assert shown(owner_client.get(f"/account/ai/calls/?{query}").text) == subjects


def test_calls_of_a_run_are_listed_under_its_name(account: Account, owner_client: FlaskClient) -> None:
    run = Run(account_id=account.id, kind="t", title="Writing 3 drafts", job="jobs.none", state="failed")
    db.session.add(run)
    db.session.commit()
    make_call(account, subject="of it", run_id=run.id, created_at=utcnow() - timedelta(days=90))
    make_call(account, subject="of another", run_id=uuid4())
    page = owner_client.get(f"/account/ai/calls/?run={run.id}").text
    assert "Writing 3 drafts" in page
    assert shown(page) == ["of it"]


def test_attempts_say_in_words_what_failed_and_whose_endpoint_was_asked(
    account: Account, owner_client: FlaskClient
) -> None:
    call, provider = make_call(account), make_provider(account, "Our Groq")
    for number, endpoint in enumerate((f"provider:{provider.id}:m", "provider:999:m", "installation:openai:m"), 1):
        values = {"account_id": account.id, "call_id": call.id, "number": number, "endpoint": endpoint, "model": "m"}
        db.session.add(AiAttempt(**values, error_code="AI_RATE_LIMITED", ms=9))
    db.session.commit()
    page = owner_client.get(f"/account/ai/calls/{call.id}/").text
    assert page.count("The service limited requests") == 3
    assert all(words in page for words in ("Our Groq", "A deleted provider", ">IGNY8<"))


def test_a_call_is_shown_with_its_attempts_and_without_its_texts(account: Account, owner_client: FlaskClient) -> None:
    call = make_call(account, prompt_encrypted=encrypt(SECRET), answer_encrypted=encrypt(SECRET))
    for number, code in enumerate(("AI_UNAVAILABLE", None), 1):
        db.session.add(
            AiAttempt(
                account_id=account.id, call_id=call.id, number=number, endpoint="a", model="m", error_code=code, ms=9
            )
        )
    db.session.commit()
    page = owner_client.get(f"/account/ai/calls/{call.id}/").text
    assert "AI_UNAVAILABLE" in page
    assert "Show prompt and answer" in page
    assert SECRET not in page
    assert audited("ai.texts_opened") == []


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_opening_the_texts_is_told_to_the_audit_log(
    account: Account, owner_client: FlaskClient, headers: dict[str, str]
) -> None:
    call = make_call(account, prompt_encrypted=encrypt(SECRET), answer_encrypted=encrypt("<b>Answer</b>"))
    answer = owner_client.post(f"/account/ai/calls/{call.id}/texts/", headers=headers)
    assert SECRET in answer.text
    assert "&lt;b&gt;Answer&lt;/b&gt;" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    [event] = audited("ai.texts_opened")
    assert (event.subject, event.after) == ("Coffee for a crowd", {"call": call.id, "operation": "draft"})
    assert SECRET not in repr((event.before, event.after))


def test_the_list_reads_no_texts(account: Account) -> None:
    account_id = make_call(account, prompt_encrypted=encrypt(SECRET)).account_id
    db.session.expunge_all()
    [call] = list_calls(account_id, CallFilter.read({})).items
    assert "prompt_encrypted" not in vars(call)


@pytest.mark.usefixtures("some_calls")
@pytest.mark.parametrize("query", [{}, {"operation": "ideas"}, {"model": "gpt-5-mini"}, {"outcome": "failed"}])
def test_the_figures_of_spending_are_those_of_the_list(account: Account, query: dict[str, str]) -> None:
    filters = CallFilter.read(query)
    rows = list_calls(account.id, filters).items
    money, totals = sum(row.cost_micros or 0 for row in rows), calls_figures.call_totals(account.id, filters)
    assert (totals.calls, totals.micros) == (len(rows), money)
    assert totals.tokens == sum(row.tokens_in + row.tokens_out for row in rows)
    for by in ("operation", "model"):
        groups = calls_figures.grouped(account.id, filters, by)
        assert sum(figures.calls for _key, figures in groups) == len(rows)
        assert sum(figures.micros for _key, figures in groups) == money
        assert calls_figures.spending_by_day(account.id, filters, by).total == money


@pytest.mark.usefixtures("some_calls")
def test_each_figure_leads_to_the_calls_that_it_counts(owner_client: FlaskClient) -> None:
    page = owner_client.get("/account/ai/spending/").text
    links = {unescape(link) for link in re.findall(r'href="(/account/ai/calls/\?[^"]+)"', page)}
    assert {link.partition("?")[2] for link in links if "operation=" in link} == {"operation=draft", "operation=ideas"}
    today = utcnow().date()
    assert f"/account/ai/calls/?since={today}&until={today}" in links
    assert shown(owner_client.get(f"/account/ai/calls/?since={today}&until={today}").text)[-1] == "plain"


def test_money_that_nobody_knows_is_not_shown_as_none(account: Account, owner_client: FlaskClient) -> None:
    make_call(account, operation="cluster_names", cost_micros=None)
    page = owner_client.get("/account/ai/spending/").text
    assert "Nothing was paid for" not in page
    assert "No price is known for the models that answered in these days." in page
    assert "$0" not in page.partition('id="spending-region"')[2]
    assert "Names of clusters" in page  # as under Settings → AI, where its model is chosen


def test_what_counts_against_the_caps_is_what_the_list_says(account: Account, owner_client: FlaskClient) -> None:
    for micros in (CENT, 2 * CENT + 1, None):
        finish(begin(account.id, 3 * CENT), micros)
    begin(account.id, 5 * CENT)
    filters = CallFilter.read({"since": utcnow().date().isoformat()})
    assert calls_figures.call_totals(account.id, filters).micros == 3 * CENT + 1
    page = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", owner_client.get("/account/ai/spending/").text))
    assert "Today $0.0300 and $0.0500 put aside for calls under way" in page


def test_days_are_those_of_utc(account: Account) -> None:
    moments = [datetime(2026, 3, 1, 23, 59, 59, 999_000, tzinfo=UTC), datetime(2026, 3, 2, 0, 0, tzinfo=UTC)]
    for moment in moments:
        make_call(account, created_at=moment, cost_micros=CENT)
    filters = CallFilter.read({"since": "2026-03-01", "until": "2026-03-02"})
    assert calls_figures.spending_by_day(account.id, filters, "model").series == {"gpt-5-mini": [CENT, CENT]}
    first = CallFilter.read({"since": "2026-03-01", "until": "2026-03-01"})
    assert calls_figures.call_totals(account.id, first).calls == 1


def test_more_models_than_colours_are_taken_together(account: Account) -> None:
    for number in range(9):
        make_call(account, model=f"model-{number}", cost_micros=100 - number)
    daily = calls_figures.spending_by_day(account.id, CallFilter.read({}), "model")
    assert list(daily.series) == [*(f"model-{number}" for number in range(5)), "Others"]
    assert daily.total == sum(100 - number for number in range(9))


def test_limits_are_saved_and_told(account: Account, owner_client: FlaskClient) -> None:
    form = {"cap_run": "0.50", "cap_day": "$1,000", "cap_month": "", "concurrency": "3"}
    assert owner_client.post("/account/ai/limits/", data=form).status_code == 303
    assert spending.allowance_of(account.id) == spending.Allowance(500_000, 1_000_000_000, None, 3, keep_texts=False)
    [event] = audited("ai.limits_changed")
    assert event.after == {"cap_run": "$0.50", "cap_day": "$1000.00", "concurrency": 3, "keep_texts": False}
    page = owner_client.get("/account/ai/limits/").text
    assert 'value="1000.00"' in page
    owner_client.post("/account/ai/limits/", data={**form, "cap_month": "2,5", "keep_texts": "1"})
    assert spending.allowance_of(account.id).cap_month_micros == 2_500_000


@pytest.mark.parametrize("amount", ["-1", "1.2.3", "five", "1e9", "NaN", "0.0000001", "1,0000", "99999999", "٣"])
def test_what_is_no_amount_is_refused_in_words(account: Account, owner_client: FlaskClient, amount: str) -> None:
    answer = owner_client.post("/account/ai/limits/", data={"cap_day": amount, "concurrency": "8"})
    assert answer.status_code == 422
    assert "Write an amount of dollars" in answer.text
    assert db.session.scalar(select(func.count()).select_from(AiSettings)) == 0


@pytest.mark.parametrize("number", ["0", "101", "many", ""])
def test_calls_at_once_are_a_number_from_1_to_100(account: Account, owner_client: FlaskClient, number: str) -> None:
    assert owner_client.post("/account/ai/limits/", data={"concurrency": number}).status_code == 422
    assert spending.allowance_of(account.id).concurrency == 8


def test_what_is_asked_at_once_is_the_installations_until_the_account_chooses(
    app: Flask, account: Account, owner_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "AI_IDEAS_PER_REQUEST", 12)
    assert 'placeholder="12"' in owner_client.get("/account/ai/limits/").text
    assert request_sizes.size_of(account.id, "ideas_per_request") == 12
    form = {"concurrency": "8", "ideas_per_request": "3", "clusters_per_request": "", "drafts_per_run": "40"}
    assert owner_client.post("/account/ai/limits/", data=form).status_code == 303
    assert [request_sizes.size_of(account.id, name) for name in request_sizes.MOST] == [3, 50, 40]
    assert {"ideas_per_request": 3, "drafts_per_run": 40}.items() <= audited("ai.limits_changed")[0].after.items()
    for wrong in ("0", "31", "many", "-1"):
        refused = owner_client.post("/account/ai/limits/", data={**form, "ideas_per_request": wrong})
        assert refused.status_code == 422
        assert "Write a number from 1 to 30, or leave it empty." in refused.text


def test_models_that_a_cap_leaves_out_are_named(account: Account, owner_client: FlaskClient) -> None:
    make_provider(account, base_url="https://models.example.com/v1", model="nobody-knows-it")
    assert "Nobody knows the price of nobody-knows-it" in owner_client.get("/account/ai/limits/").text


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_editors_and_viewers_see_none_of_it(account: Account, sign_in: SignIn, role: str) -> None:
    call, client = make_call(account), sign_in(make_member(account, role))
    for page in ("calls/", f"calls/{call.id}/", "spending/", "limits/"):
        assert client.get(f"/account/ai/{page}").status_code == 403
    assert client.post(f"/account/ai/calls/{call.id}/texts/").status_code == 403


def test_calls_of_others_do_not_exist(account: Account, stranger_client: FlaskClient) -> None:
    call = make_call(account, prompt_encrypted=encrypt(SECRET))
    assert stranger_client.get(f"/account/ai/calls/{call.id}/").status_code == 404
    assert stranger_client.post(f"/account/ai/calls/{call.id}/texts/").status_code == 404
    assert shown(stranger_client.get("/account/ai/calls/").text) == []
    assert db.session.scalar(select(func.count()).select_from(AiCall)) == 1
