"""Looking at a real WordPress: well, broken, copied, slow, closed; and fetching what it has to tell."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import jobs.health
from app.content.models import Content
from app.core.extensions import db
from app.mirror.site_locks import publish_lock
from app.sites import connection, health
from app.sites.models import WordPressConnection
from app.sync.models import SiteSync
from app.sync.reconcile.health import check_site_health
from tests.factories.things import make_content
from tests.sync.real import Real, stands


def looked_at(real: Real) -> WordPressConnection:
    """Look once; the connection as it is then."""
    held = health.claim_site(real.site.id)
    assert held is not None
    check_site_health(held)
    db.session.expire_all()
    return db.session.scalars(select(WordPressConnection)).one()


def problems(link: WordPressConnection) -> set[str]:
    return {one["name"] for one in health.report_problems(link.health_report)}


def test_a_well_site_says_so(real: Real) -> None:
    link = looked_at(real)
    assert link.health in ("connected", "degraded")
    assert problems(link) <= {"api_connection", "cron"}  # nobody listens at the app's address here, and cron is off
    assert link.health_report["versions"]["contract"] == 1
    assert link.health_report["outbox"]["depth"] == 0
    assert link.health_due_at > link.health_at


def test_what_is_broken_is_named_with_its_cure(real: Real) -> None:
    real.wordpress.uploads.mkdir(exist_ok=True)
    real.sql("RENAME TABLE wp_igny8_nonces TO wp_igny8_away")
    try:
        link = looked_at(real)
        assert link.health in ("degraded", "lost")
        said = health.report_problems(link.health_report) or [link.health_error]
        assert all(one["cure"] for one in said)
    finally:
        real.sql("DROP TABLE IF EXISTS wp_igny8_nonces")
        real.sql("RENAME TABLE wp_igny8_away TO wp_igny8_nonces")


def test_what_it_has_to_tell_is_fetched_and_applied_once(real: Real) -> None:
    content = make_content(real.site, title="First")
    real.publish(content)
    real.forget()
    real.update(content, post_title="Second")
    link = looked_at(real)
    assert link.health_report["outbox"]["depth"] == 1
    assert db.session.scalars(select(SiteSync)).one().pull_due_at is not None
    assert real.pull() == 1
    assert db.session.get_one(Content, content.id).title == "Second"
    assert stands(content) == ("in_step", {})
    assert looked_at(real).health_report["outbox"]["depth"] == 0
    version = db.session.get_one(Content, content.id).version
    assert real.pull() == 0
    assert db.session.get_one(Content, content.id).version == version


def test_a_copy_is_found_and_nothing_is_published_to_it(real: Real, owner_client: FlaskClient) -> None:
    content = make_content(real.site, title="For the original")
    real.faults(home_url="http://copy.example.com")
    link = looked_at(real)
    assert (link.health, link.state, link.health_error["code"]) == ("moved", "failing", "SITE_CLONED")
    run = real.publish(content)
    assert (run.state, run.error["code"]) == ("failed", "SITE_CLONED")
    page = owner_client.get(f"/sites/{real.site.id}/health/").text
    assert "Until it is paired again nothing is published to it" in page
    assert "http://copy.example.com" in page
    assert "Copied or moved" in owner_client.get("/sites/").text
    real.faults()
    assert looked_at(real).health in ("connected", "degraded")
    assert real.publish(content).state == "succeeded"


@pytest.mark.parametrize("kind", ["slow", "closed", "stripped", "plain"])
def test_sites_of_other_kinds_are_looked_at_fetched_and_compared(real: Real, kind: str) -> None:
    content = make_content(real.site, title="First")
    real.publish(content)
    real.compare()
    other = make_content(real.site, title="Other")
    real.publish(other)
    real.forget()
    real.update(content, post_title="Told")
    post_id = db.session.get_one(Content, other.id).external_id
    real.sql(f"UPDATE wp_posts SET post_title = 'By SQL' WHERE ID = {post_id}")
    if kind == "slow":
        real.blog.slow_down(2)
    elif kind == "plain":
        real.edit("global $wp_rewrite; $wp_rewrite->set_permalink_structure( '' ); flush_rewrite_rules();")
    else:
        real.faults(**{"closed": {"close_rest": True}, "stripped": {"strip_headers": True}}[kind])
    assert looked_at(real).health in ("connected", "degraded")
    assert real.pull() >= 1
    assert db.session.get_one(Content, content.id).title == "Told"
    assert real.compare()["updated"] >= 1
    assert db.session.get_one(Content, other.id).title == "By SQL"


def test_a_site_in_a_folder_is_looked_at_fetched_and_compared(real: Real) -> None:
    address, folder = f"{real.wordpress.url}/blog", real.wordpress.core / "blog"
    moved = real.wordpress.mu_plugins / "folder.php"
    folder.symlink_to(".")
    code = "foreach ( array( 'home', 'siteurl' ) as $o ) add_filter( \"option_$o\", fn() => '%s', 99 );"
    moved.write_text("<?php " + code % address)
    try:
        assert looked_at(real).health == "moved"
        real.site.url = address
        db.session.commit()
        real.wordpress.connect(connection.connection_key(connection.make_key(real.site), "http://127.0.0.1:9"))
        db.session.commit()
        connection.check_connection(real.site.account_id, real.site.id)
        assert looked_at(real).health in ("connected", "degraded")
        content = make_content(real.site, title="First")
        assert real.publish(content).state == "succeeded"
        real.compare()
        real.forget()
        real.update(content, post_title="Told")
        assert real.pull() == 1
        real.sql("UPDATE wp_posts SET post_title = 'By SQL' WHERE post_title = 'Told'")
        assert real.compare()["updated"] == 1
        assert db.session.get_one(Content, content.id).title == "By SQL"
    finally:
        moved.unlink()
        folder.unlink()


def test_a_site_in_maintenance_is_lost_only_when_it_stays_so(real: Real) -> None:
    before = looked_at(real).health
    real.maintain()
    link = looked_at(real)
    assert (link.health, link.health_error["code"]) == (before, "MAINTENANCE")
    link = looked_at(real)
    assert (link.health, link.health_notice["code"]) == ("lost", "MAINTENANCE")
    real.mend()
    link = looked_at(real)
    assert link.health == before
    assert link.health_notice["from"] == "lost"


def test_a_site_that_is_down_is_lost_and_looked_at_less_often(real: Real) -> None:
    looked_at(real)
    link = db.session.scalars(select(WordPressConnection)).one()
    link.home_url = real.site.url = "http://127.0.0.1:9"
    db.session.commit()
    gaps = []
    for _ in range(4):
        link = looked_at(real)
        gaps.append(round((link.health_due_at - link.health_at).total_seconds() / 60))
    assert (link.health, link.health_error["code"], gaps) == ("lost", "REFUSED", [1, 5, 10, 20])


def test_a_look_waits_for_a_publish_and_comes_again(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sync.reconcile.health.TURN_SECONDS", 0.3)
    held = health.claim_site(real.site.id)
    assert held is not None
    with publish_lock(real.site.id) as mine:
        assert mine
        assert check_site_health(held) is None
    db.session.expire_all()
    link = db.session.scalars(select(WordPressConnection)).one()
    assert (link.health_at, link.health_lease_until) == (None, None)
    assert link.health_due_at is not None


def test_the_scheduler_hands_looks_to_workers(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[tuple[Any, ...]] = []
    monkeypatch.setattr(jobs.health, "enqueue_now", lambda *args: handed.append(args) or True)
    assert jobs.health.start_due_looks() == 1
    assert jobs.health.start_due_looks() == 0
    ((queue, function, _job, site_id, until),) = handed
    assert (queue, function) == ("bulk", "jobs.health.look_at_site")
    jobs.health.look_at_site(site_id, until)
    jobs.health.look_at_site(site_id, until)  # what is no longer held is left alone
    db.session.expire_all()
    link = db.session.scalars(select(WordPressConnection)).one()
    assert link.health_at is not None
    assert json.dumps(link.health_report)


def test_check_now_and_compare_now(real: Real, owner_client: FlaskClient, viewer_client: FlaskClient) -> None:
    path = f"/sites/{real.site.id}"
    assert "Checked <time" in owner_client.post(f"{path}/health/look/", headers={"HX-Request": "true"}).text
    assert owner_client.post(f"{path}/compare/").status_code == 303
    assert viewer_client.post(f"{path}/health/look/").status_code == 403
    assert viewer_client.post(f"{path}/compare/").status_code == 403
    assert "Check now" not in viewer_client.get(f"{path}/health/").text
