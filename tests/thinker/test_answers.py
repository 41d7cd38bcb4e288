"""What models wrote in tests of prompts: who reads it, how it lies in the database, and when it goes."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Account
from app.ai.calls.models import AiSettings
from app.core.clock import utcnow
from app.core.crypto import decrypt
from app.core.extensions import db
from app.core.row_security import within
from app.sites.models import Site
from app.thinker import answers
from app.thinker.trial_models import PromptTestResult
from app.thinker.trials import Side
from tests.factories.people import SignIn, make_account, make_member
from tests.factories.things import make_site
from tests.fakes.openai_server import FakeOpenAI
from tests.thinker.test_trials import finish, make_set, start

pytestmark = pytest.mark.usefixtures("openai")


def one_result(site: Site) -> PromptTestResult:
    """The result of a test with one answer."""
    test = start(make_set(site, cases=1), Side(0))
    finish(test)
    return db.session.scalars(select(PromptTestResult).where(PromptTestResult.test_id == test.id)).one()


def stored() -> list[str | None]:
    return list(db.session.scalars(select(PromptTestResult.answer_encrypted).order_by(PromptTestResult.id)))


def test_an_answer_lies_encrypted_in_the_database(site: Site, openai: FakeOpenAI) -> None:
    openai.answer_next("No JSON at all, and still \0an answer: ☕")
    openai.answer_next({**DRAFT, "excerpt": "Of beans"})
    one_result(site)
    row = db.session.execute(select(PromptTestResult.__table__)).mappings().one()
    assert "Of beans" not in str(dict(row))
    assert "Of beans" in decrypt(row["answer_encrypted"])


DRAFT = {"title": "Moka", "content_html": "<p>Text</p>", "seo_title": "", "seo_description": "", "focus_keywords": []}


def test_answers_go_after_thirty_days_and_what_came_of_them_stays(app: Flask, site: Site) -> None:
    old, new = one_result(site), one_result(make_site(make_account()))
    days = {old.id: 30.01, new.id: 29.99}
    for result_id, age in days.items():
        created = {"created_at": utcnow() - timedelta(days=age), "updated_at": PromptTestResult.updated_at}
        db.session.execute(update(PromptTestResult).where(PromptTestResult.id == result_id).values(created))
    db.session.commit()
    with app.app_context():  # as the scheduler does, in no account
        assert answers.delete_old_test_answers() == 1
        assert answers.delete_old_test_answers() == 0
    assert [text is not None for text in stored()] == [False, True]
    db.session.expire_all()
    assert (old.problems, old.model != "", old.tokens_in > 0) == ([], True, True)


def test_where_texts_are_not_kept_no_answer_is(app: Flask, account: Account, site: Site) -> None:
    one_result(site)
    db.session.add(AiSettings(account_id=account.id, keep_texts=False))
    db.session.commit()
    one_result(site)
    assert [text is not None for text in stored()] == [True, False]
    with app.app_context():
        assert answers.delete_old_test_answers() == 1
    assert stored() == [None, None]


@pytest.mark.parametrize(("role", "reads"), [("viewer", False), ("editor", True), ("admin", True), ("owner", True)])
def test_who_may_test_reads_what_was_answered(
    account: Account, site: Site, sign_in: SignIn, role: str, reads: bool
) -> None:
    result, client = one_result(site), sign_in(make_member(account, role))
    [set_id] = db.session.execute(db.text("select test_set_id from prompt_tests")).one()
    page = f"/thinker/tests/{set_id}/results/{result.test_id}/"
    address = f"{page}answers/{result.id}/"
    shown = client.get(page)
    assert shown.status_code == 200
    assert (address in shown.text) is reads
    answer = client.get(address)
    assert answer.status_code == (200 if reads else 403)
    assert ("content_html" in answer.text) is reads
    if reads:
        assert answer.headers["Cache-Control"] == "no-store"
        with within(account.id):
            db.session.execute(update(PromptTestResult).values(answer_encrypted=None))
            db.session.commit()
        assert "It is not kept" in client.get(address).text
