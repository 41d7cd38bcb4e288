"""What all endpoints have in common: errors, keys that make a write happen once, rates, the document."""

import json
import re
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from app.accounts.models import Account, ApiToken
from app.api import rates
from app.api.idempotency import Once, SentAnswer, do_once, forget_old_answers
from app.api.models import ApiCall, KeptAnswer
from app.core.clock import utcnow
from app.core.extensions import db, limiter
from app.core.row_security import within
from app.identity.models import User
from app.planner.models import Keyword
from app.sites.models import Site
from tests.api.conftest import Caller, MakeCaller
from tests.factories.people import make_account, make_member
from tests.factories.things import make_keyword, make_site

KEYWORDS = "/planner/keywords/"


@pytest.fixture
def site(account: Account) -> Site:
    return make_site(account)


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", "/no/such/", {}, 404, "HTTP_404"),
        ("PATCH", "/me/", {}, 405, "HTTP_405"),
        ("GET", "/planner/keywords/999999999999999999999/", {}, 404, "NOT_FOUND"),
        ("POST", KEYWORDS, {"data": "a=b"}, 415, "NOT_JSON"),
        ("POST", KEYWORDS, {"data": "{", "content_type": "application/json"}, 400, "JSON_INVALID"),
        ("POST", KEYWORDS, {"json": {"site_id": 1}}, 422, "VALIDATION"),
        ("POST", KEYWORDS, {"json": {"site_id": "1", "keyword": "a"}}, 422, "VALIDATION"),
        ("POST", KEYWORDS, {"json": {"site_id": 1, "keyword": "a", "colour": 1}}, 422, "VALIDATION"),
        ("POST", KEYWORDS, {"json": {"site_id": 10**9, "keyword": "a"}}, 404, "NOT_FOUND"),
        ("POST", KEYWORDS, {"json": {"site_id": 1, "keyword": "a\0"}}, 422, "VALUE_REFUSED"),
        ("POST", KEYWORDS, {"data": b"x" * (4 * 1024 * 1024 + 1)}, 413, "TOO_LARGE"),
        ("GET", KEYWORDS, {}, 422, "VALIDATION"),
        ("GET", f"{KEYWORDS}?site_id=x", {}, 422, "VALIDATION"),
    ],
)
def test_every_error_has_one_form(
    caller: Caller, method: str, path: str, sent: dict[str, Any], status: int, code: str
) -> None:
    answer = caller(method, path, **sent)
    assert (answer.status_code, answer.json["ok"]) == (status, False), answer.text
    error = answer.json["error"]
    assert set(error) == {"code", "message", "cure", "field", "details", "retryable", "request_id"}
    assert error["code"] == code
    assert error["message"]
    assert error["request_id"]


def test_a_method_that_is_not_taken_says_which_are(caller: Caller) -> None:
    assert "GET" in caller("PATCH", "/me/").headers["Allow"]


