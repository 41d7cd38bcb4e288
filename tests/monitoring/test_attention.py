"""What the dashboard says needs attention, after it was mended."""

from datetime import timedelta
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.content.models import Content
from app.content.services import update_content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run, start_run
from app.sites import connection
from app.sites.models import Site
from app.sites.wordpress_errors import wordpress_error
from tests.factories.things import make_content
from tests.factories.work import a_kind


def failed_publish(account: Account, site: Site, code: str) -> Content:
    content = make_content(site)
    run = start_run(
        account_id=account.id,
        site_id=site.id,
        kind=a_kind("publish", "jobs.publishing.publish_content"),
        title=f"Publish {code}",
        actor=THE_APP,
        subject_type="content",
        subject_id=content.id,
    )
    run.state, run.error, run.ended_at = "failed", wordpress_error(code).as_dict(), utcnow()
    return content


def test_a_connection_that_works_again_is_no_reason_any_more(
    account: Account, site: Site, owner_client: FlaskClient
) -> None:
    link = connection.make_key(site)
    connection.record_failure(link, wordpress_error("TLS"))
    failed_publish(account, site, "TLS")
    failed_publish(account, site, "USER_NOT_ALLOWED")
    db.session.commit()
    why, other = wordpress_error("TLS").message, wordpress_error("USER_NOT_ALLOWED").message
    page = unescape(owner_client.get("/dashboard/").text)
    assert f"Publish TLS failed: {why}" in page
    assert page.count(why) > 1

    connection.record_pairing(db.session.get_one(Site, site.id).connection, {"home_url": site.url})
    db.session.commit()
    page = unescape(owner_client.get("/dashboard/").text)
    assert "Publish TLS failed. WordPress answers again: publish once more." in page
    assert f"Publish USER_NOT_ALLOWED failed: {other}" in page


def test_a_site_that_did_not_answer_its_check_is_not_up_to_date(site: Site, owner_client: FlaskClient) -> None:
    link = connection.make_key(site)
    for health, is_told in (("unknown", False), ("connected", True), ("degraded", True), ("lost", False)):
        link.health, link.health_at = health, utcnow()
        db.session.commit()
        assert ("Up to date." in owner_client.get("/dashboard/").text) is is_told, health


def test_what_a_publish_said_of_an_older_text_is_dated_everywhere_once_the_text_changed(
    account: Account, site: Site, owner_client: FlaskClient
) -> None:
    content = failed_publish(account, site, "OUTLINE_LEFT")
    db.session.commit()
    why = wordpress_error("OUTLINE_LEFT").message
    pages = (f"/content/{content.id}/edit/", "/content/", f"/content/{content.id}/state/")
    for address in pages:
        assert f"<strong>{why}</strong>" in unescape(owner_client.get(address).text)
    assert f"failed: {why}" in unescape(owner_client.get("/dashboard/").text)

    update_content(content.id, account.id, {"content_html": "<p>Written now</p>"}, expected_version=1)
    db.session.commit()
    for address in pages:
        page = unescape(owner_client.get(address).text)
        assert f"<strong>{why}</strong>" not in page
        assert "The last publish failed" in page
        assert "before the last change" in page
    page = unescape(owner_client.get("/dashboard/").text)
    assert "Publish OUTLINE_LEFT failed, and the content was changed since: check it and publish once more." in page
    assert f"failed: {why}" not in page


def test_what_needs_a_person_is_told_where_its_link_leads(
    account: Account, site: Site, owner_client: FlaskClient
) -> None:
    content = failed_publish(account, site, "USER_NOT_ALLOWED")
    run = db.session.scalars(select(Run).where(Run.subject_id == content.id)).one()
    run.created_at = run.ended_at = content.updated_at = utcnow() - timedelta(days=6)
    look = start_run(
        account_id=account.id,
        site_id=site.id,
        kind=a_kind("verify"),
        title="Look again",
        actor=THE_APP,
        subject_type="content",
        subject_id=content.id,
    )
    look.state, look.ended_at = "succeeded", utcnow() - timedelta(hours=1)
    db.session.commit()
    why = wordpress_error("USER_NOT_ALLOWED").message
    for address in ("/dashboard/", f"/content/{content.id}/edit/", "/content/"):
        assert why in unescape(owner_client.get(address).text)


def test_nothing_needs_a_person_of_content_that_was_deleted(
    account: Account, site: Site, owner_client: FlaskClient
) -> None:
    db.session.delete(failed_publish(account, site, "USER_NOT_ALLOWED"))
    db.session.commit()
    assert "Needs attention" not in owner_client.get("/dashboard/").text
