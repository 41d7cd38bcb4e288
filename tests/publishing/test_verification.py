"""Looking again at what is live: by hand and by itself."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import jobs
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import LeaseLost, Run
from app.mirror.models import RemoteState
from app.publishing.verification import comparing as verify
from app.publishing.verification import services as verification
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.things import make_content
from tests.publishing.test_publish import publish


@pytest.fixture
def paired(site: Site, blog: Blog) -> Site:
    blog.pair(site)
    return site


def published() -> RemoteState:
    db.session.expire_all()
    return db.session.scalars(select(RemoteState)).one()


def work_off(kind: str) -> Run:
    run = db.session.scalars(select(Run).where(Run.kind == kind).order_by(Run.created_at.desc())).first()
    assert run is not None
    jobs.execute(str(run.id))
    db.session.expire_all()
    return run


def test_a_page_that_changed_behind_our_back_is_found(paired: Site, blog: Blog, owner_client: FlaskClient) -> None:
    content = make_content(paired, seo_title="A fine title")
    assert publish(content).data["verdict"] == "verified"
    change = "<?php update_post_meta( (int) $args[0], '_igny8_seo_title', 'Something else' );"
    keys = blog.wordpress.sql("SELECT meta_key FROM wp_postmeta WHERE meta_value = 'A fine title'")
    change = change.replace("_igny8_seo_title", str(keys[0]["meta_key"]))
    blog.wordpress.run_php(change, str(published().external_id))
    answer = owner_client.post(f"/content/{content.id}/verify/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    run = work_off("verify")
    assert (run.state, run.data["verdict"]) == ("succeeded", "published_with_issues")
    assert published().issues[0]["code"] == "SEO_TITLE"
    assert "With issues" in owner_client.get("/content/").text
    blog.wordpress.run_php(change.replace("Something else", "A fine title"), str(published().external_id))
    owner_client.post(f"/content/{content.id}/verify/")
    assert work_off("verify").data["verdict"] == "verified"
    assert "With issues" not in owner_client.get("/content/").text


def test_a_page_that_was_not_seen_is_looked_at_again_until_it_is(paired: Site, blog: Blog) -> None:
    content = make_content(paired)
    publish(content)
    due = {"look_at": utcnow() - timedelta(seconds=1)}
    db.session.execute(update(RemoteState).values(verdict="not_seen_from_outside", **due))
    db.session.commit()
    assert verification.start_due_checks() == 1
    assert verification.start_due_checks() == 0  # claimed
    db.session.execute(update(RemoteState).values(**due))
    assert verification.start_due_checks() == 1
    assert db.session.scalar(select(func.count()).where(Run.kind == "verify")) == 1  # one at a time
    work_off("verify")
    assert (published().verdict, published().look_at) == ("verified", None)
    assert verification.start_due_checks() == 0


def test_a_page_whose_visit_was_lost_is_looked_at_in_a_while(
    paired: Site, blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise LeaseLost()

    monkeypatch.setattr(verify, "check_page", die)
    publish(make_content(paired))
    now = utcnow()
    assert published().verdict is None
    assert timedelta(minutes=1) < (published().look_at or now) - now < timedelta(minutes=3)


NOT_SEEN, ISSUES = "not_seen_from_outside", "published_with_issues"


@pytest.mark.parametrize(
    ("name", "code", "age", "wait"),
    [
        ("verified", "", 0.0, None),
        (ISSUES, "READBACK_TITLE", 0.0, None),
        (ISSUES, "SEO_TITLE", 0.1, 0.9),
        (ISSUES, "SEO_TITLE", 2.0, 8.0),
        (ISSUES, "SEO_TITLE", 10.0, None),
        (NOT_SEEN, "OLD_VERSION", 0.1, 0.9),
        (NOT_SEEN, "OLD_VERSION", 1.1, 8.9),
        (NOT_SEEN, "OLD_VERSION", 11.0, 10.0),
        (NOT_SEEN, "NOT_SEEN", 24 * 60 + 1.0, None),
    ],
)
def test_a_page_is_looked_at_again_after_1_and_10_minutes_and_unseen_ones_for_a_day(
    name: str, code: str, age: float, wait: float | None
) -> None:
    verdict = verify.Verdict(name, [{"code": code}] if code else [])
    now = utcnow()
    found = verification.next_check(verdict, now - timedelta(minutes=age), now)
    assert (found and (found - now) / timedelta(minutes=1)) == (wait and pytest.approx(wait))


def test_what_was_never_published_cannot_be_verified(site: Site, owner_client: FlaskClient) -> None:
    content = make_content(site)
    with pytest.raises(DomainError):
        verification.start_verification(site.account_id, content.id, THE_APP)
    answer = owner_client.post(f"/content/{content.id}/verify/", headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "never published from here" in answer.headers["HX-Trigger"]
