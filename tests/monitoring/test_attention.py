"""What the dashboard says needs a person, after it was mended."""

from datetime import timedelta
from html import unescape

from flask.testing import FlaskClient

from app.accounts.models import Account
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import start_run
from app.sites import connection
from app.sites.models import Site
from app.sites.wordpress_errors import wordpress_error
from tests.factories.things import make_content
from tests.factories.work import a_kind


def failed_publish(account: Account, site: Site, code: str) -> None:
    run = start_run(
        account_id=account.id,
        site_id=site.id,
        kind=a_kind("publish", "jobs.publishing.publish_content"),
        title=f"Publish {code}",
        actor_id=None,
        subject_type="content",
        subject_id=make_content(site).id,
    )
    run.state, run.error, run.ended_at = "failed", wordpress_error(code).as_dict(), utcnow() - timedelta(minutes=5)


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