def test_what_crashes_has_the_same_form(caller: Caller, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("app.api.endpoints._check_sites", crash)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        answer = caller("GET", "/me/")
    finally:
        app.config.pop("PROPAGATE_EXCEPTIONS")
    assert (answer.status_code, answer.json["error"]["code"]) == (500, "UNEXPECTED")


def add(caller: Caller, site: Site, keyword: str, key: str) -> Any:
    body = {"site_id": site.id, "keyword": keyword}
    return caller("POST", KEYWORDS, json=body, headers={"Idempotency-Key": key})


def count() -> int:
    return db.session.query(Keyword).count()


def test_a_write_with_a_key_is_done_once_and_answers_the_same(caller: Caller, site: Site) -> None:
    first, again = add(caller, site, "tents", "k1"), add(caller, site, "tents", "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"]
    assert count() == 1


def test_a_key_is_for_one_request(caller: Caller, site: Site) -> None:
    add(caller, site, "tents", "k1")
    other = add(caller, site, "boots", "k1")
    assert (other.status_code, other.json["error"]["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert add(caller, site, "tents", "k1").status_code == 201
    assert add(caller, site, "boots", "k2").status_code == 201
    assert add(caller, site, "hats", "no spaces").json["error"]["code"] == "IDEMPOTENCY_KEY_INVALID"


def test_a_refusal_that_lasts_is_the_first_answer_too(caller: Caller, site: Site) -> None:
    keyword = make_keyword(site, "tents")
    assert add(caller, site, "tents", "k1").json["error"]["code"] == "KEYWORD_EXISTS"
    caller("DELETE", f"{KEYWORDS}{keyword.id}/")
    again = add(caller, site, "tents", "k1")
    assert (again.status_code, again.json["error"]["code"]) == (409, "KEYWORD_EXISTS")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count() == 0


def test_keys_of_two_tokens_are_apart(
    caller: Caller, make_caller: MakeCaller, account: Account, owner: User, site: Site
) -> None:
    add(caller, site, "tents", "k1")
    assert add(make_caller(account, owner), site, "boots", "k1").status_code == 201


def test_after_a_day_a_key_is_new(caller: Caller, site: Site) -> None:
    add(caller, site, "tents", "k1")
    db.session.execute(update(KeptAnswer).values(created_at=text("now() - interval '25 hours'")))
    db.session.commit()
    assert add(caller, site, "boots", "k1").status_code == 201
    assert add(caller, site, "boots", "k1").headers["Idempotency-Replayed"] == "true"
    db.session.execute(update(KeptAnswer).values(created_at=text("now() - interval '25 hours'")))
    db.session.commit()
    assert forget_old_answers() == 1


def test_the_same_key_at_the_same_time_is_one_execution(caller: Caller, app: Flask, site: Site) -> None:
    site_id, key = site.id, caller.key
    db.session.commit()
    answers: list[tuple[int, str]] = []
    together = threading.Barrier(6)

    def send() -> None:
        with app.app_context():
            client = Caller(app, key)
            together.wait()
            body = {"site_id": site_id, "keyword": "tents"}
            answer = client("POST", KEYWORDS, json=body, headers={"Idempotency-Key": "k1"})
            answers.append((answer.status_code, (answer.json.get("error") or {}).get("code", "")))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count() == 1
    assert {status for status, _code in answers} <= {201, 409}
    assert (201, "") in answers
    assert {code for _status, code in answers} <= {"", "IDEMPOTENCY_KEY_IN_USE"}


def test_what_is_killed_in_the_middle_leaves_nothing_and_can_be_sent_again(caller: Caller, site: Site) -> None:
    """The answer is stored in the transaction of the work, and the lock is the connection's."""
    token = db.session.scalars(select(ApiToken)).one()
    once = Once(site.account_id, token.id, "k1", "print")
    with db.engine.connect() as killed:
        name = f"api:{site.account_id}:{token.id}:k1"
        killed.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
        meanwhile = add(caller, site, "tents", "k1")
        assert (meanwhile.status_code, meanwhile.json["error"]["code"]) == (409, "IDEMPOTENCY_KEY_IN_USE")
        killed.invalidate()
    assert add(caller, site, "tents", "k1").status_code == 201
    db.session.rollback()
    assert once.key == "k1"
    assert count() == 1


def test_an_answer_is_kept_only_with_what_was_done(caller: Caller, site: Site) -> None:
    token = db.session.scalars(select(ApiToken)).one()
    once = Once(site.account_id, token.id, "k1", "print")
    assert once.first_answer() is None
    once.keep(SentAnswer(201, b"{}"))
    db.session.rollback()
    assert once.first_answer() is None


def test_work_that_commits_before_it_asks_a_model_is_still_done_once(caller: Caller, app: Flask, site: Site) -> None:
    """The lock goes with the commit: who comes then is quicker, and the first takes back what it did since."""
    token = db.session.scalars(select(ApiToken)).one()
    account_id, site_id, answers = site.account_id, site.id, list[SentAnswer]()
    once = Once(account_id, token.id, "k1", "print")

    def add(keyword: str) -> SentAnswer:
        db.session.add(Keyword(account_id=account_id, site_id=site_id, keyword=keyword, normalised=keyword))
        db.session.flush()
        return SentAnswer(201, keyword.encode())

    def meanwhile() -> None:
        with app.app_context(), within(account_id):
            answers.append(do_once(once, lambda: add("quick")))

    def slow() -> SentAnswer:
        db.session.commit()  # as who calls a model does
        other = threading.Thread(target=meanwhile)
        other.start()
        other.join()
        return add("slow")

    answers.append(do_once(once, slow))
    assert [(answer.body, answer.is_replayed) for answer in answers] == [(b"quick", False), (b"quick", True)]
    assert [row.keyword for row in db.session.query(Keyword)] == ["quick"]


def test_every_answer_says_how_the_rate_stands(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    monkeypatch.setitem(rates.A_MINUTE, rates.Rate.GENERAL, 3)
    answers = [caller("GET", "/me/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    last = answers[-1]
    assert last.headers["RateLimit-Limit"] == "3"
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    assert last.json["error"]["code"] == "TOO_MANY_REQUESTS"
    assert last.json["error"]["retryable"] is True


def test_the_seeds_rates_are_kept() -> None:
    assert (rates.A_MINUTE[rates.Rate.LINKER], rates.A_MINUTE[rates.Rate.OPTIMIZER]) == (30, 10)


def test_calls_are_noted_with_how_they_ended(caller: Caller) -> None:
    caller("GET", "/me/")
    caller("GET", f"{KEYWORDS}9/")
    calls = db.session.scalars(select(ApiCall).order_by(ApiCall.id)).all()
    assert [(call.endpoint, call.status, call.error_code) for call in calls] == [
        ("me", 200, ""),
        ("show_keyword", 404, "NOT_FOUND"),
    ]
    assert calls[0].created_at <= utcnow()


def test_a_module_that_is_off_has_no_endpoints(caller: Caller, owner_client: Any, site: Site) -> None:
    owner_client.post("/account/modules/", data={"module": "planner", "on": "0"})
    answer = caller("GET", f"{KEYWORDS}?site_id={site.id}")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "MODULE_OFF")


def test_a_site_of_another_account_does_not_exist(caller: Caller) -> None:
    other = make_account("Other")
    make_member(other)
    theirs = make_site(other)
    keyword = make_keyword(theirs, "secret")
    for method, path, sent in (
        ("GET", f"{KEYWORDS}?site_id={theirs.id}", {}),
        ("GET", f"{KEYWORDS}{keyword.id}/", {}),
        ("DELETE", f"{KEYWORDS}{keyword.id}/", {}),
        ("POST", KEYWORDS, {"json": {"site_id": theirs.id, "keyword": "a"}}),
        ("GET", f"/sites/{theirs.id}/", {}),
    ):
        assert caller(method, path, **sent).status_code == 404, path


def test_the_document_and_its_page_are_open(app: Flask) -> None:
    client = app.test_client()
    document = client.get("/api/v1/openapi.json")
    assert document.status_code == 200
    assert json.loads(document.data)["openapi"].startswith("3.1")
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert "/planner/keywords/" in page.text
    assert not re.search(r"""(?:src|href|action|data|poster)=["']?https?:|url\(["']?https?:|@import""", page.text)
