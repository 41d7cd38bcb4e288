"""What the database refuses: a value, a parent that has just gone, a second row of a kind, the later of two locks."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm.exc import StaleDataError

import jobs.planner
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Outcome, Run, RunContext, start_run
from app.planner.clusters import services as clusters
from app.sites.models import Site
from tests.factories.things import make_keyword
from tests.factories.work import a_kind, work

DEADLOCK = text("do $$ begin raise exception 'deadlock detected' using errcode = '40P01'; end $$")


def end_for_another(*_: object) -> None:
    """Have PostgreSQL end the transaction as it ends one of two that wait for each other."""
    db.session.execute(DEADLOCK)


def test_a_job_with_a_value_that_cannot_be_kept_fails_at_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def store_zero_byte(_context: RunContext) -> Outcome:
        db.session.execute(text("select cast(:value as text)"), {"value": "a\0b"})
        return Outcome("never")

    monkeypatch.setattr(jobs.planner, "cluster_keywords", store_zero_byte)
    run = start_run(
        account_id=site.account_id, kind=a_kind("x", "jobs.planner.cluster_keywords"), title="x", actor=THE_APP
    )
    db.session.commit()
    ended = work(run)
    assert ended.state == "failed"
    assert ended.error is not None
    assert ended.error["code"] == "UNEXPECTED"


def test_a_parent_that_goes_meanwhile_is_told_in_words(
    owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyword = make_keyword(site)
    gone = clusters.create_cluster(site.account_id, site.id, "Gone")
    db.session.expunge(gone)
    db.session.rollback()
    monkeypatch.setattr(clusters, "resolve_cluster_choice", lambda *_: gone)
    data = {"ids": [str(keyword.id)], "target": str(gone.id)}
    answer = owner_client.post("/planner/keywords/move/", data=data)
    assert answer.status_code == 409
    assert "Reload the page" in answer.text


@pytest.mark.parametrize("error", [StaleDataError("0 rows matched"), IntegrityError("x", {}, Exception("not null"))])
def test_a_row_that_is_gone_is_no_defect_but_a_missing_value_is(
    owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch, error: StatementError
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(clusters, "resolve_cluster_choice", fail)
    answer = owner_client.post("/planner/keywords/move/", data={"ids": ["1"]})
    assert answer.status_code == (409 if isinstance(error, StaleDataError) else 500)


def test_a_value_that_cannot_be_kept_is_told_on_a_whole_page(owner_client: FlaskClient) -> None:
    answer = owner_client.post("/account/settings/", data={"name": "a\0b"})
    assert answer.status_code == 422
    assert "holds characters that cannot be kept" in answer.text
    assert "Acme" in answer.text  # the frame is there too


def test_after_a_deadlock_what_was_typed_is_there_to_be_saved_again(
    owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "create_cluster", end_for_another)
    address, typed = "/planner/clusters/new/", {"name": "An hour of thought"}
    page = owner_client.post(address, data=typed, headers={"Sec-Fetch-Site": "same-origin"})
    assert page.status_code == 409
    assert "Somebody changed this at the same moment. Nothing was saved. Save again." in page.text
    assert 'name="name" value="An hour of thought"' in page.text
    part = owner_client.post(address, data=typed, headers={"HX-Request": "true"})
    assert part.status_code == 409
    assert part.headers["HX-Reswap"] == "none"  # the form stays as it is
    assert "Nothing was saved. Save again." in part.headers["HX-Trigger"]


def test_a_job_that_meets_a_deadlock_is_tried_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def deadlock_once(context: RunContext) -> Outcome:
        if context.run.attempt == 1:
            end_for_another()
        return Outcome("done")

    monkeypatch.setattr(jobs.planner, "cluster_keywords", deadlock_once)
    kind = a_kind("x", "jobs.planner.cluster_keywords")
    run = start_run(account_id=site.account_id, kind=kind, title="x", actor=THE_APP)
    db.session.commit()
    assert work(run).state == "queued"
    db.session.execute(update(Run).values(due_at=utcnow()))  # it comes a second later
    db.session.commit()
    assert work(run).message == "done"
