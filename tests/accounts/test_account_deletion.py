"""The end of an account: fourteen days to think, then for good."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts import services
from app.accounts.models import Account, Membership
from app.content.images.shelves import IMAGES
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.errors import NotFound, Refused
from app.core.extensions import db
from app.core.runs import start_run
from app.export import ending
from app.identity.models import User
from tests.factories.letters import mails
from tests.factories.people import NOBODY, PASSWORD, SignIn, make_account, make_member
from tests.factories.pictures import add_images
from tests.factories.races import race
from tests.factories.things import make_content, make_site
from tests.factories.work import a_kind, work

FORM = {"name": "Acme", "password": PASSWORD}


def over() -> None:
    db.session.execute(update(Account).where(Account.deletion_due_at.is_not(None)).values(deletion_due_at=utcnow()))
    db.session.commit()


def test_it_is_announced_can_be_taken_back_and_nothing_is_done_meanwhile(
    account: Account, owner: User, owner_client: FlaskClient
) -> None:
    assert owner_client.post("/account/delete/", data=FORM).status_code == 303
    assert account.deletion_due_at is not None
    assert account.deletion_due_at - utcnow() > timedelta(days=13)
    assert "will be deleted on" in mails(owner.email)[-1].subject
    assert "will be deleted on" in owner_client.get("/dashboard/").text
    with pytest.raises(Refused):
        start_run(account_id=account.id, kind=a_kind("t", "jobs.writer.generate_drafts"), title="t", actor=THE_APP)
    db.session.rollback()
    assert owner_client.post("/account/keep/").status_code == 303
    assert account.deletion_due_at is None
    assert owner_client.post("/account/keep/").status_code == 409


@pytest.mark.parametrize("change", [{"name": "acme"}, {"password": "wrong password"}, {"name": ""}])
def test_it_takes_the_name_and_the_password(
    account: Account, owner_client: FlaskClient, change: dict[str, str]
) -> None:
    assert owner_client.post("/account/delete/", data=FORM | change).status_code == 422
    assert account.deletion_due_at is None


def test_an_export_can_still_be_made(account: Account, owner_client: FlaskClient) -> None:
    owner_client.post("/account/delete/", data=FORM)
    assert owner_client.post("/account/export/").status_code == 303
    from tests.factories.work import newest_run

    assert work(newest_run()).state == "succeeded"


def test_after_fourteen_days_everything_is_gone_and_nobody_elses_is(
    app: Flask, account: Account, owner: User, owner_client: FlaskClient
) -> None:
    account_id = account.id
    both, elsewhere = make_member(account, "viewer"), make_account("Elsewhere")
    db.session.add(Membership(account_id=elsewhere.id, user_id=both.id, role="owner"))
    site = make_site(account)
    mine, theirs = make_content(site), make_content(make_site(elsewhere))
    [image] = add_images(make_content(site), 1)
    image.sha256 = IMAGES.save(account.id, b"bytes of nobody else")
    own = image.sha256
    for content in (mine, theirs):
        [row] = add_images(content, 1)
        row.sha256 = IMAGES.save(content.account_id, b"bytes of an image that both have")
        shared = row.sha256
    db.session.commit()
    owner_client.post("/account/delete/", data=FORM)
    assert ending.delete_due() == 0
    over()
    assert ending.delete_due() == 1
    assert db.session.scalars(select(Account.name)).all() == ["Elsewhere"]
    assert db.session.scalars(select(User.id)).all() == [both.id]
    assert IMAGES.load(elsewhere.id, shared)
    with pytest.raises(NotFound):
        IMAGES.load(account_id, own)
    assert owner_client.get("/dashboard/").status_code == 303
    assert ending.delete_due() == 0


def test_kept_at_the_last_moment_it_stays(account: Account, owner_client: FlaskClient) -> None:
    owner_client.post("/account/delete/", data=FORM)
    over()
    services.cancel_deletion(account, NOBODY)
    db.session.commit()
    assert ending.delete_due() == 0


def test_two_workers_delete_it_once(app: Flask, account: Account, owner_client: FlaskClient) -> None:
    owner_client.post("/account/delete/", data=FORM)
    over()
    assert sorted(race(app, lambda _n: ending.delete_due())) == [0, 1]


def test_an_admin_cannot_delete_it(account: Account, sign_in: SignIn) -> None:
    assert sign_in(make_member(account, "admin")).post("/account/delete/", data=FORM).status_code == 403
