"""Looking again at what is live: by hand and by itself."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import jobs
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.runs import Run
from app.extensions import db
from app.publishing import verification
from app.publishing.models import Publication
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.things import make_content
from tests.publishing.test_publish import publish


@pytest.fixture
def paired(site: Site, blog: Blog) -> Site:
    blog.pair(site)
    return site


def publication() -> Publication:
    db.session.expire_all()
    return db.session.scalars(select(Publication)).one()


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
    blog.wordpress.run_php(change, str(publication().external_id))
    answer = owner_client.post(f"/content/{content.id}/verify/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    run = work_off("verify")
    assert (run.state, run.data["verdict"]) == ("succeeded", "published_with_issues")
    assert publication().issues[0]["code"] == "SEO_TITLE"
    assert "With issues" in owner_client.get("/content/").text
    blog.wordpress.run_php(change.replace("Something else", "A fine title"), str(publication().external_id))
    owner_client.post(f"/content/{content.id}/verify/")
    assert work_off("verify").data["verdict"] == "verified"
    assert "With issues" not in owner_client.get("/content/").text


def test_a_page_that_was_not_seen_is_looked_at_again_until_it_is(paired: Site, blog: Blog) -> None:
    content = make_content(paired)
    publish(content)
    db.session.execute(
        update(Publication).values(verdict="not_seen_from_outside", last_published_at=utcnow() - timedelta(minutes=5))
    )
    db.session.commit()
    assert verification.recheck_unseen() == 1
    assert verification.recheck_unseen() == 1
    assert db.session.scalar(select(func.count()).where(Run.kind == "verify")) == 1  # one at a time
    work_off("verify")
    assert publication().verdict == "verified"
    assert verification.recheck_unseen() == 0


def test_it_is_given_up_after_a_day(paired: Site, blog: Blog) -> None:
    publish(make_content(paired))
    long_ago = utcnow() - timedelta(hours=25)
    db.session.execute(update(Publication).values(verdict="not_seen_from_outside", last_published_at=long_ago))
    db.session.commit()
    assert verification.recheck_unseen() == 0


def test_what_was_never_published_cannot_be_verified(site: Site, owner_client: FlaskClient) -> None:
    content = make_content(site)
    with pytest.raises(DomainError):
        verification.start_verification(site.account_id, content.id, None)
    answer = owner_client.post(f"/content/{content.id}/verify/", headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "never published from here" in answer.headers["HX-Trigger"]
